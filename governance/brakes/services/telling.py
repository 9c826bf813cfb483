"""What becomes of leases, on the record, and what brakes stop, in the event log."""

from __future__ import annotations

from catalog.services.event_log import record
from catalog.types import Principal
from governance.agreements.models import Agreement
from governance.audit.services.recording import (
    AccessOutcome,
    AccessRecord,
    record_decision_here,
)
from governance.brakes.models import QueryLease
from governance.events import BrakeTripped
from governance.permissions.holder import opt_outs
from governance.permissions.types import DataAction

GATEWAY = "lease"
FOREIGN = "foreign_lease"


def record_lease(lease: QueryLease, code: str, *, acting: Principal) -> str:
    """Write that a lease was granted, ended, stopped or lost; returns the record's number."""
    is_stop = code not in ("granted", "ended")
    return record_decision_here(
        AccessRecord(
            gateway=GATEWAY,
            username=lease.subject.username[:150],
            person=lease.subject_id,
            impersonator=acting.username if lease.subject_id != acting.person_id else "",
            action=DataAction.READ,
            outcome=AccessOutcome.REFUSED if is_stop else AccessOutcome.ALLOWED,
            policy_version=opt_outs.current().parts.version,
            purpose=lease.purpose,
            environment=lease.environment,
            datasets=tuple(lease.datasets),
            code=code,
            rules=(lease.brake,) if lease.brake else (),
            query_id=lease.query_id,
            request_id=str(acting.request_id),
            note=f"Lease {lease.pk}: {lease.bytes} bytes, {lease.rows} rows, {lease.seconds:.0f} s."
            f" {lease.reason}".strip()[:500],
        )
    )


def announce_stop(lease: QueryLease, *, acting: Principal) -> None:
    """Append to the event log that a brake stopped a lease; inside the transaction that did. What
    else stopped it is told by no brake."""
    if lease.brake:
        announce_trip(
            BrakeTripped(
                what="stopped",
                brake=lease.brake,
                code=lease.code,
                person=lease.subject.username,
                gateway=lease.gateway,
                lease=str(lease.pk),
                sentence=lease.reason[:1_000],
            ),
            acting=acting,
        )


def announce_trip(event: BrakeTripped, *, acting: Principal) -> None:
    """Append to the event log what a brake did, inside a transaction."""
    record(event, Agreement.objects.get(key=event.brake), acting=acting)


def record_stranger(lease_id: str, *, acting: Principal) -> str:
    """Write that somebody spoke for a lease that is not theirs, or that there never was."""
    return record_decision_here(
        AccessRecord(
            gateway=GATEWAY,
            username=acting.username,
            person=acting.person_id,
            action=DataAction.READ,
            outcome=AccessOutcome.REFUSED,
            policy_version=opt_outs.current().parts.version,
            code=FOREIGN,
            resources=(lease_id[:150],),
            request_id=str(acting.request_id),
            note="Spoke for a lease that is not theirs.",
        )
    )
