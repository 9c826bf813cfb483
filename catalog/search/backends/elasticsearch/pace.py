"""How fast a rebuild writes: as fast as the cluster takes it, until people who search notice.

The cluster tells how long its searches took. While they take longer than they used to, the pieces
of a rebuild go one at a time, with a pause after each that grows until searches are quick again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from catalog.errors import Unavailable
from catalog.search.backends.elasticsearch import cluster, layout

LOOK_EVERY = 1.0  # seconds
FORGOTTEN_AFTER = 5.0  # seconds without a search after which nobody is in the way
_KNOWN = 100  # searches after which it is known how long one takes
_FEW = 3  # searches that say nothing yet of how long they take now
SLOWER, QUICK = 1.4, 1.2  # times what they used to take
_FIRST, _LEAST, MOST = 1.0, 0.25, 2.0  # pauses, in times of what the piece before took


class Searched(NamedTuple):
    """How many searches the index in use has answered, and how long that took in all (ms)."""

    number: int
    milliseconds: int


def searched() -> Searched:
    """What the cluster counted; nothing where no index is in use."""
    with cluster.asking(patiently=True) as client:
        answer = client.options(ignore_status=404).indices.stats(
            index=[layout.live(part) for part in layout.PARTS],
            metric="search",
            filter_path="_all.total.search",
        )
    found = answer.get("_all", {}).get("total", {}).get("search", {})
    return Searched(found.get("query_total", 0), found.get("query_time_in_millis", 0))


class Pace:
    """Lets pieces through; `look` tells what was searched so far, `now` the time in seconds."""

    def __init__(
        self,
        look: Callable[[], Searched] = searched,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._look, self._now, self._sleep = look, now, sleep
        self._looking, self._alone = threading.Lock(), threading.Lock()
        self._last = look()
        self._usual = self._last.milliseconds / max(self._last.number, 1)
        self._is_known = self._last.number >= _KNOWN
        self._looked = self._seen = now()
        self.pause = 0.0  # times of what the piece before took

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Around the sending of one piece."""
        self._notice()
        if not self.pause:
            yield
            return
        with self._alone:
            started = self._now()
            yield
            self._sleep((self._now() - started) * self.pause)

    def _notice(self) -> None:
        with self._looking:
            if self._now() - self._looked < LOOK_EVERY:
                return
            self._looked = self._now()
            try:
                seen = self._look()
            except Unavailable:
                return  # what is sent next will find out
            count = seen.number - self._last.number
            if count < 0:  # a shard that moved counts anew
                self._last = seen
            if count < _FEW:
                if self._looked - self._seen > FORGOTTEN_AFTER:
                    self.pause = 0.0
                return
            taken = (seen.milliseconds - self._last.milliseconds) / count
            self._last, self._seen = seen, self._looked
            self._adapt(taken)

    def _adapt(self, taken: float) -> None:
        if not self._is_known or taken > self._usual * SLOWER:
            self.pause = min(max(self.pause * 2, _FIRST), MOST) if self._is_known else _FIRST
        elif taken < self._usual * QUICK:
            self.pause = self.pause / 2 if self.pause > _LEAST else 0.0
