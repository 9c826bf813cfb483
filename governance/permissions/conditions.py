"""Conditions of opt-outs from SQL into the engine's closed set; knows no Django.

Attributes of a person stand alone in a condition over people (`location = 'IE'`), those of a
dataset alone in one over data; where both meet they are `subject.location` and `resource.region`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from governance.permissions.engine.conditions import (
    Attribute,
    Compare,
    Condition,
    Every,
    IsUnknown,
    Not,
    OneOf,
    Operator,
    Settled,
    Side,
    Some,
)
from governance.permissions.engine.types import RESOURCE_ATTRIBUTES
from governance.states.predicates.parsing import parse_expression
from lineage.sql.parsing.negations import is_negated

SUBJECT_ATTRIBUTES = ("username", "department", "location", "employment_kind", "job_role")
"""What a condition may know of a person."""

_OPERATORS: Mapping[type[exp.Expr], Operator] = {
    exp.EQ: Operator.EQUAL,
    exp.NEQ: Operator.DIFFERENT,
    exp.LT: Operator.BELOW,
    exp.LTE: Operator.AT_MOST,
    exp.GT: Operator.ABOVE,
    exp.GTE: Operator.AT_LEAST,
}
_MIRRORED = {
    Operator.BELOW: Operator.ABOVE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.ABOVE: Operator.BELOW,
    Operator.AT_LEAST: Operator.AT_MOST,
}


class NotInTheSet(ValueError):  # noqa: N818 - reads as the refusal it is
    """A condition says something that the closed set does not have; the message says what."""


def condition_over(text: str, side: Side | None) -> Condition | None:
    """The condition that a text says, None for an empty one. `side` is whose attributes stand
    alone, None where each is written with its side. Raises NotInTheSet."""
    if not text.strip():
        return None
    tree, reason = parse_expression(text, None)
    if tree is None:
        raise NotInTheSet(reason)
    return _condition(tree, lambda column: _attribute(column, side))


_Find = Callable[[exp.Column], Attribute]


def _condition(tree: exp.Expr, find: _Find) -> Condition:
    if is_negated(tree):
        raise NotInTheSet(f"{_short(tree)} is no comparison of an attribute with a constant.")
    if isinstance(tree, exp.Paren):
        return _condition(tree.this, find)
    if isinstance(tree, exp.And | exp.Or):
        parts = (_condition(tree.this, find), _condition(tree.expression, find))
        return Every(parts) if isinstance(tree, exp.And) else Some(parts)
    if isinstance(tree, exp.Not):
        return Not(_condition(tree.this, find))
    if isinstance(tree, exp.Boolean):
        return Settled(bool(tree.this))
    if isinstance(tree, exp.In) and tree.expressions and isinstance(tree.this, exp.Column):
        return OneOf(find(tree.this), frozenset(map(_constant, tree.expressions)))
    if isinstance(tree, exp.Between) and isinstance(tree.this, exp.Column):
        left = find(tree.this)
        return Every(
            (
                Compare(left, Operator.AT_LEAST, _constant(tree.args["low"])),
                Compare(left, Operator.AT_MOST, _constant(tree.args["high"])),
            )
        )
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return IsUnknown(_column(tree.this, find))
    if isinstance(tree, exp.Like):
        return Compare(_column(tree.this, find), Operator.LIKE, _constant(tree.expression))
    operator = _OPERATORS.get(type(tree))
    if operator is not None:
        return _comparison(tree, operator, find)
    raise NotInTheSet(f"{_short(tree)} is no comparison of an attribute with a constant.")


def _comparison(tree: exp.Expr, operator: Operator, find: _Find) -> Compare:
    left, right = tree.this, tree.expression
    if isinstance(left, exp.Literal):
        left, right, operator = right, left, _MIRRORED.get(operator, operator)
    found = _column(left, find)
    if isinstance(right, exp.Column):
        return Compare(found, operator, find(right))
    return Compare(found, operator, _constant(right))


def _column(tree: exp.Expr, find: _Find) -> Attribute:
    if not isinstance(tree, exp.Column):
        raise NotInTheSet(f"{_short(tree)} is no attribute.")
    return find(tree)


def _constant(tree: exp.Expr) -> str:
    if not isinstance(tree, exp.Literal):
        raise NotInTheSet(f"{_short(tree)} is no constant.")
    return str(tree.this)


def _attribute(column: exp.Column, side: Side | None) -> Attribute:
    name, of = column.name.lower(), column.table.lower()
    if side is None and of in (Side.SUBJECT, Side.RESOURCE):
        meant = Side(of)
    elif side is not None and not of:
        meant = side
    else:
        raise NotInTheSet(
            f"{column.sql()} does not say whose it is: write subject.name or resource.name."
            if side is None
            else f"{column.sql()} is no attribute: write its name alone."
        )
    known = SUBJECT_ATTRIBUTES if meant is Side.SUBJECT else RESOURCE_ATTRIBUTES
    if name not in known:
        whom = "person" if meant is Side.SUBJECT else "dataset"
        raise NotInTheSet(f"Concord knows no {name} of a {whom}: use {', '.join(sorted(known))}.")
    return Attribute(meant, name)


def _short(tree: exp.Expr) -> str:
    text = tree.sql()
    return f"`{text if len(text) <= 60 else text[:57] + '…'}`"
