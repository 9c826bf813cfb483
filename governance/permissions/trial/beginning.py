"""What trials add to the rest of governance, once the application starts."""

from __future__ import annotations

from governance.permissions.holder import opt_outs
from governance.permissions.trial.detecting import register_detector
from governance.permissions.trial.services.shadows import (
    active_shadows,
    draft_on_now,
    store_counts,
)
from governance.permissions.trial.shadowing import shadows


def register_trials() -> None:
    """Join the detectors of conflicts, and stand beside the answers of this process."""
    register_detector()
    shadows.connect(active_shadows, draft_on_now, store_counts)
    opt_outs.follow(shadows.look)
