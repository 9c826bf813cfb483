"""Granting a lease: one query may run, as long as its heartbeats are answered `continue`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256

from django.conf import settings
from django.db.models import F

from catalog.services.transaction import writing
from catalog.types import Principal
from governance.brakes.engine import Trip, over_budget
from governance.brakes.models import BudgetUse, QueryLease
from governance.brakes.selectors.budgets import today, uses_of
from governance.brakes.selectors.in_force import standing
from governance.brakes.services.judging import Budget, Judged, Origin
from governance.brakes.services.telling import record_lease
from governance.brakes.shown import estimate_as_values
from governance.permissions.native import CheckAnswer, Verdict
from governance.permissions.services.statements import CheckedStatement, Statement


@dataclass(frozen=True, slots=True)
class Admission:
    """The lease, or what speaks against it once everybody else's is counted."""

    lease: QueryLease | None = None
    trips: tuple[Trip, ...] = ()


def grant(
    statement: Statement,
    origin: Origin,
    checked: CheckedStatement,
    judged: Judged,
    *,
    acting: Principal,
    person: int,
    query_id: str,
    now: dt.datetime,
) -> Admission:
    """Let a query run that nothing speaks against.

    The budgets are locked while the queries that run are counted, so that of two that ask at once
    for the last place one gets it.
    """
    with writing(acting, reason="A query begins"):
        lock_budgets(judged.budgets, now)
        trips = tuple(_full(judged, now))
        if any(one.refuses for one in trips):
            return Admission(trips=trips)
        assert acting.person_id is not None
        lease = QueryLease.objects.create(
            holder_id=acting.person_id,
            subject_id=person,
            gateway=origin.gateway,
            environment=origin.environment,
            purpose=statement.purpose,
            query_id=query_id,
            granted_at=now,
            beat_at=now,
            judged_at=now,
            interval=settings.LEASE_HEARTBEAT_SECONDS,
            sql=statement.sql,
            question=question_of(statement, origin),
            digest=digest_of(checked.verdict, statement.sql),
            datasets=list(judged.datasets),
            estimate=estimate_as_values(judged.estimate),
            budgets=[list(one) for one in judged.budgets],
            standing=standing(),
        )
        for key, team in judged.budgets:
            mine = BudgetUse.objects.filter(brake=key, team=team, day=today(now))
            mine.update(queries=F("queries") + 1)
    record_lease(lease, "granted", acting=acting)
    return Admission(lease, trips)


def lock_budgets(budgets: Iterable[Budget], now: dt.datetime) -> None:
    """Hold today's rows of budgets, in the order of their names, until the transaction ends."""
    wanted = sorted(set(budgets))
    BudgetUse.objects.bulk_create(
        [BudgetUse(brake=key, team=team, day=today(now)) for key, team in wanted],
        ignore_conflicts=True,
    )
    for key, team in wanted:
        BudgetUse.objects.select_for_update().get(brake=key, team=team, day=today(now))


def question_of(statement: Statement, origin: Origin) -> dict[str, object]:
    """What it takes to judge the statement anew, its text aside."""
    return {
        "dialect": statement.dialect,
        "system": statement.system,
        "default_database": statement.default_database,
        "default_schema": statement.default_schema,
        "hide_denied": statement.hide_denied,
        "claim": asdict(origin.claim),
    }


def digest_of(verdict: Verdict, sql: str) -> str:
    """The SHA-256 of what may run: the text as it is, or rewritten."""
    allowed = verdict.sql if verdict.answer is CheckAnswer.REWRITE else sql
    return sha256(allowed.encode()).hexdigest()


def _full(judged: Judged, now: dt.datetime) -> Iterable[Trip]:
    uses = uses_of(judged.budgets, now)
    coming = judged.estimate.bytes or 0
    for brake in judged.brakes:
        mine = {team: uses[key, team] for key, team in judged.budgets if key == brake.key}
        yield from over_budget(brake, mine, coming=coming, starting=1, now=now)
