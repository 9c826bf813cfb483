"""What the brakes in force have against somebody's statements, by what holds at this moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from governance.brakes.engine import (
    Brake,
    Claim,
    Estimate,
    Progress,
    Question,
    Trip,
    TripCode,
    applying,
    covers,
    estimate_of,
    over_budget,
    running_trips,
    trips_of,
)
from governance.brakes.engine.judging import trip
from governance.brakes.selectors.budgets import uses_of
from governance.brakes.selectors.in_force import brakes_in_force
from governance.brakes.selectors.reading import Read, read_statements
from governance.permissions.engine import Index
from governance.permissions.services.statements import Statement

Budget = tuple[str, str]
"""The key of a brake and the name of a team."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a query comes from, and what its engine says that it will read."""

    gateway: str = ""
    environment: str = ""
    claim: Claim = field(default_factory=Claim)


@dataclass(frozen=True, slots=True)
class Judged:
    """`brakes` hold for whoever asks and what is read; `budgets` are those that it counts for."""

    trips: tuple[Trip, ...]
    estimate: Estimate
    read: Read
    brakes: tuple[Brake, ...]
    budgets: tuple[Budget, ...]

    @property
    def refusing(self) -> tuple[Trip, ...]:
        """Those that stop it."""
        return tuple(one for one in self.trips if one.refuses)

    @property
    def datasets(self) -> tuple[int, ...]:
        """Everything that is read, views themselves left out."""
        return tuple(sorted(one.id for one in self.read.tables if not one.inside))


def judge(
    statement: Statement,
    dialect: str,
    origin: Origin,
    *,
    index: Index,
    person: int,
    now: dt.datetime,
    is_running: bool = False,
) -> Judged:
    """The brakes on a text that somebody would run, or that runs already: then budgets hold for
    what was read, and not for what may come."""
    held = brakes_in_force()
    if not held:
        return Judged((), Estimate(claim=origin.claim), Read(), (), ())
    who = index.parts.persons[person]
    asked = Question(who, origin.gateway, origin.environment, statement.purpose)
    mine = applying(held, asked)
    read = read_statements(
        statement.sql,
        dialect,
        system=statement.system,
        database=statement.default_database or None,
        schema=statement.default_schema or None,
        index=index,
        person=person,
    )
    tables = read.tables
    lying_by = {
        table.id: frozenset(n for one in held if covers(one, table) for n in one.partitioned_by)
        for table in tables
    }
    estimate = estimate_of(
        read.shapes, lambda table: lying_by[table.id], now=now, claim=origin.claim
    )
    mine = [one for one in mine if one.resources is None or any(covers(one, t) for t in tables)]
    reads = bool(tables) or bool(read.unreadable)
    budgets = tuple(
        (one.key, team) for one in mine for team in sorted(one.teams & who.groups) if reads
    )
    trips = trips_of(mine, read.shapes, estimate)
    coming = 0 if is_running else estimate.bytes or 0
    trips += _budgets(mine, budgets, coming, starting=not is_running, now=now)
    if read.unreadable:
        trips += _unreadable(mine, read.unreadable)
    return Judged(tuple(trips), estimate, read, tuple(mine), budgets)


def while_running(judged: Judged, progress: Progress, now: dt.datetime) -> list[Trip]:
    """What speaks against a query by what it has done, and by what its teams have used since."""
    found = running_trips(judged.brakes, frozenset(judged.datasets), judged.read.tables, progress)
    return [
        *found, *_budgets(judged.brakes, judged.budgets, 0, starting=False, now=now)
    ]  # fmt: skip


def _budgets(
    brakes: Sequence[Brake],
    budgets: Sequence[Budget],
    coming: int,
    *,
    starting: bool,
    now: dt.datetime,
) -> list[Trip]:
    if not budgets:
        return []
    uses = uses_of(budgets, now)
    found: list[Trip] = []
    for brake in brakes:
        mine = {team: uses[key, team] for key, team in budgets if key == brake.key}
        found += over_budget(brake, mine, coming=coming, starting=int(starting), now=now)
    return found


def _unreadable(brakes: Sequence[Brake], why: str) -> list[Trip]:
    """Text that nobody understands is within no limit that can be told."""
    return [
        trip(
            brake,
            TripCode.UNREADABLE,
            f"Concord cannot read this statement, so the brake cannot be checked. {why}",
            "Write it so that it can be read.",
        )
        for brake in brakes
        if brake.refuses and brake.resources is None and _looks(brake)
    ]


def _looks(brake: Brake) -> bool:
    """Whether a brake looks at the text or at sizes."""
    form = brake.form
    asks = (form.partition_filter, form.cross_join, form.labels is not None, form.functions,
            form.row_limit is not None)  # fmt: skip
    return any(asks) or brake.limits.needs_size
