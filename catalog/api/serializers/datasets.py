"""Datasets and what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.api.serializers.directory import PersonBriefSerializer
from catalog.api.views.base import principal_of_request
from catalog.models import (
    Answer,
    Column,
    Dataset,
    ExampleQuery,
    KnownProblem,
    Ownership,
    Profile,
    Question,
    Relation,
    SearchPlacement,
    TestResult,
)
from catalog.promises import Promise
from catalog.selectors.definitions import definitions_of_datasets
from catalog.selectors.history import Change
from catalog.selectors.metadata import Fact
from catalog.stages import stage_and_origin
from catalog.types import (
    Consistency,
    LabelKind,
    Lifecycle,
    MetadataField,
    Origin,
    OwnershipKind,
    Stage,
)


def values(enum: Any) -> list[str]:
    """The stored values of an enum, for choice fields."""
    return [member.value for member in enum]


class LabelHeldSerializer(serializers.Serializer[Any]):
    """A label on a dataset or column."""

    kind = serializers.CharField(source="label.kind")
    path = serializers.CharField(source="label.path")
    origin = serializers.CharField()


class OwnershipSerializer(serializers.ModelSerializer[Ownership]):
    """An owner and the capacity; `origin` says how Concord knows."""

    name = serializers.SerializerMethodField()

    class Meta:
        model = Ownership
        fields = ["id", "kind", "person", "team", "name", "origin"]

    def get_name(self, ownership: Ownership) -> str:
        """The owner's name."""
        return str(ownership.owner)


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """A dataset with owners and labels; `description` is what people read: declared text wins."""

    system = serializers.CharField(source="system.qualified_name", read_only=True)
    container = serializers.CharField(
        source="container.qualified_name", read_only=True, default=None, allow_null=True
    )
    domain = serializers.CharField(
        source="domain.slug", read_only=True, default=None, allow_null=True
    )
    url = serializers.CharField(read_only=True)
    _definitions: Mapping[int, str] | None = None
    description = serializers.SerializerMethodField()
    description_origin = serializers.SerializerMethodField()
    definition_sql = serializers.SerializerMethodField(
        help_text="Empty where it may name data that you do not see."
    )
    owners = OwnershipSerializer(source="ownerships", many=True, read_only=True)
    labels = LabelHeldSerializer(many=True, read_only=True)
    effective_stage = serializers.SerializerMethodField()
    stage_origin = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields = [
            "id", "qualified_name", "name", "display_name", "kind", "system", "container",
            "domain", "description", "description_origin", "harvested_description",
            "declared_description", "owners", "labels", "data_kind", "motion", "topic",
            "retention", "lateness", "watermark", "stage", "declared_stage", "derived_stage",
            "stage_reason", "effective_stage", "stage_origin", "capture_kind", "consistency",
            "expected_latency", "finality_lag",
            "correction_policy", "residency", "encryption_at_rest", "encryption_in_transit",
            "lifecycle", "deprecation_note", "enterprise_importance", "criticality", "operations",
            "custom", "url", "definition_sql", "source_created_at", "source_modified_at",
            "created_at", "disappeared_at", "latest_rows", "latest_bytes", "profiled_at",
            "usage_score",
        ]  # fmt: skip
        read_only_fields = fields

    def get_definition_sql(self, dataset: Dataset) -> str:
        """The SQL that makes it; of a whole page it is asked once which may be read."""
        if self._definitions is None:
            rows = [dataset] if self.parent is None else list(self.parent.instance or [])
            principal = principal_of_request(self.context["request"])
            self._definitions = definitions_of_datasets(principal, rows, {})
        return self._definitions[dataset.pk]

    @extend_schema_field(serializers.ChoiceField(choices=["", *values(Stage)]))
    def get_effective_stage(self, dataset: Dataset) -> str:
        """The stage that holds: declared, else the source's, else derived from lineage."""
        return stage_and_origin(dataset)[0]

    @extend_schema_field(serializers.ChoiceField(choices=values(Origin), allow_null=True))
    def get_stage_origin(self, dataset: Dataset) -> str | None:
        """Where that stage comes from."""
        return stage_and_origin(dataset)[1]

    def get_description(self, dataset: Dataset) -> str:
        """Declared text, else harvested."""
        return dataset.declared_description or dataset.harvested_description

    @extend_schema_field(serializers.ChoiceField(choices=values(Origin), allow_null=True))
    def get_description_origin(self, dataset: Dataset) -> str | None:
        """Where the shown description comes from."""
        if dataset.declared_description:
            return Origin.DECLARED.value
        return Origin.HARVESTED.value if dataset.harvested_description else None


