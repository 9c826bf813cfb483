"""Who said last which policy version it runs: gathered in memory, written every few seconds.

Asking for a bundle, a download or a decision is saying so. Nothing that answers waits for it.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from django.db import DataError, transaction
from django.utils import timezone

from governance.models import EnforcementPoint, Gateway

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 2.0
MOST_POINTS = 10_000
"""Processes of one gateway that are known; a secret that is used under more names is misused. Of
more, those that have been silent for longest are forgotten."""


@dataclass(frozen=True, slots=True)
class Report:
    """One process and what it runs."""

    gateway: int
    instance: str
    door: str
    version: int
    software: str = ""
    waiting: int = 0
    lost: int = 0


class Reports:
    """See the module."""

    def __init__(self, epoch_at: Callable[[int], int]) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[_Key, Report] = {}
        self._named: Counter[int] = Counter()
        self._epoch_at = epoch_at
        self._flushed = time.monotonic()

    def note(self, report: Report) -> None:
        """Remember the newest report of a process."""
        key = (report.gateway, report.door, report.instance)
        with self._lock:
            if key not in self._waiting:
                if self._named[report.gateway] >= MOST_POINTS:
                    return
                self._named[report.gateway] += 1
            self._waiting[key] = report

    def asked(self, gateway: int, version: int, door: str = "trino") -> None:
        """An engine or a proxy asked, which is answered from this version."""
        found = self._waiting.get((gateway, door, ""))
        if found is None or found.version != version:  # nearly always it is there: no lock
            self.note(Report(gateway, "", door, version))

    def flush_when_due(self) -> None:
        """Write what was said, when the last writing is some seconds ago."""
        if self._waiting and time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()

    def flush(self, at: dt.datetime | None = None) -> int:
        """Write what was said; how many processes said something."""
        from governance.permissions.services.enforcing import note_effective

        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self._named = Counter()
            self._flushed = time.monotonic()
        if not waiting:
            return 0
        now = at or timezone.now()
        count = self._written(waiting, now)
        _forget_beyond({one.gateway for one in waiting.values()})
        note_effective(now)
        return count

    def _written(self, waiting: Mapping[_Key, Report], now: dt.datetime) -> int:
        """How many were written. One that the database refuses costs no other: it is looked for by
        halves."""
        try:
            with transaction.atomic():
                return self._write(waiting, now)
        except (DataError, ValueError) as error:
            if len(waiting) == 1:
                log.error("report_refused", report=str(next(iter(waiting))), error=str(error)[:300])
                return 0
        reports, half = list(waiting.items()), len(waiting) // 2
        return sum(self._written(dict(some), now) for some in (reports[:half], reports[half:]))

    def _write(self, waiting: Mapping[_Key, Report], now: dt.datetime) -> int:
        there = set(Gateway.objects.filter(pk__in={one.gateway for one in waiting.values()})
                    .values_list("pk", flat=True))  # fmt: skip
        known = {
            (row.gateway_id, row.door, row.instance): row
            for row in EnforcementPoint.objects.filter(gateway__in=there)
        }
        new, changed = [], []
        for key, report in waiting.items():
            if report.gateway not in there:
                continue
            row = known.get(key)
            if row is None:
                new.append(_point(report, self._epoch_at(report.version), now))
            else:
                changed.append(_after(row, report, self._epoch_at(report.version), now))
        EnforcementPoint.objects.bulk_create(new, ignore_conflicts=True)
        EnforcementPoint.objects.bulk_update(
            changed,
            ["software", "version", "epoch", "since", "reported_at", "waiting", "lost", "told_at"],
            batch_size=1_000,
        )
        return len(new) + len(changed)


_Key = tuple[int, str, str]
"""A gateway, a door and a process."""


def _forget_beyond(gateways: set[int]) -> None:
    for gateway in gateways:
        points = EnforcementPoint.objects.filter(gateway=gateway).order_by("-reported_at", "pk")
        beyond = list(points.values_list("pk", flat=True)[MOST_POINTS:])
        if beyond:
            EnforcementPoint.objects.filter(pk__in=beyond).delete()
            log.warning("processes_forgotten", gateway=gateway, processes=len(beyond))


def _point(report: Report, epoch: int, now: dt.datetime) -> EnforcementPoint:
    return EnforcementPoint(
        gateway_id=report.gateway, instance=report.instance, door=report.door,
        software=report.software, version=report.version, epoch=epoch, since=now,
        first_at=now, reported_at=now, waiting=report.waiting, lost=report.lost,
    )  # fmt: skip


def _after(row: EnforcementPoint, report: Report, epoch: int, now: dt.datetime) -> EnforcementPoint:
    """What is known of a process now. Of a version that this service never had, or had before it
    was started, the epoch is what it was."""
    if not epoch and report.version >= row.version:
        epoch = row.epoch
    if epoch != row.epoch:
        row.since, row.told_at = now, None
    row.software, row.version, row.epoch = report.software, report.version, epoch
    row.waiting, row.lost, row.reported_at = report.waiting, report.lost, now
    return row
