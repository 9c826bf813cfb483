"""An argument that is null is one that was left out, which is what clients mean that send all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLSchema,
    Undefined,
    default_field_resolver,
)

_Resolve = Callable[..., Any]


def leave_nulls_out(schema: GraphQLSchema) -> None:
    """Call what answers the questions and makes the changes of a schema without arguments that are
    null, with their defaults where they have one. No field of ours tells null from nothing."""
    for kind in (schema.query_type, schema.mutation_type):
        for field in kind.fields.values() if kind is not None else ():
            if not all(isinstance(one.type, GraphQLNonNull) for one in field.args.values()):
                field.resolve = _without_nulls(field, field.resolve or default_field_resolver)


def _without_nulls(field: GraphQLField, resolve: _Resolve) -> _Resolve:
    defaults = {
        one.out_name or name: one.default_value
        for name, one in field.args.items()
        if one.default_value not in (Undefined, None)
    }

    def resolved(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        said = {name: value for name, value in given.items() if value is not None}
        return resolve(root, info, **{**defaults, **said})

    return resolved
