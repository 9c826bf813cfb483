"""Conditions as a closed set: attributes of a person and of a dataset, compared with constants or
with each other.

Three truths, as in SQL: an attribute that is not known makes a comparison None. Whoever asks
decides what None means, always the stricter way (see `types.Subjects` and `types.Resources`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

Truth = bool | None
ValueOf = Callable[["Attribute"], str]
"""The value of an attribute; empty where it is not known."""


class Side(StrEnum):
    """Whose attribute it is."""

    SUBJECT = "subject"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute by name, such as location of the subject or region of the resource."""

    side: Side
    name: str


class Operator(StrEnum):
    """How two texts are compared, exactly as they are written."""

    EQUAL = "="
    DIFFERENT = "<>"
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    LIKE = "like"


@dataclass(frozen=True, slots=True)
class Compare:
    """An attribute beside a constant or another attribute; LIKE has a constant beside it."""

    left: Attribute
    operator: Operator
    right: Attribute | str


@dataclass(frozen=True, slots=True)
class OneOf:
    """An attribute among constants."""

    left: Attribute
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class IsUnknown:
    """Whether an attribute is not known; never None itself."""

    left: Attribute


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; what is not known stays so."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """All of them; true where there is none."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of them; false where there is none."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What was found out already: a condition over somebody who is known."""

    value: Truth


Condition = Compare | OneOf | IsUnknown | Not | Every | Some | Settled


def truth(condition: Condition, value_of: ValueOf) -> Truth:
    """What a condition says of the values given."""
    if isinstance(condition, Compare):
        return _compared(condition, value_of)
    if isinstance(condition, OneOf):
        value = value_of(condition.left)
        return value in condition.values if value else None
    if isinstance(condition, IsUnknown):
        return not value_of(condition.left)
    if isinstance(condition, Not):
        inner = truth(condition.inner, value_of)
        return None if inner is None else not inner
    if isinstance(condition, Settled):
        return condition.value
    decisive = isinstance(condition, Some)
    answer: Truth = not decisive
    for part in condition.parts:
        one = truth(part, value_of)
        if one is decisive:
            return decisive
        if one is None:
            answer = None
    return answer


def settle(condition: Condition, side: Side, value_of: ValueOf) -> Condition:
    """The same condition with the values of one side filled in; it reads the other side only."""
    if isinstance(condition, Not):
        return Not(settle(condition.inner, side, value_of))
    if isinstance(condition, Every | Some):
        return type(condition)(tuple(settle(part, side, value_of) for part in condition.parts))
    if isinstance(condition, Settled):
        return condition
    right = condition.right if isinstance(condition, Compare) else ""
    if condition.left.side is side and not (
        isinstance(right, Attribute) and right.side is not side
    ):
        return Settled(truth(condition, value_of))
    if not isinstance(condition, Compare) or not isinstance(right, Attribute):
        return condition
    own, other = (condition.left, right) if condition.left.side is side else (right, condition.left)
    if own.side is not side:
        return condition
    value = value_of(own)
    if not value:
        return Settled(None)
    operator = condition.operator
    return Compare(other, operator if other is condition.left else _MIRRORED[operator], value)


_MIRRORED = {
    Operator.EQUAL: Operator.EQUAL,
    Operator.DIFFERENT: Operator.DIFFERENT,
    Operator.BELOW: Operator.ABOVE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.ABOVE: Operator.BELOW,
    Operator.AT_LEAST: Operator.AT_MOST,
}


def attributes_of(condition: Condition) -> frozenset[Attribute]:
    """Every attribute that a condition reads."""
    return frozenset(_attributes(condition))


def _attributes(condition: Condition) -> Iterator[Attribute]:
    if isinstance(condition, Not):
        yield from _attributes(condition.inner)
    elif isinstance(condition, Every | Some):
        for part in condition.parts:
            yield from _attributes(part)
    elif not isinstance(condition, Settled):
        yield condition.left
        if isinstance(condition, Compare) and isinstance(condition.right, Attribute):
            yield condition.right


def _compared(comparison: Compare, value_of: ValueOf) -> Truth:
    left = value_of(comparison.left)
    right = comparison.right
    right_value = value_of(right) if isinstance(right, Attribute) else right
    if not left or (isinstance(right, Attribute) and not right_value):
        return None
    match comparison.operator:
        case Operator.EQUAL:
            return left == right_value
        case Operator.DIFFERENT:
            return left != right_value
        case Operator.BELOW:
            return left < right_value
        case Operator.AT_MOST:
            return left <= right_value
        case Operator.ABOVE:
            return left > right_value
        case Operator.AT_LEAST:
            return left >= right_value
        case Operator.LIKE:
            return _like(right_value).fullmatch(left) is not None


@lru_cache(maxsize=1024)
def _like(pattern: str) -> re.Pattern[str]:
    """SQL's LIKE: `%` for any characters, `_` for one."""
    parts = (".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in pattern)
    return re.compile("".join(parts), re.DOTALL)
