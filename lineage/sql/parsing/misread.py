"""What the grammar would read without complaint as something else, in a spelling that it knows.

Every spelling has the length of the original, so that all offsets stay the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lineage.sql.dialects import DialectRules
from lineage.sql.parsing.teradata import standard
from lineage.sql.parsing.vertica import spelled_out

_IGNORE = re.IGNORECASE
_DELETED_TABLE = re.compile(
    r"^(\s*DELETE\s+FROM\s+)TABLE(?=\s+(?!(?:WHERE|USING|AS)\b)[\w`\"\[])", _IGNORE
)
"""A word that some engines have there, and that the grammar takes for the table."""


def well_read(sql: str, rules: DialectRules) -> str:
    """The text as the grammar cannot misread it."""
    sql = _DELETED_TABLE.sub(lambda hit: hit.group(1) + "     ", sql)
    change = _CHANGES.get(rules.name)
    return change(sql) if change is not None else sql


def _blank(hit: re.Match[str]) -> str:
    """What was found, with its last group blanked out."""
    start, end = (place - hit.start() for place in hit.span(hit.lastindex or 0))
    text = hit.group()
    return text[:start] + " " * (end - start) + text[end:]


_ADDRESS = re.compile(
    r"(?<=FROM|INTO)\s((?:s3|gcs|azure|s3gov|s3china)://[^\s;'()]+)(?:\s|$)", _IGNORE
)
"""The place of files in a COPY, which need not stand in quotes."""


def _snowflake(sql: str) -> str:
    if "://" not in sql:
        return sql
    return _ADDRESS.sub(lambda hit: f"'{hit.group(1)}'", sql)


_TOP = re.compile(
    r"^(\s*(?:MERGE|INSERT|UPDATE|DELETE)\s+)(TOP\s*(?:\([^()]*\)|\d+)(?:\s+PERCENT)?)", _IGNORE
)
"""How many rows T-SQL changes at most, which the grammar may take for a table."""
_FROM_TWICE = re.compile(
    r"\bDELETE\s+(FROM)(?=\s+(?:[\w.#@$]|\[[^\]]*\]|\"[^\"]*\")+\s+"
    r"(?:OUTPUT\s(?:(?!\b(?:FROM|WHERE|INTO)\b)[^();]){1,2000})?FROM\b)",
    _IGNORE,
)
"""``DELETE FROM a FROM t AS a JOIN ...``, where the grammar awaits the table alone."""
_APPLIED_TABLE = re.compile(
    r"\b(?:CROSS|OUTER)\s+(APPLY)(?=\s+(?:[\w#]+|\[[^\]]*\])(?:\s*\.\s*(?:[\w#]+|\[[^\]]*\]))*"
    r"(?![\w\[.#])(?!\s*\())",
    _IGNORE,
)
"""``CROSS APPLY t``: a table or view, no function."""
_CROSSED = "CROSS JOIN "
_GRAPH = re.compile(
    r"^\s*CREATE\s+TABLE\s[^;]*?[\w\]\")]\s*\b(AS\s+(?:NODE|EDGE))\s*(?:ON\s[^;()]*)?;?\s*$",
    _IGNORE,
)
"""What a table is in a graph."""


_ELSEWHERE = re.compile(r"\b(OPENDATASOURCE\s*\([^()]*\)\s*\.)", _IGNORE)


_HINT = (
    r"(?:HOLDLOCK|NOLOCK|NOWAIT|PAGLOCK|READCOMMITTED(?:LOCK)?|READPAST|READUNCOMMITTED|REPEATABLEREAD"
    r"|ROWLOCK|SERIALIZABLE|TABLOCKX?|UPDLOCK|XLOCK|FORCESEEK|FORCESCAN)"
)
_HINTS = re.compile(rf"\bWITH\s*\(\s*{_HINT}(?:[\s,]{{1,50}}{_HINT}){{1,10}}\s*\)", _IGNORE)
_BETWEEN_HINTS = re.compile(r"(?<=\w)\s(?=\s*\w)")
"""What SQL Server's own tools write between hints, where the grammar wants a comma."""


def _tsql(sql: str) -> str:
    if "LOCK" in sql.upper():
        sql = _HINTS.sub(
            lambda hit: "WITH" + _BETWEEN_HINTS.sub(",", hit.group()[len("WITH") :]), sql
        )
    sql = _FROM_TWICE.sub(_blank, _TOP.sub(_blank, sql))
    if "APPLY" in sql.upper():
        sql = _APPLIED_TABLE.sub(lambda hit: _CROSSED.ljust(len(hit.group())), sql)
    return _GRAPH.sub(_blank, _ELSEWHERE.sub(_blank, sql))


_PRIORITY = re.compile(
    r"^\s*(?:UPDATE|DELETE|INSERT|REPLACE)"
    r"((?:\s+(?:LOW_PRIORITY|HIGH_PRIORITY|DELAYED|QUICK|IGNORE))+)(?=\s+(?!SET\b)[\w`])",
    _IGNORE,
)
_ALL_OF = re.compile(
    r"^\s*DELETE\s+(?:[\w.`]+(?:\.\*)?\s*,\s*)*[\w.`]+\.\*(?=\s*(?:,|FROM\b))", _IGNORE
)
"""MySQL's ``DELETE t.*, u.* FROM ...``."""
_CACHED = re.compile(r"\bSELECT(\s+SQL_CACHE)\b(?!\s*(?:,|\.|(?:FROM|AS)\b))", _IGNORE)


def _mysql(sql: str) -> str:
    """Without what says how a statement runs, which the grammar may take for a name."""
    sql = _ALL_OF.sub(lambda hit: hit.group().replace(".*", "  "), sql)
    return _CACHED.sub(_blank, _PRIORITY.sub(_blank, sql))


_NAMED = re.compile(r"\bIDENTIFIER\s*\(\s*('[\w.]+'(?:\s*\|\|\s*'[\w.]+')*)\s*\)", _IGNORE)


def _databricks(sql: str) -> str:
    """``IDENTIFIER('a' || '.b')`` as ``a.b``."""

    def name(hit: re.Match[str]) -> str:
        return "".join(hit.group(1).split("'")[1::2]).ljust(len(hit.group()))

    return _NAMED.sub(name, sql) if "'" in sql else sql


_CHANGES: dict[str, Callable[[str], str]] = {
    "snowflake": _snowflake,
    "tsql": _tsql,
    "fabric": _tsql,
    "mysql": _mysql,
    "singlestore": _mysql,
    "doris": _mysql,
    "starrocks": _mysql,
    "postgres": spelled_out,
    "teradata": standard,
    "databricks": _databricks,
    "spark": _databricks,
}
