"""How upper packages add a relation to a type of the catalog, before the schema is built."""

from __future__ import annotations

from typing import Any

from catalog.graphql.relations import RelationField


def extend(graphene_type: Any, name: str, field: RelationField) -> None:
    """Add a planned relation to `graphene_type`; raises ValueError when the name is taken."""
    fields = graphene_type._meta.fields
    if name in fields:
        raise ValueError(f"{graphene_type.__name__} has a field {name} already.")
    fields[name] = field
