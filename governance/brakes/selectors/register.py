"""The register of brakes, budgets with their use, and the queries that run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.types import Principal
from governance.agreements.kinds.brake.document import BrakeDocument
from governance.agreements.kinds.brake.sentences import brake_sentence
from governance.agreements.selectors.in_force import in_force
from governance.brakes.engine import Brake, Budget, resets_at
from governance.brakes.models import QueryLease
from governance.brakes.selectors.budgets import alive, uses_of
from governance.brakes.selectors.in_force import KIND, brakes_in_force

MOST_LEASES = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A brake in force with the sentence that it says, and since when."""

    brake: Brake
    sentence: str
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Register:
    """`leases` are those of whoever asks, and everybody's for whoever administers Concord."""

    entries: Sequence[Entry]
    budgets: Sequence[Budget]
    leases: Sequence[QueryLease]
    are_everybodys: bool
    resets_at: dt.datetime


def register_of(principal: Principal, now: dt.datetime) -> Register:
    """Everything that is in force: agreements are open to everybody in the company (R-097)."""
    by_key = {brake.key: brake for brake in brakes_in_force()}
    entries = [
        Entry(
            by_key[held.key],
            brake_sentence(BrakeDocument.model_validate(held.document)),
            held.since,
        )
        for held in in_force(KIND)
        if held.key in by_key
    ]
    pairs = [(brake.key, team) for brake in by_key.values() for team in sorted(brake.teams)]
    uses = uses_of(pairs, now)
    whole = resets_at(now)
    budgets = [Budget(by_key[key], team, uses[key, team], whole) for key, team in pairs]
    return Register(
        entries, budgets, running_leases(principal, now), principal.is_administrator, whole
    )


def running_leases(principal: Principal, now: dt.datetime) -> Sequence[QueryLease]:
    """The queries that run, the newest first: those that are one's own, or that one has let run."""
    found = alive(now).select_related("subject", "holder")
    if not principal.is_administrator:
        mine = principal.person_id
        found = found.filter(subject_id=mine) | found.filter(holder_id=mine)
    return list(found.order_by("-granted_at", "pk")[:MOST_LEASES])
