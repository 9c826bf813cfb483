"""What people write, made fit to store: trimmed, bounded, without what the database refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from catalog.errors import InvalidInput
from governance.types import Evidence

MAX_TEXT = 20_000
MAX_LINE = 300
MAX_EVIDENCE = 50


def line(text: str, *, field: str) -> str:
    """One line of at most 300 characters that says something."""
    return written(" ".join(text.split()), field=field, limit=MAX_LINE)


def written(text: str, *, field: str, limit: int = MAX_TEXT) -> str:
    """A text that says something."""
    words = optional(text, field=field, limit=limit)
    if not words:
        raise InvalidInput(f"Write something: {field} is empty.", field=field)
    return words


def optional(text: str, *, field: str, limit: int = MAX_TEXT) -> str:
    """A text that may be empty."""
    words = text.replace("\r\n", "\n").strip()
    if len(words) > limit:
        raise InvalidInput(
            f"The text is longer than {limit:,} characters: shorten it.", field=field
        )
    if "\x00" in words:
        raise InvalidInput("The text holds a NUL character: remove it.", field=field)
    return words


def evidence_rows(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Evidence as it is stored and hashed; raises InvalidInput for the entry that does not fit."""
    if len(evidence) > MAX_EVIDENCE:
        raise InvalidInput(
            f"There are more than {MAX_EVIDENCE} pieces of evidence: name the best.",
            field="evidence",
        )
    return [_row(one, f"evidence.{number}") for number, one in enumerate(evidence)]


def _row(one: Evidence, field: str) -> dict[str, Any]:
    url = optional(one.url, field=f"{field}.url", limit=2000)
    if url and urlsplit(url).scheme not in ("http", "https") and not url.startswith("/"):
        raise InvalidInput(
            "The address of evidence begins with https://, http:// or /.", field=f"{field}.url"
        )
    return {
        "title": line(one.title, field=f"{field}.title"),
        "url": url,
        "query": optional(one.query, field=f"{field}.query", limit=100_000),
        "result_digest": optional(one.result_digest, field=f"{field}.result_digest", limit=200),
        "as_of": one.as_of.isoformat() if one.as_of else None,
    }
