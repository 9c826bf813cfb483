"""GraphQL queries of lineage."""

from __future__ import annotations

import datetime as dt
from itertools import zip_longest
from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.arguments import member, number
from catalog.graphql.relations import principal_of
from lineage.graphql import answers
from lineage.graphql.types import DrawnEdgeType, ImpactType, LineageType, StageCountsType
from lineage.selectors.answers import Direction
from lineage.selectors.classifications import classification_suggestions
from lineage.selectors.column_change import column_change
from lineage.selectors.columns import column_closure, told_together
from lineage.selectors.detected import asked_for
from lineage.selectors.evidence import evidence
from lineage.selectors.impact import column_impact, dataset_impact
from lineage.selectors.manual import drawn_edges
from lineage.selectors.openlineage import dataset_event
from lineage.selectors.sentences import sentence_of
from lineage.selectors.stages import stage_board
from lineage.selectors.traversal import paths_between, traverse
from lineage.selectors.walking import MOST_DEPTH
from lineage.types import ColumnChange, EdgeKind
from lineage.web.drawing import image

AS_OF = graphene.DateTime(description="The edges as they were at this instant.")
_WAY = graphene.String(required=True, default_value="down", description="up, down or both.")
_KINDS = graphene.List(
    graphene.NonNull(graphene.String),
    required=True,
    default_value=[EdgeKind.DIRECT.value],
    description="DIRECT, INDIRECT or both.",
)


def _depth() -> Any:
    return graphene.Int(required=True, default_value=MOST_DEPTH, description=f"1 to {MOST_DEPTH}.")


