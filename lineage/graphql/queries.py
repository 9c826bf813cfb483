"""GraphQL queries of lineage."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.arguments import number
from catalog.graphql.relations import principal_of
from lineage.graphql.types import ImpactType, LineageType
from lineage.selectors.answers import Direction
from lineage.selectors.impact import column_impact, dataset_impact
from lineage.selectors.sentences import sentence_of
from lineage.selectors.traversal import traverse
from lineage.selectors.walking import MOST_DEPTH


class LineageQuery(graphene.ObjectType):
    """What there is to ask about where data comes from and goes."""

    lineage = graphene.Field(
        LineageType,
        dataset=graphene.ID(required=True),
        direction=graphene.String(required=True, default_value="down", description="up or down."),
        depth=graphene.Int(required=True, default_value=3, description=f"1 to {MOST_DEPTH}."),
        required=True,
        description="What lies up or down from a dataset, level by level.",
    )
    impact = graphene.Field(
        ImpactType,
        dataset=graphene.ID(),
        column=graphene.ID(),
        required=True,
        description="What a change of a dataset, or of one column, reaches.",
    )

    @staticmethod
    def resolve_lineage(
        root: Any, info: GraphQLResolveInfo, dataset: str, direction: str, depth: int
    ) -> Any:
        """Bounded in depth and in the number of datasets."""
        if direction not in set(Direction):
            raise InvalidInput("direction is up or down.", field="direction")
        if not 1 <= depth <= MOST_DEPTH:
            raise InvalidInput(f"depth is a number from 1 to {MOST_DEPTH}.", field="depth")
        found = traverse(
            principal_of(info), number(dataset, "dataset"), Direction(direction), depth=depth
        )
        return {
            "start": found.start,
            "levels": found.levels,
            "links": found.links,
            "truncated": found.truncated,
            "sentence": sentence_of(found),
        }

    @staticmethod
    def resolve_impact(
        root: Any, info: GraphQLResolveInfo, dataset: str = "", column: str = ""
    ) -> Any:
        """Of a dataset as a whole, or of one column."""
        if bool(dataset) == bool(column):
            raise InvalidInput("Give either dataset or column.", field="dataset")
        if column:
            return column_impact(principal_of(info), number(column, "column"))
        return dataset_impact(principal_of(info), number(dataset, "dataset"))
