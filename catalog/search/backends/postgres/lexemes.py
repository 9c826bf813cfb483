"""How words become PostgreSQL lexemes: one letter for the field, then the word.

GIN answers "which rows hold this word in this field" from the index alone, because the field is
part of the lexeme; weights would make PostgreSQL read every row again.
"""

from __future__ import annotations

from collections.abc import Iterable

from catalog.search.documents import MAX_KEY_BYTES, MAX_VALUE, Term, Words, shortened

WHOLE_NAME = "e"
QUALIFIED = "x"
SPOKEN = "w"
NAME = "n"
WHOLE_COLUMN = "k"
COLUMN = "c"
PLACE = "q"
DESCRIPTION = "d"
ROOT = "r"  # of any field: running text is found by roots
FACET = "f"

_MAX_BYTES = 900_000  # a tsvector holds one megabyte


def quoted(field: str, word: str, *, is_prefix: bool = False) -> str:
    """A lexeme as text of a tsquery or a tsvector, cut to what one can hold."""
    whole = word if len(word) * 4 <= MAX_KEY_BYTES else shortened(word)
    escaped = (field + whole).replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}':*" if is_prefix else f"'{escaped}'"


def facet(field: str, value: str) -> str:
    """The lexeme of a facet value; so a filter is a part of the index condition."""
    return quoted(FACET, f"{field}:{value[:MAX_VALUE]}")


def vector(words: Words, terms: Iterable[Term]) -> str:
    """The text form of a row's tsvector; what exceeds its limit is dropped from the least
    important field."""
    pieces = sorted({facet(term.field, term.value) for term in terms})
    size = sum(len(piece.encode()) + 8 for piece in pieces)
    for field, group in _groups(words):
        for word in sorted(group):
            piece = quoted(field, word)
            size += len(piece.encode()) + 8
            if size > _MAX_BYTES:
                return " ".join(pieces)
            pieces.append(piece)
    return " ".join(pieces)


def name_vector(words: Words) -> str:
    """The lexemes of the name, which ranking reads row by row."""
    pieces = [quoted(NAME, word) for word in sorted(words.name)]
    if words.spoken:
        pieces.append(quoted(SPOKEN, words.spoken))
    return " ".join(pieces)


def _groups(words: Words) -> Iterable[tuple[str, Iterable[str]]]:
    yield WHOLE_NAME, words.names
    yield QUALIFIED, words.qualified
    yield SPOKEN, (words.spoken,) if words.spoken else ()
    yield NAME, words.name
    yield PLACE, words.place
    yield WHOLE_COLUMN, words.whole_columns
    yield COLUMN, {form for named in words.column for form in named.forms}
    yield ROOT, words.roots
    yield DESCRIPTION, {stem for said in words.description for stem in said.stems}
