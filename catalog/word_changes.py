"""What changed between two texts, word by word: pure, for pages, diffs and downloads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

# A word or a sign with the space behind it, so that spaces do not match each other everywhere.
PIECES = re.compile(r"(\w+|[^\w\s])(\s*)")

# Beyond this many steps, at worst, texts are compared line by line, then as a whole: a matcher
# looks at every pair of equal words again for each stretch that it finds.
MOST_STEPS = 8_000_000

Piece = tuple[str, str]  # what is compared, and the space that goes with it


class WordChange(NamedTuple):
    """A stretch of both texts; what stayed has the same words before and after."""

    before: str
    after: str

    @property
    def is_same(self) -> bool:
        """Whether nothing changed here."""
        return self.before == self.after


def word_changes(before: str, after: str) -> tuple[WordChange, ...]:
    """Both texts cut into stretches; joined in order they are the texts again."""
    old_lead, old = _words(before)
    new_lead, new = _words(after)
    stretches = _stretches(old, new)
    if stretches is None:
        old_lead = new_lead = ""
        old, new = _lines(before), _lines(after)
        stretches = _stretches(old, new) or [(0, len(old), 0, len(new), False)]
    return tuple(_joined(_told(old, new, stretches, WordChange(old_lead, new_lead))))


def _words(text: str) -> tuple[str, list[Piece]]:
    start = len(text) - len(text.lstrip())
    return text[:start], PIECES.findall(text, start)


def _lines(text: str) -> list[Piece]:
    return [(line, "") for line in text.splitlines(keepends=True)]


def _stretches(
    old: Sequence[Piece], new: Sequence[Piece]
) -> list[tuple[int, int, int, int, bool]] | None:
    """From where to where of both, and whether they are equal there; None where finding out
    takes too many steps. What both begin and end with is no work."""
    a, b = [word for word, _ in old], [word for word, _ in new]
    shorter = min(len(a), len(b))
    head = next((at for at in range(shorter) if a[at] != b[at]), shorter)
    most = shorter - head
    tail = next((at for at in range(most) if a[-1 - at] != b[-1 - at]), most)
    a_end, b_end = len(a) - tail, len(b) - tail
    a_inner, b_inner = a[head:a_end], b[head:b_end]
    if _steps(a_inner, b_inner) > MOST_STEPS:
        return None
    matcher = SequenceMatcher(None, a_inner, b_inner, autojunk=False)
    return [
        (0, head, 0, head, True),
        *(
            (head + a1, head + a2, head + b1, head + b2, tag == "equal")
            for tag, a1, a2, b1, b2 in matcher.get_opcodes()
        ),
        (a_end, len(a), b_end, len(b), True),
    ]


def _steps(old: Sequence[str], new: Sequence[str]) -> int:
    """What comparing costs at worst: every pair of equal words, once for each stretch."""
    held, given = Counter(old), Counter(new)
    pairs = sum(count * given[word] for word, count in held.items())
    return (len(old) + pairs) * min(len(old), len(new), pairs)


def _told(
    old: Sequence[Piece],
    new: Sequence[Piece],
    stretches: Sequence[tuple[int, int, int, int, bool]],
    lead: WordChange,
) -> Iterator[WordChange]:
    """The texts of the stretches; where words are equal, the spaces behind them may differ."""
    yield lead
    for a1, a2, b1, b2, is_equal in stretches:
        if not is_equal:
            yield WordChange("".join(map("".join, old[a1:a2])), "".join(map("".join, new[b1:b2])))
            continue
        for (word, space), (_, other) in zip(old[a1:a2], new[b1:b2], strict=True):
            yield WordChange(word, word)
            yield WordChange(space, other)


def _joined(changes: Iterator[WordChange]) -> Iterator[WordChange]:
    """Neighbors of one kind as one stretch, without the space that both sides of a change have."""
    same: list[str] = []
    before, after = "", ""
    for change in changes:
        if not change.is_same:
            before, after = before + change.before, after + change.after
        elif change.before:
            yield from _closed(same, before, after)
            before = after = ""
            same.append(change.before)
    yield from _closed(same, before, after)
    if stayed := "".join(same):
        yield WordChange(stayed, stayed)


def _closed(same: list[str], before: str, after: str) -> Iterator[WordChange]:
    """The stretch that stayed and the change behind it; `same` holds what stays after it."""
    if not before and not after:
        return
    start = _shared_space(before, after)
    end = _shared_space(before[start:][::-1], after[start:][::-1])
    same.append(before[:start])
    rest = before[len(before) - end :]
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    if before or after:
        if stayed := "".join(same):
            yield WordChange(stayed, stayed)
        yield WordChange(before, after)
        same.clear()
    same.append(rest)


def _shared_space(before: str, after: str) -> int:
    """How many characters of space both begin with."""
    shared = 0
    for one, other in zip(before, after, strict=False):
        if one != other or not one.isspace():
            break
        shared += 1
    return shared