class ColumnSerializer(serializers.ModelSerializer[Column]):
    """A column; nested fields have a dotted path."""

    labels = LabelHeldSerializer(many=True, read_only=True)

    class Meta:
        model = Column
        fields = [
            "id", "path", "name", "parent_path", "ordinal", "physical_type", "nullable",
            "default", "key_position", "harvested_description", "declared_description",
            "disappeared_at", "labels",
        ]  # fmt: skip
        read_only_fields = fields


class FactSerializer(serializers.Serializer[Fact]):
    """One of the thirteen facts with its origin (R-050)."""

    field = serializers.ChoiceField(choices=values(MetadataField))
    value = serializers.CharField(allow_null=True)
    origin = serializers.ChoiceField(choices=values(Origin), allow_null=True)
    by = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)


class DatasetFactsSerializer(serializers.Serializer[Any]):
    """The thirteen facts and how many are known."""

    completeness = serializers.IntegerField()
    facts = FactSerializer(many=True)


class PromiseSerializer(serializers.Serializer[Promise]):
    """What is promised (R-064); `because` names what makes it weaker than what was declared."""

    consistency = serializers.ChoiceField(choices=["", *values(Consistency)])
    expected_latency = serializers.CharField(help_text="ISO 8601 duration, or empty.")
    finality_lag = serializers.CharField(help_text="ISO 8601 duration, or empty.")
    because = serializers.ListField(child=serializers.CharField())


class RelationSerializer(serializers.ModelSerializer[Relation]):
    """A relation between two datasets."""

    source_name = serializers.CharField(source="source.qualified_name", read_only=True)
    target_name = serializers.CharField(source="target.qualified_name", read_only=True)

    class Meta:
        model = Relation
        fields = [
            "id", "kind", "name", "source", "source_name", "source_columns", "target",
            "target_name", "target_columns", "is_declared",
        ]  # fmt: skip


class ProfileSerializer(serializers.ModelSerializer[Profile]):
    """One measurement (R-003)."""

    class Meta:
        model = Profile
        fields = [
            "id", "taken_at", "rows", "size_bytes", "arrival_rate", "shapes", "estimated",
            "columns",
        ]  # fmt: skip


class TestResultSerializer(serializers.ModelSerializer[TestResult]):
    """The latest result of a data test."""

    __test__ = False
    column = serializers.CharField(source="column.path", default=None, allow_null=True)

    class Meta:
        model = TestResult
        fields = [
            "id", "name", "description", "column", "status", "severity", "failures", "message",
            "executed_at",
        ]  # fmt: skip


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    """An answer."""

    author = PersonBriefSerializer(read_only=True)

    class Meta:
        model = Answer
        fields = ["id", "text", "author", "created_at"]


class QuestionSerializer(serializers.ModelSerializer[Question]):
    """A question with its answers."""

    author = PersonBriefSerializer(read_only=True)
    answers = AnswerSerializer(many=True, read_only=True)

    class Meta:
        model = Question
        fields = ["id", "text", "author", "created_at", "answers"]


class KnownProblemSerializer(serializers.ModelSerializer[KnownProblem]):
    """A known problem."""

    author = PersonBriefSerializer(read_only=True)

    class Meta:
        model = KnownProblem
        fields = ["id", "text", "author", "created_at", "solved_at"]


