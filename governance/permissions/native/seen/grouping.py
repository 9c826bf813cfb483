"""Columns that are only told of groups: whether a query tells them so, and the guard it gets.

A column of a minimum group may stand inside sums, averages and counts, as itself, over rows of one
table; the groups with too few values are then left out. It may also be what groups are made by: a
value that so many rows share is told, with sums, averages and counts alone of the other columns,
which would tell whose value it is. Everything else is refused: the least and the greatest are
values of single rows, a condition on the column or a CASE around it makes a group of one, a join
may count a row many times, and totals of which one holds the other tell what is between them.

What the engine tries before small groups are left out must not fail on a row of theirs: an error
would tell of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlglot import exp

from governance.permissions.native.seen.masks import Shape, shape_of
from governance.permissions.native.tables.functions import names_by_text

_TELLING_GROUPS = (exp.Sum, exp.Avg, exp.Count)
_WITH_TOTALS = (exp.GroupingSets, exp.Cube, exp.Rollup)
_AROUND = (exp.Select, exp.Update, exp.Delete, exp.Merge)
"""What asks a query inside of it once for each of its rows."""


def guarded_select(
    node: exp.Table, columns: Collection[str], known: Mapping[str, Shape], *, of_all: bool
) -> exp.Select | str:
    """The query around a table if it tells the columns of groups alone; else why it does not.

    `known` are the names of all columns of the table in lower case, and what they hold. `of_all`:
    every one of them is meant, so that groups may be named by them.
    """
    select = node.find_ancestor(exp.Select)
    if select is None or not isinstance(node.parent, exp.From) or node.parent.parent is not select:
        return "it is not read by a query of its own"
    if select.args.get("joins") or select.args.get("laterals") or node.args.get("joins"):
        return "it is joined, and a join may count a row many times"
    sampled = (select, node)  # USING SAMPLE of DuckDB, TABLESAMPLE
    if any(one.args.get("pivots") or one.args.get("sample") for one in sampled):
        return "its rows are pivoted or sampled"
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return "its columns are called by other names"
    if _has_totals(select):
        return "a total beside its parts tells of those that are left out"
    if _may_look_around(select, known):
        return "it is asked again for each row around it"
    for part in select.walk():
        if isinstance(part, exp.Star) and not isinstance(part.parent, exp.Count):
            return "a star tells rows"
        if isinstance(part, exp.Columns | exp.PositionalColumn) or names_by_text(part):
            return "columns are chosen without their names"
        if (
            isinstance(part, exp.Column)
            and not part.table
            and part.name.lower() == node.alias_or_name.lower()
        ):
            return "whole rows are told"
    where = select.args.get("where")
    if of_all and where is not None and not _cannot_fail(where.this, known):
        return "an error of its condition would tell of a single row"
    is_whole = of_all or is_grouped_by(select, columns)
    keys = _keys(select) if is_whole else set()
    told = {name.lower() for name in columns}
    wanted = {*told, *known} if is_whole else told
    has_aggregate = False
    for column in select.find_all(exp.Column):
        if column.name.lower() not in wanted:
            continue
        is_open = of_all or column.name.lower() not in told
        if is_whole and is_open and _is_condition(column, select):
            continue
        if column.name.lower() in keys and _is_of_whole_group(column, select):
            continue
        inside = column.parent
        if not isinstance(inside, _TELLING_GROUPS):
            return f"{column.name} stands outside of SUM, AVG and COUNT"
        if isinstance(inside.parent, exp.Filter | exp.Window):
            return f"{column.name} is told of a part of the group"
        if inside.find_ancestor(exp.Select) is not select:
            return f"{column.name} is used by a query inside"
        has_aggregate = True
    if is_whole and select.find(exp.Filter, exp.Window) is not None:
        return "a part of the group is told"
    if is_whole and _may_fail_early(select):
        return "an error of what it sums up would tell of a single row"
    is_grouped = has_aggregate or select.args.get("group") or select.find(exp.Count)
    if of_all and not is_grouped:
        return "rows are told, not groups"
    return select


_OF_VALUES = (
    *(exp.Cast, exp.Upper, exp.Lower, exp.Coalesce, exp.Concat, exp.Round, exp.Abs, exp.Case),
    *(exp.If, exp.Trim, exp.Substring, exp.Length, exp.Extract, exp.Connector),
)
"""Functions that surely are no aggregates: they are tried for the groups that stay."""


def _may_fail_early(select: exp.Select) -> bool:
    """Whether anything is tried for rows of groups that are left out, and could fail on one."""
    group = select.args.get("group")
    if group is not None and not all(
        isinstance(one, exp.Column | exp.Literal) for one in group.expressions
    ):
        return True
    where = select.args.get("where")
    for part in select.find_all(exp.Func):
        if isinstance(part, _OF_VALUES) or (where and part.find_ancestor(exp.Where) is where):
            continue
        if isinstance(part, _TELLING_GROUPS):
            if not isinstance(part.this, exp.Column | exp.Star | exp.Literal):
                return True
        elif any(part.iter_expressions()):
            return True
    return False


def _is_of_whole_group(column: exp.Column, select: exp.Select) -> bool:
    """Whether a column by which groups are made is asked for as what all rows of one share."""
    is_of_rows = isinstance(column.parent, _TELLING_GROUPS) or column.find_ancestor(exp.Where)
    return not is_of_rows and column.find_ancestor(exp.Select) is select


def _has_totals(select: exp.Select) -> bool:
    group = select.args.get("group")
    return group is not None and (
        any(isinstance(one, _WITH_TOTALS) for one in group.expressions)
        or any(group.args.get(key) for key in ("rollup", "cube", "grouping_sets", "totals"))
    )


def _may_look_around(select: exp.Select, known: Collection[str]) -> bool:
    """Whether a query may use a column of the statement that it stands in."""
    if not _is_inside(select):
        return False
    sources = select.find_all(exp.Table, exp.Subquery)
    within = {one.alias_or_name.lower() for one in sources}
    return any(
        column.table.lower() not in within
        if column.table
        else column.name.lower() not in known
        and not isinstance(column.find_ancestor(exp.Order, exp.Select), exp.Order)
        for column in select.find_all(exp.Column)
    )


def _is_inside(select: exp.Select) -> bool:
    at: exp.Expr | None = select
    while at is not None and at.parent is not None:
        if isinstance(at.parent, _AROUND):
            return True
        at = at.parent.parent if isinstance(at.parent, exp.With) else at.parent
    return False


_COMPARING = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Like, exp.ILike),
    *(exp.In, exp.Between),
)
_TEXTS = (exp.Lower, exp.Upper)
_DAYS = frozenset({Shape.DATE, Shape.TIME})


def _is_day(value: exp.Expr) -> bool:
    """Whether a constant text is surely a day or a time of a day to every engine."""
    if not isinstance(value, exp.Literal) or not value.is_string:
        return False
    text = value.name
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text).isoformat() == text
        return datetime.fromisoformat(text).isoformat(" ") == text
    except ValueError:
        return False


def _cannot_fail(condition: exp.Expr, known: Mapping[str, Shape]) -> bool:
    """Whether a condition compares columns with constants of their kind and does no more: no value
    of a row makes it fail."""
    if isinstance(condition, exp.Paren | exp.Not):
        return _cannot_fail(condition.this, known)
    if isinstance(condition, exp.And | exp.Or):
        return all(_cannot_fail(one, known) for one in (condition.left, condition.right))
    if not isinstance(condition, _COMPARING):
        return _shape_in(condition, known) is Shape.TRUTH
    values = [one for one in condition.iter_expressions() if not isinstance(one, exp.Null)]
    if isinstance(condition, exp.Like | exp.ILike) and any("\\" in one.name for one in values):
        return False  # which some engines refuse where nothing follows it
    of_columns = {_shape_in(one, known) for one in values if one.find(exp.Column)}
    if of_columns <= _DAYS:
        values = [one for one in values if not _is_day(one)]  # read as days
    shapes = {_shape_in(one, known) for one in values}
    return len(shapes) <= 1 and None not in shapes


def _shape_in(value: exp.Expr, known: Mapping[str, Shape]) -> Shape | None:
    """What a column, a constant or a column in other letters holds; None for all else."""
    if isinstance(value, exp.Column):
        shape = known.get(value.name.lower())
        return None if shape in (Shape.UNKNOWN, Shape.OTHER) else shape
    if isinstance(value, exp.Literal):
        return Shape.TEXT if value.is_string else Shape.NUMBER
    if isinstance(value, exp.Boolean):
        return Shape.TRUTH
    if isinstance(value, exp.Neg) and isinstance(value.this, exp.Literal):
        return _shape_in(value.this, known)
    if isinstance(value, exp.Cast) and isinstance(value.this, exp.Literal):
        shape = shape_of(value.to)
        is_read = shape is Shape.TEXT or (shape in _DAYS and _is_day(value.this))
        return shape if is_read else None
    if isinstance(value, _TEXTS) and _shape_in(value.this, known) is Shape.TEXT:
        return Shape.TEXT
    return None


def tells(select: exp.Select, columns: Collection[str]) -> bool:
    """Whether a query names one of the columns."""
    return any(column.name.lower() in columns for column in select.find_all(exp.Column))


def _is_condition(column: exp.Column, select: exp.Select) -> bool:
    where = column.find_ancestor(exp.Where)
    return where is not None and where.parent is select


def is_grouped_by(select: exp.Select, columns: Collection[str]) -> bool:
    """Whether groups are made by one of the columns."""
    return bool(_keys(select) & {name.lower() for name in columns})


def _keys(select: exp.Select) -> set[str]:
    """The names of the columns by which groups are made, in lower case."""
    group = select.args.get("group")
    found = set()
    for one in group.expressions if group else ():
        place = int(one.name) - 1 if isinstance(one, exp.Literal) and one.is_int else -1
        if 0 <= place < len(select.expressions):
            one = select.expressions[place]
        if isinstance(one, exp.Column):
            found.add(one.name.lower())
    return found


def add_guard(
    select: exp.Select, columns: Collection[str], rows: int, *, of_all: bool
) -> list[exp.Expr]:
    """Leave out groups with fewer values than `rows` of any of the columns; the conditions."""
    counted: list[exp.Expr] = [exp.Count(this=exp.Star())] if of_all else []
    spelled: dict[str, exp.Expr] = {}
    wanted = {name.lower() for name in columns}
    for column in select.find_all(exp.Column):
        inside = column.parent
        if column.name.lower() in wanted and isinstance(inside, _TELLING_GROUPS):
            spelled.setdefault(column.name.lower(), column)
    counted += [exp.Count(this=column.copy()) for column in spelled.values()]
    guards: list[exp.Expr] = [
        exp.GTE(this=one, expression=exp.Literal.number(rows)) for one in counted
    ]
    if not guards:
        return guards
    enough = exp.and_(*(guard.copy() for guard in guards))
    having = select.args.get("having")
    if having is not None:
        # In this order: an error of the statement's own condition would tell of smaller groups.
        case = exp.Case(ifs=[exp.If(this=enough, true=having.this.pop())])
        enough = case.else_(exp.Boolean(this=False), copy=False)
    select.set("having", exp.Having(this=enough))
    return guards
