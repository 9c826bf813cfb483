"""The clauses of a SELECT behind its list: WHERE, GROUP BY, HAVING, QUALIFY, ORDER BY, DISTINCT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.whole_numbers import whole
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.inputs import compose
from lineage.sql.resolving.projections import is_star
from lineage.sql.resolving.references import Aliases
from lineage.sql.resolving.relations import OutputColumn
from lineage.sql.resolving.scopes import Scope
from lineage.sql.resolving.select_list import Part
from lineage.sql.resolving.usage import Usage

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver


def clauses(resolver: Resolver, node: exp.Select, scope: Scope, parts: list[Part]) -> None:
    """All that stands behind the select list and FROM."""
    arguments = node.args
    where = Aliases.AFTER_COLUMNS if resolver.rules.where_aliases else Aliases.UNSEEN
    after = Aliases.AFTER_COLUMNS
    for key, usage, aliases in (
        ("prewhere", use.FILTER, where),
        ("where", use.FILTER, where),
        ("connect", use.FILTER, where),
        ("having", use.FILTER, after),
        ("qualify", use.FILTER, after),
    ):
        clause = arguments.get(key)
        if clause is not None:
            for expression in clause.iter_expressions():
                resolver.decide_rows(expression, scope, usage, aliases)
    distinct = arguments.get("distinct")
    if distinct is not None:
        _distinct(resolver, distinct, scope, parts)
    group = arguments.get("group")
    if group is not None:
        if group.args.get("all"):
            _group_by_all(resolver, node, scope)
        for expression in group.iter_expressions():
            _by_ordinal(resolver, expression, scope, parts, use.GROUP_BY, after)
    for key in ("limit", "offset"):
        clause = arguments.get(key)
        if clause is not None:
            for expression in clause.iter_expressions():
                if not isinstance(expression, exp.Literal):
                    resolver.decide_rows(expression, scope, use.FILTER)
    for key in ("order", "sort", "cluster", "distribute"):
        clause = arguments.get(key)
        if clause is not None:
            for expression in clause.expressions:
                _by_ordinal(resolver, expression, scope, parts, use.SORT, Aliases.FIRST)


def _distinct(resolver: Resolver, distinct: exp.Expr, scope: Scope, parts: list[Part]) -> None:
    """Of rows that are equal (in some expressions) only one is left."""
    on = distinct.args.get("on")
    if on is not None:
        resolver.decide_rows(on, scope, use.DISTINCT, Aliases.AFTER_COLUMNS)
        return
    for part in parts:
        inputs = part.inputs if isinstance(part, OutputColumn) else part.everything()
        resolver.budget.spend(len(inputs))
        compose(scope.rows, inputs, use.DISTINCT, None)


def _by_ordinal(
    resolver: Resolver,
    expression: exp.Expr,
    scope: Scope,
    parts: Sequence[Part],
    usage: Usage,
    aliases: Aliases,
) -> None:
    """GROUP BY 1 and ORDER BY 2 mean the select list's columns."""
    value = expression.this if isinstance(expression, exp.Ordered) else expression
    if isinstance(value, exp.Literal):
        ordinal = 0 if value.is_string else whole(value.name) or 0
        leading = parts[:ordinal]
        if 0 < ordinal <= len(parts) and all(isinstance(p, OutputColumn) for p in leading):
            column = leading[-1]
            assert isinstance(column, OutputColumn)
            compose(scope.rows, column.inputs, usage, None)
        return
    if _is_all(value):
        for part in parts:
            inputs = part.inputs if isinstance(part, OutputColumn) else part.everything()
            compose(scope.rows, inputs, usage, None)
        return
    resolver.decide_rows(value, scope, usage, aliases)


def _is_all(value: exp.Expr) -> bool:
    """``ORDER BY ALL``, which some grammars take for a column."""
    if type(value) is exp.Column and "table" not in value.args:
        this = value.args["this"]
        return type(this) is exp.Identifier and not this.quoted and this.name.upper() == "ALL"
    return type(value) is exp.Var and value.name.upper() == "ALL"


def _group_by_all(resolver: Resolver, node: exp.Select, scope: Scope) -> None:
    for projection in node.expressions:
        if not is_star(projection) and projection.find(exp.AggFunc, exp.Window) is None:
            resolver.decide_rows(projection, scope, use.GROUP_BY, Aliases.UNSEEN)
