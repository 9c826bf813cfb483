"""What the forms of an English word share, pure: `paying`, `payment` and `pays` are about `pay`.

Names are compared by `tokens.stem`, which folds the plural and nothing else; running text by the
root. The rules are those of M. F. Porter, "An algorithm for suffix stripping" (1980), without the
last letters of who does something: an order, a customer and a user are no order of theirs.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from catalog.search.tokens import stem

_VOWELS = frozenset("aeiou")
_MIN_CHARACTERS = 4

# (ending, what stands for it), longest first; each where something is left before it.
_DOUBLE = (
    ("ization", "ize"),
    ("ational", "ate"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("iveness", "ive"),
    ("tional", "tion"),
    ("biliti", "ble"),
    ("entli", "ent"),
    ("ousli", "ous"),
    ("ation", "ate"),
    ("alism", "al"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("ator", "ate"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("alli", "al"),
    ("bli", "ble"),
    ("eli", "e"),
)
_SINGLE = (
    ("ative", ""),
    ("icate", "ic"),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ness", ""),
    ("ful", ""),
)
_LAST = (
    *("ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous"),
    *("ive", "ize", "al", "ic"),
)


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """The root of a folded word; other scripts and short words are their own."""
    folded = stem(word)
    if len(folded) < _MIN_CHARACTERS or not folded.isascii() or not folded.isalpha():
        return folded
    found = _without_past(folded)
    if found.endswith("y") and len(found) > 2 and _is_consonant(found, len(found) - 2):
        found = found[:-1] + "i"
    found = _replaced(found, _DOUBLE)
    found = _replaced(found, _SINGLE)
    found = _without_last(found)
    if found.endswith("e"):
        measure = _measure(found[:-1])
        if measure > 1 or (measure == 1 and not _ends_short(found[:-1])):
            found = found[:-1]
    if found.endswith("ll") and _measure(found) > 1:
        found = found[:-1]
    return found


def _without_past(word: str) -> str:
    """Without `-ed` and `-ing`, and with the letter that they took away or doubled."""
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest == word or not _has_vowel(rest):
            continue
        if rest.endswith(("at", "bl", "iz")):
            return rest + "e"
        if len(rest) > 1 and rest[-1] == rest[-2] and rest[-1] not in "lsz":
            return rest[:-1]
        if _measure(rest) == 1 and _ends_short(rest):
            return rest + "e"
        return rest
    return word


def _replaced(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    for ending, instead in endings:
        if word.endswith(ending):
            rest = word[: -len(ending)]
            return rest + instead if _measure(rest) > 0 else word
    return word


def _without_last(word: str) -> str:
    if word.endswith("ion") and word[-4:-3] in ("s", "t"):
        return word[:-3] if _measure(word[:-3]) > 1 else word
    for ending in _LAST:
        if word.endswith(ending):
            rest = word[: -len(ending)]
            return rest if _measure(rest) > 1 else word
    return word


def _is_consonant(word: str, position: int) -> bool:
    letter = word[position]
    if letter in _VOWELS:
        return False
    return letter != "y" or position == 0 or not _is_consonant(word, position - 1)


def _has_vowel(word: str) -> bool:
    return any(not _is_consonant(word, position) for position in range(len(word)))


def _measure(word: str) -> int:
    """How often a vowel is followed by a consonant."""
    kinds = [_is_consonant(word, position) for position in range(len(word))]
    return sum(1 for before, here in pairwise(kinds) if here and not before)


def _ends_short(word: str) -> bool:
    """Consonant, vowel, consonant, the last of them none of w, x and y."""
    return (
        len(word) > 2
        and _is_consonant(word, len(word) - 3)
        and not _is_consonant(word, len(word) - 2)
        and _is_consonant(word, len(word) - 1)
        and word[-1] not in "wxy"
    )
