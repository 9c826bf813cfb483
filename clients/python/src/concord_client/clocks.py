"""Two clocks: one that nobody sets and that goes on while the machine sleeps, and the service's.

The first tells how old a bundle is. Instants at which opt-outs begin and end are the service's,
carried on by the first; a wrong clock of this machine matters only until the service answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

elapsed: Callable[[], float] = (
    partial(time.clock_gettime, time.CLOCK_BOOTTIME)
    if hasattr(time, "CLOCK_BOOTTIME")
    else time.monotonic
)
"""Seconds since some instant, the machine's sleep included where the system counts it."""


class ServiceClock:
    """The service's instant, in seconds since 1970: `shift` lies between it and `elapsed`."""

    def __init__(self) -> None:
        self.shift = time.time() - elapsed()
        self.is_confirmed = False

    def __call__(self) -> float:
        """The instant now."""
        return elapsed() + self.shift

    def confirm(self, instant: float, at: float) -> None:
        """The service said an instant when `elapsed` was `at`."""
        self.shift = instant - at
        self.is_confirmed = True
