"""Query records: counted once, masked, matched to people, read into tables, joins and edges."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Column, Dataset, DatasetUse
from catalog.types import RunState
from lineage.models import (
    CountedRuns,
    Query,
    QueryDay,
    QueryFilter,
    QueryJoin,
    QueryRunner,
    QueryTable,
    Statement,
)
from lineage.selectors.links import node_of
from lineage.services.queries import reading
from lineage.services.queries.understanding import QueryReading
from lineage.services.queries.waiting import waiting_queries
from lineage.tasks import read_waiting_queries
from tests.factories import PersonFactory
from tests.lineage.queries.logs import ACTING, NOON, import_log, run_of
from tests.lineage.warehouse import add_columns, column_edges, dataset_edges, table

pytestmark = pytest.mark.django_db

READING = (
    "SELECT c.country, sum(o.total) FROM orders o JOIN customers c ON o.customer_id = c.id"
    " WHERE o.state = 'paid' GROUP BY 1"
)
WRITING = "INSERT INTO report (country, total) " + READING


@pytest.fixture
def shop() -> dict[str, Dataset]:
    return {
        "orders": table("shop.public.orders", ("id", "customer_id", "total", "state")),
        "customers": table("shop.public.customers", ("id", "name", "country")),
        "report": table("shop.public.report", ("country", "total")),
    }


def columns(ids: list[int]) -> set[str]:
    return set(Column.objects.filter(pk__in=ids).values_list("name", flat=True))


def test_runs_of_one_shape_are_one_record(tmp_path: Path, shop: dict[str, Dataset]) -> None:
    # Given a log of three runs that differ in their literal, one of them failed
    ann = PersonFactory(username="ann")
    rows = [
        run_of(READING, 1, user="ANN", duration_ms=10, rows=2, bytes=100),
        run_of(READING.replace("paid", "open"), 2, user="etl", duration_ms=30, rows=3, bytes=50),
        run_of(READING.replace("paid", "x"), 3, user="ann", duration_ms=5, status="failed"),
    ]

    # When it is imported
    run = import_log(tmp_path, rows)

    # Then there is one record with the sums, masked, and who ran it
    assert (run.state, run.read, run.created, run.refused) == (RunState.SUCCEEDED, 3, 1, 0)
    query = Query.objects.get()
    assert query.text == READING.replace("'paid'", "'?'")
    assert query.sample == ""
    assert (query.runs, query.errors, query.rows, query.size_bytes) == (3, 1, 5, 150)
    assert (query.total_ms, query.max_ms) == (45, 30)
    assert query.first_run_at == NOON + dt.timedelta(minutes=1)
    assert query.last_run_at == NOON + dt.timedelta(minutes=3)
    assert query.statement_type == "SELECT"
    ran = {
        (runner.user.name, runner.user.person, runner.runs)
        for runner in QueryRunner.objects.select_related("user__person")
    }
    assert ran == {("ANN", ann, 1), ("etl", None, 1), ("ann", ann, 1)}
    days = QueryDay.objects.values_list("day", "user__name", "runs", "errors")
    assert set(days) == {
        (NOON.date(), "ANN", 1, 0),
        (NOON.date(), "etl", 1, 0),
        (NOON.date(), "ann", 1, 1),
    }

    # And what it reads is known by dataset and column
    tables = {row.dataset: row for row in QueryTable.objects.select_related("dataset")}
    assert set(tables) == {shop["orders"], shop["customers"]}
    orders = tables[shop["orders"]]
    assert (orders.is_read, orders.is_written) == (True, False)
    assert columns(orders.columns) == {"customer_id", "total", "state"}
    assert columns(orders.filtered) == {"state"}
    assert columns(orders.joined) == {"customer_id"}
    join = QueryJoin.objects.get()
    assert {join.left_column.name, join.right_column.name} == {"customer_id", "id"}
    told = QueryFilter.objects.get()
    assert (told.column.name, told.condition) == ("state", "state = ?")

    # And the catalog knows the use: people by name, everybody else as nobody
    uses = set(DatasetUse.objects.values_list("dataset__name", "person", "reads"))
    assert uses == {
        ("orders", ann.pk, 1),
        ("orders", None, 1),
        ("customers", ann.pk, 1),
        ("customers", None, 1),
    }
    shop["orders"].refresh_from_db()
    assert shop["orders"].usage_score == 2


def test_a_log_read_twice_counts_once(tmp_path: Path, shop: dict[str, Dataset]) -> None:
    # Given an imported log
    rows = [run_of(READING, number, user="etl", duration_ms=1) for number in range(1, 4)]
    without_id = {key: value for key, value in run_of(READING, 9).items() if key != "id"}
    import_log(tmp_path, [*rows, without_id])

    # When it comes again, with one more run and one row twice
    run = import_log(tmp_path, [*rows, rows[0], without_id, run_of(READING, 4)])

    # Then only the new run is added
    assert (run.created, run.updated, run.unchanged) == (0, 1, 5)
    query = Query.objects.get()
    assert query.runs == 5
    assert sum(QueryDay.objects.values_list("runs", flat=True)) == 5
    assert sum(len(counted.runs) for counted in CountedRuns.objects.all()) == 5
    assert DatasetUse.objects.get(dataset=shop["orders"]).reads == 5


def test_a_bad_row_never_loses_the_batch(tmp_path: Path, shop: dict[str, Dataset]) -> None:
    # Given good rows among bad ones
    rows: list[Any] = [
        run_of(READING, 1, user="etl"),
        "{not json",
        "[1, 2]",
        run_of("", 2),
        run_of("SELECT 1", 3) | {"ended_at": "yesterday"},
        run_of("SELECT 1", 4) | {"ended_at": "1999-01-01T00:00:00Z"},
        run_of("SELECT 1", 5) | {"ended_at": "2999-01-01T00:00:00Z"},
        run_of("SELECT '" + "x" * 1_000_001 + "'", 6),
        run_of(READING, 7, user="u\x00" + "v" * 500, duration_ms=-1, rows=-5),
        run_of(READING, 8, duration_ms="1e400", rows=10**30, bytes="many"),
    ]

    # When they are imported
    run = import_log(tmp_path, rows)

    # Then the good ones count and every bad one has its place and a sentence
    assert run.state == RunState.SUCCEEDED_WITH_PROBLEMS
    assert Query.objects.get().runs == 3
    assert run.refused == 5
    told = {problem.location: problem.message for problem in run.problems.all()}
    assert told["log.jsonl, line 2"].startswith("The row was left out, it is no JSON")
    assert told["log.jsonl, line 3"] == "The row was left out: it is no JSON object."
    assert told["log.jsonl, line 4"] == "The row holds no statement."
    assert told["log.jsonl, line 5"].startswith("The row has no time at which the query ended")
    assert told["log.jsonl, line 6"].startswith("The query ran more than 400 days ago")
    assert told["log.jsonl, line 7"].startswith("The query ends in the future")
    assert told["log.jsonl, line 8"].startswith("The statement has 1,000,010 characters")


def test_a_dry_run_changes_nothing(tmp_path: Path, shop: dict[str, Dataset]) -> None:
    run = import_log(tmp_path, [run_of(READING)], dry_run=True)
    assert (run.state, run.created) == (RunState.SUCCEEDED, 1)
    assert not Query.objects.exists()
    assert not CountedRuns.objects.exists()
    assert not DatasetUse.objects.exists()


def test_literals_are_kept_only_when_the_connection_says_so(
    tmp_path: Path, shop: dict[str, Dataset]
) -> None:
    from tests.lineage.queries.logs import SETTINGS

    import_log(tmp_path, [run_of(READING)], settings={**SETTINGS, "keep_literals": True})
    query = Query.objects.get()
    assert query.sample == READING
    assert "paid" not in query.text


def test_a_writing_query_makes_edges_with_its_evidence(
    tmp_path: Path, shop: dict[str, Dataset]
) -> None:
    # Given a query that fills a table, run three times
    import_log(tmp_path, [run_of(WRITING, number, user="etl") for number in range(3)])

    # Then the edges stand, and their statement names the query
    assert dataset_edges() == {("orders", "report", True), ("customers", "report", True)}
    assert column_edges() >= {
        ("orders.total", "report.total", "AGGREGATION"),
        ("customers.country", "report.country", "IDENTITY"),
        ("orders.state", "report", "FILTER"),
    }
    statement = Statement.objects.get()
    assert (statement.kind, statement.dataset) == (Statement.Kind.QUERY, shop["report"])
    assert statement.query is not None
    assert statement.query.runs == 3
    report = QueryTable.objects.get(dataset=shop["report"])
    assert (report.is_read, report.is_written) == (False, True)
    assert columns(report.written_columns) == {"country", "total"}

    # And another import leaves them untouched
    before = list(statement.dataset_edges.values_list("pk", flat=True))
    import_log(tmp_path, [run_of(WRITING, 7, user="etl")])
    assert list(Statement.objects.get().dataset_edges.values_list("pk", flat=True)) == before
    assert statement.dataset_edges.first().history.count() == 1  # type: ignore[union-attr]


def test_a_query_is_read_again_when_its_tables_arrive(tmp_path: Path) -> None:
    # Given a log of tables that the catalog does not know
    import_log(tmp_path, [run_of(WRITING)])
    query = Query.objects.get()
    assert not QueryTable.objects.exists()
    assert "postgres://warehouse/shop.public.orders" in query.missing
    assert waiting_queries() == []

    # When they arrive, the last one without columns at first
    table("shop.public.orders", ("id", "customer_id", "total", "state"))
    table("shop.public.customers", ("id", "name", "country"))
    report = table("shop.public.report")
    feed_created(report)
    assert waiting_queries() == [query.pk]
    read_waiting_queries()

    # Then the edges follow, and the columns when they are known
    assert dataset_edges() == {("orders", "report", True), ("customers", "report", True)}
    add_columns(report, ("country", "total"))
    feed_created(report)
    read_waiting_queries()
    assert ("orders.total", "report.total", "AGGREGATION") in column_edges()
    assert waiting_queries() == []


def test_a_query_whose_tables_change_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a table that gains a column between the look at it and the writing of what uses it,
    # and another that arrives meanwhile
    orders = table("shop.public.orders", ("id", "customer_id", "total", "state"))
    understand = reading.understand_query

    def understand_late(*given: Any) -> QueryReading:
        understood = understand(*given)
        if not Dataset.objects.filter(name__endswith="customers").exists():
            add_columns(orders, ("note",))
            table("shop.public.customers", ("id", "name", "country"))
        return understood

    monkeypatch.setattr(reading, "understand_query", understand_late)

    # When queries of either are read
    import_log(
        tmp_path,
        [
            run_of("SELECT total FROM orders", 1),
            run_of("SELECT name FROM customers", 2),
            run_of("SELECT 1", 3),
        ],
    )

    # Then both wait for another reading, which finds nothing more to wait for
    waiting = Query.objects.filter(pk__in=waiting_queries())
    assert {query.text.split()[-1] for query in waiting} == {"orders", "customers"}
    read_waiting_queries()
    assert waiting_queries() == []
    assert QueryTable.objects.count() == 2


def feed_created(dataset: Dataset) -> None:
    from catalog.events import DatasetCreated
    from catalog.models import Event
    from lineage.consumers import digest

    digest([Event(type=DatasetCreated.name, subject_id=dataset.pk, payload={})])


def test_an_unreadable_query_is_kept_with_its_reason(
    tmp_path: Path, shop: dict[str, Dataset]
) -> None:
    broken = "INSERT INTO report SELECT total FROM orders WHERE ((("
    import_log(tmp_path, [run_of(broken, user="etl")])
    query = Query.objects.get()
    assert query.status == "UNPARSED"
    assert query.reason != ""
    assert dataset_edges() == {("orders", "report", True)}
    edge = Statement.objects.get().dataset_edges.get()
    assert (edge.confidence, edge.reason) == (0.2, "TOKEN_SCAN")
    # and it says nothing against the dataset's own definition
    assert node_of(ACTING, shop["report"].pk).status is None
    assert timezone.now() >= query.read_at  # type: ignore[operator]
