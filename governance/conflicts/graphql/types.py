"""GraphQL types of the register of conflicts."""

from __future__ import annotations

from graphene.types.generic import GenericScalar
from graphene_django import DjangoObjectType

from catalog.graphql.paging import connection
from governance.models import Conflict
from governance.proposals.graphql.types import person_at


class ConflictType(DjangoObjectType):
    """Two sides that disagree, what is known of it, and what became of it."""

    class Meta:
        model = Conflict
        name = "Conflict"
        convert_choices_to_enum = False
        fields = [
            "id", "kind", "title", "witness", "state", "resolution", "found_at", "settled_at",
        ]  # fmt: skip

    counts = GenericScalar(required=True, description="Numbers by the key of a side.")
    parties = GenericScalar(required=True, description="Both sides, as a list.")
    owner = person_at("owner_id", "Who brings the sides together.")
    resolved_by = person_at("resolved_by_id", "Who settled it.")


ConflictConnection = connection(ConflictType)
