"""What changed between two texts, word by word."""

import re
from difflib import SequenceMatcher

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

PIECES = re.compile(r"\s+|\w+|[^\w\s]")

# Beyond this many pieces a text is compared line by line: word matching grows quadratically.
MOST_PIECES = 4_000


def _pieces(text: str) -> list[str]:
    words = PIECES.findall(text)
    return words if len(words) <= MOST_PIECES else text.splitlines(keepends=True)


def _marked(tag: str, pieces: list[str]) -> str:
    written = escape("".join(pieces))
    return f"<{tag}>{written}</{tag}>" if written else ""


def _operations(before: str, after: str) -> list[tuple[str, list[str], list[str]]]:
    old, new = _pieces(before), _pieces(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(operation, old[a:b], new[c:d]) for operation, a, b, c, d in matcher.get_opcodes()]


def word_diff(before: object, after: object) -> SafeString:
    """Both texts in one: what went in <del>, what came in <ins>, everything escaped."""
    parts = [
        escape("".join(old)) if operation == "equal" else _marked("del", old) + _marked("ins", new)
        for operation, old, new in _operations(str(before), str(after))
    ]
    return mark_safe("".join(parts))  # noqa: S308  every piece is escaped above


def side_by_side(before: object, after: object) -> tuple[SafeString, SafeString]:
    """The two texts apart: the first with its <del> parts, the second with its <ins> parts."""
    operations = _operations(str(before), str(after))
    left = "".join(
        escape("".join(old)) if operation == "equal" else _marked("del", old)
        for operation, old, _ in operations
    )
    right = "".join(
        escape("".join(new)) if operation == "equal" else _marked("ins", new)
        for operation, _, new in operations
    )
    return mark_safe(left), mark_safe(right)  # noqa: S308  every piece is escaped above
