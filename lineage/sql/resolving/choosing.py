"""Expressions in which some arguments only decide which of the others is the value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sqlglot import exp

from lineage.sql.dialects import words
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.items import (
    chosen_items,
    comprehension,
    filtered_items,
    mapped_items,
    of_each_item,
    one_item,
    ordered_items,
    reduced_items,
    sorted_items,
    tested_items,
)
from lineage.sql.resolving.usage import Usage, combine

Step: TypeAlias = tuple[exp.Expr, Usage]


def _case(node: exp.Expr, how: Usage) -> list[Step]:
    value, condition = combine(how, use.ITEM), combine(how, use.CONDITIONAL)
    children: list[Step] = []
    if node.this is not None:
        children.append((node.this, condition))
    for branch in node.args.get("ifs") or []:
        children.append((branch.this, condition))
        children.append((branch.args["true"], value))
    if node.args.get("default") is not None:
        children.append((node.args["default"], value))
    return children


def _if(node: exp.Expr, how: Usage) -> list[Step]:
    value = combine(how, use.ITEM)
    children: list[Step] = [(node.this, combine(how, use.CONDITIONAL))]
    children.extend(
        (node.args[key], value) for key in ("true", "false") if node.args.get(key) is not None
    )
    return children


def _coalesce(node: exp.Expr, how: Usage) -> list[Step]:
    """Every argument can be the value; all but the last also decide which one it is."""
    return _first_present([node.this, *node.expressions], how)


def _first_present(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """Db2's VALUE(a, b), which is COALESCE."""
    value, condition = combine(how, use.ITEM), combine(how, use.CONDITIONAL)
    children: list[Step] = [(argument, value) for argument in arguments]
    children.extend((argument, condition) for argument in arguments[:-1])
    return children


