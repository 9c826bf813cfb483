"""What runs by the clock: a name, a Celery task and how many seconds lie between two runs."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.registries.registry import Registry


@dataclass(frozen=True, slots=True)
class Schedule:
    """`task` is the task's registered name, such as `catalog.feed_consumers`.

    A message that nobody took within `seconds` expires, so that a queue never fills with copies.
    """

    task: str
    seconds: float


schedules: Registry[Schedule] = Registry("schedule")
