"""Other words for the same: what a package above calls synonyms is searched for as well.

Words of the query that together are one of several names of a thing may each be met by all the
words of another of its names: who asks for a work order also finds the columns of a job order.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from catalog.registries.registry import Registry
from catalog.search.query import ParsedQuery, Word
from catalog.search.tokens import STOP_WORDS, tokens

MAX_OTHERS = 8  # names that one word may also be met by
_MAX_TOGETHER = 5  # words that are one name

Names = Sequence[str]  # of one thing: the word that people should use, and its synonyms


@dataclass(frozen=True, slots=True)
class SynonymSource:
    """Names that mean the same, thing by thing. `version` is asked once in every search and has to
    be cheap; `names` is asked again when it changed. `kind` is the searchable kind of the things:
    who may not see it searches without them."""

    kind: str
    version: Callable[[], Hashable]
    names: Callable[[], Iterable[Names]]


sources: Registry[SynonymSource] = Registry("source of synonyms")


class _Known:
    """For each name, by its stems, the other names of the same things."""

    def __init__(self, version: Hashable, names: Iterable[Names]) -> None:
        self.version = version
        self.others: dict[tuple[str, ...], list[tuple[Word, ...]]] = defaultdict(list)
        for group in names:
            words = [found for name in group if (found := _words(name))]
            for this in words:
                key = _key(this)
                self.others[key] += [other for other in words if not _overlaps(key, _key(other))]


_lock = threading.Lock()
_known: dict[str, _Known] = {}
_of_search: ContextVar[dict[str, _Known] | None] = ContextVar("synonyms_of_search", default=None)


@contextmanager
def one_search() -> Iterator[None]:
    """Within it, words mean what they meant when they were first asked for."""
    token = _of_search.set({})
    try:
        yield
    finally:
        _of_search.reset(token)


def with_synonyms(parsed: ParsedQuery, kinds: frozenset[str]) -> ParsedQuery:
    """The query with what each word may also be met by, for who sees things of these kinds."""
    others: dict[str, list[tuple[Word, ...]]] = defaultdict(list)
    found = [word for word in parsed.words if not word.is_optional]
    for name, source in sources.items():
        if source.kind not in kinds or not found:
            continue
        known = _current(name, source)
        for start in range(len(found)):
            for end in range(start + 1, min(start + _MAX_TOGETHER, len(found)) + 1):
                run = found[start:end]
                for word in run:
                    others[word.stem] += known.others.get(_key(run), ())
    if not any(others.values()):
        return parsed
    return replace(
        parsed,
        words=tuple(
            replace(word, others=tuple(dict.fromkeys(others[word.stem]))[:MAX_OTHERS])
            if others.get(word.stem)
            else word
            for word in parsed.words
        ),
    )


def _current(name: str, source: SynonymSource) -> _Known:
    of_search = _of_search.get()
    if of_search is None:
        return _newest(name, source)
    if name not in of_search:
        of_search[name] = _newest(name, source)
    return of_search[name]


def _newest(name: str, source: SynonymSource) -> _Known:
    version = source.version()
    with _lock:
        known = _known.get(name)
    if known is None or known.version != version:
        known = _Known(version, source.names())
        with _lock:
            _known[name] = known
    return known


def _words(name: str) -> tuple[Word, ...]:
    found = [token for token in tokens(name) if token.surface not in STOP_WORDS]
    return tuple(Word(token.surface, token.stem, 0, 0) for token in found[:_MAX_TOGETHER])


def _key(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.stem for word in words)


def _overlaps(this: Sequence[str], other: Sequence[str]) -> bool:
    """One holds the other: nothing more is found by it, or everything is."""
    return set(this) <= set(other) or set(other) <= set(this)
