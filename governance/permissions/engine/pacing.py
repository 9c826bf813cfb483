"""Long work beside threads that answer: in short pieces, with more time for others after each.

Whoever waits for the interpreter gets it between two steps of Python, after a millisecond at the
soonest; in one call into C, not before it is over. Who answers waits for it again each time they
come back from a socket or from the disk: beside a thread that never rests they lose a millisecond
each time, and all who ask after them wait for that as well. Who only offers it has it back at once.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from time import perf_counter, sleep
from typing import Any, TypeVar

_T = TypeVar("_T")

AT_ONCE = 250
"""Steps of one piece: some hundredths of a millisecond."""
_STRETCH = 0.0001
"""Seconds that a thread works before it rests."""
_RESTS = 3.0
"""It rests for so many times as long as it worked: who answers has most of the interpreter."""
_LEAST, _MOST = 0.0002, 0.002
"""Seconds of one rest."""
_AWAY = 0.05
"""Seconds after which a thread has done something else since, such as waiting for the database."""

_SWITCH = 0.001
"""Seconds after which a thread has to let another go on."""
_YOUNG = 10_000
"""Objects after which the collector looks at new ones; 700 by default."""

_here = threading.local()


def set_up_for_answering() -> None:
    """For a process that lives long and answers often: who makes an index leaves others the
    interpreter soon, and the collector, which finds next to nothing where answers hold no cycles,
    does not walk over all questions that wait for their records every few dozen of them."""
    sys.setswitchinterval(_SWITCH)
    gc.set_threshold(_YOUNG)


def breathe() -> None:
    """Let those that answer have the interpreter, unless they had it a moment ago. In a thread that
    answers itself, nothing."""
    worked = perf_counter() - getattr(_here, "since", 0.0)
    if worked < _STRETCH or getattr(_here, "is_alone", False):
        return
    awaited = getattr(_here, "awaited", None)
    if awaited is not None and awaited.is_set():
        return
    if asyncio._get_running_loop() is None:
        sleep(min(max(_RESTS * worked, _LEAST), _MOST) if worked < _AWAY else _LEAST)
    _here.since = perf_counter()


@contextmanager
def alone() -> Iterator[None]:
    """Nobody waits for this thread until the block ends: a process that starts answers nothing."""
    _here.is_alone = True
    try:
        yield
    finally:
        _here.is_alone = False


@contextmanager
def until_awaited(awaited: threading.Event) -> Iterator[None]:
    """As soon as that is set, somebody waits for what this thread makes until the block ends: it
    rests no more, or they would wait four times as long."""
    _here.awaited = awaited
    try:
        yield
    finally:
        _here.awaited = None


def in_steps(items: Iterable[_T], at_once: int = AT_ONCE) -> Iterator[list[_T]]:
    """What is long in such pieces, with a moment after each."""
    left = iter(items)
    while some := list(islice(left, at_once)):
        yield some
        breathe()


def breathing(items: Iterable[_T], at_once: int = AT_ONCE) -> Iterator[_T]:
    """The same items, with a moment after each so many."""
    return iter(items) if getattr(_here, "is_alone", False) else _breathing(items, at_once)


def _breathing(items: Iterable[_T], at_once: int) -> Iterator[_T]:
    for number, one in enumerate(items, start=1):
        if not number % at_once:
            breathe()
        yield one


def run(steps: Iterator[None], count: int) -> None:
    """Take so many steps that each are one call into C."""
    for _ in range(0, count, AT_ONCE):
        deque(islice(steps, AT_ONCE), maxlen=0)
        breathe()


def empty(held: dict[Any, Any]) -> None:
    """Let go of all that something holds, which nobody else looks at any more."""
    while held:
        for _ in range(min(AT_ONCE, len(held))):
            held.popitem()
        breathe()
