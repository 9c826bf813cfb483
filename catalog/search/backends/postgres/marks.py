"""What of a row matched: the bits that ranking reads of many, and everything about those shown."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.search.answers import Band
from catalog.search.backends.base import WordMatch
from catalog.search.backends.postgres import conditions, lexemes
from catalog.search.backends.postgres.lexemes import quoted
from catalog.search.query import ParsedQuery, Word
from catalog.search.tokens import fold, tokens

IN_NAME, IN_NAME_PREFIX = 1, 2
BITS = 2  # of each word
IS_SPOKEN, IS_NAME, IS_QUALIFIED = 1 << 60, 1 << 61, 1 << 62
MAX_MARKED = 30  # words that have bits
_OF_WORD = 8  # marks
_OF_QUERY = 4
_SPOKEN = 2  # among those of the query


def spoken(query: ParsedQuery) -> str:
    """The query as all the words of a name in their order; empty without words."""
    words = fold(" ".join(token.surface for token in tokens(query.exact)))
    return quoted(lexemes.SPOKEN, words) if words else ""


def whole_path(query: ParsedQuery) -> str:
    """The query as a whole qualified name; empty without text."""
    return conditions.any_of([quoted(lexemes.QUALIFIED, path) for path in query.paths])


def name_bits(query: ParsedQuery) -> list[tuple[int, str]]:
    """(bit, tsquery) of what ranking by names asks of a row's name."""
    bits = []
    for position, word in enumerate(query.words[:MAX_MARKED]):
        bits.append((IN_NAME << (BITS * position), conditions.exactly(lexemes.NAME, word)))
        if not word.is_optional:
            near = conditions.any_of([conditions.in_names(word), conditions.other_names(word)])
            bits.append((IN_NAME_PREFIX << (BITS * position), near))
    if whole := spoken(query):
        bits.append((IS_SPOKEN, whole))
    return bits


def all_in(bits: int, words: Sequence[Word]) -> str:
    """SQL over `m`: every needed word has one of these bits."""
    return (
        " AND ".join(
            f"m.mask & {bits << (BITS * position)} <> 0"
            for position, word in enumerate(words[:MAX_MARKED])
            if not word.is_optional
        )
        or "false"
    )


def marks(query: ParsedQuery) -> list[str]:
    """The tsqueries whose answers `read` takes, in this order; an empty one holds of nothing."""
    found = [""] * _OF_QUERY
    if query.exact:
        found = [
            whole_path(query),
            quoted(lexemes.WHOLE_NAME, query.exact),
            spoken(query),
            quoted(lexemes.WHOLE_COLUMN, query.exact),
        ]
    for word in query.words:
        found.append(conditions.exactly(lexemes.NAME, word))
        if word.is_optional:
            found += [""] * (_OF_WORD - 1)
            continue
        found += [
            conditions.in_names(word),
            conditions.in_columns(word),
            conditions.exactly(lexemes.PLACE, word),
            quoted(lexemes.DESCRIPTION, word.stem),
            conditions.by_root(word),
            conditions.other_names(word),
            conditions.other_roots(word),
        ]
    return found


def read(
    held: Sequence[bool], query: ParsedQuery, *, is_sentence: bool
) -> tuple[Band, tuple[WordMatch, ...], bool]:
    """The band of a row, where each word was found, and whether a column has exactly this name."""
    words = tuple(
        _word(held[at : at + _OF_WORD])
        for at in range(_OF_QUERY, _OF_QUERY + _OF_WORD * len(query.words), _OF_WORD)
    )
    band = _band(held, query, words)
    if is_sentence and Band.NAME < band < Band.DESCRIPTION and not held[_SPOKEN]:
        band = Band.DESCRIPTION
    return band, words, held[_OF_QUERY - 1]


def _word(held: Sequence[bool]) -> WordMatch:
    name, prefix, column, place, description, root, other_name, other_root = held
    # A root says only that some form of the word is somewhere: in the text, if nowhere else.
    elsewhere = name or prefix or column or place
    in_text = description or (root and not elsewhere)
    return WordMatch(name, prefix, column, place, in_text, other_name or other_root)


def _band(held: Sequence[bool], query: ParsedQuery, words: Sequence[WordMatch]) -> Band:
    is_qualified, is_name, is_spoken, is_column = held[:_OF_QUERY]
    needed = [match for match, word in zip(words, query.words, strict=True) if not word.is_optional]
    if not any(held):
        return Band.BROWSING
    if is_qualified:
        return Band.QUALIFIED_NAME
    if is_name:
        return Band.NAME
    if is_spoken or (needed and all(word.name for word in needed)):
        return Band.NAME_WORDS
    if needed and all(word.name or word.name_prefix for word in needed):
        return Band.NAME_PREFIX
    near = [w.name or w.name_prefix or w.column or w.place or w.synonym for w in needed]
    if is_column or (needed and all(near)):
        return Band.SYNONYM
    if needed and all(needed):
        return Band.DESCRIPTION
    return Band.SOME_WORDS
