"""Words without vowels that stand for others, pure: `shpmt` for a shipment, `clm` for a claim."""

from __future__ import annotations

from functools import lru_cache

_MIN, _MAX = 3, 6  # characters of a short form
_SHARE = 0.75  # of the consonants of the word that stand in its short form
_VOWELS = frozenset("aeiou")


def is_skeleton(word: str) -> bool:
    """The word has no vowel but its first letter: hardly a word of a language."""
    return (
        _MIN <= len(word) <= _MAX
        and word.isascii()
        and word.isalpha()
        and not _VOWELS.intersection(word[1:])
        and len(set(word)) > 1
    )


def shortens(short: str, word: str) -> bool:
    """The letters of `short` are the first of the word and most of its consonants, in order."""
    if len(word) <= len(short) or word[0] != short[0]:
        return False
    if share(short, word) < _SHARE:
        return False
    rest = iter(skeleton(word))
    return all(letter in rest for letter in skeleton(short))


def share(short: str, word: str) -> float:
    """How many of the consonants of `word` there are in `short`."""
    return len(skeleton(short)) / len(skeleton(word))


@lru_cache(maxsize=50_000)
def skeleton(word: str) -> str:
    """The first letter and the consonants after it, doubled ones once."""
    found = word[0]
    for letter in word[1:]:
        if letter not in _VOWELS and letter != found[-1]:
            found += letter
    return found
