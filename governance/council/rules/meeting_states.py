"""Which state of a meeting may follow which; the database holds the same table."""

from __future__ import annotations

from governance.types import MeetingState as M

_STEPS: dict[M, tuple[M, ...]] = {
    M.PLANNED: (M.OPEN, M.CANCELED),
    M.OPEN: (M.CLOSED,),
    M.CLOSED: (M.APPROVED,),
    M.APPROVED: (),
    M.CANCELED: (),
}

MEETING_STEPS: list[tuple[str, str]] = [
    (before.value, after.value) for before, followers in _STEPS.items() for after in followers
]
