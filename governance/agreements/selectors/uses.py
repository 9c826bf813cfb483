"""What still uses an agreement that goes, or what it takes away, and how that was counted (3.7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from copy import copy

from django.db.models import Max, QuerySet, TextField
from django.db.models.functions import Cast

from catalog.access import Action, gate
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.agreements.kinds import kinds
from governance.agreements.models import Agreement, AgreementVersion, UseCount
from governance.agreements.selectors.agreements import get_agreement
from governance.agreements.selectors.naming import not_for_everybody
from governance.agreements.uses import Use
from governance.types import AgreementState

_HOLDING = (AgreementState.ACTIVE, AgreementState.DEPRECATED)


def uses_of(version: AgreementVersion, *, acting: Principal, at: dt.datetime) -> list[Use]:
    """The agreements in force that name it, and what its kind knows to use it.

    An agreement whose own last day has come keeps nothing from going.
    """
    agreement = version.agreement
    naming = (
        AgreementVersion.objects.filter(valid_to__isnull=True, agreement__state__in=_HOLDING)
        .exclude(agreement=agreement)
        .exclude(agreement__sunset_on__lte=at.date())
        .annotate(text=Cast("document", TextField()))
        .filter(text__contains=f'"{agreement.key}"')
        .order_by("agreement__key")
    )
    found = [
        Use("agreement", title, key)
        for key, title in naming.values_list("agreement__key", "title")
        if key != _replacement(agreement)
    ]
    kind = kinds.get(agreement.kind)
    document = kind.document_type.model_validate(version.document)
    return [*found, *kind.uses(document, acting=acting, now=at)]


def ending() -> QuerySet[Agreement]:
    """The agreements that hold and have a last day."""
    return Agreement.objects.filter(state__in=_HOLDING, sunset_on__isnull=False)


def last_counts() -> list[tuple[Agreement, dt.datetime | None]]:
    """What is ending, by key, with when its uses were last counted."""
    found = list(ending().order_by("key"))
    last = dict(
        UseCount.objects.filter(agreement__in=found)
        .order_by()
        .values_list("agreement")
        .annotate(last=Max("counted_at"))
    )
    return [(agreement, last.get(agreement.pk)) for agreement in found]


def use_counts(principal: Principal, key: str) -> QuerySet[UseCount]:
    """The counts of an agreement, the newest first; raises NotFound. They name every use: show them
    by `as_seen`."""
    return visible_use_counts(principal).filter(agreement=get_agreement(principal, key))


def visible_use_counts(principal: Principal) -> QuerySet[UseCount]:
    """The counts that a reader may see, the newest first; the same holds of them."""
    rows = UseCount.objects.order_by("-counted_at", "-pk")
    return gate().scope(principal, Action.SEE, rows)


def as_seen(principal: Principal, counts: Iterable[UseCount]) -> list[UseCount]:
    """The counts without datasets that the principal may not see; not to be saved."""
    rows = list(counts)
    named = {pk for row in rows for pk in _datasets_in(row)}
    if not named:
        return rows
    visible = visible_datasets(principal).filter(pk__in=named).values_list("pk", flat=True)
    return _without(rows, named - set(visible))


def as_told(count: UseCount) -> UseCount:
    """A count as it stands in what everybody reads; not to be saved."""
    return _without([count], not_for_everybody())[0]


def _without(counts: Iterable[UseCount], hidden: Collection[int]) -> list[UseCount]:
    found = []
    for row in counts:
        left = [use for use in row.content if _dataset_of(use) not in hidden]
        if len(left) < len(row.content):
            row = copy(row)
            row.number -= len(row.content) - len(left)
            row.content = left
        found.append(row)
    return found


def _datasets_in(count: UseCount) -> set[int]:
    return {pk for use in count.content if (pk := _dataset_of(use)) is not None}


def _dataset_of(use: dict[str, str]) -> int | None:
    return int(use["key"]) if use["what"] in ("dataset", "column") else None


def _replacement(agreement: Agreement) -> str:
    """What takes its place says so, and does not use it."""
    return agreement.replaced_by.key if agreement.replaced_by is not None else ""
