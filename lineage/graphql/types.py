"""GraphQL types of lineage, and the relations it adds to the catalog's types."""

from __future__ import annotations

import graphene
from graphene_django import DjangoObjectType

from catalog.graphql import loaders
from catalog.graphql.extension import extend
from catalog.graphql.relations import relation
from catalog.graphql.types import ColumnType, DatasetType
from catalog.selectors import graph as reading
from lineage.models import ColumnEdge, DatasetEdge
from lineage.selectors import edges


class DatasetEdgeType(DjangoObjectType):
    """Data flows from one dataset to another, as one statement says."""

    class Meta:
        model = DatasetEdge
        name = "DatasetLineageEdge"
        convert_choices_to_enum = False
        fields = ["id", "is_direct", "confidence", "reason", "since"]

    source = relation(
        DatasetType, loaders.one(reading.datasets, "source_id"), many=False, description="From."
    )
    target = relation(
        DatasetType, loaders.one(reading.datasets, "target_id"), many=False, description="To."
    )


class ColumnEdgeType(DjangoObjectType):
    """A column's value, or a condition on it, reaches a column (or every row of a dataset)."""

    class Meta:
        model = ColumnEdge
        name = "ColumnLineageEdge"
        convert_choices_to_enum = False
        fields = [
            "id", "kind", "subtype", "confidence", "reason", "masking",
            "preparations", "span_start", "span_end", "since", "is_rollup",
        ]  # fmt: skip

    transformation = graphene.String(
        required=True, source="expression",
        description="Empty where the statement names what you may not see.",
    )  # fmt: skip
    source = relation(
        DatasetType, loaders.one(reading.datasets, "source_id"), many=False, description="From."
    )
    source_column = relation(
        ColumnType, loaders.one(reading.columns, "source_column_id"), many=False,
        description="The column it comes from.",
    )  # fmt: skip
    target = relation(
        DatasetType, loaders.one(reading.datasets, "target_id"), many=False, description="To."
    )
    target_column = relation(
        ColumnType, loaders.one(reading.columns, "target_column_id"), many=False,
        description="The column it reaches; null for the whole dataset.",
    )  # fmt: skip


class StageCountsType(graphene.ObjectType):
    """What stands in one stage of the supply chain (R-060)."""

    class Meta:
        name = "StageCounts"

    stage = graphene.String(required=True, description="Empty for what has none yet.")
    datasets = graphene.Int(required=True)
    declared = graphene.Int(required=True, description="Datasets whose stage a person declared.")
    harvested = graphene.Int(required=True, description="Whose stage the source said.")
    derived = graphene.Int(required=True, description="Whose stage lineage gave.")
    fresh = graphene.Int(required=True, description="Measured or changed within seven days.")
    stale = graphene.Int(required=True, description="Measured or changed before.")
    unknown = graphene.Int(required=True, description="Never measured nor dated.")
    newest = graphene.DateTime()
    failing = graphene.Int(required=True, description="Datasets with a test that fails.")
    problems = graphene.Int(required=True, description="Datasets with a known problem.")
    jobs = graphene.Int(required=True)
    failing_jobs = graphene.Int(required=True, description="Whose last run failed.")


class LineageNodeType(graphene.ObjectType):
    """A dataset in a traversal."""

    class Meta:
        name = "LineageNode"

    id = graphene.Int(required=True)
    name = graphene.String(required=True)
    qualified_name = graphene.String(required=True)
    kind = graphene.String(required=True)
    system = graphene.String(required=True)
    disappeared = graphene.Boolean(required=True)


class LineageLinkType(graphene.ObjectType):
    """Every statement between two datasets taken together."""

    class Meta:
        name = "LineageLink"

    source = graphene.Int(required=True)
    target = graphene.Int(required=True)
    is_direct = graphene.Boolean(required=True)
    confidence = graphene.Float(required=True)


