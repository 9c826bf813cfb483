"""Brakes, estimates and leases as plain values, the same at every edge."""

from __future__ import annotations

from typing import Any

from governance.brakes.engine import Estimate, Trip
from governance.brakes.models import QueryLease


def trip_as_values(trip: Trip) -> dict[str, Any]:
    """What a brake says; `refuses` is False where it only tells."""
    return {
        "brake": trip.name,
        "key": trip.brake,
        "title": trip.title,
        "code": trip.code.value,
        "refuses": trip.refuses,
        "sentence": trip.sentence,
        "fix": trip.fix,
        "reason": trip.reason,
        "ask": trip.ask,
        "dataset": trip.dataset,
        "resets_at": trip.resets_at.isoformat() if trip.resets_at else None,
    }


def estimate_as_values(estimate: Estimate) -> dict[str, Any]:
    """What would be read, with when that was measured and what nobody measured."""
    at = estimate.measured_at
    return {
        "bytes": estimate.bytes,
        "rows": estimate.rows,
        "partitions": estimate.partitions,
        "measured_at": at.isoformat() if at else None,
        "unknown": list(estimate.unknown),
        "stale": [one.name for one in estimate.stale],
        "tables": [
            {
                "dataset": one.name,
                "bytes": one.bytes,
                "rows": one.rows,
                "partitions": one.partitions,
                "measured_at": one.measured_at.isoformat() if one.measured_at else None,
                "age_days": one.age_days,
                "is_stale": one.is_stale,
                "is_guessed": one.is_guessed,
            }
            for one in estimate.tables
        ],
    }


def lease_as_values(lease: QueryLease) -> dict[str, Any]:
    """What a gateway is told of the lease it was granted."""
    return {
        "id": str(lease.pk),
        "heartbeat_seconds": lease.interval,
        "granted_at": lease.granted_at.isoformat(),
    }


def notices_of(estimate: Estimate) -> list[dict[str, str]]:
    """What whoever runs a statement should know of its estimate (R-003)."""
    found = [
        {
            "code": "unknown_size",
            "sentence": f"Only the engine knows how much it reads of {name}; the estimate is"
            " without it."
            if name in estimate.open
            else f"Nobody measured the size of {name}; the estimate is without it.",
            "dataset": name,
        }
        for name in estimate.unknown
    ]
    found += [
        {
            "code": "stale_size",
            "sentence": f"The size of {one.name} was measured {one.age_days} days ago.",
            "dataset": one.name,
        }
        for one in estimate.stale
    ]
    return found
