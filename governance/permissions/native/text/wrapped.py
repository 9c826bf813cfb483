"""Statements that are words around another one: what explains, prepares, describes or keeps it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from lineage.sql.dialects import MYSQL_FAMILY, rules_of
from lineage.sql.lexer import without_comments

NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|[A-Za-z_]\w*)'
_QUERY = r"(?=\(?\s*(?:SELECT|WITH|FROM|VALUES|PIVOT|UNPIVOT)\b)"
_EXPLAIN = re.compile(
    r"\s*EXPLAIN\s+(?:\([^)]*\)\s*|(?:ANALYZE|VERBOSE|EXTENDED|LOGICAL|DISTRIBUTED|FORMATTED|COST"
    r"|CODEGEN|SYNTAX|AST|PLAN|PIPELINE|USING\s+(?:TEXT|JSON|TABULAR))\s+)*"
    r"(?=\(?\s*(?:SELECT|WITH|FROM|INSERT|UPDATE|DELETE|MERGE|TABLE|VALUES)\b)",
    re.IGNORECASE,
)
_PREPARE = re.compile(
    r'\s*PREPARE\s+(?P<name>"(?:[^"]|"")+"|[A-Za-z_]\w*)\s*(?:\([\w\s,]*\)\s*)?(?:AS|FROM)\s+'
    r"(?=\(?\s*(?:SELECT|WITH|FROM|INSERT|UPDATE|DELETE|MERGE|TABLE|VALUES)\b)",
    re.IGNORECASE,
)
_CURSOR = re.compile(
    rf"\s*DECLARE\s+{NAME}\s+(?:(?:BINARY|INSENSITIVE|ASENSITIVE|SCROLL|NO\s+SCROLL)\s+)*CURSOR\s+"
    r"(?:WITH(?:OUT)?\s+HOLD\s+)?FOR\s+(?=\(?\s*(?:SELECT|WITH|TABLE|VALUES)\b)",
    re.IGNORECASE,
)
TSQL = ("tsql", "fabric")
_WITH_CURSORS = frozenset({"postgres", "redshift"})
_PLAN_OF_MYSQL = re.compile(
    r"\s*(?:EXPLAIN|DESCRIBE|DESC)\s+(?:(?:ANALYZE|EXTENDED|PARTITIONS|FORMAT\s*=\s*\w+)\s+)*"
    r"(?=\(?\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE|TABLE|VALUES)\b)",
    re.IGNORECASE,
)
_DESCRIBE = re.compile(rf"\s*(?:DESCRIBE|DESC)\s+{_QUERY}", re.IGNORECASE)
_SUMMARIZE = re.compile(r"(?P<verb>\s*SUMMARIZE\s+)(?:TABLE\s+)?", re.IGNORECASE)
_ENUM = re.compile(
    rf"\s*CREATE\s+(?:TEMP(?:ORARY)?\s+)?TYPE\s+{NAME}\s+AS\s+ENUM\s*\(\s*{_QUERY}", re.IGNORECASE
)
_STARTS_QUERY = re.compile(_QUERY, re.IGNORECASE)
_SHOW_TABLE = re.compile(rf"\s*SHOW\s+({NAME}(?:\.{NAME}){{0,2}})\s*(?:;\s*)?", re.IGNORECASE)
_SHOW_COLUMNS = re.compile(
    rf"\s*SHOW\s+(?:FULL\s+)?(?:COLUMNS|FIELDS)\s+(?:FROM|IN)\s+({NAME}(?:\.{NAME}){{0,2}})"
    rf"(?:\s+(?:FROM|IN)\s+({NAME}))?(?:\s+LIKE\s+'(?:[^'\\]|'')*')?\s*(?:;\s*)?",
    re.IGNORECASE,
)
SHOWN_LISTS = re.compile(
    rf"\s*(?:SHOW\s+(?:(?:FULL\s+)?TABLES(?:\s+(?:FROM|IN)\s+{NAME}(?:\.{NAME})?)?"
    rf"|SCHEMAS\s+(?:FROM|IN)\s+{NAME}"
    r"|ALL\s+TABLES|SCHEMAS|DATABASES|CATALOGS)"
    r"|(?:SHOW|DESCRIBE)(?=\s*(?:;\s*)?\Z)"
    rf"|PRAGMA\s+(?:show_tables|database_list|table_info\s*\(\s*(?:'[^']*'|{NAME})\s*\))"
    r"|CALL\s+pragma_(?:show_tables\(\)|database_list\(\)|table_info\(\s*'[^']*'\s*\)))\s*(?:;\s*)?",
    re.IGNORECASE,
)
"""Lists of names, which are no tables that SHOW describes."""
LISTING_DIALECTS = frozenset(
    {"duckdb", "trino", "mysql", "spark", "databricks", "hive", "clickhouse"}
)
DECLARED = r"@\w+\s+(?:AS\s+)?(?!TABLE\b|CURSOR\b)[A-Za-z]\w*(?:\s*\(\s*\w+(?:\s*,\s*\d+)?\s*\))?"
_SETS = {
    **dict.fromkeys(("duckdb", "databricks", "spark"), r"SET\s+VAR(?:IABLE)?\s+\w+"),
    **dict.fromkeys(("bigquery", "snowflake"), r"SET\s+[A-Za-z_]\w*"),
    **dict.fromkeys(sorted(MYSQL_FAMILY), r"SET\s+@\w+"),
    **dict.fromkeys(TSQL, rf"(?:SET\s+@\w+|DECLARE\s+{DECLARED})"),
}
_SET_TO_QUERY = {
    dialect: re.compile(rf"\s*{start}\s*:?=\s*(?=\(\s*(?:SELECT|WITH|FROM)\b)", re.IGNORECASE)
    for dialect, start in _SETS.items()
}
_SET_TO_VALUE = re.compile(r"\s*SET\s+VARIABLE\s+[A-Za-z_]\w*\s*=\s*(?=\S)", re.IGNORECASE)


class Around(StrEnum):
    """What the words around a statement do with it."""

    PLAN = "plan"
    """Tell how it would run, which tells of all rows that it would read."""
    KEEP = "keep"
    """Run it later, or tell of its answer: what may run itself may stand here."""
    TYPES = "types"
    """Tell the names and types of its columns, and nothing that is stored in them."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A statement within another: `head` and then `inner`. `shown` is what the check reads in the
    place of `inner`, which is a name where they differ; `tail` follows it. `kept_as` is how EXECUTE
    calls it."""

    around: Around
    head: str
    inner: str
    shown: str
    kept_as: str = ""
    tail: str = ""


def wrapped(sql: str, dialect: str) -> Wrapped | None:
    """The statement within one that explains, prepares, describes or sums it up; else None."""
    plain = bare(sql, dialect)
    for pattern, around in (
        (_PLAN_OF_MYSQL if dialect in MYSQL_FAMILY else _EXPLAIN, Around.PLAN),
        (_PREPARE, Around.KEEP),
        (_DESCRIBE, Around.TYPES if dialect == "duckdb" else Around.KEEP),
    ):
        found = pattern.match(plain)
        if found is not None:
            inner = sql[found.end() :]
            kept_as = folded(found.groupdict().get("name") or "")
            return Wrapped(around, sql[: found.end()], inner, inner, kept_as)
    found = _CURSOR.match(plain) if dialect in _WITH_CURSORS else None
    if found is not None:
        inner = sql[found.end() :]
        return Wrapped(Around.KEEP, sql[: found.end()], inner, inner)
    if held := _held(sql, plain, dialect):
        return held
    found = _SHOW_COLUMNS.fullmatch(plain) if dialect in LISTING_DIALECTS else None
    if dialect == "duckdb" and found is None and not SHOWN_LISTS.fullmatch(plain):
        found = _SHOW_TABLE.fullmatch(plain)
    if found is not None:
        within = f"{found[2]}." if found.re is _SHOW_COLUMNS and found[2] else ""
        return Wrapped(Around.KEEP, sql, "", f"DESCRIBE {within}{found[1]}")
    if dialect != "duckdb":
        return None
    found, end = _ENUM.match(plain), plain.rstrip(" \t\r\n;").rfind(")")
    if found is not None and plain[end:].strip(" \t\r\n;") == ")":
        inner = sql[found.end() : end]
        return Wrapped(Around.KEEP, sql[: found.end()], inner, inner, tail=sql[end:])
    found = _SUMMARIZE.match(plain)
    if found is not None:
        inner = sql[found.end() :]
        is_query = _STARTS_QUERY.match(plain, found.end())
        shown = inner if is_query else f"SELECT * FROM {inner}"  # noqa: S608 - is checked
        return Wrapped(Around.KEEP, sql[: found.end("verb")], inner, shown)
    return None


def _held(sql: str, plain: str, dialect: str) -> Wrapped | None:
    """A variable of the session that is set to what a query answers, or to a value in a text."""
    pattern = _SET_TO_QUERY.get(dialect)
    if pattern is not None and (found := pattern.match(plain)):
        inner = sql[found.end() :]
        return Wrapped(Around.KEEP, sql[: found.end()], inner, inner)
    found = _SET_TO_VALUE.match(plain) if dialect == "duckdb" else None
    if found is None:
        return None
    inner = sql[found.end() :].rstrip().rstrip(";")
    return Wrapped(Around.KEEP, f"{sql[: found.end()]}(", inner, f"SELECT {inner}", tail=")")


def explained(sql: str) -> str | None:
    """The statement behind an EXPLAIN; None where a text begins with something else."""
    found = _EXPLAIN.match(sql)
    return sql[found.end() :] if found else None


def bare(sql: str, dialect: str) -> str:
    """A text with spaces in the place of comments; as it is where engines end them elsewhere."""
    is_doubtful = "\r" in sql or ("--" not in sql and "/*" not in sql)
    return sql if is_doubtful else without_comments(sql, rules_of(dialect))


def folded(name: str) -> str:
    """A name as PREPARE and EXECUTE compare it."""
    return name if name.startswith('"') else name.lower()
