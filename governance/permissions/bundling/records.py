"""Opt-outs, exceptions and floors as plain lists, and back: nothing but our own records is made.

A record is a list of its kind and its fields in their order. `None`, numbers and texts stand for
themselves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from governance.permissions.engine import conditions, types
from governance.permissions.engine.coverage import Variant
from governance.permissions.types import Category, DataAction, Effect, Mask, Purpose

_RECORDS = (
    types.Rule, types.Subjects, types.Exempt, types.Resources, types.When, types.QuarterWindow,
    types.FilterText, types.Parameter, types.DatedException, types.Floors, Variant,
    conditions.Attribute, conditions.Compare, conditions.OneOf, conditions.IsUnknown,
    conditions.Not, conditions.Every, conditions.Some, conditions.Settled,
)  # fmt: skip
_WORDS = (Effect, Mask, DataAction, Purpose, Category, conditions.Side, conditions.Operator)
_FIELDS = {one: tuple(field.name for field in fields(one)) for one in _RECORDS}


def plain(value: Any) -> Any:
    """A record as a list. Sets are sorted, so that equal records are equal texts. Raises TypeError
    for what no bundle holds."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return [type(value).__name__, value.value]
    if isinstance(value, str):
        return value
    if isinstance(value, frozenset):
        return ["set", *sorted(map(plain, value), key=repr)]
    if isinstance(value, tuple):
        return ["tuple", *map(plain, value)]
    if isinstance(value, dt.date):
        return ["date", value.isoformat()]
    names = _FIELDS.get(type(value))
    if names is None:
        raise TypeError(f"A bundle holds no {type(value).__name__}.")
    return [type(value).__name__, *(plain(getattr(value, name)) for name in names)]


def restored(value: Any) -> Any:
    """The record that a list stands for. Raises KeyError, TypeError or ValueError for one that was
    not made by `plain`."""
    if not isinstance(value, list):
        return value
    return _MAKERS[value[0]](*map(restored, value[1:]))


def _set(*values: Any) -> frozenset[Any]:
    return frozenset(values)


def _tuple(*values: Any) -> tuple[Any, ...]:
    return values


_MAKERS: Mapping[str, Callable[..., Any]] = {
    "set": _set,
    "tuple": _tuple,
    "date": dt.date.fromisoformat,
    **{one.__name__: one for one in (*_RECORDS, *_WORDS)},
}
