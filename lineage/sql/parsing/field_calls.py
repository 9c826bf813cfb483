"""Functions that take a field by its name: DuckDB's STRUCT_EXTRACT, ClickHouse's tupleElement."""

from __future__ import annotations

import re

from sqlglot import exp

_CALLED = re.compile(r"\b(?:STRUCT_EXTRACT(?:_AT)?|TUPLEELEMENT)\s*\(", re.IGNORECASE)
_NAMES = frozenset({"struct_extract", "struct_extract_at", "tupleelement"})


def fields_again(tree: exp.Expr, sql: str) -> None:
    """Makes paths of such calls, but where their text is the name of a result column."""
    if _CALLED.search(sql) is None:
        return
    for node in list(tree.find_all(exp.StructExtract, exp.Anonymous)):
        value, field = _parts(node)
        if value is None or field is None or isinstance(node.parent, exp.Select):
            continue
        node.replace(exp.Dot(this=value.copy(), expression=exp.to_identifier(field)))


def _parts(node: exp.Expr) -> tuple[exp.Expr | None, str | None]:
    """The value and the name or place of the field, if both are told."""
    if isinstance(node, exp.StructExtract):
        arguments = [node.this, node.expression]
    else:
        arguments = node.expressions if str(node.this).lower() in _NAMES else []
    if len(arguments) < 2 or not isinstance(arguments[1], exp.Literal):
        return None, None
    return arguments[0], arguments[1].name