class ExampleQuerySerializer(serializers.ModelSerializer[ExampleQuery]):
    """A question and the query that answers it."""

    author = PersonBriefSerializer(read_only=True)

    class Meta:
        model = ExampleQuery
        fields = ["id", "question", "sql", "author", "created_at"]


class FieldChangeSerializer(serializers.Serializer[Any]):
    """One field before and after."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ChangeSerializer(serializers.Serializer[Change]):
    """One row of history."""

    history_id = serializers.IntegerField()
    at = serializers.DateTimeField()
    what = serializers.CharField()
    subject = serializers.CharField()
    verb = serializers.CharField()
    actor = serializers.CharField()
    reason = serializers.CharField()
    request_id = serializers.CharField()
    differences = FieldChangeSerializer(source="fields", many=True)


class ChangePageSerializer(serializers.Serializer[Any]):
    """A page of history; send `next` back as `before`."""

    next = serializers.CharField(allow_null=True)
    results = ChangeSerializer(many=True)


class DatasetSnapshotSerializer(serializers.Serializer[Any]):
    """A dataset as it was: plain values, keyed like the fields of today."""

    at = serializers.DateTimeField()
    dataset = serializers.DictField()
    columns = serializers.ListField(child=serializers.DictField())
    owners = serializers.ListField(child=serializers.DictField())
    labels = serializers.ListField(child=serializers.DictField())
    column_labels = serializers.ListField(child=serializers.DictField())
    companions = serializers.DictField(help_text="Edges and what else hung on it.")


# --- what comes in ---


class ReasonedSerializer(serializers.Serializer[Any]):
    """Every change may say why; the reason stands in the history."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class DatasetChangeSerializer(ReasonedSerializer):
    """Facts to change by name, as listed in the documentation of facts."""

    changes = serializers.DictField(
        help_text='Fact name to new value, for example {"description": "…"}.'
    )


class ColumnChangeSerializer(ReasonedSerializer):
    """A column's new description."""

    path = serializers.CharField(max_length=1000)
    description = serializers.CharField(allow_blank=True)


class OwnerAddSerializer(ReasonedSerializer):
    """An owner to name: a person or a team."""

    kind = serializers.ChoiceField(choices=values(OwnershipKind))
    person = serializers.IntegerField(required=False, allow_null=True, default=None)
    team = serializers.IntegerField(required=False, allow_null=True, default=None)


class LabelChangeSerializer(ReasonedSerializer):
    """A label to add or remove, on the dataset or one of its columns."""

    kind = serializers.ChoiceField(choices=values(LabelKind))
    path = serializers.CharField(max_length=1000)
    column = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)


class TagsSerializer(ReasonedSerializer):
    """All tags the dataset shall have."""

    tags = serializers.ListField(child=serializers.CharField(max_length=100), max_length=100)


class LifecycleChangeSerializer(ReasonedSerializer):
    """The step to take."""

    to = serializers.ChoiceField(choices=values(Lifecycle))


class RevertSerializer(serializers.Serializer[Any]):
    """The version to go back to."""

    history_id = serializers.IntegerField()


class TextSerializer(serializers.Serializer[Any]):
    """A text to write."""

    text = serializers.CharField(max_length=10_000)


class SearchPlacementSerializer(serializers.ModelSerializer[SearchPlacement]):
    """A search in which curators put the dataset first; an empty query stands for all of them."""

    placed_by = PersonBriefSerializer(read_only=True)

    class Meta:
        model = SearchPlacement
        fields = ["id", "query", "reason", "ends_on", "placed_by", "created_at"]


class PlaceFirstSerializer(serializers.Serializer[Any]):
    """To put a dataset before its like, in one search or without a query in all of them."""

    query = serializers.CharField(max_length=400, allow_blank=True, default="")
    reason = serializers.CharField(max_length=300)
    ends_on = serializers.DateField(help_text="the last day on which it holds")


class ExampleAddSerializer(serializers.Serializer[Any]):
    """An example query to keep."""

    question = serializers.CharField(max_length=500)
    sql = serializers.CharField(max_length=100_000)
