"""Which process decides from which policy, since when; what is in force everywhere, what lags.

A process that asks for every question has what the service has. One that holds a copy says which
with each question for the next one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db.models import QuerySet

from catalog.access import Action, gate
from catalog.types import Principal
from governance.models import AgreementVersion, EffectiveEpoch, EnforcementPoint, PolicyEpoch
from governance.permissions.selectors.register import OptOutEntry, register_of

LAG = dt.timedelta(seconds=30)
"""By then a change has to be with everybody (G3)."""
SILENT = dt.timedelta(seconds=120)
EXPIRED = dt.timedelta(seconds=60)
"""A file of rules is read again before the next query once it is older than its refresh period,
which has to be shorter: an engine that reads none decides nothing."""
FORGOTTEN = dt.timedelta(days=30)
ASKING = frozenset({"trino", "envoy"})
"""The doors that ask for each question."""
RULES = "rules"
CHANGES_SHOWN = 20


class PointState(StrEnum):
    """How far a process is. `closed`: it has not asked for so long that it denies everything."""

    CURRENT = "current"
    CATCHING_UP = "catching_up"
    LAGGING = "lagging"
    SILENT = "silent"
    CLOSED = "closed"


IN_WORDS = {
    PointState.CURRENT: "Up to date",
    PointState.CATCHING_UP: "Catching up",
    PointState.LAGGING: "Lags",
    PointState.SILENT: "Silent",
    PointState.CLOSED: "Closed itself",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One process. `instance` and `software` are for administrators, empty for anybody else."""

    gateway: str
    door: str
    instance: str
    software: str
    version: int
    epoch: int
    since: dt.datetime
    reported_at: dt.datetime
    waiting: int
    lost: int
    state: PointState

    @property
    def state_in_words(self) -> str:
        """For people."""
        return IN_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class ChangeInForce:
    """An opt-out that was adopted: whether every process has it, and since when all had."""

    entry: OptOutEntry
    epoch: int
    adopted_at: dt.datetime
    points: int
    reached: int
    everywhere_since: dt.datetime | None

    @property
    def is_everywhere(self) -> bool:
        """Whether no process decides without it."""
        return self.reached == self.points


@dataclass(frozen=True, slots=True)
class Enforcement:
    """All of it. `epoch` is in force since `adopted_at`, at `current` of all `counted` points."""

    epoch: int
    adopted_at: dt.datetime | None
    everywhere_since: dt.datetime | None
    points: tuple[Point, ...]
    changes: tuple[ChangeInForce, ...]

    @property
    def counted(self) -> int:
        """The processes that decide something."""
        return sum(one.state is not PointState.CLOSED for one in self.points)

    @property
    def current(self) -> int:
        """Those of them that have the newest policy."""
        return sum(
            one.epoch >= self.epoch for one in self.points if one.state is not PointState.CLOSED
        )

    @property
    def lagging(self) -> int:
        """Those that should have it by now."""
        return sum(one.state is PointState.LAGGING for one in self.points)


def enforcement(principal: Principal, at: dt.datetime) -> Enforcement:
    """For whoever may see metadata; nobody else sees anything."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return Enforcement(0, None, None, (), ())
    is_administrator = gate().authorize(principal, Action.ADMINISTER).allowed
    newest = PolicyEpoch.objects.first() or PolicyEpoch()
    rows = list(living(at))
    points = tuple(_point(row, newest, at, is_whole=is_administrator) for row in rows)
    since = dict(EffectiveEpoch.objects.values_list("epoch", "at"))
    return Enforcement(
        epoch=newest.number,
        adopted_at=newest.changed_at,
        everywhere_since=_everywhere_since(newest.number, since),
        points=points,
        changes=_changes(principal, points, since),
    )


def living(at: dt.datetime) -> QuerySet[EnforcementPoint]:
    """The processes that reported within a month."""
    return EnforcementPoint.objects.filter(
        reported_at__gt=at - FORGOTTEN, gateway__revoked_at__isnull=True
    ).select_related("gateway")


def state_of(row: EnforcementPoint, newest: PolicyEpoch, at: dt.datetime) -> PointState:
    """How far a process is at an instant."""
    if row.door in ASKING:
        return PointState.CURRENT
    silence = at - row.reported_at
    open_for = dt.timedelta(seconds=settings.GATEWAY_OPEN_SECONDS)
    if silence > (EXPIRED if row.door == RULES else open_for):
        return PointState.CLOSED
    if row.epoch < newest.number:
        adopted = newest.changed_at or at
        return PointState.LAGGING if at - adopted > LAG else PointState.CATCHING_UP
    return PointState.SILENT if silence > SILENT else PointState.CURRENT


def _point(row: EnforcementPoint, newest: PolicyEpoch, at: dt.datetime, *, is_whole: bool) -> Point:
    is_asking = row.door in ASKING
    return Point(
        gateway=row.gateway.name,
        door=row.door,
        instance=row.instance if is_whole else "",
        software=row.software if is_whole else "",
        version=row.version,
        epoch=newest.number if is_asking else row.epoch,
        since=newest.changed_at or row.since if is_asking else row.since,
        reported_at=row.reported_at,
        waiting=row.waiting,
        lost=row.lost,
        state=state_of(row, newest, at),
    )


def _changes(
    principal: Principal, points: Sequence[Point], since: dict[int, dt.datetime]
) -> tuple[ChangeInForce, ...]:
    """The opt-outs in force that the reader may know of, the newest first."""
    entries = {one.key: one for one in register_of(principal)}
    versions = AgreementVersion.objects.filter(
        agreement__key__in=entries, valid_to__isnull=True
    ).order_by("-epoch")[:CHANGES_SHOWN]
    held = [one.epoch for one in points if one.state is not PointState.CLOSED]
    return tuple(
        ChangeInForce(
            entry=entries[key],
            epoch=epoch,
            adopted_at=at,
            points=len(held),
            reached=sum(one >= epoch for one in held),
            everywhere_since=_everywhere_since(epoch, since),
        )
        for key, epoch, at in versions.values_list("agreement__key", "epoch", "recorded_at")
    )


def _everywhere_since(epoch: int, since: dict[int, dt.datetime]) -> dt.datetime | None:
    """When every process first had an epoch, or a later one."""
    return min((at for known, at in since.items() if known >= epoch), default=None)
