"""Columns chosen by a pattern, and one function over many of them.

DuckDB's ``COLUMNS('regex')``, ``COLUMNS(*)``, ``COLUMNS(c -> ...)`` and ``* LIKE 'a%'``;
ClickHouse's ``COLUMNS('regex')`` and ``* APPLY(function)``. Such an expression stands for as many
result columns as are chosen.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql.parsing.negations import is_negated
from lineage.sql.resolving.inputs import Inputs, merge
from lineage.sql.resolving.projections import is_star
from lineage.sql.resolving.relations import OpenRelation, OutputColumn
from lineage.sql.resolving.scopes import Scope

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver

Part = OutputColumn | OpenRelation
_Test = Callable[[str], bool]

_WORDS = re.compile(
    r"\bCOLUMNS\s*\(|\bAPPLY\b|\*\s*(?:NOT\s+)?(?:LIKE|ILIKE|GLOB|SIMILAR)\b", re.IGNORECASE
)
_OF_ALL = re.compile(r"\bCOLUMNS\((?:\w+\.)?\*")
"""As a macro of dbt is written for any engine."""
_DIALECTS = frozenset({"duckdb", "clickhouse", ""})
_LONGEST_PATTERN = 300
_REFERENCE = re.compile(r"\\(\d)")


def may_choose(sql: str, dialect: str) -> bool:
    """Whether a text can hold such an expression at all."""
    words = _WORDS if dialect in _DIALECTS else _OF_ALL
    return words.search(sql) is not None


def chosen_parts(resolver: Resolver, projection: exp.Expr, scope: Scope) -> list[Part] | None:
    """The result columns that a projection stands for; None where it chooses none."""
    alias = projection.args.get("alias") if isinstance(projection, exp.Alias) else None
    value = projection.this if alias is not None else projection
    if isinstance(value, exp.Apply):
        return _applied(resolver, value, scope)
    if _star_test(value) is not None:
        return _chosen(resolver, value, scope)
    nodes = [node for node in value.walk() if is_choice(node)]
    if not nodes:
        return None
    columns = [_chosen(resolver, node, scope) for node in nodes]
    gaps = [part for parts in columns for part in parts if not isinstance(part, OutputColumn)]
    known = [[part for part in parts if isinstance(part, OutputColumn)] for parts in columns]
    if isinstance(value, exp.Columns) and value.args.get("unpack"):
        return [*known[0], *gaps]
    made: list[Part] = []
    for index in range(max((len(parts) for parts in known), default=0)):
        for node, parts in zip(nodes, known, strict=True):
            resolver.chosen[id(node)] = parts[index].inputs if index < len(parts) else {}
        name = known[0][index].name if index < len(known[0]) else ""
        if alias is not None:
            name = _renamed(resolver.identifier(alias), name, nodes[0])
        inputs = known[0][index].inputs if value is nodes[0] else resolver.evaluate(value, scope)
        made.append(OutputColumn(name, inputs))
    for node in nodes:
        resolver.chosen.pop(id(node), None)
    return [*made, *gaps]


def is_choice(node: exp.Expr) -> bool:
    """Whether an expression stands for several columns: COLUMNS, be it of one table or of all."""
    if isinstance(node, exp.Dot):
        call = node.expression
        return isinstance(call, exp.Anonymous) and str(call.this).upper() == "COLUMNS"
    return isinstance(node, exp.Columns)


def chosen_inputs(resolver: Resolver, node: exp.Expr, scope: Scope) -> Inputs:
    """What COLUMNS reads where it stands in a condition: everything that it chooses."""
    known = resolver.chosen.get(id(node))
    if known is not None:
        return known
    inputs: Inputs = {}
    for part in _chosen(resolver, node, scope):
        merge(inputs, part.inputs if isinstance(part, OutputColumn) else part.everything())
    return inputs


def _chosen(resolver: Resolver, node: exp.Expr, scope: Scope) -> list[Part]:
    """The columns that a COLUMNS or a filtered star chooses, in order."""
    star: exp.Expr = exp.Star()
    if isinstance(node, exp.Dot):
        star = exp.Column(this=exp.Star(), table=node.this)
        choice = node.expression.expressions[0] if node.expression.expressions else exp.Star()
    elif isinstance(node, exp.Columns):
        choice = node.this
    else:
        choice = node
    if is_star(choice):
        return resolver.star(choice, scope)
    test = _star_test(choice) or _test(choice)
    parts = resolver.star(star, scope)
    return [p for p in parts if not isinstance(p, OutputColumn) or test(p.name)]


def _test(choice: exp.Expr) -> _Test:
    """Which names a choice means; all of them where that cannot be told."""
    if isinstance(choice, exp.Literal):
        pattern = _compiled(choice.name)
        return lambda name: pattern is None or pattern.search(name) is not None
    if isinstance(choice, exp.Array | exp.Tuple):
        listed = {item.name.lower() for item in choice.expressions}
        return lambda name: name.lower() in listed
    if isinstance(choice, exp.Column):
        return lambda name: name.lower() == choice.name.lower()
    if isinstance(choice, exp.Lambda):
        return _condition(choice.this)
    return lambda name: True


def _condition(node: exp.Expr) -> _Test:
    """A condition on a column's name, as the body of a lambda has it."""
    if isinstance(node, exp.Paren):
        return _condition(node.this)
    if isinstance(node, exp.Not):
        inner = _condition(node.this)
        return lambda name: not inner(name)
    if isinstance(node, exp.And | exp.Or):
        left, right = _condition(node.left), _condition(node.right)
        if isinstance(node, exp.And):
            return lambda name: left(name) and right(name)
        return lambda name: left(name) or right(name)
    if isinstance(node, exp.In):
        listed = {item.name for item in node.expressions}
        return lambda name: name in listed
    right_side = node.args.get("expression")
    if not isinstance(right_side, exp.Literal):
        return lambda name: True
    return _comparison(node, right_side.name)


