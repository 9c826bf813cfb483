"""Heartbeats: what a running query has done, and whether it may go on (R-069).

A lease is judged anew whenever anything moved that its admission rested on, and every
`LEASE_JUDGED_SECONDS` in any case, since opt-outs begin by the clock, too.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from catalog.errors import InvalidInput, NotFound
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.brakes.engine import (
    Beat,
    Claim,
    Lease,
    LeaseState,
    Progress,
    after_beat,
    after_silence,
)
from governance.brakes.engine.estimating import MOST_BYTES, MOST_ROWS
from governance.brakes.models import BudgetUse, QueryLease
from governance.brakes.selectors.budgets import today
from governance.brakes.selectors.in_force import standing
from governance.brakes.services.granting import digest_of, lock_budgets
from governance.brakes.services.judging import Origin, judge, while_running
from governance.brakes.services.keeping import (
    Answer,
    answer_of,
    engine_lease,
    keep,
    lease_number,
)
from governance.brakes.services.telling import announce_stop, record_lease, record_stranger
from governance.permissions.holder import opt_outs
from governance.permissions.native import CheckAnswer
from governance.permissions.services.statements import Statement, dialect_meant, verdict_now

ENDED = "ended"
KEPT = dt.timedelta(days=90)
KEPT_BUDGETS = dt.timedelta(days=400)
MOST_SECONDS = 366 * 86_400.0


def beat(
    lease_id: str,
    progress: Progress,
    *,
    acting: Principal,
    query_id: str = "",
    now: dt.datetime | None = None,
) -> Answer:
    """Take a heartbeat. Raises NotFound (on the record) for a lease of somebody else, InvalidInput
    for counters that cannot be.

    What was done counts for the budgets whatever is answered.
    """
    _require_sense(progress)
    at = now or timezone.now()
    opt_outs.unsettled()
    with writing(acting, reason="Heartbeat"):
        row = _mine(lease_id, acting)
        if row is not None:
            before = engine_lease(row)
            row.query_id = row.query_id or query_id
            after = _after(row, before, progress, at)
            keep(row, after, at)
            if before.state is LeaseState.RUNNING and after.state is LeaseState.STOPPED:
                announce_stop(row, acting=acting)
    if row is None:
        raise _stranger(lease_id, acting)
    if before.state is LeaseState.RUNNING and after.state is not LeaseState.RUNNING:
        record_lease(row, row.code, acting=acting)
    return answer_of(after)


def end(
    lease_id: str,
    progress: Progress,
    *,
    acting: Principal,
    now: dt.datetime | None = None,
) -> Answer:
    """Take the last numbers of a query that is over. A lease that is over already stays as it is,
    but for what was done. Raises as `beat`."""
    _require_sense(progress)
    at = now or timezone.now()
    with writing(acting, reason="A query ended"):
        row = _mine(lease_id, acting)
        if row is not None:
            before = engine_lease(row)
            after = replace(after_silence(before, at), progress=before.progress.grown(progress))
            _count(row, before.progress, after.progress, at)
            if after.state is LeaseState.RUNNING:
                after = replace(after, state=LeaseState.ENDED, code=ENDED)
            keep(row, after, at)
    if row is None:
        raise _stranger(lease_id, acting)
    if before.state is LeaseState.RUNNING:
        record_lease(row, row.code, acting=acting)
    return answer_of(after)


def give_up_silent(now: dt.datetime | None = None) -> int:
    """Close the leases whose heartbeats stay away; how many."""
    at, acting, closed = now or timezone.now(), Principal.system("leases"), 0
    running = QueryLease.objects.filter(state=LeaseState.RUNNING).order_by("pk")
    for pk in list(running.values_list("pk", flat=True)):
        with writing(acting, reason="No heartbeat came"):
            row = _locked().get(pk=pk)
            before = engine_lease(row)
            after = after_silence(before, at)
            if after.state is before.state:
                continue
            keep(row, after, at)
        record_lease(row, row.code, acting=acting)
        closed += 1
    return closed


def forget_old(now: dt.datetime | None = None) -> int:
    """Delete leases that are over, and days of budgets, that nobody asks for any more; how many
    leases. What became of each stays in the log of access decisions."""
    at = now or timezone.now()
    BudgetUse.objects.filter(day__lt=today(at) - KEPT_BUDGETS).delete()
    over = QueryLease.objects.exclude(state=LeaseState.RUNNING).filter(ended_at__lt=at - KEPT)
    return over.delete()[0]


def _require_sense(progress: Progress) -> None:
    most = {"bytes": MOST_BYTES, "rows": MOST_ROWS, "seconds": MOST_SECONDS}
    for name, limit in most.items():
        value = getattr(progress, name)
        if not math.isfinite(value) or value < 0:
            raise InvalidInput(f"Give {name} as a number that is not negative.", field=name)
        if value > limit:
            raise InvalidInput(f"{name} is at most {limit:,.0f}.", field=name)


def _mine(lease_id: str, acting: Principal) -> QueryLease | None:
    number = lease_number(lease_id)
    return _locked().filter(pk=number, holder_id=acting.person_id).first() if number else None


def _locked() -> QuerySet[QueryLease]:
    return QueryLease.objects.select_for_update(of=("self",)).select_related("subject")


def _stranger(lease_id: str, acting: Principal) -> NotFound:
    record_stranger(lease_id, acting=acting)
    return NotFound("You hold no lease of that number.")


def _after(row: QueryLease, before: Lease, progress: Progress, now: dt.datetime) -> Lease:
    """The lease after a heartbeat, judged by everything that holds at this moment."""
    done = before.progress.grown(progress)
    _count(row, before.progress, done, now)
    if after_silence(before, now).state is not LeaseState.RUNNING:
        return after_beat(before, Beat(progress), now)
    statement, origin = _asked(row)
    moved = standing()
    is_due = now - row.judged_at > dt.timedelta(seconds=settings.LEASE_JUDGED_SECONDS)
    if moved != row.standing or is_due:
        against = _narrowed(row, statement)
        if against is not None:
            code, reason = against
            return after_beat(before, Beat(progress, reason, code), now)
        row.standing, row.judged_at = moved, now
    judged = judge(
        statement, dialect_meant(statement), origin, now=now, is_running=True,
        index=opt_outs.index_for(row.subject_id), person=row.subject_id,
    )  # fmt: skip
    held = {tuple(one) for one in row.budgets}
    row.budgets = [*row.budgets, *(list(one) for one in judged.budgets if one not in held)]
    clocked = max(done.seconds, (now - before.granted_at).total_seconds())
    trips = [*judged.trips, *while_running(judged, replace(done, seconds=clocked), now)]
    return after_beat(before, Beat(progress, trips=trips), now)


def _narrowed(row: QueryLease, statement: Statement) -> tuple[str, str] | None:
    """Why what the opt-outs say by now does not let the query go on, by code and in a sentence."""
    verdict = verdict_now(statement, row.subject_id)
    if verdict.answer is CheckAnswer.DENY:
        reason = verdict.reasons[0]
        ask = f" Ask {reason.ask}." if reason.ask else ""
        return "opt_out", f"{reason.sentence}{ask}"
    if verdict.answer is CheckAnswer.REWRITE and digest_of(verdict, row.sql) != row.digest:
        return "opt_out", "What you may see of it has changed since it began: ask for it again."
    return None


def _asked(row: QueryLease) -> tuple[Statement, Origin]:
    question = dict(row.question)
    claim = Claim(**question.pop("claim"))
    statement = Statement(sql=row.sql, purpose=row.purpose, environment=row.environment, **question)
    return statement, Origin(row.gateway, row.environment, claim)


def _count(row: QueryLease, before: Progress, done: Progress, now: dt.datetime) -> None:
    """Have what was done since the last numbers count for the budgets, on the day it is told."""
    read, over = done.bytes - before.bytes, done.rows - before.rows
    if not (read or over) or not row.budgets:
        return
    budgets = [(key, team) for key, team in row.budgets]
    lock_budgets(budgets, now)
    for key, team in budgets:
        mine = BudgetUse.objects.filter(brake=key, team=team, day=today(now))
        mine.update(bytes=F("bytes") + read, rows=F("rows") + over)
