"""What kind of statement a tree is, as far as its reading and keeping of data goes; and statements
that are words around another one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp

from governance.permissions.native.binding import Occurrence
from governance.permissions.native.connecting import is_of_connection
from lineage.sql.dialects import rules_of
from lineage.sql.lexer import without_comments

_NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|[A-Za-z_]\w*)'
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
    rf"\s*DECLARE\s+{_NAME}\s+(?:(?:BINARY|INSENSITIVE|ASENSITIVE|SCROLL|NO\s+SCROLL)\s+)*CURSOR\s+"
    r"(?:WITH(?:OUT)?\s+HOLD\s+)?FOR\s+(?=\(?\s*(?:SELECT|WITH|TABLE|VALUES)\b)",
    re.IGNORECASE,
)
_WITH_CURSORS = frozenset({"postgres", "redshift"})
_MYSQL = frozenset({"mysql", "doris", "starrocks", "singlestore"})
_PLAN_OF_MYSQL = re.compile(
    r"\s*(?:EXPLAIN|DESCRIBE|DESC)\s+(?:(?:ANALYZE|EXTENDED|PARTITIONS|FORMAT\s*=\s*\w+)\s+)*"
    r"(?=\(?\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE|TABLE|VALUES)\b)",
    re.IGNORECASE,
)
_DESCRIBE = re.compile(rf"\s*(?:DESCRIBE|DESC)\s+{_QUERY}", re.IGNORECASE)
_SUMMARIZE = re.compile(r"(?P<verb>\s*SUMMARIZE\s+)(?:TABLE\s+)?", re.IGNORECASE)
_ENUM = re.compile(
    rf"\s*CREATE\s+(?:TEMP(?:ORARY)?\s+)?TYPE\s+{_NAME}\s+AS\s+ENUM\s*\(\s*{_QUERY}", re.IGNORECASE
)
_STARTS_QUERY = re.compile(_QUERY, re.IGNORECASE)
_SHOW_TABLE = re.compile(rf"\s*SHOW\s+({_NAME}(?:\.{_NAME}){{0,2}})\s*(?:;\s*)?", re.IGNORECASE)
_SHOW_COLUMNS = re.compile(
    rf"\s*SHOW\s+(?:FULL\s+)?(?:COLUMNS|FIELDS)\s+(?:FROM|IN)\s+({_NAME}(?:\.{_NAME}){{0,2}})"
    rf"(?:\s+(?:FROM|IN)\s+({_NAME}))?(?:\s+LIKE\s+'(?:[^'\\]|'')*')?\s*(?:;\s*)?",
    re.IGNORECASE,
)
_SHOWN_LISTS = re.compile(
    rf"\s*(?:SHOW\s+(?:(?:FULL\s+)?TABLES(?:\s+(?:FROM|IN)\s+{_NAME}(?:\.{_NAME})?)?"
    rf"|SCHEMAS\s+(?:FROM|IN)\s+{_NAME}"
    r"|ALL\s+TABLES|SCHEMAS|DATABASES|CATALOGS)"
    r"|(?:SHOW|DESCRIBE)(?=\s*(?:;\s*)?\Z)"
    r"|PRAGMA\s+(?:show_tables|database_list|table_info\s*\(\s*'[^']*'\s*\))"
    r"|CALL\s+pragma_(?:show_tables\(\)|database_list\(\)|table_info\(\s*'[^']*'\s*\)))\s*(?:;\s*)?",
    re.IGNORECASE,
)
_TYPE = (
    r"(?!ENUM\b)(?:(?!\b(?:SELECT|FROM|WITH|VALUES|PIVOT|UNPIVOT|TABLE|DESCRIBE|SHOW|SUMMARIZE)\b)"
    r'[\w\s",()\[\]])+'
)
"""A type that is made of others, without a query."""
_UPKEEP = re.compile(
    rf"\s*(?:CHECKPOINT|ANALYZE|RESET\s+VARIABLE\s+{_NAME}|VACUUM(?:\s+ANALYZE)?|DEALLOCATE\s+(?:PREPARE\s+)?{_NAME}"
    r"|PRAGMA\s+(?:version|platform|user_agent|(?:en|dis)able_(?:progress_bar|object_cache)"
    r"|(?:threads|memory_limit|max_memory|default_order|default_null_order)\s*=\s*[\w' ]+)"
    r"|CALL\s+pragma_(?:version|platform|user_agent)\(\)"
    r"|(?:INSTALL|LOAD)\s+(?:autocomplete|excel|fts|httpfs|icu|inet|json|parquet|spatial|tpcds|tpch|vss)"
    rf"|ATTACH\s+(?:DATABASE\s+)?(?:IF\s+NOT\s+EXISTS\s+)?':memory:'\s+AS\s+{_NAME}"
    rf"|DETACH\s+(?:DATABASE\s+)?(?:IF\s+EXISTS\s+)?{_NAME}"
    rf"|CREATE\s+(?:TEMP(?:ORARY)?\s+)?TYPE\s+{_NAME}\s+AS\s+{_TYPE}"
    rf"|CREATE\s+TYPE\s+{_NAME}\s+AS\s+ENUM\s*\(\s*'(?:[^'\\]|'')*'(?:\s*,\s*'(?:[^'\\]|'')*')*\s*\))"
    r"\s*(?:;\s*)?",
    re.IGNORECASE,
)
_UPKEEP_OF_ONE = re.compile(
    rf"\s*(?:VACUUM\s+)?(?:ANALYZE|VACUUM)\s+{_NAME}(?:\.{_NAME}){{0,2}}(?:\s*\([^()]*\))?\s*(?:;\s*)?",
    re.IGNORECASE,
)
_CONSTANT = r"(?:-?\d+(?:\.\d+)?|'(?:[^'\\]|'')*'|NULL|TRUE|FALSE)"
_GIVEN = rf"(?:{_NAME}\s*:=\s*)?{_CONSTANT}"
_TSQL = ("tsql", "fabric")
_DECLARED = r"@\w+\s+(?:AS\s+)?(?!TABLE\b|CURSOR\b)[A-Za-z]\w*(?:\s*\(\s*\w+(?:\s*,\s*\d+)?\s*\))?"
_SETS = {
    **dict.fromkeys(("duckdb", "databricks", "spark"), r"SET\s+VAR(?:IABLE)?\s+\w+"),
    **dict.fromkeys(("bigquery", "snowflake"), r"SET\s+[A-Za-z_]\w*"),
    **dict.fromkeys(sorted(_MYSQL), r"SET\s+@\w+"),
    **dict.fromkeys(_TSQL, rf"(?:SET\s+@\w+|DECLARE\s+{_DECLARED})"),
}
_SET_TO_QUERY = {
    dialect: re.compile(rf"\s*{start}\s*:?=\s*(?=\(\s*(?:SELECT|WITH|FROM)\b)", re.IGNORECASE)
    for dialect, start in _SETS.items()
}
_SET_TO_VALUE = re.compile(r"\s*SET\s+VARIABLE\s+[A-Za-z_]\w*\s*=\s*(?=\S)", re.IGNORECASE)
_EXECUTE = re.compile(
    rf"\s*EXECUTE\s+(?P<name>{_NAME})\s*"
    rf"(?:\(\s*(?:{_GIVEN}\s*(?:,\s*{_GIVEN}\s*)*)?\)\s*)?;?\s*",
    re.IGNORECASE,
)
_ONE_DECLARED = rf"{_DECLARED}(?:\s*=\s*{_CONSTANT})?"
_DECLARE = re.compile(
    rf"\s*DECLARE\s+{_ONE_DECLARED}(?:\s*,\s*{_ONE_DECLARED})*\s*(?:;\s*)?", re.IGNORECASE
)
_RESET = re.compile(r"\s*RESET\s+[A-Za-z_]\w*\s*(?:;\s*)?", re.IGNORECASE)
_LISTING_DIALECTS = frozenset(
    {"duckdb", "trino", "mysql", "spark", "databricks", "hive", "clickhouse"}
)
_UPKEEP_DIALECTS = frozenset({"duckdb", "postgres"})


class Kind(StrEnum):
    """How a statement is treated."""

    QUERY = "query"
    WRITE = "write"
    """Rows that are read go into a table."""
    EXPORT = "export"
    """Rows that are read leave the system."""
    VIEW = "view"
    """A query is kept, to be run later."""
    DESCRIBE = "describe"
    DEFINE = "define"
    SESSION = "session"
    UNKNOWN = "unknown"


class Around(StrEnum):
    """What the words around a statement do with it."""

    PLAN = "plan"
    """Tell how it would run, which tells of all rows that it would read."""
    KEEP = "keep"
    """Run it later, or tell of its answer: what may run itself may stand here."""


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
    plain = _plain(sql, dialect)
    for pattern, around in (
        (_PLAN_OF_MYSQL if dialect in _MYSQL else _EXPLAIN, Around.PLAN),
        (_PREPARE, Around.KEEP),
        (_DESCRIBE, Around.KEEP),
    ):
        found = pattern.match(plain)
        if found is not None:
            inner = sql[found.end() :]
            kept_as = _folded(found.groupdict().get("name") or "")
            return Wrapped(around, sql[: found.end()], inner, inner, kept_as)
    found = _CURSOR.match(plain) if dialect in _WITH_CURSORS else None
    if found is not None:
        inner = sql[found.end() :]
        return Wrapped(Around.KEEP, sql[: found.end()], inner, inner)
    if held := _held(sql, plain, dialect):
        return held
    found = _SHOW_COLUMNS.fullmatch(plain) if dialect in _LISTING_DIALECTS else None
    if dialect == "duckdb" and found is None and not _SHOWN_LISTS.fullmatch(plain):
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


def _plain(sql: str, dialect: str) -> str:
    """A text with spaces in the place of comments; as it is where engines end them elsewhere."""
    is_doubtful = "\r" in sql or ("--" not in sql and "/*" not in sql)
    return sql if is_doubtful else without_comments(sql, rules_of(dialect))


def lists_names(sql: str, dialect: str) -> bool:
    """Whether a statement lists the names of tables and nothing else."""
    return dialect in _LISTING_DIALECTS and _SHOWN_LISTS.fullmatch(_plain(sql, dialect)) is not None


def is_beside(sql: str, dialect: str) -> bool:
    """Whether a statement is one that drivers and tools send beside their questions."""
    return is_of_connection(_plain(sql, dialect), dialect)


def is_upkeep(sql: str, dialect: str) -> bool:
    """Whether a statement tends the whole database and answers nothing."""
    return dialect in _UPKEEP_DIALECTS and _UPKEEP.fullmatch(_plain(sql, dialect)) is not None


def is_upkeep_of_one(sql: str, dialect: str) -> bool:
    """The same of one table, whose name is known to be there by its success."""
    return (
        dialect in _UPKEEP_DIALECTS and _UPKEEP_OF_ONE.fullmatch(_plain(sql, dialect)) is not None
    )


def emptied_by(tree: exp.Expr, dialect: str) -> str:
    """A TRUNCATE of one table written as a DELETE, which can be kept to rows; empty for others."""
    if not isinstance(tree, exp.TruncateTable) or dialect not in _UPKEEP_DIALECTS:
        return ""
    said = [key for key, value in tree.args.items() if value]
    if said != ["expressions"] or len(tree.expressions) != 1:
        return ""
    return f"DELETE FROM {tree.expressions[0].sql(dialect=dialect)}"  # noqa: S608 - is checked


def executed(sql: str, dialect: str) -> str:
    """What an EXECUTE with constants runs, as `Wrapped.kept_as` has it; empty for all else."""
    found = _EXECUTE.fullmatch(_plain(sql, dialect)) if dialect in _UPKEEP_DIALECTS else None
    return _folded(found["name"]) if found else ""


def _folded(name: str) -> str:
    return name if name.startswith('"') else name.lower()


def declares(sql: str, dialect: str) -> bool:
    """Whether a statement makes variables of T-SQL for single values, empty or with a constant."""
    return dialect in _TSQL and _DECLARE.fullmatch(_plain(sql, dialect)) is not None


def is_reset(sql: str, dialect: str) -> bool:
    """Whether a statement gives a setting of the session its default."""
    return dialect in _UPKEEP_DIALECTS and _RESET.fullmatch(_plain(sql, dialect)) is not None


def kind_of(tree: exp.Expr) -> Kind:
    """The kind of a statement; UNKNOWN where it is none that can be followed."""
    if isinstance(tree, exp.Query | exp.Values | exp.Pivot):
        return Kind.QUERY if tree.find(exp.Into) is None else Kind.WRITE
    if isinstance(tree, exp.Insert):
        return Kind.EXPORT if isinstance(tree.this, exp.Directory) else Kind.WRITE
    if isinstance(tree, exp.Update | exp.Delete | exp.Merge):
        return Kind.WRITE
    if isinstance(tree, exp.Copy):
        return Kind.WRITE if tree.args.get("kind") else Kind.EXPORT
    if isinstance(tree, exp.Export):
        return Kind.EXPORT
    if isinstance(tree, exp.Create):
        return _of_create(tree)
    if isinstance(tree, exp.Describe):
        return Kind.DESCRIBE if isinstance(tree.this, exp.Table) else Kind.UNKNOWN
    if isinstance(tree, exp.Drop):
        is_named = str(tree.args.get("kind") or "").upper() not in ("SCHEMA", "DATABASE")
        return Kind.DEFINE if is_named else Kind.UNKNOWN
    if isinstance(tree, exp.Alter | exp.Comment | exp.TruncateTable):
        return Kind.DEFINE
    if isinstance(tree, exp.Transaction | exp.Commit | exp.Rollback):
        return Kind.QUERY
    if isinstance(tree, exp.Use | exp.Set):
        return Kind.SESSION
    return Kind.UNKNOWN


def _of_create(tree: exp.Create) -> Kind:
    kind = str(tree.args.get("kind") or "").upper()
    copies = tree.args.get("clone") or tree.find(exp.LikeProperty)
    if kind in ("TABLE", "VIEW") and tree.expression is not None and not copies:
        is_run = kind == "TABLE" or tree.find(exp.MaterializedProperty) is not None
        return Kind.WRITE if is_run else Kind.VIEW
    is_known = kind in ("TABLE", "VIEW", "SCHEMA", "INDEX", "SEQUENCE")
    return Kind.DEFINE if is_known else Kind.UNKNOWN


def columns_as_query(
    sql: str, tree: exp.Expr, read: Sequence[Occurrence], dialect: str
) -> str | None:
    """A COPY of some columns of a table written as one of a query of them; None for others."""
    if not isinstance(tree, exp.Copy) or not isinstance(tree.this, exp.Schema):
        return None
    names = tree.this.expressions
    end = sql.find(")", int(names[-1].meta["end"])) + 1 if names else 0
    if len(read) != 1 or read[0].node is not tree.this.this or not end:
        return None
    start, table = read[0].start, sql[read[0].start : read[0].end]
    columns = ", ".join(name.sql(dialect=dialect) for name in names)
    return f"{sql[:start]}(SELECT {columns} FROM {table}){sql[end:]}"  # noqa: S608 - is checked