def _comparison(node: exp.Expr, text: str) -> _Test:
    if isinstance(node, exp.EQ | exp.NEQ):
        return lambda name: (name == text) is isinstance(node, exp.EQ)
    if isinstance(node, exp.Like | exp.ILike):
        flags = re.IGNORECASE if isinstance(node, exp.ILike) else re.NOFLAG
        likeness = re.compile(_like(text), flags | re.DOTALL)
        return lambda name: likeness.fullmatch(name) is not None
    if isinstance(node, exp.Glob):
        shape = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
        globbed = re.compile(shape, re.DOTALL)
        return lambda name: globbed.fullmatch(name) is not None
    pattern = _compiled(text)
    if pattern is None:
        return lambda name: True
    if isinstance(node, exp.SimilarTo):
        return lambda name: pattern.fullmatch(name) is not None
    if isinstance(node, exp.RegexpLike):
        return lambda name: pattern.search(name) is not None
    if isinstance(node, exp.StartsWith):
        return lambda name: name.startswith(text)
    if isinstance(node, exp.Contains):
        return lambda name: text in name
    return lambda name: True


def _star_test(node: exp.Expr) -> _Test | None:
    """The condition of ``* LIKE 'a%'``; None for any other expression."""
    inner = node.this if isinstance(node, exp.Not) else node
    filters = isinstance(inner, exp.Like | exp.ILike | exp.SimilarTo | exp.Glob)
    if not filters or not isinstance(inner.this, exp.Star):
        return None
    test = _condition(node)
    return (lambda name: not test(name)) if is_negated(inner) else test


def _like(pattern: str) -> str:
    return re.escape(pattern).replace("%", ".*").replace("_", ".")


def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # `[[:alpha:]]`
            return re.compile(pattern) if len(pattern) <= _LONGEST_PATTERN else None
    except re.error:
        return None


def _renamed(alias: str, name: str, node: exp.Expr) -> str:
    r"""``COLUMNS('(.*)_id') AS '\1'``: the alias with what the pattern found in the name."""
    if "\\" not in alias:
        return alias
    literal = node.this if isinstance(node, exp.Columns) else None
    pattern = _compiled(literal.name) if isinstance(literal, exp.Literal) else None
    hit = pattern.search(name) if pattern is not None else None

    def group(reference: re.Match[str]) -> str:
        number = int(reference.group(1))
        if hit is None:
            return name if number == 0 else ""
        return (hit.group(number) or "") if number <= (hit.re.groups) else ""

    return _REFERENCE.sub(group, alias)


def _applied(resolver: Resolver, node: exp.Expr, scope: Scope) -> list[Part] | None:
    """``* APPLY(sum) APPLY(toString)``: a function of every column, named after it."""
    inner = node.this
    if isinstance(inner, exp.Apply):
        parts = _applied(resolver, inner, scope)
    elif is_star(inner):
        parts = resolver.star(inner, scope)
    elif is_choice(inner):
        parts = _chosen(resolver, inner, scope)
    else:
        return None
    name = node.expression.name
    made: list[Part] = []
    for part in parts or ():
        if not isinstance(part, OutputColumn):
            made.append(part)
            continue
        call = exp.func(name, exp.Columns(this=exp.Star()), dialect="clickhouse")
        column = call.find(exp.Columns)
        resolver.chosen[id(column)] = part.inputs
        inputs = resolver.evaluate(call, scope)
        resolver.chosen.pop(id(column))
        made.append(OutputColumn(f"{name}({part.name})", inputs))
    return made
