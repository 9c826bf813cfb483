"""Words of names and texts, pure: the same chain for what is stored and for what is typed.

Names are split where case, digits or punctuation change, *before* lowercasing; accents and
plurals are folded; scripts written without spaces become pairs of characters. No word is too
short: `id`, `GE` and `uk` are names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

MAX_TOKEN_CHARACTERS = 64
_NAME_CHARACTERS = 80  # of what is split once for all, since names come again and again

# Words that are left out of running text and are never demanded of a hit; names keep them.
STOP_WORDS = frozenset(
    word
    for line in (
        "a an and any are as at be by can do does for from had has have how i in is it its me my",
        "of on or our so that the their there these they this to was we were what when where",
        "which who why will with you your",
    )
    for word in line.split()
)

_IRREGULAR = {
    "children": "child",
    "criteria": "criterion",
    "indices": "index",
    "matrices": "matrix",
    "men": "man",
    "people": "person",
    "vertices": "vertex",
    "women": "woman",
}
_NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i", "ð": "d", "þ": "th"}
)
# One letter with digits; capitals in the plural; capitals before a word; a word; the rest.
_ASCII_WORD = re.compile(
    r"[A-Za-z][0-9]+|[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+"
)
_ACCENTS = re.compile("[\u0300-\u036f]")
# Written without spaces between words: Thai to Khmer, kana, Han, Hangul.
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


class Token(NamedTuple):
    """A word as stored, and where it stands in the text; `stem` has its plural folded."""

    surface: str
    stem: str
    start: int
    end: int


def fold(text: str) -> str:
    """Case and accents folded: what two spellings of one name share."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    bare = _ACCENTS.sub("", decomposed)
    return unicodedata.normalize("NFC", bare.casefold()).translate(_NOT_DECOMPOSED)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A folded word without its English plural; consistent rather than linguistic, so that
    both `databases` and `database` give `databas`."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 3 or not word.isascii() or word[0].isdigit():
        return word
    if len(word) >= 5:
        if word.endswith("ies"):
            return word[:-3] + "y"
        if word.endswith("ie"):
            return word[:-2] + "y"
        if word.endswith("sis"):
            return word[:-2]
        if word.endswith(("ses", "xes", "zes", "ches", "shes")):
            return _without_e(word[:-1])
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return _without_e(word)


def _without_e(word: str) -> str:
    if len(word) >= 4 and word.endswith(("se", "xe", "ze", "che", "she")):
        return word[:-1]
    return word


def tokens(text: str) -> tuple[Token, ...]:
    """Every word of `text` in order, with its place in the text as given."""
    return _of_name(text) if len(text) <= _NAME_CHARACTERS else _of_text(text)


def unicode_tokens(text: str) -> tuple[Token, ...]:
    """`tokens` for any script; for ASCII `tokens` finds the same words some ten times faster."""
    return tuple(
        token
        for start, end in _runs(text)
        if not _is_possessive(text, start, end)
        for token in _split_run(text, start, end)
    )


@lru_cache(maxsize=50_000)
def _of_name(text: str) -> tuple[Token, ...]:
    return tuple(_ascii_tokens(text)) if text.isascii() else unicode_tokens(text)


@lru_cache(maxsize=16)  # a document asks for its text more than once, and never comes back to it
def _of_text(text: str) -> tuple[Token, ...]:
    return tuple(_ascii_tokens(text)) if text.isascii() else unicode_tokens(text)


def words(text: str) -> list[str]:
    """The folded words of `text` as `tokens` finds them, without stem and place: for names by the
    million."""
    if text.isascii() and "'" not in text:
        return [word[:MAX_TOKEN_CHARACTERS].lower() for word in _ASCII_WORD.findall(text)]
    return [token.surface for token in tokens(text)]


def stems(text: str) -> list[str]:
    """The stems of `text`, in order."""
    return [token.stem for token in tokens(text)]


@lru_cache(maxsize=20_000)
def name_forms(name: str) -> tuple[str, ...]:
    """Every form under which a name is found: its words as written and folded, neighbors
    joined (`customerorders` for `customer_orders`), single characters of unspaced scripts."""
    found = words(name)
    return forms_of(name, found, [stem(word) for word in found])


