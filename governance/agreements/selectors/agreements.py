"""Reading agreements: lists, one as of any instant as known at any other, what rests on what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.selectors.listing import words_of
from catalog.types import Principal
from governance.agreements.models import Agreement, AgreementVersion, Binding, PolicyEpoch
from governance.agreements.selectors.in_force import in_force
from governance.types import AgreementState, ChangeOp

__all__ = [
    "agreement_as_of",
    "agreement_list",
    "agreements_of_dataset",
    "current_epoch",
    "get_agreement",
    "in_force",
    "versions",
    "versions_as_of_epoch",
    "versions_of_datasets",
    "visible_agreements",
    "visible_versions",
]


def current_epoch() -> int:
    """The number that every adoption raises: whoever reads it once sees all of an adoption, or
    nothing."""
    return PolicyEpoch.objects.values_list("number", flat=True).first() or 0


def visible_agreements(principal: Principal) -> QuerySet[Agreement]:
    """The agreements that a reader may see, whatever their state."""
    return gate().scope(principal, Action.SEE, Agreement.objects.select_related("domain"))


def visible_versions(principal: Principal) -> QuerySet[AgreementVersion]:
    """The versions of agreements that a reader may see."""
    rows = AgreementVersion.objects.select_related("agreement")
    return gate().scope(principal, Action.SEE, rows)


def agreement_list(
    principal: Principal,
    kind: str | None = None,
    state: AgreementState | str | None = None,
    query: str = "",
    as_of: dt.datetime | None = None,
) -> QuerySet[Agreement]:
    """Agreements by kind and title; those only proposed are left out unless asked for by state.

    `as_of` keeps those that held at an instant. `query` looks for words in title and key.
    """
    found = visible_agreements(principal)
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    elif as_of is None:
        found = found.exclude(state=AgreementState.PROPOSED)
    if as_of is not None:
        holding = AgreementVersion.objects.filter(_holds(as_of), agreement=OuterRef("pk"))
        found = found.filter(Exists(holding.exclude(op=ChangeOp.RETIRE)))
    for word in words_of(query):
        found = found.filter(Q(title__icontains=word) | Q(key__icontains=word))
    return found.order_by("kind", Lower("title"), "pk")


def get_agreement(principal: Principal, key: str) -> Agreement:
    """One agreement, whatever its state; raises NotFound."""
    agreement = visible_agreements(principal).filter(key=key).first()
    if agreement is None:
        raise NotFound("There is no such agreement.")
    return agreement


def agreement_as_of(
    principal: Principal,
    key: str,
    valid_at: dt.datetime | None = None,
    known_at: dt.datetime | None = None,
) -> AgreementVersion | None:
    """What an agreement said at `valid_at` as far as Concord knew at `known_at`.

    Both are now when left out. None where nothing held then, or nobody knew yet: a version that
    was recorded later and reaches back is seen only by those who ask as of a later knowledge.
    Raises NotFound.
    """
    rows = _versions(get_agreement(principal, key))
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    if valid_at is None:
        newest = rows.order_by("-number").first()
        return None if newest is None or newest.op == ChangeOp.RETIRE else newest
    # A later version that was not known then had not ended anything yet.
    version = rows.filter(valid_from__lte=valid_at).order_by("-number").first()
    return None if version is None or version.op == ChangeOp.RETIRE else version


def versions(principal: Principal, key: str) -> QuerySet[AgreementVersion]:
    """Every version of an agreement with its decision, the newest first; raises NotFound."""
    return _versions(get_agreement(principal, key)).order_by("-number")


def versions_as_of_epoch(
    principal: Principal, epoch: int, kind: str | None = None
) -> QuerySet[AgreementVersion]:
    """What holds as of an epoch that the reader took: never half of an adoption."""
    rows = gate().scope(principal, Action.SEE, AgreementVersion.objects.filter(epoch__lte=epoch))
    if kind:
        rows = rows.filter(agreement__kind=kind)
    later = AgreementVersion.objects.filter(
        agreement=OuterRef("agreement"), number__gt=OuterRef("number"), epoch__lte=epoch
    )
    holding = rows.filter(~Exists(later)).exclude(op=ChangeOp.RETIRE)
    return holding.select_related("agreement").order_by("agreement__key")


def agreements_of_dataset(principal: Principal, dataset_id: int) -> QuerySet[AgreementVersion]:
    """The versions in force that rest on a dataset."""
    bound = Binding.objects.filter(dataset=dataset_id).values("version")
    rows = gate().scope(principal, Action.SEE, AgreementVersion.objects.filter(pk__in=bound))
    holding = rows.filter(valid_to__isnull=True).exclude(op=ChangeOp.RETIRE)
    return holding.select_related("agreement", "decision").order_by(
        "agreement__kind", "title", "pk"
    )


def versions_of_datasets(
    principal: Principal, dataset_ids: Collection[int]
) -> Mapping[int, list[AgreementVersion]]:
    """The versions in force that rest on each dataset, by kind and title; in two queries."""
    pairs = list(
        Binding.objects.filter(dataset__in=dataset_ids, version__valid_to__isnull=True)
        .values_list("dataset_id", "version_id")
        .distinct()
    )
    holding = (
        visible_versions(principal)
        .filter(pk__in={version for _, version in pairs}, valid_to__isnull=True)
        .exclude(op=ChangeOp.RETIRE)
        .order_by("agreement__kind", "title", "pk")
    )
    resting: dict[int, list[int]] = {}
    for dataset, pk in pairs:
        resting.setdefault(pk, []).append(dataset or 0)
    found: dict[int, list[AgreementVersion]] = {pk: [] for pk in dataset_ids}
    for version in holding:
        for dataset in resting[version.pk]:
            found[dataset].append(version)
    return found


def _versions(agreement: Agreement) -> QuerySet[AgreementVersion]:
    rows = AgreementVersion.objects.filter(agreement=agreement)
    return rows.select_related("agreement", "decision", "decision__proposal", "author")


def _holds(at: dt.datetime) -> Q:
    return Q(valid_from__lte=at) & (Q(valid_to__isnull=True) | Q(valid_to__gt=at))
