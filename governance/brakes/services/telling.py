"""What becomes of leases, on the record."""

from __future__ import annotations

from catalog.types import Principal
from governance.audit.services.recording import (
    AccessOutcome,
    AccessRecord,
    record_decision_here,
)
from governance.brakes.models import QueryLease
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
