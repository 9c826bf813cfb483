"""Where a value comes from: source columns with how each takes part, put together and passed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp

from lineage.sql.usage import IDENTITY, TRANSFORMATION, Usage, combine
from lineage.types import ConfidenceReason, TableName

if TYPE_CHECKING:
    from lineage.sql.resolve import Resolver

GUESS_CONFIDENCE = 0.5


Text: TypeAlias = exp.Expr | str | None
"""The expression that reads a column; written out only for the edges that are answered."""


@dataclass(slots=True, eq=False)
class Origin:
    """One source column, and how it reaches the value in hand. Shared, so never changed."""

    table: TableName
    column: str
    usage: Usage
    confidence: float
    reason: ConfidenceReason
    span: tuple[int, int] | None = None
    text: Text = None


Inputs: TypeAlias = dict[tuple[tuple[str, ...], str, Usage], Origin]
"""Origins by (table, column, usage): the same fact is kept once, at its best confidence."""


class StructInputs(dict[tuple[tuple[str, ...], str, Usage], Origin]):
    """The inputs of a value that is built of named fields, with those of each field."""

    __slots__ = ("fields",)

    def __init__(self, inputs: Inputs, fields: dict[str, Inputs]) -> None:
        super().__init__(inputs)
        self.fields = fields


def own_copy(inputs: Inputs) -> Inputs:
    """The same inputs, to be added to; fields stay with a value that has them."""
    if isinstance(inputs, StructInputs):
        return StructInputs(inputs, {n: own_copy(value) for n, value in inputs.fields.items()})
    return dict(inputs)


def decide(into: Inputs, deciding: Inputs) -> None:
    """Adds what decides about a value, and so about its fields."""
    if not deciding:
        return
    merge(into, deciding)
    if isinstance(into, StructInputs):
        into.fields = {name: own_copy(inputs) for name, inputs in into.fields.items()}
        for inputs in into.fields.values():
            decide(inputs, deciding)


def add_branch(into: Inputs, inputs: Inputs) -> None:
    """What the same column of another branch comes from, and each field that is known of it."""
    merge(into, inputs)
    if isinstance(into, StructInputs):
        add_fields(into.fields, inputs)


def add_fields(into: dict[str, Inputs], inputs: Inputs) -> None:
    """What fields come from where the value may be another one as well.

    Some engines pair the fields of two values by place, others by name; where it makes a
    difference, both are kept. Of a value that was not built here each field may be any part.
    """
    if not isinstance(inputs, StructInputs):
        for name, field in into.items() if inputs else ():
            add_branch(field, field_inputs(inputs, [name], None))
        return
    others = inputs.fields
    for field, other in zip(into.values(), others.values(), strict=False):
        add_branch(field, other)
    if list(into) != list(others):
        for name in into.keys() & others.keys():
            add_branch(into[name], others[name])


def both(one: Inputs, other: Inputs) -> Inputs:
    """What a column comes from that two assignments fill; fields are paired by name."""
    whole = dict(one)
    merge(whole, other)
    mine = one.fields if isinstance(one, StructInputs) else {}
    further = other.fields if isinstance(other, StructInputs) else {}
    if not mine and not further:
        return whole
    fields: dict[str, Inputs] = {}
    for name in (*mine, *(name for name in further if name not in mine)):
        parts = [_field_if_known(value, name) for value in (one, other)]
        found = [part for part in parts if part is not None]
        fields[name] = both(*found) if len(found) > 1 else own_copy(found[0])
    return StructInputs(whole, fields)


def _field_if_known(inputs: Inputs, name: str) -> Inputs | None:
    """A field of a built value, None where it has no such field."""
    if isinstance(inputs, StructInputs) and name not in inputs.fields:
        return None
    return field_inputs(inputs, [name], None)


def field_inputs(inputs: Inputs, path: Sequence[str], text: Text) -> Inputs:
    """What a field inside a value comes from: its own inputs where the value was built of named
    fields, a path below a stored column, else the whole value."""
    at = 0
    while at < len(path) and isinstance(inputs, StructInputs) and path[at] in inputs.fields:
        inputs = inputs.fields[path[at]]
        at += 1
    if at == len(path):
        return inputs
    inside = ".".join(path[at:])
    value: Inputs = {}
    for origin in inputs.values():
        if origin.usage is IDENTITY:
            named = replace(origin, column=f"{origin.column}.{inside}")
            value[origin.table.parts, named.column, IDENTITY] = named
        else:
            compose(
                value,
                {(origin.table.parts, origin.column, origin.usage): origin},
                TRANSFORMATION,
                text,
            )
    return value


def declared_fields(resolver: Resolver, inputs: Inputs) -> list[str] | None:
    """The fields that the schema lists for the one column behind a value."""
    origins = [origin for origin in inputs.values() if origin.usage.direct]
    if len(origins) != 1:
        return None
    return resolver.session.fields_of(origins[0].table, origins[0].column)


def merge(into: Inputs, inputs: Inputs) -> None:
    for key, origin in inputs.items():
        known = into.get(key)
        if known is None or known.confidence < origin.confidence:
            into[key] = origin


def compose(into: Inputs, inputs: Inputs, usage: Usage, text: Text) -> None:
    """Adds ``inputs`` as read by an expression that uses them in the way of ``usage``."""
    if usage is IDENTITY:
        merge(into, inputs)
        return
    for origin in inputs.values():
        inner = origin.usage
        combined = usage if inner is IDENTITY else combine(usage, inner)
        key = (origin.table.parts, origin.column, combined)
        known = into.get(key)
        if known is None or known.confidence < origin.confidence:
            into[key] = Origin(
                origin.table,
                origin.column,
                combined,
                origin.confidence,
                origin.reason,
                origin.span,
                origin.text if origin.text is not None else text,
            )


def share(inputs: Inputs, count: int) -> Inputs:
    """The same origins when each is only one of ``count`` candidates."""
    shared: Inputs = {}
    for key, origin in inputs.items():
        guessed = origin.reason is ConfidenceReason.GUESSED
        confidence = (origin.confidence if guessed else 1.0) / count
        shared[key] = replace(origin, confidence=confidence, reason=ConfidenceReason.GUESSED)
    return shared


def guess(inputs: Inputs) -> Inputs:
    """The same origins where a name stands for a position that is not known."""
    guessed: Inputs = {}
    for key, origin in inputs.items():
        confidence = min(origin.confidence, GUESS_CONFIDENCE)
        guessed[key] = replace(origin, confidence=confidence, reason=ConfidenceReason.GUESSED)
    return guessed
