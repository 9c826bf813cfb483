"""Who said last which policy version it runs: gathered in memory, written every few seconds.

Asking for a bundle, a download or a decision is saying so. Nothing that answers waits for it.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from governance.models import EnforcementPoint, Gateway

FLUSH_SECONDS = 2.0
MOST_POINTS = 10_000
"""Processes remembered between two writings; a secret that is used under more names is misused."""


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
        self._waiting: dict[tuple[int, str, str], Report] = {}
        self._epoch_at = epoch_at
        self._flushed = time.monotonic()

    def note(self, report: Report) -> None:
        """Remember the newest report of a process."""
        key = (report.gateway, report.door, report.instance)
        if len(self._waiting) < MOST_POINTS or key in self._waiting:
            self._waiting[key] = report

    def asked(self, gateway: int, version: int, door: str = "trino") -> None:
        """An engine or a proxy asked, which is answered from this version."""
        key = (gateway, door, "")
        found = self._waiting.get(key)
        if found is None or found.version != version:
            self._waiting[key] = Report(gateway, "", door, version)

    def flush_when_due(self) -> None:
        """Write what was said, when the last writing is some seconds ago."""
        if self._waiting and time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()

    def flush(self, at: dt.datetime | None = None) -> int:
        """Write what was said; how many processes said something."""
        from governance.permissions.services.enforcing import note_effective

        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self._flushed = time.monotonic()
        if not waiting:
            return 0
        now = at or timezone.now()
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
        note_effective(now)
        return len(new) + len(changed)


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
