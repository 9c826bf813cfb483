"""Exasol's IMPORT in the place of a table: the rows of a query that another database answers."""

from __future__ import annotations

import re

from lineage.sql.dialects import DialectRules

_IMPORTED = re.compile(
    r"\(\s*IMPORT\s+(?:INTO\s*\((?:[^()]|\([^()]{0,40}\)){0,2000}\)\s*)?"
    r"FROM\s+\w{1,40}\s+AT\s+[\w.\"]{1,200}\s+"
    r"(?:USER\s+'[^']{0,200}'\s+IDENTIFIED\s+BY\s+'[^']{0,200}'\s+)?"
    r"STATEMENT\s+'(?P<query>(?:[^']|''){1,5000})'\s*(?=\))",
    re.IGNORECASE,
)


def imported(sql: str, rules: DialectRules) -> str:
    """``(IMPORT FROM JDBC AT c STATEMENT 'SELECT ...')`` as the query in brackets."""
    if rules.name != "exasol":
        return sql

    def asked(hit: re.Match[str]) -> str:
        before = hit.start("query") - hit.start()
        query = hit.group("query").replace("''", "'")
        return f"({' ' * (before - 1)}{query}".ljust(len(hit.group()))

    return _IMPORTED.sub(asked, sql)
