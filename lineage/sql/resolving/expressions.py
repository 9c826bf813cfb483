"""Which columns and subqueries an expression reads, and how each takes part in its value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from sqlglot import exp

from lineage.sql.parsing.methods import calls_of, is_method, owner_of
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.choosing import CHOOSING, CHOOSING_BY_NAME, combined, without_combinators
from lineage.sql.resolving.function_kinds import (
    AGGREGATES,
    COLLECTOR_NAMES,
    COLLECTORS,
    COMPARER_NAMES,
    COMPARERS,
    COUNTS,
    HASH_FUNCTIONS,
    HASH_NAMES,
    NORMALIZER_NAMES,
    NORMALIZERS,
    OF_ALL,
    PASSER_NAMES,
    PASSERS,
    PERCENTILES,
    SINGLE_ROW_FUNCTIONS,
)
from lineage.sql.resolving.items import filtered_items, of_each_item
from lineage.sql.resolving.usage import Usage, combine

Step: TypeAlias = tuple[exp.Expr, Usage]

_LEAVES = frozenset(
    {exp.Literal, exp.Identifier, exp.DataType, exp.Star, exp.Var, exp.Null, exp.Boolean}
)


def reads(expression: exp.Expr, usage: Usage, windows: Mapping[str, exp.Window]) -> Iterator[Step]:
    """Every column reference and every subquery below ``expression``, in reading order.

    Walks with a stack of its own, so that the depth of an expression costs no Python frames.
    ``windows`` are the select's named windows.
    """
    stack: list[Step] = [(expression, usage)]
    while stack:
        node, how = stack.pop()
        kind = type(node)
        if kind is exp.Column:
            yield node, how
            continue
        step = _STEPS.get(kind)
        if step is None:
            step = _STEPS[kind] = _step_of(kind)
        if step is _leaf:
            continue
        if step is _asked:
            if _is_read(node):
                yield node, how
                continue
            step = steps_below
        children = _window(node, how, windows) if step is _windowed else step(node, how)
        children.reverse()
        stack.extend(children)


def children_of(node: exp.Expr, how: Usage, windows: Mapping[str, exp.Window]) -> list[Step]:
    """The parts of one expression, and how each takes part in its value."""
    step = _STEPS.get(type(node)) or _step_of(type(node))
    if step is _windowed:
        return _window(node, how, windows)
    return steps_below(node, how) if step is _asked else step(node, how)


def _step_of(kind: type) -> Callable[[exp.Expr, Usage], list[Step]]:
    """How expressions of a type are walked; asked once for every type."""
    if kind in _LEAVES:
        return _leaf
    if issubclass(
        kind,
        exp.Query
        | exp.Exists
        | exp.Dot
        | exp.In
        | exp.Parameter
        | exp.Placeholder
        | exp.Columns
        | exp.Anonymous,
    ):
        return _asked
    if kind is exp.Window:
        return _windowed
    if issubclass(kind, exp.Func):
        return _function
    return _binary if issubclass(kind, exp.Binary) else _operator


def _leaf(node: exp.Expr, how: Usage) -> list[Step]:
    return []


def _asked(node: exp.Expr, how: Usage) -> list[Step]:
    """Stands for types of which some are read as a whole."""
    return []


def _windowed(node: exp.Expr, how: Usage) -> list[Step]:
    """Stands for windows, which need the select's named ones."""
    return []


def _operator(node: exp.Expr, how: Usage) -> list[Step]:
    return _each(node, combine(how, use.TRANSFORMATION))


def _binary(node: exp.Expr, how: Usage) -> list[Step]:
    inner = combine(how, use.TRANSFORMATION)
    arguments = node.args
    left, right = arguments["this"], arguments.get("expression")
    if isinstance(left, exp.Expr) and isinstance(right, exp.Expr) and len(arguments) == 2:
        return [(left, inner), (right, inner)]
    return _each(node, inner)


def _is_read(node: exp.Expr) -> bool:
    """Whether a node is not walked but resolved: a query, a field, a file's column, a look-up."""
    if isinstance(node, exp.Query) or is_existence_test(node):
        return True
    if isinstance(node, exp.Dot):
        return is_field(node) or is_method(node)
    if isinstance(node, exp.Parameter):
        return isinstance(node.this, exp.Literal | exp.Var)
    if isinstance(node, exp.Placeholder):
        return bool(node.this)
    if isinstance(node, exp.Columns):
        return True
    if isinstance(node, exp.In):
        return type(node.args.get("field")) is exp.Column
    return isinstance(node, exp.Anonymous) and (is_lookup(node) or is_indexed(node))


