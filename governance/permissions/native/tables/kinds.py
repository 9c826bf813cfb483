"""What kind of statement a tree is, as far as its reading and keeping of data goes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlglot import exp

from governance.permissions.native.tables.binding import Occurrence

_EMPTIED_WHOLE = frozenset({"duckdb", "postgres"})
"""Dialects whose TRUNCATE of one table may be written as a DELETE."""


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


def emptied_by(tree: exp.Expr, dialect: str) -> str:
    """A TRUNCATE of one table written as a DELETE, which can be kept to rows; empty for others."""
    if not isinstance(tree, exp.TruncateTable) or dialect not in _EMPTIED_WHOLE:
        return ""
    said = [key for key, value in tree.args.items() if value]
    if said != ["expressions"] or len(tree.expressions) != 1:
        return ""
    return f"DELETE FROM {tree.expressions[0].sql(dialect=dialect)}"  # noqa: S608 - is checked


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
