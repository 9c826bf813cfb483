"""Identifiers on a page: where they may break, and the initials of a person."""

import re
from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

BREAK_AFTER = re.compile(r"([._/:]+)")


def breakable_name(name: object) -> SafeString:
    """A qualified name, escaped, that a browser may break after `.`, `_`, `/` and `:` only."""
    pieces = BREAK_AFTER.split(str(name))
    # split() with one group alternates: text, separator, text, ...
    written = "".join(
        f"{escape(piece)}<wbr>" if position % 2 else escape(piece)
        for position, piece in enumerate(pieces)
    )
    return mark_safe(written.removesuffix("<wbr>"))  # noqa: S308  every piece is escaped above


def marked_name(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    """(text, is marked) pieces as one text, the marked ones in <mark>, escaped and breakable."""
    written = "".join(
        f"<mark>{breakable_name(text)}</mark>" if is_marked else f"{breakable_name(text)}"
        for text, is_marked in pieces
    )
    return mark_safe(written)  # noqa: S308  every piece is escaped above


def initials(name: object) -> str:
    """At most two letters that stand for a person or a team: 'Ada King' -> 'AK'."""
    words = [word for word in re.split(r"[\s._-]+", str(name)) if word[:1].isalnum()]
    if len(words) > 1:
        words = [words[0], words[-1]]
    return "".join(word[0] for word in words).upper()
