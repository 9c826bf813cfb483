"""Did you mean: words that nothing holds, compared with the words that documents do hold.

A correction is only a guess here; the engine offers it when it finds something the person may
see, so that a hidden name is never given away. To whom something is hidden, a word exists only
where they see it written: what is hidden neither is a correction nor keeps another from being one.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.models import SearchWord
from catalog.models.copying import copy_rows
from catalog.search.backends import backend
from catalog.search.backends.base import Request
from catalog.search.query import ParsedQuery, Word
from catalog.search.roots import root
from catalog.search.tokens import phrase, stem
from catalog.search.visibility import Visibility

_MIN_CHARACTERS = 3
_CANDIDATES = 10
_MIN_LIKELY = 5  # characters: beside other words a short unknown one is rather a name than a slip
_MOST_ALIKE = 8
_MOST_LIKELY = 8  # needed words; a longer text has others that are known
_MAX_CHECKED = 200  # words looked up for who does not see everything


class _Dictionary:
    """The words of the table in this process, read once and then only what was added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._words: list[str] = []
        self._weights: dict[str, int] = {}
        self._of_root: dict[str, list[str]] = defaultdict(list)
        self._last_id = 0

    def forget(self) -> None:
        """What was read may be there no more."""
        with self._lock:
            self._words, self._weights, self._last_id = [], {}, 0
            self._of_root = defaultdict(list)

    def words(self) -> tuple[list[str], Mapping[str, int]]:
        """Every word, and in how many documents it was when it was read."""
        with self._lock:
            for pk, word, documents in _rows(
                "SELECT id, word, documents FROM catalog_searchword WHERE id > %s ORDER BY id",
                [self._last_id],
            ):
                self._last_id = pk
                if word not in self._weights:
                    self._words.append(word)
                    self._of_root[root(word)].append(word)
                self._weights[word] = documents
            return self._words, self._weights

    def of_root(self, wanted: str) -> Sequence[str]:
        """The words of one root, among those read."""
        return self._of_root.get(wanted, ())


_dictionary = _Dictionary()


def corrections(query: ParsedQuery, visibility: Visibility) -> dict[str, str]:
    """For each needed word that no document holds or begins with, the closest one that is held;
    one slip for short words, two from six characters on."""
    unknown = [
        word.surface
        for word in query.needed
        if len(word.surface) >= _MIN_CHARACTERS and not word.surface.isdigit()
    ]
    unknown = [surface for surface in unknown if not _is_known(surface, visibility)]
    if not unknown:
        return {}
    found = {}
    for surface in unknown:
        best = next(_closest(surface, visibility), None)
        if best is not None:
            found[surface] = best
    return found


def with_likely(query: ParsedQuery, visibility: Visibility) -> ParsedQuery:
    """A query in which a needed word that nothing has in any form may also be met by the closest
    word that there is; or, where it has letters beyond ASCII, by words that begin alike."""
    if len(query.needed) > _MOST_LIKELY:
        return query
    _dictionary.words()  # reads what is new, once
    words = tuple(
        replace(word, others=(*word.others, *((other,) for other in _likely(word, visibility))))
        for word in query.words
    )
    return query if words == query.words else replace(query, words=words)


def _likely(word: Word, visibility: Visibility) -> list[Word]:
    surface = word.surface
    if word.is_optional or len(surface) < _MIN_CHARACTERS or surface.isdigit():
        return []
    written = _dictionary.of_root(word.root)
    if any(visibility.is_whole or _is_seen(held, visibility) for held in written):
        return []
    found: list[str] = []
    if len(surface) >= _MIN_LIKELY and (best := next(_closest(surface, visibility), None)):
        found = [best]
    elif not surface.isascii():
        beginning = word.begun.beginning or surface
        alike = [held for held in _dictionary.words()[0] if held.startswith(beginning)]
        alike.sort(key=lambda held: (abs(len(held) - len(surface)), held))
        told = (
            held
            for held in alike[:_MAX_CHECKED]
            if visibility.is_whole or _is_seen(held, visibility)
        )
        found = list(islice(told, _MOST_ALIKE))
    return [Word(held, stem(held), 0, 0) for held in found]


def learn(words: Iterable[str]) -> None:
    """Add words that documents hold; those known stay as they are."""
    wanted = sorted(set(words))
    if not wanted:
        return
    known = set(SearchWord.objects.filter(word__in=wanted).values_list("word", flat=True))
    SearchWord.objects.bulk_create(
        [SearchWord(word=word) for word in wanted if word not in known], ignore_conflicts=True
    )


def forget_read() -> None:
    """Read the words anew: after some were taken out."""
    _dictionary.forget()


def replace_all(counts: Counter[str]) -> None:
    """Put a freshly counted dictionary in the place of the old one; run inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_searchword")
        copy_rows(cursor, "catalog_searchword", ("word", "documents"), sorted(counts.items()))


def _is_known(surface: str, visibility: Visibility) -> bool:
    words = _rows(
        "SELECT word FROM catalog_searchword WHERE word LIKE %s ORDER BY word LIMIT %s",
        [
            f"{connection.ops.prep_for_like_query(surface)}%",
            1 if visibility.is_whole else _MAX_CHECKED,
        ],
    )
    return any(visibility.is_whole or _is_seen(word, visibility) for (word,) in words)


def _rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a statement gives that is not made anew each time."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _closest(surface: str, visibility: Visibility) -> Iterator[str]:
    """The words nearest to `surface`, nearest first."""
    words, weights = _dictionary.words()
    slips = 1 if len(surface) < 6 else 2
    candidates = process.extract(
        surface,
        words,
        scorer=OSA.distance,
        score_cutoff=slips,
        limit=_CANDIDATES if visibility.is_whole else _MAX_CHECKED,
    )
    ranked = sorted(
        candidates,
        # People rarely get the first letter wrong; then the more common word is the likelier one.
        key=lambda found: (
            found[1],
            found[0][0] != surface[0],
            -weights[found[0]] if visibility.is_whole else 0,
            found[0],
        ),
    )
    for word, *_ in ranked:
        if visibility.is_whole or _is_seen(word, visibility):
            yield str(word)


def _is_seen(word: str, visibility: Visibility) -> bool:
    """Something that may be seen has the word as it is written."""
    query = ParsedQuery(words=(Word(word, stem(word), 0, len(word)),), phrases=(phrase(word),))
    return backend().find(Request(query, visibility, 1, size=0, limit=1)).total > 0
