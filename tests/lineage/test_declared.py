"""What sources state themselves, through real ingestion runs, events and all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from catalog.models import Connection, Dataset
from catalog.types import (
    DatasetKind,
    DatasetRecord,
    DefinitionRecord,
    LineageRecord,
    Principal,
)
from lineage.models import ColumnEdge, DatasetEdge, Statement
from lineage.selectors.evidence import evidence
from tests.catalog.ingest.sources import PLACE, bring
from tests.catalog.ingest.sources import table as record
from tests.factories import ConnectionFactory
from tests.feeding import feed_settled
from tests.lineage.warehouse import column_edges, dataset_edges

pytestmark = pytest.mark.django_db(transaction=True)


def stated(source: str, column: str, target: str, **facts: Any) -> LineageRecord:
    said = {"kind": "DIRECT", "subtype": "IDENTITY"} | facts
    return LineageRecord(f"{PLACE}.{source}", column, target, **said)


def test_upstream_and_column_edges_are_stored_with_the_run() -> None:
    # Given a source that states where a table comes from, the sources listed after it
    report = record("report", "id", "total")
    said = replace(
        report,
        upstream=(f"{PLACE}.orders", f"{PLACE}.unknown"),
        lineage=(
            stated("orders", "amount", "total", subtype="AGGREGATION", masking=True),
            stated("rates", "day", "", kind="INDIRECT", subtype="FILTER"),
            stated("orders", "gone", "id"),
        ),
    )

    # When it is imported
    bring(said, record("orders", "id", "amount"), record("rates", "day"))

    # Then its edges stand, names that nobody knows wait, and what is not there is said
    assert dataset_edges() == {("orders", "report", True), ("rates", "report", False)}
    assert column_edges() == {
        ("orders.amount", "report.total", "AGGREGATION"),
        ("rates.day", "report", "FILTER"),
    }
    statement = Statement.objects.get()
    assert (statement.kind, statement.connection.name) == ("declared", "source")
    assert statement.unresolved == [f"{PLACE}.unknown", f"{PLACE}.orders#gone"]
    assert ColumnEdge.objects.get(masking=True).reason == "DECLARED"


def test_evidence_puts_sql_before_what_a_source_merely_states() -> None:
    # Given a model whose SQL and whose project both say where it comes from
    sql = DefinitionRecord("SELECT id FROM orders", "postgres", "{{ ref }}", "shop", "public")
    bring(
        replace(record("m", "id"), upstream=(f"{PLACE}.orders",), definition=sql),
        record("orders", "id"),
    )
    feed_settled()

    # When the evidence is asked for
    orders, model = (Dataset.objects.get(name=name) for name in ("orders", "m"))
    found = evidence(Principal.system("test"), orders.pk, model.pk)

    # Then both are told, the one that can be read first, with the run that brought them
    assert [(s.kind, s.is_sql) for s in found.statements] == [("model", True), ("declared", False)]
    assert {s.connection for s in found.statements} == {"source"}
    assert all(s.run_id for s in found.statements)


def test_importing_the_same_again_writes_no_history() -> None:
    said = replace(record("report", "id"), upstream=(f"{PLACE}.orders",))
    bring(said, record("orders", "id"))
    history = DatasetEdge.history.rel.related_model  # type: ignore[attr-defined]
    assert history.objects.count() == 1
    bring(said, record("orders", "id"))
    feed_settled()
    feed_settled()
    assert history.objects.count() == 1


def test_a_name_that_arrives_with_another_source_is_resolved() -> None:
    # Given a statement that waits for a name
    bring(replace(record("report", "id"), upstream=(f"{PLACE}.orders",)))
    feed_settled()
    assert dataset_edges() == set()

    # When another connection brings it
    bring(record("orders", "id"), connection=ConnectionFactory(name="other"))
    feed_settled()

    # Then the edge stands
    assert dataset_edges() == {("orders", "report", True)}
    assert Statement.objects.get().missing == []


def test_a_partial_source_that_is_silent_keeps_what_it_said() -> None:
    # Given a run event that states an upstream
    events = ConnectionFactory(name="events", connector="openlineage")
    said = replace(record("report", "id"), upstream=(f"{PLACE}.orders",))
    bring(said, record("orders", "id"), connection=events, complete=False)

    # When a later event speaks of the table and says nothing of its lineage
    bring(record("report", "id", "more"), connection=events, complete=False)

    # Then the edge stays
    assert dataset_edges() == {("orders", "report", True)}
    assert Statement.objects.get().kind == "openlineage"


def test_a_whole_listing_that_is_silent_takes_its_edges_back() -> None:
    # Given a dbt project whose model had an upstream
    project = ConnectionFactory(name="project", connector="dbt")
    said = replace(record("report", "id"), upstream=(f"{PLACE}.orders",))
    bring(said, record("orders", "id"), connection=project)
    assert dataset_edges() == {("orders", "report", True)}

    # When the model has none any more
    bring(record("report", "id"), record("orders", "id"), connection=project)

    # Then neither has the catalog
    assert dataset_edges() == set()


def test_a_dry_run_stores_no_lineage() -> None:
    said = replace(record("report", "id"), upstream=(f"{PLACE}.orders",))
    bring(said, record("orders", "id"), dry_run=True)
    assert (Statement.objects.count(), Dataset.objects.count()) == (0, 0)


def test_unknown_words_of_a_source_count_as_the_widest_ones() -> None:
    said = replace(
        record("report", "id"),
        lineage=(
            stated("orders", "id", "id", kind="sideways", subtype="magic"),
            stated("orders", "day", "", kind="INDIRECT", subtype="magic"),
            stated("orders", "amount", "id", kind="?", subtype="JOIN"),
        ),
    )
    bring(said, record("orders", "id", "day", "amount"))
    assert column_edges() == {
        ("orders.id", "report.id", "TRANSFORMATION"),
        ("orders.day", "report", "CONDITIONAL"),
        ("orders.amount", "report.id", "JOIN"),
    }


def test_events_keep_definitions_current() -> None:
    # Given a view that is imported before its table has columns
    sql = DefinitionRecord("SELECT * FROM orders", "postgres", "", "shop", "public")
    view = replace(record("v", "id", "state"), kind=DatasetKind.VIEW, definition=sql)
    bare = DatasetRecord(f"{PLACE}.orders", DatasetKind.TABLE)
    bring(view, bare)
    feed_settled()
    assert dataset_edges() == {("orders", "v", True)}

    # When the columns come, and then the definition changes
    bring(view, record("orders", "id", "state"))
    feed_settled()
    whole = column_edges()
    narrow = replace(sql, sql="SELECT id FROM orders")
    bring(replace(view, definition=narrow), record("orders", "id", "state"))
    feed_settled()

    # Then the edges follow, in time with the events
    assert whole == {
        ("orders.id", "v.id", "IDENTITY"),
        ("orders.state", "v.state", "IDENTITY"),
    }
    assert column_edges() == {("orders.id", "v.id", "IDENTITY")}
    assert Connection.objects.count() == 1
