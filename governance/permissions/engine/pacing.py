"""Long work beside threads that answer: in short pieces, with a moment for others after each.

Whoever waits for the interpreter gets it between two steps of Python, after a millisecond at the
soonest; in one call into C, not before it is over. Who only offers it has it back at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from time import sleep
from typing import TypeVar

_T = TypeVar("_T")

AT_ONCE = 1_000
"""Steps of one piece: about a tenth of a millisecond."""
_BREATH = 0.0002  # seconds

_here = threading.local()


def breathe() -> None:
    """Let those that answer have the interpreter."""
    if not getattr(_here, "is_alone", False):
        sleep(_BREATH)


@contextmanager
def alone() -> Iterator[None]:
    """Nobody waits for this thread until the block ends: a process that starts answers nothing."""
    _here.is_alone = True
    try:
        yield
    finally:
        _here.is_alone = False


def in_steps(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """What is long in such pieces."""
    for start in range(0, len(items), AT_ONCE):
        if start:
            breathe()
        yield items[start : start + AT_ONCE]


def breathing(items: Iterable[_T], at_once: int = AT_ONCE) -> Iterator[_T]:
    """The same items, with a moment after each so many."""
    for number, one in enumerate(items, start=1):
        if not number % at_once:
            breathe()
        yield one


def run(steps: Iterator[None], count: int) -> None:
    """Take so many steps that each are one call into C."""
    for _ in range(0, count, AT_ONCE):
        deque(islice(steps, AT_ONCE), maxlen=0)
        breathe()
