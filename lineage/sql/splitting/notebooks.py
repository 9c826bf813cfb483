"""What notebooks and pipelines of Databricks write in a way of their own, at the same length."""

from __future__ import annotations

import re

_CELL = re.compile(r"^[ \t]*-- COMMAND -+[ \t]*$", re.MULTILINE)
_MAGIC = re.compile(r"^%sql\b", re.MULTILINE)
_MADE = re.compile(
    r"\b(?:LIVE\s+|STREAMING\s+|MATERIALIZED\s+)(?:TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)",
    re.IGNORECASE,
)
_LIVE = re.compile(r"\bLIVE\.(\w+)", re.IGNORECASE)


def unfolded(text: str) -> str:
    """Each cell ends its statement; ``LIVE.t`` is the ``t`` that the same pipeline makes."""
    if "-- COMMAND" in text:
        text = _CELL.sub(lambda hit: ";".ljust(len(hit.group())), text)
    if "%sql" in text:
        text = _MAGIC.sub("    ", text)
    if (made := {name.lower() for name in _MADE.findall(text)}) and "live." in text.lower():
        return _LIVE.sub(
            lambda hit: " " * 5 + hit.group(1) if hit.group(1).lower() in made else hit.group(),
            text,
        )
    return text
