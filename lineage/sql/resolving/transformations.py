"""Writes the expressions behind edges out as SQL, each once."""

from __future__ import annotations

from itertools import islice

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from lineage.sql.dialects import DialectRules
from lineage.sql.resolving.inputs import Text

TEXT_LIMIT = 1_000
"""Characters of an expression's text that an edge keeps."""
TEXT_NODES = 400
"""Nodes beyond which an expression is not written out: that can take quadratic time."""


class Transformations:
    """The texts of one statement's expressions."""

    def __init__(self, rules: DialectRules) -> None:
        self._dialect = Dialect.get_or_raise(rules.name or None)
        self._written: dict[int, str] = {}

    def text(self, expression: Text) -> str:
        """SQL of at most ``TEXT_LIMIT`` characters; empty for an identity or a huge expression."""
        if expression is None:
            return ""
        if isinstance(expression, str):
            return expression
        key = id(expression)
        known = self._written.get(key)
        if known is None:
            known = self._written[key] = self._write(expression)
        return known

    def _write(self, node: exp.Expr) -> str:
        if next(islice(node.walk(), TEXT_NODES, None), None) is not None:
            return ""
        try:
            return str(self._dialect.generate(node, copy=False, comments=False))[:TEXT_LIMIT]
        except (RecursionError, SqlglotError, ValueError, AttributeError, TypeError):
            return ""  # too deep, or what this dialect cannot say: the edge is worth more
