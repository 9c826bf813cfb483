"""Definitions become edges: exact, as a difference, again when a schema arrives, never lost."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.access import AccessRefused
from catalog.models import Alias, Column, Dataset
from catalog.names import lookup_key
from catalog.types import Principal
from lineage.models import ColumnEdge, DatasetEdge, Statement
from lineage.services.reading import read_definitions
from lineage.types import ConfidenceReason, StatementStatus
from tests.lineage.warehouse import (
    READER,
    SYSTEM,
    add_columns,
    column_edges,
    dataset_edges,
    read,
    table,
)

pytestmark = pytest.mark.django_db

ORDERS = ("id", "customer_id", "amount", "state")
PAID = (
    "SELECT o.customer_id, sum(o.amount) AS total FROM orders o "
    "JOIN customers c ON c.id = o.customer_id WHERE o.state = 'paid' GROUP BY o.customer_id"
)


def histories() -> tuple[int, int]:
    """How many rows the histories of both kinds of edges have."""
    return (
        DatasetEdge.history.rel.related_model.objects.count(),
        ColumnEdge.history.rel.related_model.objects.count(),
    )


def shop() -> Dataset:
    table("shop.public.orders", ORDERS)
    table("shop.public.customers", ("id", "name"))
    return table("shop.public.paid", ("customer_id", "total"), PAID)


def test_a_view_becomes_exact_edges() -> None:
    # Given a view over two tables
    paid = shop()

    # When its definition is read
    read(paid)

    # Then values, conditions and the table that only filters are told apart
    assert dataset_edges() == {("orders", "paid", True), ("customers", "paid", False)}
    assert column_edges() == {
        ("orders.customer_id", "paid.customer_id", "IDENTITY"),
        ("orders.amount", "paid.total", "AGGREGATION"),
        ("orders.customer_id", "paid", "JOIN"),
        ("customers.id", "paid", "JOIN"),
        ("orders.state", "paid", "FILTER"),
        ("orders.customer_id", "paid", "GROUP_BY"),
    }
    statement = Statement.objects.get()
    assert (statement.status, statement.kind, statement.reason) == ("PARSED", "view", "")
    total = ColumnEdge.objects.get(subtype="AGGREGATION")
    assert statement.sql[total.span_start : total.span_end] == "amount"
    assert total.confidence == 1.0
    assert total.reason == ConfidenceReason.BY_SCHEMA


def test_reading_again_writes_nothing() -> None:
    # Given a view that was read
    paid = shop()
    read(paid)
    before = histories()
    read_at = Statement.objects.get().read_at

    # When it is read again, and anew
    again = read_definitions([paid.pk], acting=READER)
    anew = read_definitions([paid.pk], acting=READER, anew=True)

    # Then nothing was analyzed the first time and nothing written either time
    assert (again.read, again.unchanged) == (0, 1)
    assert (anew.read, anew.edges_added, anew.edges_changed, anew.edges_removed) == (1, 0, 0, 0)
    assert histories() == before
    assert Statement.objects.get().read_at == read_at


def test_a_changed_definition_touches_only_what_changed() -> None:
    # Given a view that was read
    paid = shop()
    read(paid)
    before = histories()
    kept = set(ColumnEdge.objects.exclude(subtype="FILTER").values_list("pk", flat=True))

    # When it loses its filter
    Dataset.objects.filter(pk=paid.pk).update(
        definition_sql=PAID.replace("WHERE o.state = 'paid' ", "")
    )
    read(paid)

    # Then one edge went, spans that moved were rewritten in place, no dataset edge was touched
    datasets, columns = histories()
    assert set(ColumnEdge.objects.values_list("pk", flat=True)) == kept
    assert datasets == before[0]
    moved = ColumnEdge.history.rel.related_model.objects.filter(pgh_label="update").count()
    assert columns == before[1] + 1 + moved
    assert moved == 0


def test_a_schema_that_arrives_turns_the_statement_exact() -> None:
    # Given a view over a table whose columns nobody knows
    orders = table("shop.public.orders")
    view = table("shop.public.v", ("id", "state"), "SELECT * FROM orders WHERE state = 'paid'")
    read(view)
    assert dataset_edges() == {("orders", "v", True)}
    assert column_edges() == set()

    # When its columns arrive
    add_columns(orders, ("id", "state"))
    read(view)

    # Then the star and the filter are resolved
    assert column_edges() == {
        ("orders.id", "v.id", "IDENTITY"),
        ("orders.state", "v.state", "IDENTITY"),
        ("orders.state", "v", "FILTER"),
    }


def test_a_table_that_arrives_later_is_found() -> None:
    # Given a view over a table that the catalog does not know
    view = table("shop.public.v", ("id",), "SELECT id FROM late")
    read(view)
    statement = Statement.objects.get()
    assert statement.unresolved == ["shop.public.late"]
    assert f"{SYSTEM}/shop.public.late" in statement.missing
    assert dataset_edges() == set()

    # When it arrives
    table("shop.public.late", ("id",))
    outcome = read_definitions([view.pk], acting=READER)

    # Then the statement is read again
    assert outcome.read == 1
    assert column_edges() == {("late.id", "v.id", "IDENTITY")}
    assert Statement.objects.get().unresolved == []


def test_an_unparsable_statement_keeps_its_tables_with_its_reason() -> None:
    # Given a view nobody can parse beside one that is fine
    table("shop.public.orders", ORDERS)
    broken = table("shop.public.broken", ("id",), "SELECT id FROM orders WHERE ((( )) FROM")
    fine = table("shop.public.fine", ("id",), "SELECT id FROM orders")

    # When both are read in one batch
    outcome = read_definitions([broken.pk, fine.pk], acting=READER)

    # Then the broken one is kept with why, and its table at low confidence
    assert (outcome.read, outcome.unparsed) == (2, 1)
    statement = Statement.objects.get(dataset=broken)
    assert statement.status == StatementStatus.UNPARSED
    assert statement.reason != ""
    edge = DatasetEdge.objects.get(target=broken)
    assert (edge.source.name, edge.confidence, edge.reason) == ("orders", 0.2, "TOKEN_SCAN")
    assert column_edges() == {("orders.id", "fine.id", "IDENTITY")}


def test_a_definition_that_went_takes_its_edges_along() -> None:
    # Given a view that was read
    paid = shop()
    read(paid)

    # When the source no longer says how it is made
    Dataset.objects.filter(pk=paid.pk).update(definition_sql="")
    outcome = read_definitions([paid.pk], acting=READER)

    # Then its edges are gone, and history has their end
    assert outcome.withdrawn == 1
    assert dataset_edges() == set()
    deleted = DatasetEdge.history.rel.related_model.objects.filter(pgh_label="delete")
    assert deleted.count() == 2


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("orders", "shop.public.orders"),
        ("PUBLIC.Orders", "shop.public.orders"),
        ('"Orders"', "shop.public.Orders"),
        ("archive.orders", "shop.archive.orders"),
        ("other.public.orders", "other.public.orders"),
        ("pg_class", "shop.pg_catalog.pg_class"),
        ("renamed", "shop.public.orders"),
    ],
)
def test_names_are_resolved_as_the_engine_does(written: str, found: str) -> None:
    # Given tables of the same name in several places, and an old name
    places = ("public.orders", "public.Orders", "archive.orders", "pg_catalog.pg_class")
    tables = [table(f"shop.{path}", ("id",)) for path in places]
    table("other.public.orders", ("id",))
    alias = f"{SYSTEM}/shop.public.renamed"
    Alias.objects.create(dataset=tables[0], qualified_name=alias, lookup_name=lookup_key(alias))

    # When a view names one of them
    read(table("shop.public.v", ("id",), f"SELECT id FROM {written}"))

    # Then exactly that one is its source
    assert [e.source.qualified_name for e in DatasetEdge.objects.all()] == [f"{SYSTEM}/{found}"]
    assert ColumnEdge.objects.count() == 1


def test_a_batch_costs_a_fixed_number_of_queries() -> None:
    # Given many views over many tables
    views = []
    for number in range(30):
        table(f"shop.public.t{number}", ("id", "value"))
        sql = f"SELECT t.id, u.value FROM t{number} t JOIN t{number // 2} u ON u.id = t.id"
        views.append(table(f"shop.public.v{number}", ("id", "value"), sql))

    # When they are read together
    with CaptureQueriesContext(connection) as queries:
        read(*views)

    # Then the number of queries does not grow with the batch
    assert DatasetEdge.objects.count() == 59
    assert len(queries) <= 25


def test_a_self_reference_and_a_disappeared_column_are_survived() -> None:
    # Given an incremental model that reads itself, and a source column that disappeared
    orders = table("shop.public.orders", ORDERS)
    Column.objects.filter(dataset=orders, name="state").update(disappeared_at="2026-01-01T00:00Z")
    sql = "SELECT id, state FROM orders WHERE id > (SELECT max(id) FROM shop.public.m)"
    model = table("shop.public.m", ("id", "state"), sql, source_sql="{{ this }}")

    # When it is read
    read(model)

    # Then both stand where they should, and the column that is gone is named
    assert dataset_edges() == {("orders", "m", True), ("m", "m", False)}
    assert ("orders.id", "m.id", "IDENTITY") in column_edges()
    assert ("m.id", "m", "FILTER") in column_edges()
    statement = Statement.objects.get()
    assert statement.kind == "model"
    assert "shop.public.orders.state" in statement.unresolved


def test_only_who_may_ingest_may_read_definitions() -> None:
    # Given somebody nobody knows, when they ask for a reading, then it is refused
    paid = shop()
    with pytest.raises(AccessRefused):
        read_definitions([paid.pk], acting=Principal.anonymous())
    assert Statement.objects.count() == 0


def test_a_template_is_executed_where_nobody_compiled_it() -> None:
    # Given a model that is only known as dbt's template
    table("shop.public.orders", ORDERS)
    sql = "{{ config(materialized='table') }}\nselect o.amount from {{ ref('orders') }} o"
    model = table("shop.public.m", ("amount",), sql, source_sql=sql)

    # When it is read
    read(model)

    # Then its edge is exact; a place in the SQL that was written is no place in the template
    assert column_edges() == {("orders.amount", "m.amount", "IDENTITY")}
    edge = ColumnEdge.objects.get()
    assert (edge.confidence, edge.span_start, edge.span_end) == (1.0, None, None)
    assert Statement.objects.get().status == StatementStatus.PARSED


def test_what_a_template_does_not_say_lowers_the_confidence() -> None:
    # Given a model with a macro that nobody knows
    table("shop.public.orders", ORDERS)
    sql = "select {{ cents('amount') }} as amount from {{ ref('orders') }}"
    model = table("shop.public.m", ("amount",), sql, source_sql=sql)

    # When it is read
    read(model)

    # Then its edges are believed by half, with the reason
    assert column_edges() == {("orders.amount", "m.amount", "TRANSFORMATION")}
    assert ColumnEdge.objects.get().confidence == 0.5
    statement = Statement.objects.get()
    assert statement.status == StatementStatus.DEGRADED
    assert "'cents' is not known" in statement.reason


def test_a_macro_of_dbt_utils_is_believed_with_what_was_assumed() -> None:
    # Given a model with a macro whose package is not at hand and is known all the same
    table("shop.public.orders", ORDERS)
    sql = "select {{ dbt_utils.safe_add(['amount', '1']) }} as amount from {{ ref('orders') }}"
    model = table("shop.public.m", ("amount",), sql, source_sql=sql)

    # When it is read
    read(model)

    # Then its edges are nearly as sure as those of plain SQL, with the reason
    assert column_edges() == {("orders.amount", "m.amount", "TRANSFORMATION")}
    assert ColumnEdge.objects.get().confidence == 0.9
    statement = Statement.objects.get()
    assert statement.status == StatementStatus.PARSED
    assert "'dbt_utils_safe_add' was read as its package writes it" in statement.reason


def test_what_a_script_fills_beside_the_dataset_is_not_its_own() -> None:
    # Given a definition that also fills another table
    table("shop.public.orders", ORDERS)
    table("shop.public.log", ("id",))
    sql = (
        "with gone as (delete from orders where state = 'old' returning id), "
        "kept as (insert into log (id) select id from gone returning id) select id from kept"
    )
    view = table("shop.public.v", ("id",), sql)

    # When it is read
    read(view)

    # Then the view has its own edges only
    assert {target for _, target, _ in column_edges()} <= {"v.id", "v"}


def test_a_remembered_reading_follows_a_schema_that_changed() -> None:
    # Given two views of the same text, read once
    orders = table("shop.public.orders", ("id", "total"))
    rates = table("shop.public.rates", ("id",))
    sql = "SELECT total FROM orders JOIN rates ON orders.id = rates.id"
    one = table("shop.public.one", ("total",), sql)
    read(one)
    assert ("orders.total", "one.total", "IDENTITY") in column_edges()

    # When the column moves to the other table
    Column.objects.filter(dataset=orders, name="total").delete()
    add_columns(rates, ("total",))
    read(one)

    # Then the edge is the one that a fresh reading gives
    assert ("rates.total", "one.total", "IDENTITY") in column_edges()
    assert ("orders.total", "one.total", "IDENTITY") not in column_edges()
