"""Running the detectors: every day over everything, and whenever an agreement changes."""

from __future__ import annotations

from catalog.types import Principal
from governance.conflicts.detectors import detectors
from governance.conflicts.services.register import store_conflicts


def scan(*, acting: Principal) -> int:
    """Run every detector; returns how many conflicts stand. Repeating it changes nothing."""
    return sum(
        len(store_conflicts(detector.find(acting), acting=acting, kinds=detector.kinds))
        for detector in detectors
    )
