"""GraphQL types of the catalog: plain fields from the models, relations through the planner."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphene_django import DjangoObjectType

from catalog.access import AccessRefused
from catalog.exports.odcs import contract
from catalog.graphql import loaders
from catalog.graphql.paging import connection
from catalog.graphql.relations import principal_of, relation
from catalog.models import (
    Answer,
    Column,
    Container,
    Dataset,
    Domain,
    ExampleQuery,
    KnownProblem,
    Label,
    Media,
    Ownership,
    Person,
    Profile,
    Question,
    Relation,
    Remark,
    SearchPlacement,
    System,
    Team,
    TestResult,
)
from catalog.promises import Promise
from catalog.selectors import directory
from catalog.selectors import graph as reading
from catalog.selectors.definitions import definitions_of_datasets
from catalog.selectors.described import described_dataset
from catalog.selectors.media import media_of
from catalog.selectors.metadata import thirteen_facts
from catalog.selectors.promises import promise_of
from catalog.selectors.remarks import remarks_seen
from catalog.stages import stage_and_origin


class SystemType(DjangoObjectType):
    """A running platform."""

    class Meta:
        model = System
        name = "System"
        convert_choices_to_enum = False
        fields = [
            "id", "qualified_name", "platform", "instance", "display_name", "environment",
            "harvested_description", "declared_description", "is_system_of_record", "is_external",
            "availability", "failover", "cost_center",
        ]  # fmt: skip


class ContainerType(DjangoObjectType):
    """A level between a system and its datasets."""

    class Meta:
        model = Container
        name = "Container"
        convert_choices_to_enum = False
        fields = [
            "id", "qualified_name", "name", "kind", "harvested_description",
            "declared_description",
        ]  # fmt: skip


class DomainType(DjangoObjectType):
    """A part of the business."""

    class Meta:
        model = Domain
        name = "Domain"
        fields = ["id", "name", "slug", "description"]


class PersonType(DjangoObjectType):
    """A person or service account."""

    class Meta:
        model = Person
        name = "Person"
        convert_choices_to_enum = False
        fields = [
            "id", "username", "display_name", "email", "department", "location",
            "employment_kind", "job_role", "is_active", "is_demonstration",
        ]  # fmt: skip


class TeamType(DjangoObjectType):
    """A team."""

    class Meta:
        model = Team
        name = "Team"
        convert_choices_to_enum = False
        fields = ["id", "name", "kind", "description", "email"]


class LabelType(DjangoObjectType):
    """A tag or classification."""

    class Meta:
        model = Label
        name = "Label"
        convert_choices_to_enum = False
        fields = ["id", "kind", "name", "path", "description"]


class OwnerType(DjangoObjectType):
    """Who answers for a dataset, in which capacity, and how Concord knows."""

    class Meta:
        model = Ownership
        name = "Owner"
        convert_choices_to_enum = False
        fields = ["id", "kind", "origin"]

    person = relation(
        PersonType, loaders.one(directory.people, "person_id"), many=False,
        description="The person, unless it is a team.",
    )  # fmt: skip
    team = relation(
        TeamType, loaders.one(directory.teams, "team_id"), many=False,
        description="The team, unless it is a person.",
    )  # fmt: skip


class ColumnType(DjangoObjectType):
    """A column or nested field."""

    class Meta:
        model = Column
        name = "Column"
        fields = [
            "id", "path", "name", "parent_path", "ordinal", "physical_type", "nullable",
            "default", "key_position", "harvested_description", "declared_description",
            "disappeared_at",
        ]  # fmt: skip

    labels = relation(LabelType, reading.labels_of_columns, description="Labels of the column.")


class ProfileType(DjangoObjectType):
    """A measurement of a dataset."""

    class Meta:
        model = Profile
        name = "Profile"
        fields = ["id", "taken_at", "arrival_rate", "shapes", "estimated"]

    rows = graphene.Float(description="Number of rows.")
    size_bytes = graphene.Float(description="Size in bytes.")
    columns = GenericScalar(description="Statistics by column path.")


class TestResultType(DjangoObjectType):
    """The latest result of a data test."""

    __test__ = False

    class Meta:
        model = TestResult
        name = "TestResult"
        convert_choices_to_enum = False
        fields = ["id", "name", "description", "status", "severity", "message", "executed_at"]


class AnswerType(DjangoObjectType):
    """An answer."""

    class Meta:
        model = Answer
        name = "Answer"
        fields = ["id", "text", "created_at"]

    author = relation(
        PersonType, loaders.one(directory.people, "author_id"), many=False, description="Who wrote."
    )


class QuestionType(DjangoObjectType):
    """A question with its answers."""

    class Meta:
        model = Question
        name = "Question"
        fields = ["id", "text", "created_at"]

    author = relation(
        PersonType, loaders.one(directory.people, "author_id"), many=False, description="Who asked."
    )
    answers = relation(
        AnswerType, loaders.many(reading.answers, "question_id", order=["id"]),
        description="Answers, oldest first.",
    )  # fmt: skip


class KnownProblemType(DjangoObjectType):
    """A known problem."""

    class Meta:
        model = KnownProblem
        name = "KnownProblem"
        fields = ["id", "text", "created_at", "solved_at"]


class ExampleQueryType(DjangoObjectType):
    """A question and the query that answers it."""

    class Meta:
        model = ExampleQuery
        name = "ExampleQuery"
        fields = ["id", "question", "sql", "created_at"]


class SearchPlacementType(DjangoObjectType):
    """A search in which curators put the dataset first."""

    class Meta:
        model = SearchPlacement
        name = "SearchPlacement"
        fields = ["id", "query", "reason", "ends_on", "created_at"]


class ReplyType(DjangoObjectType):
    """A reply to a remark."""

    class Meta:
        model = Remark
        name = "Reply"
        fields = ["id", "text", "created_at"]
        skip_registry = True

    author = relation(
        PersonType, loaders.one(directory.people, "author_id"), many=False, description="Who wrote."
    )


class RemarkType(DjangoObjectType):
    """A comment, question or known problem on anything."""

    class Meta:
        model = Remark
        name = "Remark"
        convert_choices_to_enum = False
        fields = ["id", "kind", "subject_type", "text", "created_at", "solved_at"]

    subject_id = graphene.ID(required=True)
    author = relation(
        PersonType, loaders.one(directory.people, "author_id"), many=False, description="Who wrote."
    )
    replies = relation(
        ReplyType, loaders.many(remarks_seen, "parent_id", order=["id"]),
        description="Oldest first.",
    )  # fmt: skip


class FactType(graphene.ObjectType):
    """One of the thirteen facts with its origin (R-050)."""

    class Meta:
        name = "Fact"

    field = graphene.String(required=True)
    value = graphene.String()
    origin = graphene.String()
    by = graphene.String(required=True)
    at = graphene.DateTime()


class MediaType(DjangoObjectType):
    """What an image, sound, film or document says of itself (R-053)."""

    class Meta:
        model = Media
        name = "Media"
        convert_choices_to_enum = False
        fields = [
            "id", "kind", "format", "duration_seconds", "pages", "width", "height", "language",
        ]  # fmt: skip

    declared_fields = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What people set."
    )


class PromiseType(graphene.ObjectType):
    """How right and how late data may be (R-064)."""

    class Meta:
        name = "Promise"

    consistency = graphene.String(required=True, description="strong, eventual or empty.")
    expected_latency = graphene.String(required=True, description="ISO 8601 duration, or empty.")
    finality_lag = graphene.String(required=True, description="ISO 8601 duration, or empty.")
    because = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="The datasets that a weaker promise than the declared one comes from.",
    )


class DatasetType(DjangoObjectType):
    """Anything that holds or shows data."""

    class Meta:
        model = Dataset
        name = "Dataset"
        convert_choices_to_enum = False
        fields = [
            "id", "qualified_name", "name", "display_name", "kind", "harvested_description",
            "declared_description", "data_kind", "motion", "topic", "retention",
            "lateness", "watermark", "stage", "declared_stage", "derived_stage", "stage_reason",
            "capture_kind", "consistency", "expected_latency", "finality_lag",
            "correction_policy", "residency", "encryption_at_rest", "encryption_in_transit",
            "lifecycle", "deprecation_note", "enterprise_importance", "criticality", "url",
            "source_created_at", "source_modified_at", "created_at",
            "disappeared_at", "profiled_at", "usage_score",
        ]  # fmt: skip

    description = graphene.String(required=True, description="Declared text, else harvested.")
    definition_sql = relation(
        graphene.NonNull(graphene.String), definitions_of_datasets, many=False,
        description="Empty where it may name data that you do not see.",
    )  # fmt: skip
    custom = GenericScalar(description="Custom properties.")
    operations = GenericScalar(description="What operating it needs (R-100).")
    latest_rows = graphene.Float(description="Rows at the latest profile.")
    latest_bytes = graphene.Float(description="Bytes at the latest profile.")
    facts = graphene.List(
        graphene.NonNull(FactType),
        required=True,
        description="The thirteen facts; on a single dataset only.",
    )
    effective_stage = graphene.String(
        required=True, description="The stage that holds: declared, the source's, or derived."
    )
    stage_origin = graphene.String(description="declared, harvested or derived.")
    promise = graphene.Field(
        PromiseType,
        required=True,
        description="Its promise, or the weaker one of what a metric, dashboard or view is made"
        " from; on a single dataset only.",
    )
    system = relation(
        SystemType, loaders.one(directory.systems, "system_id"), many=False,
        description="Where it lives.",
    )  # fmt: skip
    container = relation(
        ContainerType, loaders.one(directory.containers, "container_id"), many=False,
        description="What contains it.",
    )  # fmt: skip
    domain = relation(
        DomainType, loaders.one(directory.domains, "domain_id"), many=False,
        description="The part of the business it belongs to.",
    )  # fmt: skip
    columns = relation(
        ColumnType, loaders.many(reading.columns, "dataset_id", order=["ordinal", "id"]),
        description="Columns in order.",
    )  # fmt: skip
    owners = relation(
        OwnerType, loaders.many(reading.ownerships, "dataset_id", order=["kind", "id"]),
        description="Who answers for it.",
    )  # fmt: skip
    media = relation(
        MediaType, reading.media_of_datasets, many=False, description="Of media and files."
    )
    transcript = graphene.String(
        description="Its words, for who may read the data and on record; else a refusal. On a"
        " single dataset only."
    )
    contract = GenericScalar(
        required=True,
        description="The data contract (ODCS 3.1.0) as JSON; on a single dataset only.",
    )
    tags = relation(LabelType, reading.tags_of_datasets, description="Tags.")
    classifications = relation(
        LabelType, reading.classifications_of_datasets, description="Classifications."
    )
    profiles = relation(
        ProfileType, loaders.many(reading.profiles, "dataset_id", order=["-taken_at"]),
        description="Measurements, newest first.",
    )  # fmt: skip
    test_results = relation(
        TestResultType, loaders.many(reading.test_results, "dataset_id", order=["name"]),
        description="Latest test results.",
    )  # fmt: skip
    questions = relation(
        QuestionType, loaders.many(reading.questions, "dataset_id", order=["-id"]),
        description="Questions, newest first.",
    )  # fmt: skip
    known_problems = relation(
        KnownProblemType, loaders.many(reading.problems, "dataset_id", order=["-id"]),
        description="Known problems, newest first.",
    )  # fmt: skip
    example_queries = relation(
        ExampleQueryType, loaders.many(reading.examples, "dataset_id", order=["-id"]),
        description="Example queries, newest first.",
    )  # fmt: skip
    search_placements = relation(
        SearchPlacementType, loaders.many(reading.placements, "dataset_id", order=["query", "id"]),
        description="Searches in which it comes first; an empty query stands for all of them.",
    )  # fmt: skip

    @staticmethod
    def resolve_description(dataset: Dataset, info: Any) -> str:
        """Declared text wins."""
        return dataset.declared_description or dataset.harvested_description

    @staticmethod
    def resolve_contract(dataset: Dataset, info: Any) -> Any:
        """Some twelve queries, priced like lists."""
        return contract(described_dataset(principal_of(info), dataset.pk))

    @staticmethod
    def resolve_transcript(dataset: Dataset, info: Any) -> str | None:
        """None where there is none."""
        answer = media_of(principal_of(info), dataset)
        if answer is not None and answer.has_transcript and not answer.verdict.allowed:
            raise AccessRefused(answer.verdict)
        return answer.transcript if answer else None

    @staticmethod
    def resolve_effective_stage(dataset: Dataset, info: Any) -> str:
        """Without its origin."""
        return stage_and_origin(dataset)[0]

    @staticmethod
    def resolve_stage_origin(dataset: Dataset, info: Any) -> str | None:
        """None where it has no stage."""
        return stage_and_origin(dataset)[1]

    @staticmethod
    def resolve_promise(dataset: Dataset, info: Any) -> Promise:
        """At most two queries, priced like a list."""
        return promise_of(principal_of(info), dataset)

    @staticmethod
    def resolve_facts(dataset: Dataset, info: Any) -> Any:
        """A handful of queries, so the cost rule prices it like a list."""
        return thirteen_facts(principal_of(info), dataset)


class RelationType(DjangoObjectType):
    """A relation between two datasets (R-041)."""

    class Meta:
        model = Relation
        name = "Relation"
        convert_choices_to_enum = False
        fields = ["id", "kind", "name", "source_columns", "target_columns", "is_declared"]

    source = relation(
        DatasetType, loaders.one(reading.datasets, "source_id"), many=False, description="From."
    )
    target = relation(
        DatasetType, loaders.one(reading.datasets, "target_id"), many=False, description="To."
    )


DatasetConnection = connection(DatasetType)
SystemConnection = connection(SystemType)
DomainConnection = connection(DomainType)
PersonConnection = connection(PersonType)
TeamConnection = connection(TeamType)
LabelConnection = connection(LabelType)
