"""None keeps, declared survives, twice is once: what a source may and may not do (law 5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from django.db.models import Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.access import AccessRefused
from catalog.errors import InvalidInput
from catalog.models import (
    Alias,
    Column,
    ColumnLabel,
    Connection,
    Container,
    Dataset,
    DatasetLabel,
    Event,
    Ownership,
    Person,
    Profile,
    Relation,
    SourceRecord,
    System,
    Team,
)
from catalog.models import TestResult as DataTestResult
from catalog.services import curation
from catalog.types import (
    ColumnRecord,
    ContainerKind,
    ContainerRecord,
    DatasetKind,
    DatasetRecord,
    DefinitionRecord,
    Environment,
    LabelKind,
    LineageRecord,
    Motion,
    Origin,
    OwnerRecord,
    OwnershipKind,
    ProfileRecord,
    RelationRecord,
    SystemRecord,
)
from catalog.types import TestRecord as DataTestRecord
from catalog.types import TestStatus as DataTestStatus
from tests.catalog.ingest.sources import PLACE, SYSTEM, bring, table
from tests.factories import ConnectionFactory, PersonFactory, administrator, principal

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def state(*models: type[Model]) -> list[list[dict[str, object]]]:
    return [list(model.objects.order_by("pk").values()) for model in models]


EVERYTHING = (System, Container, Dataset, Column, Alias, DatasetLabel, ColumnLabel, Ownership,
              Relation, Profile, DataTestResult, SourceRecord, Event)  # fmt: skip


def full(**changes: object) -> DatasetRecord:
    facts: dict[str, object] = {
        "description": "Orders as booked.",
        "columns": (
            ColumnRecord(("id",), "bigint", False, "The key", None, 1, tags=("key",)),
            ColumnRecord(("address", "city"), "text", True),
        ),
        "owners": (OwnerRecord("Sales"), OwnerRecord("Ada", "ada@example.org", is_team=False)),
        "tags": ("gold",),
        "classifications": ("Personal / Contact",),
        "relations": (
            RelationRecord(f"{PLACE}.customers", columns=("id",), target_columns=("id",)),
        ),
        "definition": DefinitionRecord("select 1", "postgres", "select {{ 1 }}", "shop", "public"),
        "profile": ProfileRecord(NOON, 10, 2048, columns={"id": {"nulls": 0}}),
        "tests": (DataTestRecord("unique_id", DataTestStatus.FAILED, NOON, "id", failures=3),),
        "upstream": (f"{PLACE}.raw_orders",),
        "lineage": (LineageRecord(f"{PLACE}.raw_orders", "id", "id", "direct", "identity"),),
        "url": "https://example.org/orders",
        "metadata": {"sort_order": "id"},
        "custom": {"cost": 3},
        "aliases": ("kafka://events/orders",),
    }
    return DatasetRecord(f"{PLACE}.orders", DatasetKind.VIEW, **{**facts, **changes})  # type: ignore[arg-type]


def test_everything_that_a_record_says_is_stored_in_its_place() -> None:
    # given a system, a described schema and a dataset with every kind of fact
    report = bring(
        SystemRecord("postgres", "warehouse", "The warehouse", Environment.TEST),
        ContainerRecord(PLACE, ContainerKind.SCHEMA, "What everybody reads"),
        table("customers", "id"),
        full(),
    )
    # then the counts say so
    assert (report.read, report.created, report.refused, report.problem_count) == (2, 2, 0, 0)
    # and each fact is where its readers look for it
    orders = Dataset.objects.get(qualified_name=f"{PLACE}.orders")
    assert (orders.kind, orders.name, orders.harvested_description) == (
        "view", "orders", "Orders as booked.")  # fmt: skip
    assert (orders.definition_sql, orders.definition_source) == ("select 1", "select {{ 1 }}")
    assert orders.definition_defaults == {"database": "shop", "schema": "public"}
    assert orders.harvested_metadata == {"sort_order": "id", "custom": {"cost": 3}}
    assert (orders.latest_rows, orders.latest_bytes, orders.profiled_at) == (10, 2048, NOON)
    assert orders.system.environment == "test"
    assert orders.container is not None
    assert orders.container.harvested_description == "What everybody reads"
    assert orders.container.parent is not None
    assert orders.container.parent.kind == "database"
    assert list(orders.columns.values_list("path", "name", "parent_path", "key_position")) == [
        ("id", "id", "", 1),
        ("address.city", "city", "address", None),
    ]
    assert sorted(orders.labels.values_list("label__path", "origin")) == [
        ("Personal / Contact", "harvested"),
        ("gold", "harvested"),
    ]
    assert ColumnLabel.objects.get().label.path == "key"
    assert Team.objects.get().name == "Sales"
    assert not Person.objects.get(email="ada@example.org").has_usable_password()
    assert Ownership.objects.filter(origin=Origin.HARVESTED).count() == 2
    relation = Relation.objects.get()
    assert (relation.source, relation.target.name, relation.is_declared) == (
        orders, "customers", False)  # fmt: skip
    result = DataTestResult.objects.get()
    assert (result.status, result.failures, result.column) == (
        "failed", 3, orders.columns.get(path="id"))  # fmt: skip
    assert Alias.objects.get().qualified_name == "kafka://events/orders"
    stated = SourceRecord.objects.get(dataset=orders).stated
    assert stated["upstream"] == [f"{PLACE}.raw_orders"]
    assert stated["lineage"][0]["source_column"] == "id"


def test_the_same_import_twice_changes_not_a_single_row() -> None:
    # given an import of everything
    records = (table("customers", "id"), full())
    bring(*records)
    before = state(*EVERYTHING)
    # when the same is imported again
    report = bring(*records)
    # then nothing is written at all
    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)
    assert state(*EVERYTHING) == before


NAMES = st.sampled_from(["orders", "customers", "ümlaut", 'quo"ted', "a.b", "a/b"])
WORDS = st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
COLUMNS = st.none() | st.lists(
    st.builds(
        lambda name, kind, words: ColumnRecord((name,), kind, None, words), NAMES, WORDS, WORDS
    ),
    max_size=4,
).map(tuple)
RECORDS = st.lists(
    st.builds(
        lambda name, words, columns, whole, tags, owners, kind: DatasetRecord(
            f"postgres://law/db.s.t_{len(name)}",
            kind,
            words,
            columns,
            whole,
            tags=tags,
            owners=owners,
            relations=(RelationRecord("postgres://law/db.s.t_6"),),
        ),
        NAMES,
        WORDS,
        COLUMNS,
        st.booleans(),
        st.sets(st.sampled_from(["a", "b"]), max_size=2).map(lambda s: tuple(sorted(s))),
        st.sampled_from([(), (OwnerRecord("One"),), (OwnerRecord("Two"),)]),
        st.sampled_from([DatasetKind.TABLE, DatasetKind.VIEW]),
    ),
    max_size=4,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(earlier=RECORDS, later=RECORDS)
def test_applying_any_records_twice_is_applying_them_once(
    earlier: list[DatasetRecord], later: list[DatasetRecord]
) -> None:
    # given any state that an import left
    bring(*earlier)
    bring(*later)
    rows = EVERYTHING[:-2]
    before, events = state(*rows), Event.objects.count()
    # when the latest import is repeated, even with what was recognised forgotten
    SourceRecord.objects.update(digest="")
    report = bring(*later)
    # then no fact differs and no event is told
    assert state(*rows) == before
    assert Event.objects.count() == events
    assert (report.created, report.updated) == (0, 0)


def test_none_keeps_what_was_there() -> None:
    # given a full record
    bring(table("customers", "id"), full())
    before = Dataset.objects.values("harvested_description", "definition_sql", "url").get(
        name="orders"
    )
    # when the source says only that the dataset exists, and names one of its columns
    bring(
        table("customers", "id"),
        DatasetRecord(
            f"{PLACE}.orders",
            DatasetKind.VIEW,
            columns=(ColumnRecord(("id",)),),
            columns_complete=False,
        ),
    )
    # then every fact is still there
    orders = Dataset.objects.filter(name="orders")
    assert orders.values("harvested_description", "definition_sql", "url").get() == before
    column = Column.objects.get(dataset__name="orders", path="id")
    assert (column.physical_type, column.nullable, column.harvested_description) == (
        "bigint", False, "The key")  # fmt: skip
    assert not Column.objects.filter(disappeared_at__isnull=False).exists()


def test_what_people_declared_survives_every_import() -> None:
    # given a dataset that a person described, owns, tagged and set straight
    bring(full(relations=()))
    orders = Dataset.objects.get(name="orders")
    person = principal(is_superuser=True)
    owner = PersonFactory()
    curation.change_dataset(
        acting=person,
        dataset_id=orders.pk,
        changes={"description": "Ours", "motion": Motion.IN_MOTION, "display_name": "Orders!"},
    )
    curation.change_column(acting=person, dataset_id=orders.pk, path="id", description="Our key")
    curation.add_label(acting=person, dataset_id=orders.pk, kind=LabelKind.TAG, path="ours")
    curation.remove_label(acting=person, dataset_id=orders.pk, kind=LabelKind.TAG, path="gold")
    Ownership.objects.create(
        dataset=orders, person=owner, kind=OwnershipKind.STEWARD, origin=Origin.DECLARED
    )
    # when the source changes all of its own words
    bring(
        full(
            relations=(),
            description="Changed",
            display_name="theirs",
            motion=Motion.AT_REST,
            columns=(ColumnRecord(("id",), "uuid", description="Changed key"),),
            owners=(),
        )
    )
    # then both stand side by side, and what a person took away stays away
    orders.refresh_from_db()
    assert (orders.declared_description, orders.harvested_description) == ("Ours", "Changed")
    assert (orders.motion, orders.display_name) == ("in_motion", "Orders!")
    column = orders.columns.get(path="id")
    assert (column.declared_description, column.harvested_description) == (
        "Our key", "Changed key")  # fmt: skip
    assert set(orders.labels.values_list("label__path", flat=True)) == {
        "Personal / Contact", "ours"}  # fmt: skip
    assert list(orders.ownerships.values_list("person", "kind")) == [(owner.pk, "steward")]


def test_what_a_source_takes_back_goes_unless_another_source_states_it_too() -> None:
    # given two sources that both tag the dataset, one with a tag and an owner of its own
    other = ConnectionFactory(name="other")
    bring(table("orders", tags=("shared", "own"), owners=(OwnerRecord("Sales"),)))
    bring(table("orders", tags=("shared",)), connection=other)
    # when the first source takes everything back
    bring(table("orders"))
    # then only what the other states remains
    assert list(DatasetLabel.objects.values_list("label__path", flat=True)) == ["shared"]
    assert not Ownership.objects.exists()


def test_a_tag_taken_back_from_many_columns_costs_as_from_few(
    django_assert_max_num_queries: Callable[..., AbstractContextManager[object]],
) -> None:
    # given a wide table, all of whose columns have a tag
    def columns(*tags: str) -> tuple[ColumnRecord, ...]:
        return tuple(ColumnRecord((f"c{number}",), tags=tags) for number in range(500))

    bring(table("orders", columns=columns("raw")))
    assert ColumnLabel.objects.count() == 500
    # when the source takes it back
    with django_assert_max_num_queries(60):
        bring(table("orders", columns=columns()))
    # then it is gone from all of them
    assert not ColumnLabel.objects.exists()


def test_columns_of_a_complete_list_disappear_and_come_back() -> None:
    # given three columns
    bring(table("orders", "id", "price", "note"))
    # when the source lists two, in another order
    bring(table("orders", "price", "id"))
    # then the third is marked, not deleted
    marked = Column.objects.filter(disappeared_at__isnull=False)
    assert list(marked.values_list("path", flat=True)) == ["note"]
    assert dict(Column.objects.exclude(path="note").values_list("path", "ordinal")) == {
        "price": 0, "id": 1}  # fmt: skip
    # when it is there again it is the same column
    key = marked.get().pk
    bring(table("orders", "id", "price", "note"))
    assert Column.objects.get(path="note").pk == key
    assert not marked.exists()
    # and a list that is not complete removes nothing
    bring(table("orders", "id", columns_complete=False))
    assert not marked.exists()


def test_datasets_disappear_when_no_source_knows_them_and_return() -> None:
    # given a dataset of two sources and one of the first alone
    other = ConnectionFactory(name="other")
    bring(table("both"), table("alone"), table("kept"))
    bring(table("both"), connection=other)
    # when the first lists neither
    report = bring(table("kept"))
    # then the one that nobody knows is marked, with an event
    assert report.disappeared == 1
    gone = Dataset.objects.filter(disappeared_at__isnull=False)
    assert [dataset.name for dataset in gone] == ["alone"]
    told = Event.objects.filter(type="catalog.dataset.disappeared")
    assert list(told.values_list("subject_id", flat=True)) == [gone.get().pk]
    # and an import that is not complete, or could not read a part, marks nothing
    assert bring(table("new"), complete=False).disappeared == 0
    # when the dataset is listed again with the very same words
    report = bring(table("alone"), table("kept"))
    # then it is back, and that is a change
    assert not Dataset.objects.filter(name="alone", disappeared_at__isnull=False).exists()
    assert report.updated == 1
    assert Event.objects.filter(type="catalog.dataset.changed").last().payload["fields"] == [  # type: ignore[union-attr]
        "disappeared_at"]  # fmt: skip


def test_a_source_that_lists_nothing_marks_nothing() -> None:
    # given a known dataset
    bring(table("orders"))
    # when a run of the same source lists nothing
    report = bring()
    # then nothing is marked and a sentence says why
    assert report.disappeared == 0
    assert "nothing was marked" in report.problems[0].message
    assert Dataset.objects.get().disappeared_at is None


def test_a_rename_keeps_the_dataset_and_its_former_name() -> None:
    # given a dataset that a person described
    bring(table("orders", "id"))
    orders = Dataset.objects.get()
    # when the source calls it something else and says what it was called
    report = bring(table("sales_orders", "id", aliases=(f"{PLACE}.orders",)))
    # then it is the same dataset under its new name
    assert (report.created, report.updated, report.disappeared) == (0, 1, 0)
    orders.refresh_from_db()
    assert (orders.qualified_name, orders.name) == (f"{PLACE}.sales_orders", "sales_orders")
    assert Alias.objects.get().qualified_name == f"{PLACE}.orders"
    # and a record by the former name speaks of it without renaming it back
    bring(table("orders", "id", description="same"))
    orders.refresh_from_db()
    assert (orders.name, orders.harvested_description) == ("sales_orders", "same")
    assert Dataset.objects.count() == 1


def test_a_stream_says_its_topic_retention_lateness_and_watermark() -> None:
    # given a topic as its source states it, and one whose retention is no duration
    name = "kafka://pulse/orders"
    stream = DatasetRecord(
        name, DatasetKind.TOPIC, motion=Motion.IN_MOTION, topic="orders.v1", retention="P7D",
        lateness="PT5M", watermark=NOON,
    )  # fmt: skip
    odd = DatasetRecord("kafka://pulse/odd", DatasetKind.TOPIC, retention="a week")
    kafka = SystemRecord("kafka", "pulse")
    bring(kafka, stream)
    orders = Dataset.objects.get(qualified_name=name)
    assert (orders.motion, orders.topic, orders.retention, orders.lateness, orders.watermark) == (
        "in_motion", "orders.v1", "P7D", "PT5M", NOON)  # fmt: skip
    # when a person says that events stay longer, and the source moves on
    boss = administrator()
    curation.change_dataset(acting=boss, dataset_id=orders.pk, changes={"retention": "P30D"})
    later = NOON + dt.timedelta(hours=1)
    report = bring(kafka, replace(stream, retention="P8D", watermark=later), odd)
    # then the person's word stays, and the watermark moves
    orders.refresh_from_db()
    assert (orders.retention, orders.lateness, orders.watermark) == ("P30D", "PT5M", later)
    assert Dataset.objects.get(name="odd").retention == ""
    assert report.problem_count == 1
    # and nobody declares what is no duration
    with pytest.raises(InvalidInput, match="is not an ISO 8601 duration") as refused:
        curation.change_dataset(acting=boss, dataset_id=orders.pk, changes={"lateness": "soon"})
    assert refused.value.field == "lateness"


def test_a_relation_to_a_later_chunk_or_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    # given chunks of one dataset
    monkeypatch.setattr("catalog.services.ingest.CHUNK_DATASETS", 1)
    # when one refers to a later dataset and to one that does not exist
    relations = (RelationRecord(f"{PLACE}.later"), RelationRecord(f"{PLACE}.never"))
    report = bring(table("first", relations=relations), table("later"))
    # then the first is resolved and the second is a notice
    assert Relation.objects.get().target.name == "later"
    assert [problem.message for problem in report.problems] == [
        f"It refers to {PLACE}.never, which no source has described yet."
    ]
    # and once the target is described, the next run resolves it
    bring(table("never"), connection=ConnectionFactory(name="other"))
    bring(table("first", relations=relations), table("later"))
    assert set(Relation.objects.values_list("target__name", flat=True)) == {"later", "never"}


def test_a_new_measurement_with_the_same_numbers_only_extends_the_series() -> None:
    # given a measured dataset
    bring(table("orders", profile=ProfileRecord(NOON, 10)))
    events = Event.objects.count()
    # when it is measured again with the same result, and again with an older one
    later = NOON + dt.timedelta(days=1)
    bring(table("orders", profile=ProfileRecord(later, 10)))
    report = bring(table("orders", profile=ProfileRecord(NOON - dt.timedelta(days=1), 10)))
    # then the series has three points, and nobody is told of a change
    assert Profile.objects.count() == 3
    assert Dataset.objects.get().profiled_at == later
    assert (report.unchanged, Event.objects.count()) == (1, events)


def test_who_may_not_import_changes_nothing() -> None:
    # given an ordinary employee
    with pytest.raises(AccessRefused):
        bring(table("orders"), acting=principal())
    assert not Dataset.objects.exists()


def test_events_and_history_are_told_once_per_changed_dataset() -> None:
    # given three datasets
    bring(table("a", "x"), table("b", "x"), table("c", "x"))
    seen = Event.objects.filter(subject_type="dataset").count()
    assert seen == 3
    # when two of them change, one in a column
    report = bring(table("a", "x", description="new"), table("b", "x", "y"), table("c", "x"))
    # then there are exactly two events, which say what
    told = Event.objects.filter(type="catalog.dataset.changed").order_by("subject_name")
    assert report.updated == 2
    assert [(event.payload["fields"], event.payload["columns"]) for event in told] == [
        (["description"], False),
        ([], True),
    ]
    assert {event.payload["source"] for event in told} == {"source"}
    # and the history rows carry the actor, the request and the reason
    context = Dataset.objects.get(name="a").history.latest("pgh_id").pgh_context  # type: ignore[attr-defined]
    assert context["actor"] == SYSTEM.display_name
    assert context["request_id"] == str(SYSTEM.request_id)
    assert context["reason"] == "Import from source"
    assert Connection.objects.get().source_records.count() == 3
