"""Drafts beside live answers: each answer is noted where a draft could have given another one.

Doors only append to a bounded queue, and only where a draft could matter to whoever asks and what
they ask about. The thread that keeps the index of this process up decides what is queued under the
drafts and adds it up in the database. Nothing here is asked before an answer, nor waited for; what
goes wrong here is logged and changes no answer.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from governance.permissions.engine import Index
from governance.permissions.trial.difference import Change
from governance.permissions.trial.replay import Asked, Comparing

log = structlog.get_logger(__name__)

MOST_QUEUED = 20_000
LOOK_SECONDS = 5.0

Key = tuple[dt.date, str, int, int, str, Change]
"""Day, kind of door, person, dataset, purpose, how it differs."""


@dataclass(slots=True, eq=False)
class Watched:
    """One draft beside the answers: `shadow` is its row, `draft_on` makes it anew on an index."""

    shadow: int
    comparing: Comparing
    ends: float
    seen: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Active:
    """A shadow as the database knows it."""

    shadow: int
    revision: int
    ends: float


class Shadows:
    """See the module. `active` reads which shadows run, `draft_on` compiles one, `store` adds up
    what was counted."""

    def __init__(self) -> None:
        self.watching: tuple[Watched, ...] = ()
        self._queue: deque[tuple[Watched, str, Asked]] = deque(maxlen=MOST_QUEUED)
        self._looked = float("-inf")
        self._lock = threading.Lock()
        self._active: Callable[[], Sequence[Active]] = tuple
        self._draft_on: Callable[[int], tuple[Index, Index]] | None = None
        self._store: Callable[[int, Counter[Key], int, int], None] | None = None

    def connect(
        self,
        active: Callable[[], Sequence[Active]],
        draft_on: Callable[[int], tuple[Index, Index]],
        store: Callable[[int, Counter[Key], int, int], None],
    ) -> None:
        """Say where shadows are read and counted; called once when the application starts."""
        self._active, self._draft_on, self._store = active, draft_on, store

    def note(
        self,
        gateway: str,
        person: int | None,
        action: str,
        dataset: int,
        columns: Sequence[str] | None,
        purpose: str | None,
        environment: str | None,
        at: float,
    ) -> None:
        """An answer is given; called where `watching` is not empty. Raises nothing."""
        if person is None:
            return
        try:
            for one in self.watching:
                one.seen += 1
                if not one.comparing.may_differ(person, dataset):
                    continue
                if len(self._queue) >= MOST_QUEUED:
                    one.dropped += 1
                    continue
                used = None if columns is None else tuple(columns)
                asked = Asked(person, action, dataset, used, purpose, environment, at)
                self._queue.append((one, gateway, asked))
        except Exception as error:  # noqa: BLE001 - an answer does not wait for who watches it
            log.error("shadow_failed", error=f"{type(error).__name__}: {error}"[:300])

    def look(self, *, now: bool = False) -> None:
        """Decide what is queued; every few seconds also look which shadows run, and store."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            is_due = now or time.monotonic() - self._looked >= LOOK_SECONDS
            if is_due:
                self._count()
                self._refresh()
                self._looked = time.monotonic()
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Stand beside nothing."""
        self.watching = ()
        self._queue.clear()
        self._looked = float("-inf")

    def _count(self) -> None:
        """Decide what is queued under the drafts, and add it up."""
        counts: dict[Watched, Counter[Key]] = {one: Counter() for one in self.watching}
        for _ in range(len(self._queue)):
            one, gateway, asked = self._queue.popleft()
            change = one.comparing.change(asked)
            if change is not None and one in counts:
                day = dt.datetime.fromtimestamp(asked.at, dt.UTC).date()
                purpose = asked.purpose or ""
                counts[one][day, gateway, asked.person, asked.dataset, purpose, change] += 1
        for one, found in counts.items():
            seen, dropped = one.seen, one.dropped
            if self._store is not None and (seen or dropped or found):
                self._store(one.shadow, found, seen, dropped)
                one.seen -= seen
                one.dropped -= dropped

    def _refresh(self) -> None:
        """Make the drafts anew where what holds beside them moved."""
        if self._draft_on is None:
            return
        held = {one.shadow: one for one in self.watching}
        found = []
        for active in self._active():
            base, draft = self._draft_on(active.revision)
            known = held.get(active.shadow)
            if known is None:
                known = Watched(active.shadow, Comparing(base, draft), active.ends)
            elif known.comparing.draft is not draft:
                # The same one: what is noted meanwhile is counted with it.
                known.comparing = Comparing(base, draft)
            found.append(known)
        self.watching = tuple(found)


shadows = Shadows()
"""Those of this process."""
