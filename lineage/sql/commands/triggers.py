"""PostgreSQL's triggers, whose functions stand apart from the tables whose rows they see."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lineage.sql.session import Session
from lineage.types import TableName

_NAME = r"((?:[\w$]+|\"[^\"]+\")(?:\s*\.\s*(?:[\w$]+|\"[^\"]+\"))*)"
_TRIGGER = re.compile(
    r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\b[^;]{1,500}?\bON\s+(?:ONLY\s+)?"
    rf"{_NAME}[^;]{{0,1000}}?\bEXECUTE\s+(?:FUNCTION|PROCEDURE)\s+{_NAME}",
    re.IGNORECASE,
)
_PART = re.compile(r"\"[^\"]+\"|[\w$]+")


def triggered_by(texts: Sequence[str], session: Session) -> dict[TableName, TableName]:
    """The table of each function that triggers of one table alone run."""
    found: dict[TableName, set[TableName]] = {}
    for text in texts:
        hit = _TRIGGER.match(text)
        if hit is not None:
            table, function = (_named(name, session) for name in hit.groups())
            found.setdefault(function, set()).add(table)
    return {name: next(iter(tables)) for name, tables in found.items() if len(tables) == 1}


def _named(name: str, session: Session) -> TableName:
    parts = _PART.findall(name)
    return session.complete(
        [session.rules.table(part.strip('"'), part.startswith('"')) for part in parts]
    )
