"""What an application adds to registries when a process starts: at once, or when there is time.

Most of what is added takes imports of its own. A process that has to answer soon, and needs little
of it for that, says `later()` before Django is set up and `finish()` once it answers.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

_waiting: deque[Callable[[], None]] = deque()
_is_later = False
_finishing = threading.RLock()


def register(work: Callable[[], None]) -> None:
    """Do the work of an application that is ready now, or keep it for `finish`."""
    if _is_later:
        _waiting.append(work)
    else:
        work()


def later() -> None:
    """From now on keep what applications register."""
    global _is_later
    _is_later = True


def is_finished() -> bool:
    """Whether nothing waits."""
    return not _waiting and not _is_later


def finish() -> None:
    """Do what was kept, in its order; whoever calls meanwhile waits until it is done.

    Raises what the work raises; what follows it is done by the next call.
    """
    global _is_later
    if is_finished():
        return
    with _finishing:
        while _waiting:
            _waiting.popleft()()
        _is_later = False
