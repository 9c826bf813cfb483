"""What conditions say of the sources of a block: which they tie together, which days they leave.

A condition ties or bounds only where it does so whichever way it becomes true: both parts of an OR
have to, one part of an AND is enough, and nothing under a NOT counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlglot import exp

_TYING = (
    exp.EQ, exp.NullSafeEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.In, exp.Like,
    exp.ILike, exp.RegexpLike, exp.Func,
)  # fmt: skip
_LOGICAL = (exp.And, exp.Or, exp.Not, exp.Paren)
_AROUND = (exp.Cast, exp.TryCast, exp.Date, exp.TsOrDsToDate, exp.Timestamp, exp.Paren)

ValueT = TypeVar("ValueT", int, dt.date)

SourceOf = Callable[[exp.Column], str | None]
"""The name of the source that a column belongs to; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Days:
    """The days that conditions leave of a column, both ends counted; None is open, or not known."""

    first: dt.date | None = None
    last: dt.date | None = None
    most: int | None = None

    def both(self, other: Days) -> Days:
        """What two conditions leave that both hold."""
        return Days(
            _chosen(max, self.first, other.first),
            _chosen(min, self.last, other.last),
            _chosen(min, self.most, other.most),
        )

    def either(self, other: Days) -> Days:
        """What two conditions leave of which one holds."""
        return Days(
            None if self.first is None or other.first is None else min(self.first, other.first),
            None if self.last is None or other.last is None else max(self.last, other.last),
            None if self.most is None or other.most is None else self.most + other.most,
        )


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """The conditions that all have to hold."""
    if condition is None:
        return
    if isinstance(condition, exp.Paren):
        yield from conjuncts(condition.this)
    elif isinstance(condition, exp.And):
        yield from conjuncts(condition.this)
        yield from conjuncts(condition.expression)
    else:
        yield condition


def ties(condition: exp.Expr, source_of: SourceOf) -> frozenset[frozenset[str]]:
    """The pairs of sources that a condition ties together."""
    if isinstance(condition, exp.Paren):
        return ties(condition.this, source_of)
    if isinstance(condition, exp.And):
        return ties(condition.this, source_of) | ties(condition.expression, source_of)
    if isinstance(condition, exp.Or):
        return ties(condition.this, source_of) & ties(condition.expression, source_of)
    if isinstance(condition, exp.Exists):
        return _tied_inside(condition, source_of)
    if not isinstance(condition, _TYING) or isinstance(condition, _LOGICAL):
        return frozenset()
    names = sorted({name for name in map(source_of, condition.find_all(exp.Column)) if name})
    return frozenset(frozenset((a, b)) for a in names for b in names if a < b)


def _tied_inside(condition: exp.Exists, source_of: SourceOf) -> frozenset[frozenset[str]]:
    where = condition.this.args.get("where") if condition.this is not None else None
    parts = conjuncts(where.this) if isinstance(where, exp.Where) else ()
    names = {
        name
        for part in parts
        for name in map(source_of, part.find_all(exp.Column))
        if name and isinstance(part, exp.EQ)
    }
    return frozenset(frozenset((a, b)) for a in names for b in names if a < b)


def bounds(condition: exp.Expr, is_it: Callable[[exp.Column], bool], source: SourceOf) -> bool:
    """Whether a condition leaves a column only days from some day on, or single ones.

    `is_it` knows the column. It may be equal to a column of another source: that is bounded as far
    as the other is. An upper end alone leaves all that ever was.
    """
    if isinstance(condition, exp.Paren):
        return bounds(condition.this, is_it, source)
    if isinstance(condition, exp.And):
        return bounds(condition.this, is_it, source) or bounds(condition.expression, is_it, source)
    if isinstance(condition, exp.Or):
        return bounds(condition.this, is_it, source) and bounds(condition.expression, is_it, source)
    if isinstance(condition, exp.EQ):
        for one, other in _both_ways(condition):
            own = _column(one, is_it)
            if own is not None and _names_other(other, own, source):
                return True
        return False
    if isinstance(condition, exp.In):
        given = condition.expressions or [condition.args.get("query")]
        return _column(condition.this, is_it) is not None and all(map(_is_given, given))
    if isinstance(condition, exp.Between):
        low = condition.args["low"]
        return _column(condition.this, is_it) is not None and _is_given(low)
    lower = _lower_end(condition)
    return lower is not None and _column(lower[0], is_it) is not None and _is_given(lower[1])


