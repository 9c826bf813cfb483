"""What waits for a person beside the catalog's own: upper packages add theirs at start-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.registries.registry import Registry
from catalog.types import Principal


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One thing to do: a sentence, where it is done, the verb on its button, since when it waits
    or until when it is due."""

    title: str
    href: str
    action: str
    detail: str = ""
    meaning: str = ""
    icon: str = "waiting"
    since: dt.datetime | None = None
    due: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class BarCount:
    """What the bar of every page says: how much waits for a person, how much they have not read."""

    waiting: int = 0
    unread: int = 0

    def __add__(self, other: BarCount) -> BarCount:
        return BarCount(self.waiting + other.waiting, self.unread + other.unread)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A source of waiting things. `noun` names one of them ("signature"); `count` is asked on
    every page and takes one query, `items` only on the home page, the most urgent first. Without
    a `count` they are counted with the catalog's own, or, where nobody asked for them by name
    (`is_asked`), stand on the home page alone, as work to be found."""

    noun: str
    count: Callable[[Principal], BarCount] | None
    items: Callable[[Principal], Sequence[WaitingItem]]
    is_asked: bool = True


waiting: Registry[Waiting] = Registry("source of waiting things")
