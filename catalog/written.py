"""What people write, at most so long: said to them by the field, before anything is stored."""

from __future__ import annotations

from catalog.errors import InvalidInput

MOST_TEXT = 50_000
"""Characters of the longest text that describes something."""
MOST_REASON = 20_000
"""Characters of why somebody did something."""


def bounded(text: str, field: str, most: int = MOST_TEXT) -> str:
    """The text as it is. Raises InvalidInput naming the field of one that is too long."""
    if len(text) > most:
        raise InvalidInput(
            f"The text has {len(text):,} characters; the limit is {most:,}.", field=field
        )
    return text
