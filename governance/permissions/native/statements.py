"""What kind of statement a tree is, as far as its reading and keeping of data goes."""

from __future__ import annotations

import re
from enum import StrEnum

from sqlglot import exp

_EXPLAIN = re.compile(
    r"\s*EXPLAIN\s+(?:\([^)]*\)\s*|(?:ANALYZE|VERBOSE|EXTENDED|LOGICAL|DISTRIBUTED)\s+)*"
    r"(?=\(?\s*(?:SELECT|WITH|FROM|INSERT|UPDATE|DELETE|MERGE|TABLE|VALUES)\b)",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """How a statement is treated."""

    QUERY = "query"
    WRITE = "write"
    """Rows that are read go into a table."""
    EXPORT = "export"
    """Rows that are read leave the system."""
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
    if isinstance(tree, exp.Drop | exp.Alter | exp.TruncateTable | exp.Comment | exp.Summarize):
        return Kind.DEFINE
    if isinstance(tree, exp.Transaction | exp.Commit | exp.Rollback):
        return Kind.QUERY
    if isinstance(tree, exp.Use | exp.Set):
        return Kind.SESSION
    return Kind.UNKNOWN


def _of_create(tree: exp.Create) -> Kind:
    kind = str(tree.args.get("kind") or "").upper()
    copies = tree.args.get("clone") or tree.find(exp.LikeProperty)
    if kind == "TABLE" and tree.expression is not None and not copies:
        return Kind.WRITE
    return Kind.DEFINE if kind in ("TABLE", "VIEW", "SCHEMA", "INDEX") else Kind.UNKNOWN


def explained(sql: str) -> str | None:
    """The statement behind an EXPLAIN; None where a text begins with something else."""
    found = _EXPLAIN.match(sql)
    return sql[found.end() :] if found else None
