"""Which pieces of a text matched, pure: names whole, long texts as a window around a match."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.search.answers import MarkedText, Range
from catalog.search.query import Word
from catalog.search.tokens import Token, tokens

SNIPPET_CHARACTERS = 200


def marked(text: str, words: Sequence[Word]) -> MarkedText:
    """The whole of `text`, words and beginnings of words marked."""
    ranges = [found for token in tokens(text) for found in [_range(token, words)] if found]
    return MarkedText(text, _merged(ranges))


def snippet(text: str, words: Sequence[Word]) -> MarkedText:
    """About 200 characters of `text` in one line, around its first match."""
    line = " ".join(text.split())
    if len(line) <= SNIPPET_CHARACTERS:
        return marked(line, words)
    full = marked(line, words)
    first = full.marks[0][0] if full.marks else 0
    start = _word_start(line, max(0, first - SNIPPET_CHARACTERS // 4))
    end = min(len(line), start + SNIPPET_CHARACTERS)
    before, after = ("… " if start else ""), (" …" if end < len(line) else "")
    piece = before + line[start:end].rstrip() + after
    shift = len(before) - start
    kept = len(piece) - len(after)
    marks = tuple(
        (low + shift, min(high + shift, kept))
        for low, high in full.marks
        if low >= start and low + shift < kept
    )
    return MarkedText(piece, marks)


def _range(token: Token, words: Sequence[Word]) -> Range | None:
    for word in words:
        if token.stem == word.stem or token.surface == word.surface:
            return token.start, token.end
    for word in words:
        if len(word.surface) >= 2 and token.surface.startswith(word.surface):
            # Folding may change lengths (`ß`), so only as much is marked as is surely there.
            return token.start, min(token.start + len(word.surface), token.end)
    for word in words:
        if any(len(other) == 1 and token.stem == other[0].stem for other in word.others):
            return token.start, token.end
    return None


def _merged(ranges: Sequence[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _word_start(line: str, position: int) -> int:
    if position == 0:
        return 0
    space = line.find(" ", position)
    return position if space < 0 or space - position > 30 else space + 1
