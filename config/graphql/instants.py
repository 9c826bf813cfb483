"""Instants that no question may name: in UTC they lie outside the years 1 to 9999."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema


def keep_instants_in_range(schema: GraphQLSchema) -> None:
    """Let the scalar refuse what the database takes and nobody could read from it any more."""
    scalar = schema.type_map["DateTime"]
    assert isinstance(scalar, GraphQLScalarType)
    for name in ("parse_value", "parse_literal"):
        setattr(scalar, name, _checked(getattr(scalar, name)))


def _checked(parse: Callable[..., Any]) -> Callable[..., Any]:
    def parsed(*given: Any) -> Any:
        value = parse(*given)
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            try:
                value.astimezone(dt.UTC)
            except OverflowError:
                raise GraphQLError(
                    f"DateTime cannot represent {value.isoformat()!r}: its year is out of range."
                ) from None
        return value

    return parsed
