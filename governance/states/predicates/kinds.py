"""Whether the parts of an expression fit together: numbers with numbers, dates with dates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp

from governance.states.predicates.closed import is_boolean


class ValueKind(StrEnum):
    """What sort of value a column or expression has; unknown fits with everything."""

    NUMBER = "a number"
    TEXT = "a text"
    BOOLEAN = "true or false"
    DATE = "a date"
    INSTANT = "a date and time"
    UNKNOWN = "unknown"


_PATTERNS = (
    (re.compile(r"^(bool|bit$|bit\(1\))", re.I), ValueKind.BOOLEAN),
    (re.compile(r"^(timestamp|datetime|smalldatetime)", re.I), ValueKind.INSTANT),
    (re.compile(r"^date\b", re.I), ValueKind.DATE),
    (
        re.compile(
            r"^(u?(tiny|small|medium|big|huge)?int(eger)?\d*\b|int\d|serial|bigserial|decimal|"
            r"numeric|number|float|double|real|money|long\b|short\b)",
            re.I,
        ),
        ValueKind.NUMBER,
    ),
    (re.compile(r"^(n?var)?char|^n?text|^string|^uuid|^enum|^citext|^clob", re.I), ValueKind.TEXT),
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Two parts that do not fit, in a sentence."""

    message: str


def kind_of_type(physical_type: str) -> ValueKind:
    """The kind of value that a stored type holds."""
    for pattern, kind in _PATTERNS:
        if pattern.match(physical_type.strip()):
            return kind
    return ValueKind.UNKNOWN


def mismatches(tree: exp.Expr, columns: Mapping[str, ValueKind]) -> tuple[Mismatch, ...]:
    """What does not fit in an expression; `columns` gives the kind of each by lower-case name."""
    found = list(_mismatches(tree, columns))
    kind = value_kind(tree, columns)
    if kind not in (ValueKind.BOOLEAN, ValueKind.UNKNOWN):
        found.append(Mismatch(f"`{tree.sql()}` is {kind.value}; a condition is true or false."))
    return tuple(dict.fromkeys(found))


def value_kind(node: exp.Expr, columns: Mapping[str, ValueKind]) -> ValueKind:
    """The kind of value that an expression has."""
    if isinstance(node, exp.Paren):
        return value_kind(node.this, columns)
    if isinstance(node, exp.Column):
        return columns.get(node.name.lower(), ValueKind.UNKNOWN)
    if isinstance(node, exp.Placeholder | exp.Parameter):
        return ValueKind.INSTANT if node.name == "as_of" else ValueKind.TEXT
    if isinstance(node, exp.Literal):
        return _literal(node)
    if isinstance(node, exp.Cast):
        return kind_of_type(node.to.sql())
    if isinstance(node, exp.Coalesce | exp.Greatest | exp.Least | exp.Case | exp.If | exp.Nullif):
        return _common(node, columns)
    if isinstance(node, exp.Add | exp.Sub):
        return _sum(node, columns)
    if isinstance(node, _NUMBERS):
        return ValueKind.NUMBER
    if isinstance(node, _TEXTS):
        return ValueKind.TEXT
    if isinstance(node, exp.Date | exp.TsOrDsToDate):
        return ValueKind.DATE
    return ValueKind.BOOLEAN if is_boolean(node) else ValueKind.UNKNOWN


_NUMBERS = (
    exp.Neg, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Abs, exp.Round, exp.Floor, exp.Ceil,
    exp.Length, exp.Extract, exp.DateDiff, exp.Year, exp.Month, exp.Day, exp.StrPosition,
)  # fmt: skip
_TEXTS = (
    exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Left, exp.Right, exp.Concat, exp.DPipe,
)  # fmt: skip
_TIMES = frozenset({ValueKind.DATE, ValueKind.INSTANT})


def _literal(node: exp.Literal) -> ValueKind:
    """A text in quotes may also stand for a date where it is compared with one."""
    return ValueKind.TEXT if node.is_string else ValueKind.NUMBER


