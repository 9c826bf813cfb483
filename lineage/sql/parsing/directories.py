"""Spark's folders that a query is written into."""

from __future__ import annotations

import re

from lineage.sql.dialects import DialectRules

_DIRECTORY = re.compile(
    r"\bDIRECTORY\s+(USING\s+\w+\s+OPTIONS\s*\([^()]{0,1000}?\bpath['\"]?(?:\s*=)?\s*)('[^']*')([^()]*\))",
    re.IGNORECASE | re.DOTALL,
)


def directory(sql: str, rules: DialectRules) -> str:
    """Spark's ``INSERT OVERWRITE DIRECTORY USING format OPTIONS (path '...')``."""

    def moved(hit: re.Match[str]) -> str:
        lead = hit.group()[: hit.start(1) - hit.start()]
        return lead + hit.group(2) + " " * (len(hit.group()) - len(lead) - len(hit.group(2)))

    return _DIRECTORY.sub(moved, sql)