def forms_of(name: str, found: Sequence[str], stems: Iterable[str]) -> tuple[str, ...]:
    """The same for who has split the name already, in alphabetical order."""
    forms = {*found, *stems}
    surfaces = [word for word in found if not _is_unspaced(word[0])][:12]
    for left, right in pairwise(surfaces):
        forms.update(_joined(left + right))
    if len(surfaces) > 2:
        forms.update(_joined("".join(surfaces)))
    if not name.isascii():
        forms.update(c for c in fold(name) if _is_unspaced(c))
    return tuple(sorted(forms))


def phrase(text: str) -> str:
    """The words of `text` as written, each between single spaces: what phrases are sought in."""
    return _phrase_of_name(text) if len(text) <= _NAME_CHARACTERS else _phrase(text)


@lru_cache(maxsize=50_000)
def _phrase_of_name(text: str) -> str:
    return _phrase(text)


def _phrase(text: str) -> str:
    return f" {' '.join([token.surface for token in tokens(text)])} "


def _is_possessive(text: str, start: int, end: int) -> bool:
    return (
        start > 1
        and text[start:end] in ("s", "S")
        and text[start - 1] in "'\u2019"
        and not (end < len(text) and _is_word(text[end]))
    )


def _ascii_tokens(text: str) -> Iterator[Token]:
    for found in _ASCII_WORD.finditer(text):
        surface = found[0][:MAX_TOKEN_CHARACTERS].lower()
        start = found.start()
        if surface == "s" and _is_possessive(text, start, found.end()):
            continue
        yield Token(surface, stem(surface), start, found.end())


def _joined(word: str) -> tuple[str, str]:
    short = word[:MAX_TOKEN_CHARACTERS]
    return short, stem(short)


def _is_unspaced(character: str) -> bool:
    point = ord(character)
    return point >= 0x0E00 and any(low <= point <= high for low, high in _UNSPACED)


def _is_word(character: str) -> bool:
    # Marks belong to the letter before them in Indic, Thai and Arabic writing.
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _runs(text: str) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for position, character in enumerate(text):
        if _is_word(character):
            if start is None:
                start = position
        elif start is not None:
            yield start, position
            start = None
    if start is not None:
        yield start, len(text)


def _split_run(text: str, start: int, end: int) -> Iterator[Token]:
    piece = start
    for position in range(start + 1, end):
        if _is_boundary(text, piece, position, end):
            yield from _finished(text, piece, position)
            piece = position
    yield from _finished(text, piece, end)


def _is_boundary(text: str, piece: int, position: int, end: int) -> bool:
    before, here = text[position - 1], text[position]
    if _is_unspaced(before) != _is_unspaced(here):
        return True
    if before.isdigit() != here.isdigit():
        # `s3`, `v2` and `q1` stay whole: one letter says nothing on its own.
        return not (here.isdigit() and position - piece == 1)
    if here.isupper():
        if before.islower():
            return True
        after = text[position + 1] if position + 1 < end else ""
        # The last capital of `HTTPServer` begins a word; the s of `IDs` does not end one.
        if before.isupper() and after.islower():
            return not (after == "s" and _ends_word(text, position + 2, end))
    return False


def _ends_word(text: str, position: int, end: int) -> bool:
    return position >= end or text[position].isupper() or text[position].isdigit()


def _finished(text: str, start: int, end: int) -> Iterator[Token]:
    if _is_unspaced(text[start]):
        yield from _pairs(text, start, end)
        return
    surface = fold(text[start:end])[:MAX_TOKEN_CHARACTERS]
    if surface:
        yield Token(surface, stem(surface), start, end)


def _pairs(text: str, start: int, end: int) -> Iterator[Token]:
    if end - start == 1:
        surface = fold(text[start:end])
        yield Token(surface, surface, start, end)
    for position in range(start, end - 1):
        surface = fold(text[position : position + 2])
        yield Token(surface, surface, position, position + 2)
