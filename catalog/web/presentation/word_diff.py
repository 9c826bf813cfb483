"""Two texts and what changed between them, as HTML with <del> and <ins>."""

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from catalog.word_changes import WordChange, word_changes


def _marked(tag: str, words: str) -> str:
    return f"<{tag}>{escape(words)}</{tag}>" if words else ""


def _before(change: WordChange) -> str:
    return escape(change.before) if change.is_same else _marked("del", change.before)


def _after(change: WordChange) -> str:
    return escape(change.after) if change.is_same else _marked("ins", change.after)


def word_diff(before: object, after: object) -> SafeString:
    """Both texts in one: what went in <del>, what came in <ins>, everything escaped."""
    parts = [
        escape(change.before) if change.is_same else _before(change) + _after(change)
        for change in word_changes(str(before), str(after))
    ]
    return mark_safe("".join(parts))  # noqa: S308  every word is escaped above


def side_by_side(before: object, after: object) -> tuple[SafeString, SafeString]:
    """The two texts apart: the first with its <del> parts, the second with its <ins> parts."""
    changes = word_changes(str(before), str(after))
    left, right = "".join(map(_before, changes)), "".join(map(_after, changes))
    return mark_safe(left), mark_safe(right)  # noqa: S308  every word is escaped above
