"""What still uses something that goes, as kinds of agreements state it (3.7, deprecation)."""

from __future__ import annotations

from typing import NamedTuple


class Use(NamedTuple):
    """One thing that still uses what goes: what it is (`agreement`, `dataset`, `column`, `reads`),
    its name, and its id or key for a link."""

    what: str
    name: str
    key: str = ""