class LineageQuery(graphene.ObjectType):
    """What there is to ask about where data comes from and goes."""

    lineage = graphene.Field(
        LineageType,
        dataset=graphene.ID(required=True),
        direction=_WAY,
        depth=graphene.Int(required=True, default_value=3, description=f"1 to {MOST_DEPTH}."),
        as_of=AS_OF,
        required=True,
        description="What lies up or down from a dataset, level by level.",
    )
    lineage_image = graphene.String(
        dataset=graphene.ID(required=True),
        up=graphene.Int(required=True, default_value=1, description=f"0 to {MOST_DEPTH}."),
        down=graphene.Int(required=True, default_value=1, description=f"0 to {MOST_DEPTH}."),
        as_of=AS_OF,
        required=True,
        description="The picture of the map around a dataset, as SVG.",
    )
    lineage_openlineage = graphene.Field(
        GenericScalar,
        dataset=graphene.ID(required=True),
        as_of=AS_OF,
        required=True,
        description="A dataset with one step of its lineage, as an OpenLineage DatasetEvent.",
    )
    stages = graphene.List(
        graphene.NonNull(StageCountsType),
        required=True,
        description="The stages of the supply chain: what stands in each, how fresh, what fails.",
    )
    lineage_paths = graphene.Field(
        answers.PathsType,
        source=graphene.ID(required=True),
        target=graphene.ID(required=True),
        depth=_depth(),
        as_of=AS_OF,
        required=True,
        description="The shortest ways by which data of one dataset reaches another.",
    )
    column_lineage = graphene.Field(
        answers.ColumnClosureType,
        column=graphene.ID(required=True),
        direction=_WAY,
        kinds=_KINDS,
        depth=_depth(),
        as_of=AS_OF,
        required=True,
        description="Every column that a column's values reach, or come from.",
    )
    lineage_evidence = graphene.Field(
        answers.EvidenceType,
        source=graphene.ID(required=True),
        target=graphene.ID(required=True),
        edge=graphene.ID(description="A column edge to mark."),
        required=True,
        description="Why a flow is believed: statements, spans and runs.",
    )
    drawn_lineage_edges = graphene.List(
        graphene.NonNull(DrawnEdgeType),
        dataset=graphene.ID(required=True),
        required=True,
        description="What people drew into and out of a dataset.",
    )
    impact = graphene.Field(
        ImpactType,
        dataset=graphene.ID(),
        column=graphene.ID(),
        required=True,
        description="What a change of a dataset, or of one column, reaches.",
    )
    column_change = graphene.Field(
        answers.ColumnChangeType,
        column=graphene.ID(required=True),
        change=graphene.String(required=True, description="drop, rename or retype."),
        to=graphene.String(required=True, default_value="", description="New name or type."),
        required=True,
        description="What a change of a column takes: whom it reaches, and the SQL rewritten.",
    )
    classification_suggestions = graphene.Field(
        answers.SuggestionsType,
        dataset=graphene.ID(),
        mine=graphene.Boolean(required=True, default_value=False),
        least=graphene.Float(required=True, default_value=0.0, description="How sure, 0 to 1."),
        source=graphene.String(
            required=True, default_value="", description="lineage, name or values."
        ),
        under=graphene.String(required=True, default_value="", description="With all below it."),
        text=graphene.String(required=True, default_value=""),
        required=True,
        description="Classifications that lineage, names and values suggest, to be reviewed.",
    )

    @staticmethod
    def resolve_stages(root: Any, info: GraphQLResolveInfo) -> Any:
        """In their order."""
        return stage_board(principal_of(info))

    @staticmethod
    def resolve_lineage(
        root: Any,
        info: GraphQLResolveInfo,
        dataset: str,
        direction: str,
        depth: int,
        as_of: dt.datetime | None = None,
    ) -> Any:
        """Bounded in depth and in the number of datasets."""
        found = [
            traverse(
                principal_of(info), number(dataset, "dataset"), way, depth=_checked(depth), at=as_of
            )
            for way in _directions(direction)
        ]
        traversals = [
            {
                "direction": one.direction.value,
                "levels": one.levels,
                "links": one.links,
                "truncated": one.truncated,
                "sentence": sentence_of(one),
            }
            for one in found
        ]
        levels = zip_longest(*(one.levels for one in found), fillvalue=())
        return {
            "start": found[0].start,
            "levels": [[node for level in same for node in level] for same in levels],
            "links": list(dict.fromkeys(link for one in found for link in one.links)),
            "truncated": any(one.truncated for one in found),
            "sentence": " ".join(str(told["sentence"]) for told in traversals),
            "traversals": traversals,
        }

    @staticmethod
    def resolve_lineage_image(
        root: Any,
        info: GraphQLResolveInfo,
        dataset: str,
        up: int,
        down: int,
        as_of: dt.datetime | None = None,
    ) -> str:
        """See `web.drawing.image`."""
        for field, levels in (("up", up), ("down", down)):
            if not 0 <= levels <= MOST_DEPTH:
                raise InvalidInput(f"{field} is a number from 0 to {MOST_DEPTH}.", field=field)
        return str(
            image(principal_of(info), number(dataset, "dataset"), up=up, down=down, at=as_of)
        )

    @staticmethod
    def resolve_lineage_openlineage(
        root: Any, info: GraphQLResolveInfo, dataset: str, as_of: dt.datetime | None = None
    ) -> Any:
        """See `selectors.openlineage.dataset_event`."""
        return dataset_event(principal_of(info), number(dataset, "dataset"), at=as_of)

    @staticmethod
    def resolve_lineage_paths(
        root: Any,
        info: GraphQLResolveInfo,
        source: str,
        target: str,
        depth: int,
        as_of: dt.datetime | None = None,
    ) -> Any:
        """See `selectors.traversal.paths_between`."""
        return paths_between(
            principal_of(info),
            number(source, "source"),
            number(target, "target"),
            depth=_checked(depth),
            at=as_of,
        )

    @staticmethod
    def resolve_column_lineage(
        root: Any,
        info: GraphQLResolveInfo,
        column: str,
        direction: str,
        kinds: list[str],
        depth: int,
        as_of: dt.datetime | None = None,
    ) -> Any:
        """See `selectors.columns.column_closure`."""
        found = [
            column_closure(
                principal_of(info),
                number(column, "column"),
                way,
                kinds=[member(EdgeKind, kind, "kinds") for kind in kinds],
                depth=_checked(depth),
                at=as_of,
            )
            for way in _directions(direction)
        ]
        return told_together(found)

    @staticmethod
    def resolve_lineage_evidence(
        root: Any, info: GraphQLResolveInfo, source: str, target: str, edge: str = ""
    ) -> Any:
        """See `selectors.evidence.evidence`."""
        return evidence(
            principal_of(info),
            number(source, "source"),
            number(target, "target"),
            column_edge_id=number(edge, "edge") if edge else None,
        )

    @staticmethod
    def resolve_drawn_lineage_edges(root: Any, info: GraphQLResolveInfo, dataset: str) -> Any:
        """See `selectors.manual.drawn_edges`."""
        return drawn_edges(principal_of(info), number(dataset, "dataset"))

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

    @staticmethod
    def resolve_column_change(
        root: Any, info: GraphQLResolveInfo, column: str, change: str, to: str
    ) -> Any:
        """See `selectors.column_change.column_change`."""
        return column_change(
            principal_of(info),
            number(column, "column"),
            member(ColumnChange, change, "change"),
            to,
        )

    @staticmethod
    def resolve_classification_suggestions(
        root: Any,
        info: GraphQLResolveInfo,
        mine: bool,
        least: float,
        dataset: str = "",
        **asked: str,
    ) -> Any:
        """See `selectors.classifications.classification_suggestions`."""
        return classification_suggestions(
            principal_of(info),
            dataset_id=number(dataset, "dataset") if dataset else None,
            mine=mine,
            asked=asked_for({**asked, "least": str(least)}),
        )


def _directions(word: str) -> list[Direction]:
    known = word.lower()
    if known == "both":
        return [Direction.UP, Direction.DOWN]
    if known not in set(Direction):
        raise InvalidInput("direction is up, down or both.", field="direction")
    return [Direction(known)]


def _checked(depth: int) -> int:
    if not 1 <= depth <= MOST_DEPTH:
        raise InvalidInput(f"depth is a number from 1 to {MOST_DEPTH}.", field="depth")
    return depth
