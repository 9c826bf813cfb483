"""Conditions on words as text-search queries: where a word may stand, and how they combine."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.search.backends.postgres import lexemes
from catalog.search.backends.postgres.lexemes import quoted
from catalog.search.query import Word

_MIN_PREFIX = 2  # characters typed before a name is found by its beginning
_MIN_COLUMN_PREFIX = 3  # columns are many: `id` must not mean `idle_time`


def exactly(field_code: str, word: Word) -> str:
    """The word itself or its stem, in this field."""
    return " | ".join(quoted(field_code, form) for form in dict.fromkeys((word.stem, word.surface)))


def in_columns(word: Word) -> str:
    """The word among names of columns, or what begins with it once it is long enough."""
    if len(word.surface) < _MIN_COLUMN_PREFIX:
        return exactly(lexemes.COLUMN, word)
    return _beginning(lexemes.COLUMN, word)


def in_names(word: Word) -> str:
    """The word among names, or what begins with it once it is long enough."""
    if len(word.surface) < _MIN_PREFIX:
        return exactly(lexemes.NAME, word)
    return _beginning(lexemes.NAME, word)


def _beginning(field_code: str, word: Word) -> str:
    """The word or what begins with it; named once each, for the index reads each on its own."""
    beginning = quoted(field_code, word.surface, is_prefix=True)
    if word.stem.startswith(word.surface):
        return beginning
    return f"{quoted(field_code, word.stem)} | {beginning}"


def near_names(word: Word) -> str:
    """The word among names, or another word for it there."""
    others = [all_of([exactly(lexemes.NAME, one) for one in other]) for other in word.others]
    return any_of([in_names(word), *others])


def in_synonyms(word: Word) -> str:
    """The word in a name, a column or a place; or another word for it there."""
    places = [in_names(word), in_columns(word), exactly(lexemes.PLACE, word)]
    return any_of([*places, other_names(word)])


def in_any_field(word: Word) -> str:
    """The word anywhere, or another word for it."""
    return any_of([in_synonyms(word), by_root(word), other_roots(word)])


def other_names(word: Word) -> str:
    """All words of another name of the same thing, in a name or a column; empty without one."""
    return any_of(
        [
            all_of([f"{exactly(lexemes.NAME, w)} | {exactly(lexemes.COLUMN, w)}" for w in other])
            for other in word.others
        ],
    )


def other_roots(word: Word) -> str:
    """The same anywhere."""
    return any_of([all_of([by_root(w) for w in other]) for other in word.others_in_texts])


def by_root(word: Word) -> str:
    """Any form of the word, anywhere."""
    if word.beginning:
        return quoted(lexemes.ROOT, word.beginning, is_prefix=True)
    return quoted(lexemes.ROOT, word.root)


def any_of(conditions: Sequence[str]) -> str:
    """One of the conditions."""
    return " | ".join(condition for condition in conditions if condition)


def all_of(conditions: Sequence[str]) -> str:
    """All of the conditions."""
    return " & ".join(f"({condition})" for condition in conditions)


def without(condition: str, others: Sequence[str]) -> str:
    """The condition, and none of the others."""
    return f"({condition}) & !({any_of(others)})" if others else condition


def at_least(count: int, conditions: Sequence[str]) -> str:
    """That `count` of the conditions hold, with each named as seldom as can be: so many here,
    the rest there, for either half."""
    if count <= 1 or count >= len(conditions):
        return any_of(conditions) if count <= 1 else all_of(conditions)
    half = len(conditions) // 2
    few, many = conditions[:half], conditions[half:]
    ways = []
    for here in range(max(0, count - len(many)), min(count, len(few)) + 1):
        parts = [
            f"({at_least(held, part)})"
            for held, part in ((here, few), (count - here, many))
            if held
        ]
        ways.append(f"({all_of(parts)})")
    return any_of(ways)
