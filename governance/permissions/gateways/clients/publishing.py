"""The last states of this process, what clients are sent of them, and who waits for the next.

A state is sent whole or as what changed since another one. Both are written once for all clients
that get the same; a whole one is kept for a minute, and whoever gets an older one of it asks for
the changes at once.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

from governance.permissions.bundling import Terms, changes_between, packed
from governance.permissions.bundling.sealing import BUNDLE, CHANGES, compressed, digest_of
from governance.permissions.engine import Dataset, Index
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.registered import Registered
from governance.permissions.gateways.underway import Underway

KEPT_STATES = 100
"""States that changes are told from; each shares with the next what did not change."""
WHOLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class State:
    """An index that was in force, with the policy epoch that it knows. `looked_at` is when the
    database answered last before it was published (as in `Standing`)."""

    index: Index
    registered: Registered
    epoch: int
    looked_at: float

    @property
    def version(self) -> int:
        """What clients know it by."""
        return self.index.version


@dataclass(frozen=True)
class Content:
    """What is sent: a whole state, or changes after `base`; compressed."""

    kind: str
    state: State
    base: int
    body: bytes

    @cached_property
    def digest(self) -> str:
        """What a header says of the body."""
        return digest_of(self.body)


class Publisher:
    """See the module. Read and written by the keeper's thread, by answers and beside them."""

    def __init__(self, epoch_at: Callable[[int], int]) -> None:
        self._epoch_at = epoch_at
        self._states: OrderedDict[int, State] = OrderedDict()
        self._lock = threading.Lock()
        self._writing = Underway(self._written, "bundles")
        self._waiting: dict[asyncio.AbstractEventLoop, set[asyncio.Future[None]]] = {}
        self._whole: dict[frozenset[str], tuple[float, Content]] = {}
        self._changes: dict[Hashable, Content | None] = {}

    def publish(self, standing: Standing) -> State:
        """The newest state, which is that of `standing` from now on where it is newer.

        Who asked may come with what stood before the last look. An older version counts where the
        database said so since the newest one was published: it was restored, and begins anew.
        """
        with self._lock:
            newest = next(reversed(self._states.values()), None)
            index, registered, looked_at = standing.index, standing.registered, standing.looked_at
            if newest is not None:
                known, given = (newest.looked_at, newest.version), (looked_at, index.version)
                if newest.version == index.version or given < known:
                    return newest
                if newest.version > index.version:
                    self._forget()
            state = State(index, registered, self._epoch_at(index.version), looked_at)
            self._states[state.version] = state
            while len(self._states) > KEPT_STATES:
                self._states.popitem(last=False)
            self._changes = {}
            waiting, self._waiting = self._waiting, {}
        for loop, futures in waiting.items():
            loop.call_soon_threadsafe(_resolve, futures)
        return state

    async def wait_beyond(self, version: int, seconds: float) -> None:
        """Return when the newest state has another version, or after some seconds."""
        loop = asyncio.get_running_loop()
        with self._lock:
            newest = next(reversed(self._states), None)
            if newest != version:
                return
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.setdefault(loop, set()).add(future)
        timer = loop.call_later(seconds, _resolve, {future})
        try:
            await future
        finally:
            timer.cancel()
            with self._lock:
                self._waiting.get(loop, set()).discard(future)

    async def content(self, have: int, least: int, terms: Terms, state: State) -> Content:
        """What brings a client from the version it has (0: it wants everything) to one that is at
        least `least`; in a thread where it has to be written first."""
        found = self._kept(have, least, terms, state)
        if found is not None:
            return found
        key = (have, least, terms.systems, state.version)
        return await self._writing.result(key, have, least, terms, state)

    def _kept(self, have: int, least: int, terms: Terms, state: State) -> Content | None:
        """What was written already."""
        changes = self._changes.get((have, state.version, terms.systems))
        if changes is not None:
            return changes
        if have in self._states and (have, state.version, terms.systems) not in self._changes:
            return None
        until, whole = self._whole.get(terms.systems, (0.0, None))
        if whole is None or time.monotonic() > until:
            return None
        is_followed = whole.state.version in self._states and _number_alike(whole.state, state)
        is_enough = have < whole.state.version >= least
        is_same = whole.state.version == state.version
        return whole if is_enough and (is_same or is_followed) else None

    def _written(self, have: int, least: int, terms: Terms, state: State) -> Content:
        found = self._kept(have, least, terms, state)
        if found is not None:
            return found
        former = self._states.get(have)
        if former is not None:
            found = _changes(former, state, terms)
            self._changes[have, state.version, terms.systems] = found
            if found is not None:
                return found
            found = self._kept(have, least, terms, state)
            if found is not None:
                return found
        body = compressed(packed(state.index, terms))
        whole = Content(BUNDLE, state, 0, body)
        self._whole[terms.systems] = (time.monotonic() + WHOLE_SECONDS, whole)
        return whole

    def _forget(self) -> None:
        self._states.clear()
        self._whole, self._changes = {}, {}


def terms_of(registered: Registered, systems: frozenset[str]) -> Terms:
    """What a client of these systems gets, with the classes as they are marked now."""

    def opens(dataset: Dataset) -> bool:
        labels = dataset.labels.union(*dataset.columns.values())
        return not registered.open_labels.isdisjoint(
            labels
        ) and registered.closed_labels.isdisjoint(labels)

    return Terms(systems, opens)


def _changes(former: State, state: State, terms: Terms) -> Content | None:
    """What changed; None where only the whole state serves."""
    marked = [(one.registered.open_labels, one.registered.closed_labels) for one in (former, state)]
    if marked[0] != marked[1]:
        return None
    body = changes_between(former.index, state.index, terms)
    return None if body is None else Content(CHANGES, state, former.version, compressed(body))


def _number_alike(former: State, state: State) -> bool:
    before = getattr(former.index.parts, "interned", None)
    return before is not None and before is getattr(state.index.parts, "interned", None)


def _resolve(futures: set[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