def _absent_or_not(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """ZEROIFNULL(a), NULLIFZERO(a): the value itself decides whether it stays."""
    value, condition = combine(how, use.TRANSFORMATION), combine(how, use.CONDITIONAL)
    return [(argument, usage) for argument in arguments for usage in (value, condition)]


def _nullif(node: exp.Expr, how: Usage) -> list[Step]:
    return [
        (node.this, combine(how, use.ITEM)),
        (node.expression, combine(how, use.CONDITIONAL)),
    ]


def _decode(node: exp.Expr, how: Usage) -> list[Step]:
    """DECODE(operand, search, result, ..., default)."""
    operand, *rest = node.expressions
    return [(operand, combine(how, use.CONDITIONAL)), *_in_pairs(rest, how)]


def _in_pairs(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """Condition, value, condition, value, ..., and what holds where no condition does."""
    value, condition = combine(how, use.TRANSFORMATION), combine(how, use.CONDITIONAL)
    children: list[Step] = []
    for index, argument in enumerate(arguments):
        is_condition = index % 2 == 0 and index + 1 < len(arguments)
        children.append((argument, condition if is_condition else value))
    return children


def _by_number(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """CHOOSE(number, first, second, ...)."""
    value, condition = combine(how, use.TRANSFORMATION), combine(how, use.CONDITIONAL)
    return [(a, value if index else condition) for index, a in enumerate(arguments)]


def _running(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """Teradata's CSUM(value, key, ...), MAVG(value, width, key, ...)."""
    value, order = combine(how, use.AGGREGATION), combine(how, use.WINDOW)
    return [(a, order if index else value) for index, a in enumerate(arguments)]


def _difference(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """Teradata's MDIFF(value, width, key, ...): values of two rows."""
    value, order = combine(how, use.TRANSFORMATION), combine(how, use.WINDOW)
    return [(a, order if index else value) for index, a in enumerate(arguments)]


def _in_units(at: int, *, of: int) -> Callable[[list[exp.Expr], Usage], list[Step]]:
    """``DATE_BUCKET(WEEK, 2, at)``, ``TRUNC(at, YEAR)``: of so many arguments, the one that may be
    a unit is no column then."""

    def steps(arguments: list[exp.Expr], how: Usage) -> list[Step]:
        value = combine(how, use.TRANSFORMATION)
        return [
            (argument, value)
            for index, argument in enumerate(arguments)
            if index != at or len(arguments) < of or not _is_unit(argument)
        ]

    return steps


def _is_unit(argument: exp.Expr) -> bool:
    """Whether it is the bare name of a unit; ``o.day`` and ``"day"`` are columns."""
    is_bare = isinstance(argument, exp.Column) and len(argument.parts) == 1
    return is_bare and not argument.this.args.get("quoted") and argument.name.lower() in _UNITS


_UNITS = words(
    "year quarter month week iso_week isoweek day hour minute second millisecond microsecond "
    "yy yyyy qq mm wk ww dd hh mi ss ms"
)


def _extreme(node: exp.Expr, how: Usage) -> list[Step]:
    """MAX_BY(value, key): the value of the row whose key is the greatest."""
    parts = [(node.this, use.COLLECTED), (node.expression, use.SORT)]
    return [(part, combine(how, usage)) for part, usage in parts if part is not None]


def _having_extreme(node: exp.Expr, how: Usage) -> list[Step]:
    """BigQuery's ``ANY_VALUE(value HAVING MAX key)``."""
    return [(node.this, how), (node.expression, combine(how, use.SORT))]


CHOOSING: dict[type, Callable[[exp.Expr, Usage], list[Step]]] = {
    exp.ArgMax: _extreme,
    exp.ArgMin: _extreme,
    exp.ArrayAll: of_each_item,
    exp.ArrayAny: of_each_item,
    exp.ArrayFilter: filtered_items,
    exp.ArraySort: sorted_items,
    exp.ArraySum: of_each_item,
    exp.Bracket: one_item,
    exp.Case: _case,
    exp.Coalesce: _coalesce,
    exp.Comprehension: comprehension,
    exp.DecodeCase: _decode,
    exp.HavingMax: _having_extreme,
    exp.If: _if,
    exp.Nullif: _nullif,
    exp.Nvl2: _if,
    exp.Reduce: reduced_items,
    exp.Transform: mapped_items,
}
CHOOSING_BY_NAME: dict[str, Callable[[list[exp.Expr], Usage], list[Step]]] = {
    **dict.fromkeys(
        words(
            "all_match any_match none_match forall zip_with list_apply list_transform array_apply "
            "array_transform arraymap arrayexists arrayall arrayavg arraymin arraymax arraycount"
        ),
        tested_items,
    ),
    **dict.fromkeys(
        words("list_filter array_filter find_first arrayfirst arraylast"), chosen_items
    ),
    **dict.fromkeys(words("arraysort arrayreversesort"), ordered_items),
    "choose": _by_number,
    "elt": _by_number,
    "csum": _running,
    "isnull": _first_present,
    "mavg": _running,
    "mdiff": _difference,
    "mlinreg": _running,
    "msum": _running,
    "nullifzero": _absent_or_not,
    "zeroifnull": _absent_or_not,
    "value": _first_present,
    "multiif": _in_pairs,
    "age": _in_units(0, of=3),
    "date_bucket": _in_units(0, of=3),
    "trunc": _in_units(1, of=2),
}
"""Functions that the grammar knows no type for."""

_COMBINATORS = ("if", "state", "merge", "ornull", "ordefault", "distinct", "simplestate")
_EXTREMES = words("argmax argmin")


def without_combinators(name: str) -> tuple[str, bool]:
    """ClickHouse's ``argMaxIfState`` as ``argmax``, and whether an If was among its endings."""
    has_condition = False
    shorter = True
    while shorter:
        shorter = False
        for ending in _COMBINATORS:
            if name.endswith(ending) and len(name) > len(ending):
                name, shorter = name[: -len(ending)], True
                has_condition = has_condition or ending == "if"
                break
    return name, has_condition


def combined(node: exp.Expr, how: Usage, inner: Usage) -> list[Step]:
    """ClickHouse's aggregates with endings: a condition comes last, what MAX_BY sorts by second."""
    arguments = list(node.args.get("params") or node.expressions)
    name, has_condition = without_combinators(str(node.this).lower())
    children: list[Step] = []
    if has_condition and len(arguments) > 1:
        children.append((arguments.pop(), combine(how, use.CONDITIONAL)))
    if name in _EXTREMES and len(arguments) > 1:
        children.append((arguments.pop(), combine(how, use.SORT)))
    return [*((argument, inner) for argument in arguments), *children]
