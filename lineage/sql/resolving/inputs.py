"""Where a value comes from: source columns with how each takes part, put together and passed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp

from lineage.sql.resolving.usage import IDENTITY, TRANSFORMATION, Usage, combine, of_field
from lineage.types import ConfidenceReason, TableName

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver

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


class OpenFields(dict[str, Inputs]):
    """The fields of a row of which not all columns are known: ``find`` tells of any other."""

    __slots__ = ("find",)

    def __init__(self, known: dict[str, Inputs], find: Callable[[str], Inputs]) -> None:
        super().__init__(known)
        self.find = find

    def __bool__(self) -> bool:
        return True


def field_named(fields: dict[str, Inputs], name: str) -> Inputs | None:
    """What a field comes from; None where there is no such field."""
    found = fields.get(name)
    if found is None and isinstance(fields, OpenFields):
        return fields.find(name)
    return found


def each_field(fields: dict[str, Inputs], change: Callable[[Inputs], Inputs]) -> dict[str, Inputs]:
    """The fields, changed alike; those that are yet to be asked for as well."""
    made = {name: change(inputs) for name, inputs in fields.items()}
    if isinstance(fields, OpenFields):
        find = fields.find
        return OpenFields(made, lambda name: change(find(name)))
    return made


def own_copy(inputs: Inputs) -> Inputs:
    """The same inputs, to be added to; fields stay with a value that has them."""
    if isinstance(inputs, StructInputs):
        return StructInputs(inputs, each_field(inputs.fields, own_copy))
    return dict(inputs)


def decide(into: Inputs, deciding: Inputs) -> None:
    """Adds what decides about a value, and so about its fields."""
    if not deciding:
        return
    merge(into, deciding)
    if isinstance(into, StructInputs):
        into.fields = decided(into.fields, deciding)


def decided(fields: dict[str, Inputs], deciding: Inputs) -> dict[str, Inputs]:
    """The fields together with what decides about all of them."""

    def both_of(inputs: Inputs) -> Inputs:
        made = own_copy(inputs)
        decide(made, deciding)
        return made

    return each_field(fields, both_of) if deciding else fields


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
        if inputs:
            _add_by_name(into, OpenFields({}, lambda name: field_inputs(inputs, [name], None)))
        return
    others = inputs.fields
    if isinstance(into, OpenFields) or isinstance(others, OpenFields):
        _add_by_name(into, others)
        return
    for field, other in zip(into.values(), others.values(), strict=False):
        add_branch(field, other)
    if list(into) != list(others):
        for name in into.keys() & others.keys():
            add_branch(into[name], others[name])


def _add_by_name(into: dict[str, Inputs], others: dict[str, Inputs]) -> None:
    for name, field in into.items():
        add_branch(field, field_named(others, name) or {})
    if not isinstance(into, OpenFields):
        return
    find = into.find

    def either(name: str) -> Inputs:
        field = own_copy(find(name))
        add_branch(field, field_named(others, name) or {})
        return field

    for name in others:
        if name not in into:
            into[name] = either(name)
    into.find = either


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
    fields, a path below a stored column or the items of one, else the whole value."""
    at = 0
    while at < len(path) and isinstance(inputs, StructInputs):
        found = field_named(inputs.fields, path[at])
        if found is None:
            break
        inputs = found
        at += 1
    if at == len(path):
        return inputs
    inside = ".".join(path[at:])
    value: Inputs = {}
    for origin in inputs.values():
        if origin.usage.keeps_path:
            usage, decides = of_field(origin.usage)
            named = replace(origin, column=f"{origin.column}.{inside}", usage=usage)
            value[origin.table.parts, named.column, usage] = named
            if decides is not None:
                whole = replace(origin, usage=decides)
                value.setdefault((origin.table.parts, origin.column, decides), whole)
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