def days_left(condition: exp.Expr, is_it: Callable[[exp.Column], bool], today: dt.date) -> Days:
    """The days that a condition leaves of a column, as far as its text tells."""
    if isinstance(condition, exp.Paren):
        return days_left(condition.this, is_it, today)
    if isinstance(condition, exp.And):
        left = days_left(condition.this, is_it, today)
        return left.both(days_left(condition.expression, is_it, today))
    if isinstance(condition, exp.Or):
        left = days_left(condition.this, is_it, today)
        return left.either(days_left(condition.expression, is_it, today))
    if isinstance(condition, exp.Between) and _column(condition.this, is_it) is not None:
        return Days(day_of(condition.args["low"], today), day_of(condition.args["high"], today))
    if isinstance(condition, exp.In) and _column(condition.this, is_it) is not None:
        return _listed(condition.expressions, today)
    for node, at_most, at_least in _ordered(condition):
        if _column(node, is_it) is not None:
            return Days(
                day_of(at_least, today) if at_least is not None else None,
                day_of(at_most, today) if at_most is not None else None,
            )
    return Days()


def day_of(node: exp.Expr, today: dt.date) -> dt.date | None:
    """The day that an expression means; None where only the engine can tell."""
    if isinstance(node, (*_AROUND, exp.TimestampTrunc, exp.DateTrunc)) and node.this is not None:
        return day_of(node.this, today)
    if isinstance(node, exp.Literal) and node.is_string:
        try:
            return dt.date.fromisoformat(node.this.strip()[:10])
        except ValueError:
            return None
    if isinstance(node, exp.CurrentDate | exp.CurrentTimestamp | exp.CurrentDatetime):
        return today
    if isinstance(node, exp.Add | exp.Sub | exp.DateAdd | exp.DateSub):
        start, steps = day_of(node.this, today), _interval(node.expression)
        if start is None or steps is None:
            return None
        back = isinstance(node, exp.Sub | exp.DateSub)
        try:
            return start - steps if back else start + steps
        except OverflowError:
            return None
    return None


_UNITS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366, "hour": 1, "minute": 1}


def _interval(node: exp.Expr | None) -> dt.timedelta | None:
    """A span at its longest, so that what is counted is never too little."""
    if not isinstance(node, exp.Interval) or node.this is None:
        return None
    unit = str(node.args.get("unit") or "day").lower().rstrip("s")
    try:
        count = int(node.this.name)
        return dt.timedelta(days=count * _UNITS[unit])
    except (ValueError, KeyError, OverflowError):
        return None


def _listed(nodes: Iterable[exp.Expr], today: dt.date) -> Days:
    found = [day_of(node, today) for node in nodes]
    known = [day for day in found if day is not None]
    if not known or len(known) < len(found):
        return Days()
    return Days(min(known), max(known), len(set(known)))


def _ordered(
    condition: exp.Expr,
) -> Iterator[tuple[exp.Expr, exp.Expr | None, exp.Expr | None]]:
    """A comparison both ways round: what is compared, what it is at most, what it is at least."""
    left, right = condition.args.get("this"), condition.args.get("expression")
    if left is None or right is None:
        return
    if isinstance(condition, exp.EQ):
        yield left, right, right
        yield right, left, left
    elif isinstance(condition, exp.GT | exp.GTE):
        yield left, None, right
        yield right, left, None
    elif isinstance(condition, exp.LT | exp.LTE):
        yield left, right, None
        yield right, None, left


def _lower_end(condition: exp.Expr) -> tuple[exp.Expr, exp.Expr] | None:
    if isinstance(condition, exp.GT | exp.GTE):
        return condition.this, condition.expression
    if isinstance(condition, exp.LT | exp.LTE):
        return condition.expression, condition.this
    return None


def _both_ways(condition: exp.EQ) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    yield condition.this, condition.expression
    yield condition.expression, condition.this


def _column(node: exp.Expr, is_it: Callable[[exp.Column], bool]) -> exp.Column | None:
    """The column itself, or its day: `CAST(x AS date)` and `date_trunc('day', x)` are x."""
    while isinstance(node, (*_AROUND, exp.DateTrunc, exp.TimestampTrunc)):
        node = node.this
    return node if isinstance(node, exp.Column) and is_it(node) else None


def _names_other(node: exp.Expr, own: exp.Column, source: SourceOf) -> bool:
    """Whether a value comes from elsewhere: constants, or columns of another source."""
    mine = source(own)
    return all(source(column) not in (mine, None) for column in node.find_all(exp.Column))


def _is_given(node: exp.Expr | None) -> bool:
    """Whether a value is known before the table is read."""
    return node is not None and (
        isinstance(node, exp.Query | exp.Subquery) or node.find(exp.Column) is None
    )


def _chosen(
    choose: Callable[..., ValueT], one: ValueT | None, other: ValueT | None
) -> ValueT | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)
