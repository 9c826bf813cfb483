"""Shapes of field mappings over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class MappedPairSerializer(serializers.Serializer[Any]):
    """Two datasets that hold the same entity, and how often that is known by what."""

    left = serializers.IntegerField(source="left.pk")
    left_name = serializers.CharField(source="left.qualified_name")
    right = serializers.IntegerField(source="right.pk")
    right_name = serializers.CharField(source="right.qualified_name")
    by_lineage = serializers.IntegerField()
    by_relation = serializers.IntegerField()
    by_agreement = serializers.IntegerField()


class FieldSerializer(serializers.Serializer[Any]):
    """What is known of a field."""

    path = serializers.CharField()
    physical_type = serializers.CharField()
    nullable = serializers.BooleanField(allow_null=True)
    classifications = serializers.SerializerMethodField()

    def get_classifications(self, facts: Any) -> list[str]:
        """By path."""
        return sorted(facts.classifications)


class MismatchSerializer(serializers.Serializer[Any]):
    """What does not fit between two fields."""

    kind = serializers.CharField()
    sentence = serializers.CharField()


class MappedFieldSerializer(serializers.Serializer[Any]):
    """Two fields that mean the same."""

    left = FieldSerializer()
    right = FieldSerializer()
    grounds = serializers.ListField(child=serializers.CharField())
    mismatches = MismatchSerializer(many=True)


class MissingFieldSerializer(serializers.Serializer[Any]):
    """A field without one on the other side; `alike` has the same name there."""

    field = FieldSerializer()
    alike = serializers.CharField()


class FieldMappingSerializer(serializers.Serializer[Any]):
    """Two datasets field by field."""

    left = serializers.CharField(source="left.qualified_name")
    right = serializers.CharField(source="right.qualified_name")
    mismatch_count = serializers.IntegerField()
    mapped = MappedFieldSerializer(source="fields", many=True)
    missing_right = MissingFieldSerializer(many=True)
    missing_left = MissingFieldSerializer(many=True)


class RecordFieldSerializer(serializers.Serializer[Any]):
    """A field of a record, and the columns of other systems that it comes from."""

    path = serializers.CharField(source="column.path")
    origins = serializers.SerializerMethodField()

    def get_origins(self, one: Any) -> list[dict[str, str]]:
        """Dataset and column."""
        return [
            {"dataset": column.dataset.qualified_name, "column": column.path}
            for column in one.origins
        ]


class ComposedRecordSerializer(serializers.Serializer[Any]):
    """A record made of several systems."""

    dataset = serializers.CharField(source="dataset.qualified_name")
    systems = serializers.ListField(child=serializers.CharField())
    composed = RecordFieldSerializer(source="fields", many=True)
