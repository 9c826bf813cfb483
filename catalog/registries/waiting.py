"""What waits for a person beside the catalog's own: upper packages add theirs at start-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.registries.registry import Registry
from catalog.types import Principal


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One thing to do: a sentence, where it is done, and the verb on its button."""

    title: str
    href: str
    action: str
    detail: str = ""
    meaning: str = ""
    icon: str = "waiting"
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A source of waiting things. `noun` names one of them ("signature"); `count` is asked on
    every page and takes one query, `items` only on the home page, the most urgent first. Without
    a `count` they stand on the home page alone, or are counted with the catalog's own."""

    noun: str
    count: Callable[[Principal], int] | None
    items: Callable[[Principal], Sequence[WaitingItem]]


waiting: Registry[Waiting] = Registry("source of waiting things")