class DrawnEdgeType(graphene.ObjectType):
    """An edge that somebody drew, with author and reason."""

    class Meta:
        name = "DrawnLineageEdge"

    id = graphene.Int(required=True)
    source = graphene.Field(LineageNodeType, required=True)
    source_column = graphene.String(required=True)
    target = graphene.Field(LineageNodeType, required=True)
    target_column = graphene.String(required=True)
    kind = graphene.String(required=True)
    subtype = graphene.String(required=True)
    masking = graphene.Boolean(required=True)
    transformation = graphene.String(required=True)
    reason = graphene.String(required=True)
    author = graphene.String(required=True)
    made_at = graphene.DateTime(required=True)


class LineageTraversalType(graphene.ObjectType):
    """What lies in one direction from a dataset, level by level."""

    class Meta:
        name = "LineageTraversal"

    direction = graphene.String(required=True)
    levels = graphene.List(
        graphene.NonNull(graphene.List(graphene.NonNull(LineageNodeType))), required=True
    )
    links = graphene.List(graphene.NonNull(LineageLinkType), required=True)
    truncated = graphene.Boolean(required=True)
    sentence = graphene.String(required=True)


class LineageType(graphene.ObjectType):
    """What lies up and down from a dataset, by distance; `traversals` tell each direction."""

    class Meta:
        name = "Lineage"

    start = graphene.Field(LineageNodeType, required=True)
    levels = graphene.List(
        graphene.NonNull(graphene.List(graphene.NonNull(LineageNodeType))), required=True
    )
    links = graphene.List(graphene.NonNull(LineageLinkType), required=True)
    truncated = graphene.Boolean(required=True)
    sentence = graphene.String(required=True)
    traversals = graphene.List(graphene.NonNull(LineageTraversalType), required=True)


class AffectedType(graphene.ObjectType):
    """A dataset that a change reaches, by which shortest path."""

    class Meta:
        name = "Affected"

    node = graphene.Field(LineageNodeType, required=True)
    effect = graphene.String(required=True)
    distance = graphene.Int(required=True)
    path = graphene.List(graphene.NonNull(LineageNodeType), required=True)
    owners = graphene.List(graphene.NonNull(graphene.String), required=True)


class OwnerToTellType(graphene.ObjectType):
    """Somebody who answers for affected datasets."""

    class Meta:
        name = "OwnerToTell"

    name = graphene.String(required=True)
    is_team = graphene.Boolean(required=True)
    datasets = graphene.Int(required=True)


class ImpactType(graphene.ObjectType):
    """What a change of a dataset or column reaches."""

    class Meta:
        name = "Impact"

    start = graphene.Field(LineageNodeType, required=True)
    affected = graphene.List(graphene.NonNull(AffectedType), required=True)
    owners = graphene.List(graphene.NonNull(OwnerToTellType), required=True)
    sentence = graphene.String(required=True)
    truncated = graphene.Boolean(required=True)


extend(
    DatasetType,
    "upstream_edges",
    relation(
        DatasetEdgeType,
        loaders.many(edges.dataset_edges, "target_id", order=["source_id", "id"]),
        description="Where its data comes from, one step.",
    ),
)
extend(
    DatasetType,
    "downstream_edges",
    relation(
        DatasetEdgeType,
        loaders.many(edges.dataset_edges, "source_id", order=["target_id", "id"]),
        description="Where its data goes, one step.",
    ),
)
extend(
    ColumnType,
    "upstream_edges",
    relation(
        ColumnEdgeType,
        loaders.many(edges.column_edges_between_visible, "target_column_id", order=["id"]),
        description="Columns that this one's values come from or depend on.",
    ),
)
extend(
    ColumnType,
    "downstream_edges",
    relation(
        ColumnEdgeType,
        loaders.many(edges.column_edges_between_visible, "source_column_id", order=["id"]),
        description="Columns and datasets that this one reaches.",
    ),
)
