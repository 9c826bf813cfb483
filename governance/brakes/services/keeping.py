"""A lease and its row: read, written, and answered for."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from governance.brakes.engine import Lease, LeaseState, LeaseVerdict, Progress
from governance.brakes.models import QueryLease


@dataclass(frozen=True, slots=True)
class Answer:
    """What a heartbeat is answered; `lost_at` is when the lease is over without another."""

    verdict: LeaseVerdict
    state: LeaseState
    code: str
    reason: str
    brake: str
    lost_at: dt.datetime | None


def lease_number(lease_id: str) -> uuid.UUID | None:
    """The number that a lease is asked for by; None where it can be none."""
    try:
        return uuid.UUID(lease_id)
    except ValueError:
        return None


def engine_lease(row: QueryLease) -> Lease:
    """The lease as it was kept last."""
    return Lease(
        state=LeaseState(row.state),
        granted_at=row.granted_at,
        beat_at=row.beat_at,
        interval=dt.timedelta(seconds=row.interval),
        progress=Progress(row.bytes, row.rows, row.seconds),
        code=row.code,
        reason=row.reason,
        brake=row.brake,
    )


def keep(row: QueryLease, after: Lease, now: dt.datetime) -> None:
    """Write what a lease has become; inside the transaction that holds its row."""
    is_over = after.state is not LeaseState.RUNNING
    if is_over and row.state == LeaseState.RUNNING:
        row.ended_at, row.sql = now, ""
    row.state, row.beat_at = after.state, after.beat_at
    row.bytes, row.rows = after.progress.bytes, after.progress.rows
    row.seconds = after.progress.seconds
    row.code, row.reason, row.brake = after.code, after.reason, after.brake
    row.save()


def answer_of(lease: Lease) -> Answer:
    """What whoever speaks for a lease is answered."""
    is_running = lease.state is LeaseState.RUNNING
    return Answer(
        lease.verdict, lease.state, lease.code, lease.reason, lease.brake,
        lease.lost_at if is_running else None,
    )  # fmt: skip