def is_indexed(node: exp.Expr) -> bool:
    """``list(i)``, a call or an item of a PL/SQL collection, which only a session can tell."""
    return len(node.expressions) == 1 and type(node.expressions[0]) is exp.Column


def is_existence_test(node: exp.Expr) -> bool:
    """EXISTS (SELECT ...), whose select list has no part in the answer."""
    return type(node) is exp.Exists and isinstance(node.this, exp.Query)


_LOOKUP = re.compile(
    r"dictGet(?:\w*?(?<!Hierarchy)(?<!Children)(?<!Descendants))|joinGet(?:OrNull)?", re.IGNORECASE
)


def is_lookup(node: exp.Expr) -> bool:
    """Whether a function reads a stored table, or a variable, that its first argument names."""
    if str(node.this).lower() == "getvariable":
        return len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Literal)
    return (
        len(node.expressions) >= 2
        and isinstance(node.expressions[0], exp.Literal | exp.Column)
        and _LOOKUP.fullmatch(str(node.this)) is not None
    )


def _chooses(node: exp.Expr) -> bool:
    """``t.COLUMNS('regex')``, which stands for columns of a table."""
    call = node.expression if type(node) is exp.Dot else None
    return isinstance(call, exp.Anonymous) and str(call.this).upper() == "COLUMNS"


_HOLDERS = (
    PASSERS
    | frozenset(COMPARERS)
    | frozenset(
        {
            exp.AnyValue,
            exp.ArgMax,
            exp.ArgMin,
            exp.ArrayAgg,
            exp.ArrayFilter,
            exp.ArraySort,
            exp.Bracket,
            exp.Case,
            exp.Cast,
            exp.Coalesce,
            exp.Column,
            exp.First,
            exp.If,
            exp.Last,
            exp.Placeholder,
            exp.Struct,
            exp.Subquery,
            exp.Transform,
            exp.Window,
        }
    )
)
"""What can have fields."""


def is_field(node: exp.Expr) -> bool:
    """Whether a Dot is a path below a column, such as ``(c).a.b``."""
    if _chooses(node):
        return True
    while type(node) is exp.Dot and isinstance(node.expression, exp.Identifier):
        node = node.this
        while type(node) is exp.Paren:
            node = node.this
    return type(node) in _HOLDERS or (type(node) is exp.Anonymous and is_indexed(node))


def _each(node: exp.Expr, how: Usage) -> list[Step]:
    return [(child, how) for child in node.iter_expressions()]


def function_name(node: exp.Expr) -> str:
    """The lower-case SQL name of a function node."""
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return str(node.this).lower()
    return str(node.sql_name()).lower() if isinstance(node, exp.Func) else ""


def steps_below(node: exp.Expr, how: Usage) -> list[Step]:
    """What a node reads when it turns out to be nothing but an operator or a call."""
    if type(node) is exp.Exists:
        return of_each_item(node, how)
    if type(node) is exp.Dot and isinstance(node.expression, exp.Func):
        return _methods(node, how)
    return _function(node, how) if isinstance(node, exp.Func) else _operator(node, how)


def _methods(node: exp.Expr, how: Usage) -> list[Step]:
    """``XMLAGG(...).EXTRACT('//text()')``: what a method is called on, and what it is given.
    BigQuery's ``HLL_COUNT.INIT`` is one name."""
    named = f"{node.this.name}.{function_name(node.expression)}".lower()
    inner = combine(how, use.AGGREGATION if named in AGGREGATES else use.TRANSFORMATION)
    return [(part, inner) for part in (*calls_of(node), owner_of(node))]


_SETTINGS = ("return_type", "form")
"""Arguments that are words: JSON_ARRAYAGG(a RETURNING CLOB), NORMALIZE(a, NFC)."""


