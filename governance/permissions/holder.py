"""The index of this process: loaded once, then kept up with what moves in the database.

What moved is seen by one small query (`selectors.marks`). A thread asks twice a second, whoever
changes an opt-out or an exception in this process has it with their commit, and every request asks
once before it shows anything: small changes are taken in at once, by a delta. Of larger ones, and
of those that a transaction has not committed, a request is told which datasets they touch.

What reads the database is imported where it is first read: a gateway answers from its bundle
before that.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog
from asgiref.local import Local
from django.conf import settings
from django.db import close_old_connections
from pyroaring import BitMap

from catalog.types import EmploymentKind
from governance import clock
from governance.permissions.engine import (
    Delta,
    Floors,
    Index,
    compile_index,
    is_worn,
    next_index,
)
from governance.permissions.engine.inheritance import Place
from governance.permissions.engine.leaving import leaving
from governance.permissions.engine.pacing import (
    breathing,
    set_up_for_answering,
    until_awaited,
)
from governance.permissions.selectors.marks import Mark, changes_between, read_mark

log = structlog.get_logger(__name__)

_STORY_SECONDS = 0.5
_EPOCHS_KEPT = 1_000
_REST = 20.0
"""Where no opt-out holds: how much longer than a load took the next one waits."""
_SOON = 0.1
"""Seconds that a load may take without any rest."""
_DECIDES = ("epoch", "seats", "Person", "Team", "TeamMembership", "OptOutException")
"""What no load waits for, in the counts of a mark; the rest is data that nothing is denied of."""

Labels = Mapping[Place, frozenset[str]]


class Holder:
    """See the module."""

    def __init__(self) -> None:
        self._index: Index | None = None
        self._mark = Mark()
        self._labels: Labels = {}
        self._epochs: dict[int, int] = {}
        self._rests_until = 0.0
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None
        self._woken = threading.Event()
        self._awaited = threading.Event()  # by a question that has no index yet
        self._aside: tuple[Mark, Index] | None = None
        self._followers: list[Callable[[], None]] = [leaving.sweep]
        self._request = Local()

    def current(self) -> Index:
        """The index; loaded now where there is none yet."""
        index = self._index
        if index is None:
            self._awaited.set()
            try:
                self.refresh()
            finally:
                self._awaited.clear()
            index = self._index
            assert index is not None
        return index

    @property
    def held(self) -> Index | None:
        """The index at hand, if one was loaded; asks no database."""
        return self._index

    def epoch_at(self, version: int) -> int:
        """The policy epoch of a version that this process had lately; 0 for any other."""
        return self._epochs.get(version, 0)

    def index_for(self, person: int) -> Index:
        """The index, knowing the person even when they were added this second."""
        from governance.permissions.selectors import world

        index = self.current()
        if person not in index.parts.persons:
            with self._lock:
                index = self._index or index  # whoever had the lock may have loaded another
                found = () if person in index.parts.persons else world.people([person])
                if found:
                    index = next_index(index, Delta(index.version, people=found))
                    self._index = index
        return index

    def unsettled(self) -> BitMap:
        """The datasets of which the index does not know what the database says by now.

        Asked before anything is shown, once in a request (see `one_request`): what moved meanwhile
        is taken in, where it is little and committed. A world without opt-outs has none.
        """
        if not self.current().parts.rules:
            return BitMap()
        seen: list[BitMap] | None = getattr(self._request, "seen", None)
        if seen:
            return seen[0]
        known = self._look()
        if seen is not None:
            seen.append(known)
        return known

    @contextmanager
    def one_request(self) -> Iterator[None]:
        """Within it the database is looked at once, however often `unsettled` is asked."""
        self._request.seen = []
        try:
            yield
        finally:
            self._request.seen = None

    def settled(self) -> Index:
        """An index of all that the database says now, this transaction's own changes included: for
        who compares. One made for this is not put in force; one that was installed is taken as it
        is."""
        from governance.permissions.selectors import world

        self.current()
        self._look()
        mark = read_mark(self._mark)
        if not self._mark.counts or self._mark.is_still(mark):
            return self.current()
        with self._lock:
            if self._aside is None or not self._aside[0].is_still(mark):
                at = clock.now()
                held = world.world_at(at, version=mark.version, floors=floors())
                self._aside = (mark, compile_index(held, clock=at.timestamp))
            return self._aside[1]

    def refresh(self, *, may_rest: bool = False) -> bool:
        """Look whether anything moved, and load what holds now if so; whether it did.

        With `may_rest` data that comes in masses does not have everything loaded again and again
        where there is no opt-out that could deny any of it.
        """
        with self._lock:
            mark = read_mark(self._mark)
            if self._index is not None and self._mark.is_still(mark):
                return False
            if may_rest and self._rests(mark):
                return False
            began = time.perf_counter()
            is_whole = not self._take_in(mark)
            if is_whole:
                self._load(mark)
            now = time.perf_counter()
            self._rests_until = now + _REST * max(now - began - _SOON, 0.0)
            index = self.current()
        self._watch()
        log.info(
            "opt_outs_loaded",
            version=mark.version,
            rules=len(index.parts.rules),
            whole=is_whole,
            seconds=round(now - began, 3),
        )
        return True

    def _rests(self, mark: Mark) -> bool:
        index, known = self._index, self._mark.counts
        return (
            index is not None
            and not index.parts.rules
            and time.perf_counter() < self._rests_until
            and all(mark.counts.get(name) == known.get(name) for name in _DECIDES)
        )

    def policies_first(self, index: Index) -> Index:
        """Where none was loaded yet: an index from elsewhere with the opt-outs, the exceptions and
        the people that the database has now, under its own version. They are there at once;
        everything takes a while."""
        from governance.permissions.selectors import deltas

        with collector_at_rest():
            return next_index(index, deltas.of_policies(index))

    def refresh_if_loaded(self) -> None:
        """After a commit: nothing to do where nobody asked yet."""
        if self._index is not None:
            self.refresh()

    def follow(self, look: Callable[[], None]) -> None:
        """Have something done whenever the thread of this process has looked what moved."""
        self._followers.append(look)

    def install(self, index: Index | None) -> None:
        """Put an index in force; None has the next question load one."""
        with self._lock:
            self._index, self._mark, self._labels = index, Mark(), {}

    # --- keeping up ------------------------------------------------------------------------

    def _look(self) -> BitMap:
        from governance.permissions.selectors import world

        mark = read_mark(self._mark)
        if self._mark.is_still(mark):
            return BitMap()
        if not self._mark.is_followed_by(mark):
            self._woken.set()
            return BitMap()
        changes = changes_between(self._mark, mark)
        is_small = mark.own is None and not changes.everything
        if is_small and self._lock.acquire(blocking=False):
            try:
                if self._take_in(mark):
                    return BitMap()
            finally:
                self._lock.release()
        self._woken.set()
        touched = set(changes.datasets)
        if changes.labels:
            touched |= _relabeled(self._labels, world.column_labels())
        return BitMap(touched)

    def _take_in(self, mark: Mark) -> bool:
        """Make the next index by a delta; False where everything has to be loaded."""
        from governance.permissions.selectors import deltas, world

        index, former = self._index, self._mark
        if index is None or not former.is_followed_by(mark) or is_worn(index):
            return False
        if former.is_still(mark):
            return True
        changes = changes_between(former, mark)
        labels = world.column_labels() if changes.labels else self._labels
        touched = changes.datasets | _relabeled(self._labels, labels)
        if changes.everything:
            return False
        delta = deltas.what_moved(index, mark.version, changes, touched, labels)
        if delta is None:
            return False
        self._remember_epoch(mark)
        with collector_at_rest():
            self._index, self._mark, self._labels = next_index(index, delta), mark, labels
        return True

    def _load(self, mark: Mark) -> None:
        from governance.permissions.selectors import world

        with collector_at_rest(), until_awaited(self._awaited):
            labels = world.column_labels()
            held = world.world_at(
                clock.now(), version=mark.version, floors=floors(), by_column=labels
            )
            index = compile_index(held, clock=_StoryTime() if settings.STORY_CLOCK else time.time)
            self._remember_epoch(mark)
            self._index, self._mark, self._labels = index, mark, labels

    def _remember_epoch(self, mark: Mark) -> None:
        """Before the index is there: whoever reads it without the lock finds its epoch."""
        self._epochs[mark.version] = mark.counts.get("epoch", 0)
        if len(self._epochs) > _EPOCHS_KEPT:
            self._epochs.pop(next(iter(self._epochs)))

    def _watch(self) -> None:
        seconds = settings.OPT_OUT_REFRESH_SECONDS
        if not seconds or (self._watcher is not None and self._watcher.is_alive()):
            return
        set_up_for_answering()
        self._watcher = threading.Thread(
            target=self._keep_looking, args=(seconds,), name="opt-outs", daemon=True
        )
        self._watcher.start()

    def _keep_looking(self, seconds: float) -> None:
        while True:
            self._woken.wait(seconds)
            self._woken.clear()
            try:
                close_old_connections()
                self.refresh(may_rest=True)
            except Exception as error:  # noqa: BLE001 - the last index stays in force
                log.error("opt_outs_not_refreshed", error=f"{type(error).__name__}: {error}"[:300])
                time.sleep(seconds)
            for look in self._followers:
                try:
                    look()
                except Exception as error:  # noqa: BLE001 - who follows stops nothing
                    log.error("follower_failed", error=f"{type(error).__name__}: {error}"[:300])


def _relabeled(former: Labels, now: Labels) -> frozenset[int]:
    """The datasets whose columns carry other labels than before."""
    if former is now:
        return frozenset()
    gone = {place[0] for place, held in breathing(former.items()) if now.get(place) != held}
    return frozenset(
        gone | {place[0] for place, held in breathing(now.items()) if former.get(place) != held}
    )


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No collection while a world is loaded; in a process that stays, the collector passes over
    what was loaded from then on. Not collected afterwards: that would hold up answers for longer
    than the loading, and an index that is left goes by itself."""
    gc.collect(1)
    gc.disable()
    try:
        yield
    finally:
        if settings.OPT_OUT_REFRESH_SECONDS:
            gc.freeze()
        gc.enable()


class _StoryTime:
    """The clock of a demonstration, read from the database twice a second at most."""

    def __init__(self) -> None:
        self._read_at = 0.0
        self._instant = 0.0

    def __call__(self) -> float:
        if time.monotonic() - self._read_at > _STORY_SECONDS:
            self._instant, self._read_at = clock.now().timestamp(), time.monotonic()
        return self._instant


def floors() -> Floors:
    """The stated defaults: whose employment is denied everything."""
    denied = frozenset(settings.OPT_OUT_DENIED_EMPLOYMENTS)
    return Floors(denied & {kind.value for kind in EmploymentKind})


opt_outs = Holder()
"""The holder of this process."""
