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
from catalog.search.skeletons import is_skeleton, share, shortens
from catalog.search.tokens import phrase, stem
from catalog.search.visibility import Visibility

_MIN_CHARACTERS = 3
_MIN_LIKELY = 5  # characters: beside other words a short unknown one is rather a name than a slip
_MOST_ALIKE = 8
_MOST_LIKELY = 8  # needed words; a longer text has others that are known
_TWO_SLIPS = 6  # characters from which on a word may have two
_END = 2  # letters of a word by which those that end or begin alike are found
_MOST_LENGTHENED = 3  # words that one without vowels may stand for
_MAX_CHECKED = 200  # words looked up for who does not see everything


class _Dictionary:
    """The words of the table in this process, read once and then only what was added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._weights: dict[str, int] = {}
        self._of_root: dict[str, list[str]] = defaultdict(list)
        self._of_length: dict[int, list[str]] = defaultdict(list)
        self._beginning: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._ending: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._skeletons: dict[str, list[str]] = defaultdict(list)
        self._last_id = 0

    def forget(self) -> None:
        """What was read may be there no more."""
        with self._lock:
            self._weights, self._last_id = {}, 0
            for index in (self._of_root, self._of_length, self._beginning, self._ending):
                index.clear()
            self._skeletons.clear()

    def weights(self) -> Mapping[str, int]:
        """In how many documents every word was when it was read."""
        with self._lock:
            for pk, word, documents in _rows(
                "SELECT id, word, documents FROM catalog_searchword WHERE id > %s ORDER BY id",
                [self._last_id],
            ):
                self._last_id = pk
                if word not in self._weights:
                    self._of_root[root(word)].append(word)
                    self._of_length[len(word)].append(word)
                    self._beginning[len(word), word[:_END]].append(word)
                    self._ending[len(word), word[-_END:]].append(word)
                    if is_skeleton(word):
                        self._skeletons[word[0]].append(word)
                self._weights[word] = documents
            return self._weights

    def of_root(self, wanted: str) -> Sequence[str]:
        """The words of one root, among those read."""
        return self._of_root.get(wanted, ())

    def near(self, surface: str, slips: int) -> list[str]:
        """The words that are so many slips from `surface`, among those read."""
        lengths = range(len(surface) - slips, len(surface) + slips + 1)
        if slips == 1 and len(surface) > 2 * _END:
            # One slip leaves one end of a word as it is, when there is something between them.
            groups = [self._beginning.get((long, surface[:_END]), ()) for long in lengths]
            groups += [self._ending.get((long, surface[-_END:]), ()) for long in lengths]
        else:
            groups = [self._of_length.get(long, ()) for long in lengths]
        found = (
            held
            for group in groups
            for held, distance, _ in process.extract(
                surface, group, scorer=OSA.distance, score_cutoff=slips, limit=None
            )
            if distance == slips
        )
        return list(dict.fromkeys(found))

    def beginning_with(self, text: str) -> list[str]:
        """The words that begin so, among those read."""
        groups = (self._beginning.get((long, text[:_END]), ()) for long in list(self._of_length))
        return [held for group in groups for held in group if held.startswith(text)]

    def skeletons(self, first: str) -> Sequence[str]:
        """The words without vowels that begin with this letter, among those read."""
        return self._skeletons.get(first, ())

    def lengthened(self, short: str) -> list[str]:
        """The words that `short` shortens, among those read; most likely first."""
        groups = [
            group for (_, start), group in list(self._beginning.items()) if start[0] == short[0]
        ]
        found = [held for group in groups for held in group if shortens(short, held)]
        return sorted(found, key=lambda held: (-share(short, held), held))


_dictionary = _Dictionary()


class Written:
    """The words of the catalog, for who sees all of it or some: to the latter a word is written
    where they see it."""

    def __init__(self, visibility: Visibility) -> None:
        self._visibility = visibility
        self._weights = _dictionary.weights()
        self._seen: dict[str, bool] = {}

    def may_have(self, word: str) -> bool:
        """False where it is surely not worth asking for: words of two letters are in no list."""
        return not self._visibility.is_whole or len(word) < _MIN_CHARACTERS or self._is_held(word)

    def has(self, word: str) -> bool:
        """A name or a text has it, in some form."""
        return self._is_held(word) and (self._visibility.is_whole or self._sees(word))

    def skeletons(self, first: str) -> Iterator[str]:
        """Words without vowels that begin with this letter."""
        return (word for word in list(_dictionary.skeletons(first)))

    def lengthened(self, short: str) -> list[str]:
        """The words that `short` may shorten, the most likely first."""
        found = _dictionary.lengthened(short)[:_MAX_CHECKED]
        return list(islice(filter(self.has, found), _MOST_LENGTHENED))

    def _is_held(self, word: str) -> bool:
        return word in self._weights or any(
            stem(held) == stem(word) for held in _dictionary.of_root(root(word))
        )

    def _sees(self, word: str) -> bool:
        if word not in self._seen:
            self._seen[word] = len(self._seen) < _MAX_CHECKED and _is_seen(word, self._visibility)
        return self._seen[word]


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
    _dictionary.weights()  # reads what is new, once
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
        alike = _dictionary.beginning_with(beginning)
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


def newest() -> int:
    """Which word was learned last; for `replace_all`."""
    ((pk,),) = _rows("SELECT coalesce(max(id), 0) FROM catalog_searchword", [])
    return int(pk)


def replace_all(counts: Counter[str], *, since: int | None = None) -> None:
    """Put a freshly counted dictionary in the place of the old one; run inside a transaction. What
    was learned after `since`, while it was counted, is kept."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE catalog_searchword IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM catalog_searchword RETURNING id, word, documents")
        learned = {
            word: documents
            for pk, word, documents in cursor.fetchall()
            if since is not None and pk > since
        }
        words = sorted({**learned, **counts}.items())
        copy_rows(cursor, "catalog_searchword", ("word", "documents"), words)


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
    for word in islice(_by_nearness(surface, visibility), _MAX_CHECKED):
        if visibility.is_whole or _is_seen(word, visibility):
            yield word


def _by_nearness(surface: str, visibility: Visibility) -> Iterator[str]:
    """Those with two slips are looked for where those with one are not enough."""
    weights = _dictionary.weights()
    for slips in range(1, 2 if len(surface) < _TWO_SLIPS else 3):
        yield from sorted(
            _dictionary.near(surface, slips),
            # People rarely get the first letter wrong; then the commoner word is the likelier one.
            key=lambda held: (
                held[0] != surface[0],
                -weights[held] if visibility.is_whole else 0,
                held,
            ),
        )


def _is_seen(word: str, visibility: Visibility) -> bool:
    """Something that may be seen has the word as it is written."""
    query = ParsedQuery(words=(Word(word, stem(word), 0, len(word)),), phrases=(phrase(word),))
    return backend().find(Request(query, visibility, 1, size=0, limit=1)).total > 0
