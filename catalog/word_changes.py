"""What changed between two texts, word by word: pure, for pages, diffs and downloads."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

PIECES = re.compile(r"\s+|\w+|[^\w\s]")

# Beyond this many pieces a text is compared line by line: word matching grows quadratically.
MOST_PIECES = 4_000


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
    old, new = _pieces(before), _pieces(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        WordChange("".join(old[a:b]), "".join(new[c:d])) for _, a, b, c, d in matcher.get_opcodes()
    )


def _pieces(text: str) -> list[str]:
    words = PIECES.findall(text)
    return words if len(words) <= MOST_PIECES else text.splitlines(keepends=True)
