"""The delta that leads from one index to another of the same service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from governance.permissions.engine.deltas import Delta, matched
from governance.permissions.engine.index import Index
from governance.permissions.engine.pacing import breathe, breathing

_K = TypeVar("_K", int, str)
_T = TypeVar("_T")


def delta_between(former: Index, index: Index) -> Delta:
    """What changed after `former`, whether or not `index` was made from it: `next_index` of both
    decides as `index` does. What the two share is passed over at once. Raises TypeError for an
    index that a client unpacked."""
    before, now = matched(former), matched(index)
    people, gone_people = _moved(before.persons, now.persons)
    datasets, gone_datasets = [], set()
    for page, other in zip(before.records.pages, now.records.pages, strict=True):
        if page is not other:
            replaced, gone = _moved(page, other)
            datasets += replaced
            gone_datasets |= gone
            breathe()
    rules, gone_rules = _moved(before.rules, now.rules)
    exceptions, gone_exceptions = _moved(before.exceptions, now.exceptions)
    return Delta(
        version=now.version,
        people=tuple(people),
        gone_people=frozenset(gone_people),
        datasets=tuple(datasets),
        gone_datasets=frozenset(gone_datasets),
        rules=tuple(rules),
        gone_rules=frozenset(gone_rules),
        exceptions=tuple(exceptions),
        gone_exceptions=frozenset(gone_exceptions),
    )


def is_made_from(index: Index, former: Index) -> bool:
    """Whether deltas led from one to the other, so that they share what did not change."""
    return matched(index).interned is matched(former).interned


def _moved(before: Mapping[_K, _T], now: Mapping[_K, _T]) -> tuple[list[_T], set[_K]]:
    if before is now:
        return [], set()
    held = before.get
    anew = [
        one
        for key, one in breathing(now.items())
        if (former := held(key)) is not one and former != one
    ]
    return anew, _missing(before, now)


def _missing(keys: Iterable[_K], now: Mapping[_K, object]) -> set[_K]:
    return {key for key in breathing(keys) if key not in now}
