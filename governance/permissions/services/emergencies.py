"""An emergency in five fields: what, whom, effect, reason, until (X1); class X as any emergency.

A column is closed with every column that its values flow to, as far as lineage knows.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from catalog.errors import InvalidInput
from catalog.models import Column, Person, Team
from catalog.selectors.datasets import visible_columns
from catalog.types import EmploymentKind, Principal
from governance import clock
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.agreements.kinds.permission_policy.sentences import what, whom
from governance.council.selectors.seats import open_seats
from governance.models import AgreementVersion, Proposal
from governance.permissions.selectors.register import dataset_called
from governance.permissions.selectors.rules import KIND
from governance.permissions.types import Category, DataAction, EmergencyEffect
from governance.proposals.services.emergencies import declare_emergency
from governance.types import ChangeOp, ChangeSpec, VetoClass
from lineage.selectors.columns import column_closure

EVERYBODY = "everybody"
LONGEST = dt.timedelta(days=92)
MOST_OPT_OUTS = 20
EFFECTS = {
    EmergencyEffect.DENY.value: "Nobody of them reads it",
    EmergencyEffect.MASK_ALL.value: "Fully masked",
    EmergencyEffect.MASK_SHA256.value: "As a hash",
    EmergencyEffect.MASK_LAST4.value: "The last four characters",
}
"""What an emergency may do, in words."""

_NUMBER = re.compile(r"OO-(\d+)")


def close_in_emergency(
    *,
    acting: Principal,
    dataset: str,
    column: str = "",
    concerned: str = EVERYBODY,
    effect: str = "deny",
    reason: str,
    until: dt.date,
) -> Proposal:
    """Close a dataset, or a column with all columns downstream, at once.

    `concerned` is `everybody` (but whoever declares it, who has to look into it), an employment
    kind, the name of a team or a user name. It lapses unless a second person confirms it in time,
    and ends on `until` at the latest. Raises InvalidInput with all that cannot be read, each at its
    field, AccessRefused for whoever may declare no emergency.
    """
    given = {
        "dataset": dataset,
        "column": column,
        "concerned": concerned,
        "effect": effect,
        "reason": reason,
        "until": until,
    }
    read, wrong = _read(acting, given)
    if wrong:
        raise InvalidInput.at_fields(wrong)
    today = clock.now().date()
    documents = [
        {
            "opt_out": f"OO-{number:02}",
            "effect": effect,
            "subjects": read["concerned"],
            "resources": resources,
            "actions": [DataAction.READ.value, DataAction.EXPORT.value],
            "when": {"from": today.isoformat(), "to": until.isoformat()},
            "category": Category.SECURITY.value,
            "reason": read["reason"],
            "owner": _owner(acting),
            "review_by": until.isoformat(),
        }
        for number, resources in enumerate(read["dataset"], start=_next_number())
    ]
    first = OptOut.model_validate(documents[0])
    said = f"{whom(first.subjects)}: {what(first)}"
    return declare_emergency(
        acting=acting,
        title=f"Emergency: {said}"[:300],
        ask=f"Close {what(first)} at once."[:300],
        changes=[ChangeSpec(ChangeOp.CREATE, KIND, "", document) for document in documents],
        reason=reason,
    )


def wrong_in_emergency(acting: Principal, given: Mapping[str, Any]) -> dict[str, list[str]]:
    """What cannot be taken of the fields that are given, by field; nothing is said of others, so
    that a form with one field left empty tells of the rest, too."""
    return _read(acting, given)[1]


def _read(
    acting: Principal, given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What the fields mean, and what is wrong; in an emergency nobody has time for two rounds."""
    readings: dict[str, Callable[[], Any]] = {
        "dataset": lambda: _resources(
            acting, given["dataset"].strip(), given.get("column", "").strip()
        ),
        "concerned": lambda: _subjects(
            acting, given["concerned"].strip(), given.get("effect", EmergencyEffect.DENY.value)
        ),
        "effect": lambda: _effect(given["effect"]),
        "reason": lambda: _reason(given["reason"]),
        "until": lambda: _end(given["until"]),
    }
    read: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for field, reading in readings.items():
        if field in given:
            try:
                read[field] = reading()
            except InvalidInput as error:
                wrong.setdefault(error.field, []).append(error.message)
    return read, wrong


