"""The schema as a reference to read: types with their fields, arguments and descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
)

from config.graphql.schema import schema

_FIRST = ("Query", "Mutation")


@dataclass(frozen=True, slots=True)
class ArgumentReference:
    """An argument; `type_name` is the anchor of `type`, the whole written form."""

    name: str
    type: str
    type_name: str
    description: str


@dataclass(frozen=True, slots=True)
class FieldReference:
    """A field or an enum value (then without a type)."""

    name: str
    type: str
    type_name: str
    description: str
    arguments: tuple[ArgumentReference, ...]


@dataclass(frozen=True, slots=True)
class TypeReference:
    """A type; its name is its anchor."""

    name: str
    kind: str
    description: str
    fields: tuple[FieldReference, ...]


@cache
def reference() -> tuple[TypeReference, ...]:
    """Every type of the schema: the two roots first, then by name; none of GraphQL's own."""
    found = [
        _type(named)
        for name, named in schema.graphql_schema.type_map.items()
        if not name.startswith("__")
    ]
    return tuple(sorted(found, key=lambda t: (t.name not in _FIRST, t.name != "Query", t.name)))


def _type(named: GraphQLNamedType) -> TypeReference:
    kind = "type"
    fields: tuple[FieldReference, ...] = ()
    if isinstance(named, GraphQLObjectType):
        kind, fields = "object", _fields(named.fields)
    elif isinstance(named, GraphQLInputObjectType):
        kind = "input"
        fields = tuple(_argument_as_field(n, f) for n, f in named.fields.items())
    elif isinstance(named, GraphQLEnumType):
        kind = "enum"
        fields = tuple(
            FieldReference(name, "", "", value.description or "", ())
            for name, value in named.values.items()
        )
    elif isinstance(named, GraphQLScalarType):
        kind = "scalar"
    return TypeReference(named.name, kind, _plain(named.description), fields)


def _fields(fields: Mapping[str, GraphQLField]) -> tuple[FieldReference, ...]:
    return tuple(
        FieldReference(
            name=name,
            type=str(field.type),
            type_name=get_named_type(field.type).name,
            description=_plain(field.description),
            arguments=tuple(_argument(n, argument) for n, argument in field.args.items()),
        )
        for name, field in fields.items()
    )


def _argument(name: str, argument: GraphQLArgument) -> ArgumentReference:
    type_name = get_named_type(argument.type).name
    return ArgumentReference(name, str(argument.type), type_name, _plain(argument.description))


def _argument_as_field(name: str, field: GraphQLArgument) -> FieldReference:
    argument = _argument(name, field)
    return FieldReference(name, argument.type, argument.type_name, argument.description, ())


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())
