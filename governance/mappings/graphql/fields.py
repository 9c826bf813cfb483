"""Field mappings in GraphQL (R-096, R-042)."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import number
from catalog.graphql.relations import check_first, principal_of
from governance.mappings.selectors.mapping import field_mapping
from governance.mappings.selectors.pairs import mapped_pairs
from governance.mappings.selectors.records import composed_record

TEXT = graphene.String(required=True)
ID = graphene.ID(required=True)


def _many(of: Any) -> Any:
    return graphene.List(graphene.NonNull(of), required=True)


class MappedPairType(graphene.ObjectType):
    """Two datasets that hold the same entity, and how often that is known by what."""

    class Meta:
        name = "MappedPair"

    left = ID
    left_name = TEXT
    right = ID
    right_name = TEXT
    by_lineage = graphene.Int(required=True)
    by_relation = graphene.Int(required=True)
    by_agreement = graphene.Int(required=True)


class FieldFactsType(graphene.ObjectType):
    """What is known of a field."""

    class Meta:
        name = "FieldFacts"

    path = TEXT
    physical_type = TEXT
    nullable = graphene.Boolean()
    classifications = _many(graphene.String)

    @staticmethod
    def resolve_classifications(facts: Any, info: GraphQLResolveInfo) -> list[str]:
        """By path."""
        return sorted(facts.classifications)


class MismatchType(graphene.ObjectType):
    """What does not fit between two fields."""

    class Meta:
        name = "FieldMismatch"

    kind = TEXT
    sentence = TEXT

    @staticmethod
    def resolve_kind(mismatch: Any, info: GraphQLResolveInfo) -> str:
        """type, nullability, values or classification."""
        return str(mismatch.kind.value)


class MappedFieldType(graphene.ObjectType):
    """Two fields that mean the same."""

    class Meta:
        name = "MappedField"

    left = graphene.Field(FieldFactsType, required=True)
    right = graphene.Field(FieldFactsType, required=True)
    grounds = _many(graphene.String)
    mismatches = _many(MismatchType)


class MissingFieldType(graphene.ObjectType):
    """A field without one on the other side; `alike` has the same name there."""

    class Meta:
        name = "MissingField"

    field = graphene.Field(FieldFactsType, required=True)
    alike = TEXT


class FieldMappingType(graphene.ObjectType):
    """Two datasets field by field."""

    class Meta:
        name = "FieldMapping"

    left = TEXT
    right = TEXT
    mismatch_count = graphene.Int(required=True)
    mapped = _many(MappedFieldType)
    missing_right = _many(MissingFieldType)
    missing_left = _many(MissingFieldType)

    @staticmethod
    def resolve_left(found: Any, info: GraphQLResolveInfo) -> str:
        """Its full name."""
        return str(found.left.qualified_name)

    @staticmethod
    def resolve_right(found: Any, info: GraphQLResolveInfo) -> str:
        """Its full name."""
        return str(found.right.qualified_name)

    @staticmethod
    def resolve_mapped(found: Any, info: GraphQLResolveInfo) -> Any:
        """In the order of the left one's columns."""
        return found.fields


class OriginType(graphene.ObjectType):
    """A column that a field comes from."""

    class Meta:
        name = "FieldOrigin"

    dataset = TEXT
    column = TEXT


class RecordFieldType(graphene.ObjectType):
    """A field of a record, and the columns of other systems that it comes from."""

    class Meta:
        name = "RecordField"

    path = TEXT
    origins = _many(OriginType)

    @staticmethod
    def resolve_path(one: Any, info: GraphQLResolveInfo) -> str:
        """Of its column."""
        return str(one.column.path)

    @staticmethod
    def resolve_origins(one: Any, info: GraphQLResolveInfo) -> Any:
        """By name."""
        return [
            {"dataset": column.dataset.qualified_name, "column": column.path}
            for column in one.origins
        ]


class ComposedRecordType(graphene.ObjectType):
    """A record made of several systems."""

    class Meta:
        name = "ComposedRecord"

    dataset = TEXT
    systems = _many(graphene.String)
    composed = _many(RecordFieldType)

    @staticmethod
    def resolve_dataset(found: Any, info: GraphQLResolveInfo) -> str:
        """Its full name."""
        return str(found.dataset.qualified_name)

    @staticmethod
    def resolve_composed(found: Any, info: GraphQLResolveInfo) -> Any:
        """Its fields."""
        return found.fields


class MappingQuery(graphene.ObjectType):
    """What there is to ask about field mappings."""

    mappings = graphene.List(
        graphene.NonNull(MappedPairType), required=True, left=ID, right=ID,
        first=graphene.Int(required=True, default_value=50, description="1 to 100."),
        skip=graphene.Int(required=True, default_value=0, description="How many to pass over."),
        description="The pairs of datasets of two systems that hold the same entity.",
    )  # fmt: skip
    mapping = graphene.Field(
        FieldMappingType, left=ID, right=ID, required=True,
        description="Two datasets field by field, and what does not fit.",
    )  # fmt: skip
    composed_record = graphene.Field(
        ComposedRecordType, dataset=ID, required=True,
        description="Where each field of a record comes from.",
    )  # fmt: skip

    @staticmethod
    def resolve_mappings(
        root: Any, info: GraphQLResolveInfo, left: str, right: str, first: int, skip: int
    ) -> Any:
        """The best known first."""
        check_first({"first": first})
        found = mapped_pairs(principal_of(info), number(left, "left"), number(right, "right"))
        start = max(0, skip)
        return [
            {
                "left": one.left.pk,
                "left_name": one.left.qualified_name,
                "right": one.right.pk,
                "right_name": one.right.qualified_name,
                "by_lineage": one.by_lineage,
                "by_relation": one.by_relation,
                "by_agreement": one.by_agreement,
            }
            for one in found[start : start + first]
        ]

    @staticmethod
    def resolve_mapping(root: Any, info: GraphQLResolveInfo, left: str, right: str) -> Any:
        """See `selectors.mapping.field_mapping`."""
        return field_mapping(principal_of(info), number(left, "left"), number(right, "right"))

    @staticmethod
    def resolve_composed_record(root: Any, info: GraphQLResolveInfo, dataset: str) -> Any:
        """See `selectors.records.composed_record`."""
        return composed_record(principal_of(info), number(dataset, "dataset"))