def columns_below(principal: Principal, dataset: str, column: str) -> list[tuple[str, str]]:
    """A column and every one downstream of it, as names of datasets and paths."""
    held = dataset_called(principal, dataset)
    found: Column | None = (
        visible_columns(principal)
        .filter(dataset=held, path__iexact=column, disappeared_at__isnull=True)
        .first()
    )
    if found is None:
        raise InvalidInput(f"{held.name} has no column {column[:200]}.", field="column")
    closure = column_closure(principal, found.pk)
    if closure.truncated:
        raise InvalidInput(
            "Its values flow to more columns than can be listed: close the label or the dataset.",
            field="column",
        )
    names = {node.id: node.qualified_name for node in closure.datasets}
    return [
        (held.qualified_name, found.path),
        *((names[node.dataset_id], node.path) for node, _ in closure.columns),
    ]


def _resources(principal: Principal, dataset: str, column: str) -> list[dict[str, Any]]:
    """What is closed, one opt-out for all datasets whose columns are called alike."""
    if not column:
        return [{"datasets": [dataset_called(principal, dataset).qualified_name]}]
    by_dataset: dict[str, list[str]] = defaultdict(list)
    for name, path in columns_below(principal, dataset, column):
        by_dataset[name].append(path)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, paths in by_dataset.items():
        alike[tuple(sorted(paths))].append(name)
    if len(alike) > MOST_OPT_OUTS:
        raise InvalidInput(
            f"Downstream the column has {len(alike)} names: close the datasets instead.",
            field="column",
        )
    return [{"datasets": names, "columns": list(paths)} for paths, names in alike.items()]


def _effect(effect: str) -> str:
    if effect not in EFFECTS:
        raise InvalidInput(f"Choose one of {', '.join(EFFECTS)}.", field="effect")
    return effect


def _reason(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput("Say in a sentence what the danger is.", field="reason")
    return reason.strip()


def _end(until: dt.date) -> dt.date:
    today = clock.now().date()
    if not today < until <= today + LONGEST:
        raise InvalidInput(
            f"An emergency ends after today and within {LONGEST.days} days.", field="until"
        )
    return until


def _subjects(acting: Principal, text: str, effect: str) -> dict[str, Any]:
    if text.lower() in ("", EVERYBODY):
        is_closed = effect == EmergencyEffect.DENY.value
        return {"all": True} | ({"except": {"people": [acting.username]}} if is_closed else {})
    if text.lower() in {kind.value for kind in EmploymentKind}:
        return {"where": f"employment_kind = '{text.lower()}'"}
    if Team.objects.filter(name=text).exists():
        return {"groups": [text]}
    if Person.objects.filter(username=text).exists():
        return {"people": [text]}
    raise InvalidInput(
        f"{text[:100]} is no team, user name or kind of employment; or write {EVERYBODY}.",
        field="concerned",
    )


def _owner(acting: Principal) -> str:
    """The seat that guards security, else whoever declares it."""
    seats = open_seats(clock.now()).filter(veto_classes__contains=[VetoClass.SECURITY])
    seat = seats.order_by("name").first()
    return f"seat:{seat.slug}" if seat else f"person:{acting.username}"


def _next_number() -> int:
    """After the greatest number that any opt-out ever had."""
    titles = AgreementVersion.objects.filter(agreement__kind=KIND).values_list(
        "document__opt_out", flat=True
    )
    used = [int(found[1]) for title in titles if (found := _NUMBER.fullmatch(str(title)))]
    return max(used, default=0) + 1