def _common(node: exp.Expr, columns: Mapping[str, ValueKind]) -> ValueKind:
    if isinstance(node, exp.Case):
        parts = [branch.args["true"] for branch in node.args.get("ifs") or ()]
        parts.append(node.args.get("default"))
    elif isinstance(node, exp.If):
        parts = [node.args.get("true"), node.args.get("false")]
    elif isinstance(node, exp.Nullif):
        parts = [node.this]
    else:
        parts = [node.this, *node.expressions]
    kinds = {value_kind(part, columns) for part in parts if part is not None}
    kinds.discard(ValueKind.UNKNOWN)
    return kinds.pop() if len(kinds) == 1 else ValueKind.UNKNOWN


def _sum(node: exp.Expr, columns: Mapping[str, ValueKind]) -> ValueKind:
    left, right = value_kind(node.this, columns), value_kind(node.expression, columns)
    if isinstance(node.this, exp.Interval) or isinstance(node.expression, exp.Interval):
        return left if left in _TIMES else right if right in _TIMES else ValueKind.UNKNOWN
    if left in _TIMES and right in _TIMES:
        return ValueKind.UNKNOWN  # days in one engine, an interval in another
    if left in _TIMES:
        return left
    return ValueKind.NUMBER if ValueKind.NUMBER in (left, right) else ValueKind.UNKNOWN


def _mismatches(tree: exp.Expr, columns: Mapping[str, ValueKind]) -> Iterator[Mismatch]:
    for node in tree.walk(prune=lambda node: isinstance(node, exp.Query)):
        if isinstance(node, _COMPARISONS):
            yield from _compared(node, node.this, node.expression, columns)
        elif isinstance(node, exp.In):
            for item in node.expressions:
                yield from _compared(node, node.this, item, columns)
        elif isinstance(node, exp.Between):
            for bound in (node.args["low"], node.args["high"]):
                yield from _compared(node, node.this, bound, columns)
        elif isinstance(node, exp.And | exp.Or | exp.Not):
            for part, kind in _parts(node, columns):
                if kind not in (ValueKind.BOOLEAN, ValueKind.UNKNOWN):
                    word = node.key.upper()
                    yield Mismatch(f"`{part.sql()}` is {kind.value}; {word} takes conditions.")
        elif isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod | exp.Neg):
            for part, kind in _parts(node, columns):
                if kind in (ValueKind.TEXT, ValueKind.BOOLEAN):
                    yield Mismatch(f"`{part.sql()}` is {kind.value}; it cannot be reckoned with.")


def _parts(
    node: exp.Expr, columns: Mapping[str, ValueKind]
) -> Iterator[tuple[exp.Expr, ValueKind]]:
    for part in (node.this, node.args.get("expression")):
        if part is not None:
            yield part, value_kind(part, columns)


_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)


def _compared(
    node: exp.Expr, left: exp.Expr, right: exp.Expr, columns: Mapping[str, ValueKind]
) -> Iterator[Mismatch]:
    kinds = (value_kind(left, columns), value_kind(right, columns))
    if not _fit(left, right, *kinds):
        yield Mismatch(
            f"`{node.sql()}` compares {kinds[0].value} with {kinds[1].value}:"
            f" `{left.sql()}` and `{right.sql()}`."
        )


def _fit(left: exp.Expr, right: exp.Expr, one: ValueKind, other: ValueKind) -> bool:
    if ValueKind.UNKNOWN in (one, other) or one is other or {one, other} == _TIMES:
        return True
    for literal, kind in ((left, other), (right, one)):
        if isinstance(literal, exp.Literal) and literal.is_string and kind in _TIMES:
            return _LOOKS_LIKE_DATE.match(literal.name) is not None
    return False


_LOOKS_LIKE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def kind_of_text(text: str) -> ValueKind:
    """What a text in an example stands for: a date, a date and time, or itself."""
    for reads, kind in (
        (dt.date.fromisoformat, ValueKind.DATE),
        (dt.datetime.fromisoformat, ValueKind.INSTANT),
    ):
        try:
            reads(text)
        except ValueError:
            continue
        return kind
    return ValueKind.TEXT
