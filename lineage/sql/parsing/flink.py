"""Flink's types of rows, which standard SQL does not have."""

from __future__ import annotations

import re

from lineage.sql.dialects import DialectRules

_ROW = re.compile(
    r"(?<=\s)(?:ROW|ARRAY|MAP|MULTISET)\s?"
    r"<(?:[^<>;]|<(?:[^<>;]|<(?:[^<>;]|<[^<>;]{0,500}>){0,500}>){0,1000}>){0,2000}>",
    re.IGNORECASE,
)
_TABLE = re.compile(r"\s*CREATE\s+(?:TEMPORARY\s+)?TABLE\b", re.IGNORECASE)


def row_types(sql: str, rules: DialectRules) -> str:
    """``a ROW<b STRING, c ARRAY<INT>>`` in the columns of a table as ``a INT``."""
    if rules.name or _TABLE.match(sql) is None:
        return sql
    return _ROW.sub(lambda hit: "INT".ljust(len(hit.group())), sql)
