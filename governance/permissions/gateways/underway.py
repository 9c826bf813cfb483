"""What takes long is done once, in one thread, for all who wait for the same.

Those who wait take no thread of the loop's own executor, which others need meanwhile: searches and
large bodies are answered there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Underway(Generic[Result]):
    """See the module. `work` is called in one thread, call after call; any loop may ask."""

    def __init__(self, work: Callable[..., Result], name: str) -> None:
        self._work = work
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._running: dict[Hashable, tuple[asyncio.Event, asyncio.Future[Result]]] = {}

    async def result(self, key: Hashable, *given: object) -> Result:
        """What the work makes of what is given, or of what was given to the same `key` by somebody
        who waits already. Raises what the work raises."""
        loop = asyncio.get_running_loop()
        place = (loop, key)
        underway = self._running.get(place)
        if underway is None:
            done = asyncio.Event()

            def ended(_: object) -> None:
                self._running.pop(place, None)
                done.set()

            working = loop.run_in_executor(self._thread, self._work, *given)
            working.add_done_callback(ended)
            underway = self._running[place] = (done, working)
        done, working = underway
        await done.wait()  # not for the work itself: who goes away would take it from others
        return working.result()
