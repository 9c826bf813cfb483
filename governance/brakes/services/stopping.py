"""Stopping a running query by hand: its next heartbeat is answered `stop`, with the reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.db.models import Q
from django.utils import timezone

from catalog.access import Action, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.brakes.engine import LeaseState, after_silence
from governance.brakes.models import QueryLease
from governance.brakes.services.keeping import (
    Answer,
    answer_of,
    engine_lease,
    keep,
    lease_number,
)
from governance.brakes.services.telling import record_lease, record_stranger
from governance.events import QueryStopped

BY_HAND = "by_hand"
MOST_REASON = 500


def stop(
    lease_id: str, reason: str, *, acting: Principal, now: dt.datetime | None = None
) -> Answer:
    """Stop a query that is one's own, or that one has let run, or anybody's for whoever administers
    Concord.

    Raises InvalidInput without a reason, NotFound (on the record) for a lease of somebody else,
    Conflict for one that is over.
    """
    require(acting, Action.PROPOSE)
    words = " ".join(reason.split())
    if not words:
        raise InvalidInput("Say in a sentence why it is stopped.", field="reason")
    if len(words) > MOST_REASON:
        raise InvalidInput(f"Give the reason in {MOST_REASON} characters.", field="reason")
    at = now or timezone.now()
    with writing(acting, reason=words):
        row = _found(lease_id, acting)
        if row is not None:
            before = after_silence(engine_lease(row), at)
            if before.state is not LeaseState.RUNNING:
                raise Conflict(f"This query is over already: it is {before.state.value}.")
            after = replace(
                before,
                state=LeaseState.STOPPED,
                code=BY_HAND,
                reason=f"{acting.display_name} stopped it: {words}",
            )
            keep(row, after, at)
            told = QueryStopped(lease=str(row.pk), gateway=row.gateway, reason=words)
            record(told, row.subject, acting=acting)
    if row is None:
        record_stranger(lease_id, acting=acting)
        raise NotFound("There is no such query that you may stop.")
    record_lease(row, BY_HAND, acting=acting)
    return answer_of(after)


def _found(lease_id: str, acting: Principal) -> QueryLease | None:
    number = lease_number(lease_id)
    rows = QueryLease.objects.select_for_update(of=("self",)).select_related("subject")
    if not acting.is_administrator:
        rows = rows.filter(Q(subject_id=acting.person_id) | Q(holder_id=acting.person_id))
    return rows.filter(pk=number).first() if number else None
