"""Reviews of broken glass: what waits for one, and who may do it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from catalog.types import Principal
from governance.council.selectors.seats import delegations_in_force
from governance.models import OptOutException
from governance.permissions.selectors.exceptions import (
    chair_ids,
    exceptions_seen,
    holders_of,
    owners_of,
    unreviewed,
)


class BrokenGlass(NamedTuple):
    """As much of an exception as tells who reviews it: whose it is, and from which opt-out."""

    pk: int
    person_id: int | None
    agreement_id: int


def reviewer_ids(row: OptOutException, at: dt.datetime) -> frozenset[int]:
    """Whoever answers for the opt-out, but never who broke its glass nor who acts for them; where
    nobody else does, whoever chairs the council."""
    return reviewers_of([row], at)[row.pk]


def reviewers_of(
    rows: Iterable[BrokenGlass | OptOutException], at: dt.datetime
) -> dict[int, frozenset[int]]:
    """The same for many, by their ids, in as many queries as for one."""
    broken = list(rows)
    if not broken:
        return {}
    owners = owners_of({row.agreement_id for row in broken})
    holders = holders_of({owners.get(row.agreement_id, "") for row in broken}, at)
    chairs = frozenset(chair_ids(at))
    takers: dict[int | None, set[int]] = {}
    given = delegations_in_force(at).filter(giver__in={row.person_id for row in broken})
    for giver, taker in given.values_list("giver", "taker"):
        takers.setdefault(giver, set()).add(taker)
    found: dict[int, frozenset[int]] = {}
    for row in broken:
        own = {row.person_id} | takers.get(row.person_id, set())
        others = frozenset(holders[owners.get(row.agreement_id, "")]) - own
        found[row.pk] = others or chairs - own
    return found


def to_review(principal: Principal, at: dt.datetime) -> list[OptOutException]:
    """The broken glass that waits for the principal's review, the oldest first.

    Every page counts it, so who reviews what is asked for all that waits at once.
    """
    if principal.person_id is None:
        return []
    waiting = exceptions_seen(principal).filter(unreviewed(at)).exclude(person=principal.person_id)
    reviewers = reviewers_of(
        map(BrokenGlass._make, waiting.order_by().values_list(*BrokenGlass._fields)), at
    )
    mine = [pk for pk, people in reviewers.items() if principal.person_id in people]
    return list(waiting.filter(pk__in=mine).order_by("ends_at", "id"))
