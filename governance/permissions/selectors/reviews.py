"""Reviews of broken glass: what waits for one, and who may do it."""

from __future__ import annotations

import datetime as dt

from catalog.types import Principal
from governance.council.selectors.seats import delegations_in_force
from governance.models import OptOutException
from governance.permissions.selectors.exceptions import (
    chair_ids,
    exceptions_seen,
    owner_ids,
    owner_of,
    unreviewed,
)


def reviewer_ids(row: OptOutException, at: dt.datetime) -> frozenset[int]:
    """Whoever answers for the opt-out, but never who broke its glass nor who acts for them; where
    nobody else does, whoever chairs the council."""
    own = {row.person_id}
    given = delegations_in_force(at).filter(giver=row.person_id)
    own.update(given.values_list("taker", flat=True))
    others = set(owner_ids(owner_of(row.agreement), at)) - own
    return frozenset(others or set(chair_ids(at)) - own)


def to_review(principal: Principal, at: dt.datetime) -> list[OptOutException]:
    """The broken glass that waits for the principal's review, the oldest first."""
    if principal.person_id is None:
        return []
    waiting = exceptions_seen(principal).filter(unreviewed(at)).exclude(person=principal.person_id)
    return [
        row
        for row in waiting.order_by("ends_at", "id")
        if principal.person_id in reviewer_ids(row, at)
    ]