def _function(node: exp.Expr, how: Usage) -> list[Step]:
    name = function_name(node)
    choosing = CHOOSING_BY_NAME.get(name) if type(node) is exp.Anonymous else None
    if choosing is not None:
        return choosing(node.expressions, how)
    aggregates = isinstance(node, exp.AggFunc) or name in AGGREGATES
    is_combined = isinstance(node, exp.CombinedAggFunc | exp.CombinedParameterizedAgg)
    if is_combined:
        name = without_combinators(str(node.this).lower())[0]
    if isinstance(node, SINGLE_ROW_FUNCTIONS):
        aggregates = False
    hashes = isinstance(node, HASH_FUNCTIONS) or name in HASH_NAMES
    if aggregates:
        collects = type(node) in COLLECTORS or name in COLLECTOR_NAMES
        plain = use.COLLECTED if collects else use.AGGREGATION
        step = use.MASKED_AGGREGATION if hashes or name in COUNTS else plain
    else:
        plain = use.NORMALIZATION if _normalizes(node, name) else use.TRANSFORMATION
        step = use.MASKED_TRANSFORMATION if hashes else plain
    inner = combine(how, step)
    compares = COMPARERS.get(type(node)) or COMPARER_NAMES.get(name)
    passes = use.ITEM if type(node) in PASSERS or name in PASSER_NAMES else compares
    passed = combine(how, passes) if passes is not None else inner
    children: list[Step] = []
    if is_combined:
        return combined(node, how, inner)
    for argument in node.iter_expressions():
        if argument.arg_key in _SETTINGS:
            continue
        limited = type(argument) is exp.Limit  # BigQuery's ARRAY_AGG(value ORDER BY key LIMIT 1)
        child = argument.this if limited else argument
        if type(child) is exp.Order:
            if child.this is not None:
                children.append((child.this, inner))
            children.extend(_each_of(child.expressions, combine(how, use.SORT)))
        elif type(child) is exp.Distinct:
            distinct = combine(inner, use.DEDUPLICATION)
            if step is use.COLLECTED and len(child.expressions) == 1:
                distinct = combine(inner, use.COLLECTED_DISTINCT)
            children.extend(_each_of(child.expressions, distinct))
        elif type(child) is exp.Star:  # HASH(*), which no count is
            if name not in COUNTS:
                children.append((exp.Column(this=child), inner))
        else:
            children.append((child, passed))
            passed = passed if type(node) in OF_ALL else inner
    return children


def _normalizes(node: exp.Expr, name: str) -> bool:
    """Whether a function gives equal values one spelling, type or unit."""
    return isinstance(node, NORMALIZERS) or name in NORMALIZER_NAMES


def _each_of(nodes: list[exp.Expr], how: Usage) -> list[Step]:
    return [(node, how) for node in nodes]


def _window(node: exp.Expr, how: Usage, windows: Mapping[str, exp.Window]) -> list[Step]:
    children: list[Step] = [(node.this, how)]
    ranks = isinstance(node.this, exp.RowNumber)
    by = combine(how, use.RANKING if ranks else use.WINDOW)
    if node.args.get("over") == "KEEP":  # Oracle's MAX(a) KEEP (DENSE_RANK LAST ORDER BY b)
        by = combine(how, use.SORT)
    seen: set[str] = set()
    current: exp.Expr | None = node
    while current is not None:
        children.extend(_each_of(current.args.get("partition_by") or [], by))
        order = current.args.get("order")
        if order is not None:
            children.extend(_each_of(order.expressions, by))
        frame = current.args.get("spec")
        if frame is not None:
            children.extend(_each_of(list(frame.iter_expressions()), by))
        name = current.args.get("alias")
        key = name.name.lower() if name is not None else ""
        if not key or key in seen:
            break
        seen.add(key)
        current = windows.get(key)
    return children


def _same(node: exp.Expr, how: Usage) -> list[Step]:
    return [(node.this, how)]


def _items(node: exp.Expr, how: Usage) -> list[Step]:
    """An array, whose items are the values of which it is made."""
    return _each(node, combine(how, use.ITEM))


def _first_item(node: exp.Expr, how: Usage) -> list[Step]:
    chooses = isinstance(node.args.get("expression"), exp.Lambda)
    return filtered_items(node, how) if chooses else _function(node, how)


def _filtered(node: exp.Expr, how: Usage) -> list[Step]:
    return [(node.this, how), (node.expression.this, combine(how, use.CONDITIONAL))]


def _within_group(node: exp.Expr, how: Usage) -> list[Step]:
    picks = isinstance(node.this, PERCENTILES)
    by = combine(how, use.AGGREGATION if picks else use.SORT)
    return [(node.this, how), *_each_of(node.expression.expressions, by)]


_STEPS: dict[type, Callable[[exp.Expr, Usage], list[Step]]] = {
    exp.Paren: _same,
    exp.Alias: _same,
    exp.Ordered: _same,
    exp.IgnoreNulls: _same,
    exp.RespectNulls: _same,
    exp.Filter: _filtered,
    exp.WithinGroup: _within_group,
    exp.Array: _items,
    exp.ArrayFirst: _first_item,
    exp.ArrayLast: _first_item,
    **CHOOSING,
}
