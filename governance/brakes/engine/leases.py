"""The life of a lease: it runs while heartbeats come in time and nothing speaks against it.

    RUNNING --beat--> RUNNING | STOPPED
    RUNNING --silence--> LOST
    RUNNING --end--> ENDED

What has left RUNNING never comes back: every later heartbeat is answered `stop`. Time is the
server's; a clock that was set back makes no heartbeat late, one that was set forward stops.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from governance.brakes.engine.types import Trip
from governance.types import LeaseState

SILENT = "missed_heartbeats"
MISSED = 2
"""Intervals without a heartbeat after which a query is taken to be out of hand."""


class LeaseVerdict(StrEnum):
    """What a heartbeat is answered."""

    CONTINUE = "continue"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a query has done so far, by what its engine counts; it only grows."""

    bytes: int = 0
    rows: int = 0
    seconds: float = 0.0

    def grown(self, reported: Progress) -> Progress:
        """The larger of each: a counter that begins anew takes nothing back."""
        return Progress(
            max(self.bytes, reported.bytes),
            max(self.rows, reported.rows),
            max(self.seconds, reported.seconds),
        )


@dataclass(frozen=True, slots=True)
class Lease:
    """What is known of a running query at one instant."""

    state: LeaseState
    granted_at: dt.datetime
    beat_at: dt.datetime
    interval: dt.timedelta
    progress: Progress = Progress()
    code: str = ""
    reason: str = ""
    brake: str = ""

    @property
    def lost_at(self) -> dt.datetime:
        """When it is out of hand unless a heartbeat comes before."""
        return self.beat_at + MISSED * self.interval

    @property
    def verdict(self) -> LeaseVerdict:
        """What whoever asks for it is answered."""
        return LeaseVerdict.CONTINUE if self.state is LeaseState.RUNNING else LeaseVerdict.STOP


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat: what the engine counts, and what speaks against going on, if anything."""

    progress: Progress
    against: str = ""
    code: str = ""
    trips: Sequence[Trip] = ()


def after_silence(lease: Lease, now: dt.datetime) -> Lease:
    """The lease as it stands without a heartbeat."""
    if lease.state is not LeaseState.RUNNING or now <= lease.lost_at:
        return lease
    return replace(
        lease,
        state=LeaseState.LOST,
        code=SILENT,
        reason=f"No heartbeat came for {MISSED} intervals.",
    )


def after_beat(lease: Lease, beat: Beat, now: dt.datetime) -> Lease:
    """The lease after a heartbeat; what it has done is kept whatever is answered."""
    known = after_silence(lease, now)
    known = replace(known, progress=lease.progress.grown(beat.progress))
    if known.state is not LeaseState.RUNNING:
        return known
    refusing = next((one for one in beat.trips if one.refuses), None)
    if beat.against:
        return replace(known, state=LeaseState.STOPPED, code=beat.code, reason=beat.against)
    if refusing is not None:
        return replace(
            known,
            state=LeaseState.STOPPED,
            code=refusing.code.value,
            reason=f"{refusing.title}: {refusing.sentence} {refusing.fix}".strip(),
            brake=refusing.brake,
        )
    return replace(known, beat_at=max(now, known.beat_at))
