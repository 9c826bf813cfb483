"""Names that are shortened, joined or spelled out: what else a word of a query may be called by.

Who asks for a transaction amount finds `txn_amt`, who asks for `acctbal` the balance of an account.
Other words are taken from the abbreviations of the field; from words of the catalog that are
joined of those of the query (`orderdate`), or that a word of the query is; from words without
vowels that shorten it (`shpmt`), and from the initials of three words or more. All of them are met
as other words for the same are: after whatever is called as was typed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice, product

from catalog.search import abbreviations
from catalog.search.query import ParsedQuery, Word
from catalog.search.skeletons import is_skeleton, shortens
from catalog.search.spelling import Written
from catalog.search.synonyms import MAX_OTHERS
from catalog.search.tokens import STOP_WORDS, stem, words
from catalog.search.visibility import Visibility

MAX_WIDENED = 8  # needed words of a group; running text is met as it is written

_MAX_TOGETHER = 4  # words that have one short form
_MAX_JOINED = 3
_MAX_WAYS = 64  # in which words may be joined
_MIN_SPLIT = 5  # characters of a word that may be two
_MIN_PART = 2

Other = tuple[str, ...]


def widened(parsed: ParsedQuery, visibility: Visibility) -> ParsedQuery:
    """The query with what else its words may be called by, after what they are known to be."""
    needed = parsed.needed
    if not 0 < len(needed) <= MAX_WIDENED or parsed.is_question:
        return parsed
    written = Written(visibility)
    found: dict[str, list[Other]] = defaultdict(list)
    for run, other in _others(parsed.words, needed, written):
        for word in run:
            found[word.stem].append(other)
    if not found:
        return parsed
    return replace(
        parsed,
        words=tuple(
            replace(word, others=_together(word, found[word.stem]))
            if not word.is_optional and word.stem in found
            else word
            for word in parsed.words
        ),
    )


def _together(word: Word, found: Iterable[Other]) -> tuple[tuple[Word, ...], ...]:
    """What is known of the word, and of what was found what says something else."""
    known = {tuple(one.stem for one in other): other for other in word.others}
    own = {word.surface, word.stem}
    for other in dict.fromkeys(found):
        if not own.intersection(other):
            called = tuple(Word(held, stem(held), 0, 0, of_names=True) for held in other)
            known.setdefault(tuple(one.stem for one in called), called)
    return tuple(islice(known.values(), MAX_OTHERS))


def _others(
    said: Sequence[Word], needed: Sequence[Word], written: Written
) -> Iterator[tuple[Sequence[Word], Other]]:
    """Runs of the words, and what each may be called by, the surest first."""
    for run in _runs(needed, _MAX_TOGETHER):
        for other in _field().get(tuple(word.stem for word in run), ()):
            if all(map(written.may_have, other)):
                yield run, other
    for run in _runs(needed, _MAX_JOINED):
        if len(run) > 1:
            for joined in _joined([word.surface for word in run], written):
                yield run, (joined,)
    for word in needed:
        for other in _split(word.surface, written):
            yield (word,), other
        for held in _shortened(word.surface, written):
            yield (word,), (held,)
    for run in _runs(said, _MAX_TOGETHER):
        if len(run) > 2 and not (run[0].is_optional or run[-1].is_optional):
            initials = "".join(word.surface[0] for word in run)
            if written.has(initials):
                yield [word for word in run if not word.is_optional], (initials,)


def _runs(said: Sequence[Word], most: int) -> Iterator[Sequence[Word]]:
    for start in range(len(said)):
        for end in range(start + 1, min(start + most, len(said)) + 1):
            yield said[start:end]


@cache
def _field() -> dict[tuple[str, ...], list[Other]]:
    """For each name of the field, by its stems, the others; what is spelled out comes first."""
    found: dict[tuple[str, ...], dict[Other, None]] = defaultdict(dict)
    for group in abbreviations.groups():
        names = [tuple(word for word in words(name) if word not in STOP_WORDS) for name in group]
        for name in names:
            key = tuple(map(stem, name))
            found[key].update((other, None) for other in names if tuple(map(stem, other)) != key)
    # What is spelled out before what is short: so each of several meanings has its turn.
    return {
        key: sorted(others, key=lambda other: -sum(map(len, other)))
        for key, others in found.items()
    }


def _forms(word: str) -> list[str]:
    """The word, and single words for it."""
    return [word, *(other[0] for other in _field().get((stem(word),), ()) if len(other) == 1)]


def _joined(said: Sequence[str], written: Written) -> Iterator[str]:
    ways = islice(product(*map(_forms, said)), _MAX_WAYS)
    for joined in dict.fromkeys("".join(way) for way in ways):
        if written.has(joined):
            yield joined


def _split(surface: str, written: Written) -> Iterator[Other]:
    """Two words that it is joined of, as they are or otherwise called: such as the field knows, or
    such as are written in the catalog where it is not."""
    if len(surface) < _MIN_SPLIT or not surface.isalpha():
        return
    for at in range(_MIN_PART, len(surface) - _MIN_PART + 1):
        parts = surface[:at], surface[at:]
        are_known = all((stem(part),) in _field() for part in parts)
        if are_known or (min(map(len, parts)) > _MIN_PART and all(map(written.has, parts))):
            ways = islice(product(*map(_forms, parts)), _MAX_WAYS)
            for way in ways:
                if all(map(written.may_have, way)):
                    yield way
            for joined in _joined(parts, written):
                yield (joined,)


def _shortened(surface: str, written: Written) -> Iterator[str]:
    """Words that shorten this one to consonants; or, of such a one, those that it shortens. What
    the field knows means what it means there."""
    if not surface.isascii() or not surface.isalpha():
        return
    if is_skeleton(surface):
        if (surface,) not in _field():
            yield from written.lengthened(surface)
    else:
        for held in written.skeletons(surface[0]):
            if (held,) not in _field() and shortens(held, surface) and written.has(held):
                yield held
