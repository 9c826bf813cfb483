"""pg_stat_statements of a running PostgreSQL: counted once, by whom, masked, with its edges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import psycopg
import pytest
from django.utils import timezone
from sqlalchemy.engine import URL, make_url

from catalog.models import Connection, Dataset, DatasetUse, IngestionRun
from catalog.services.ingestion_runs import execute_run, request_run
from catalog.types import RunState
from lineage.models import Query, QueryCounter, QueryDay, QueryJoin, QueryTable
from tests.factories import PersonFactory
from tests.lineage.queries.logs import ACTING
from tests.lineage.warehouse import dataset_edges

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

SECRET = "counting-server"


@pytest.fixture
def server(counting_postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(counting_postgres_url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("DROP SCHEMA IF EXISTS shop CASCADE")
        connection.execute("CREATE SCHEMA shop")
        connection.execute("CREATE TABLE shop.customers (id int, country text)")
        connection.execute("CREATE TABLE shop.orders (id int, customer_id int, total int)")
        connection.execute("CREATE TABLE shop.report (country text, total bigint)")
        connection.execute("SELECT pg_stat_statements_reset()")
        yield connection


def import_from(url: URL, connector: str, monkeypatch: pytest.MonkeyPatch) -> IngestionRun:
    monkeypatch.setenv("CONCORD_SECRET_COUNTING_SERVER", str(url.password))
    address = f"postgresql://{url.username}@{url.host}:{url.port}/{url.database}"
    settings = {"url": address, "instance": "counting"}
    if connector == "postgres_queries":
        settings["default_schema"] = "shop"
    connection, _ = Connection.objects.get_or_create(
        name=connector,
        defaults={"connector": connector, "settings": settings, "secret_name": SECRET},
    )
    run = request_run(acting=ACTING, connection_id=connection.pk, in_background=False)
    return execute_run(run.pk)


def test_statements_are_counted_once_with_tables_people_and_edges(
    counting_postgres_url: str, server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a server whose tables the catalog knows, and statements that it ran
    url = make_url(counting_postgres_url)
    person = PersonFactory(username=str(url.username))
    assert import_from(url, "sql", monkeypatch).state == RunState.SUCCEEDED
    server.execute("SELECT pg_stat_statements_reset()")
    reading = (
        "SELECT c.country, sum(o.total) FROM shop.orders o JOIN shop.customers c"
        " ON o.customer_id = c.id WHERE c.country = {} GROUP BY c.country"
    )
    for country in ("'FR'", "'IT'", "'PT'"):
        server.execute(reading.format(country))
    server.execute(
        "INSERT INTO report SELECT country, 7 FROM shop.customers".replace("report", "shop.report")
    )

    # When its counters are read, and read again
    run = import_from(url, "postgres_queries", monkeypatch)
    again = import_from(url, "postgres_queries", monkeypatch)

    # Then every run counts once
    assert (run.state, run.error) == (RunState.SUCCEEDED, "")
    query = Query.objects.get(text__contains="sum(o.total)")
    assert (query.runs, query.text) == (3, reading.format("$1"))
    assert query.total_ms > 0
    assert again.created == 0
    assert [runner.user.person for runner in query.runners.all()] == [person]
    assert QueryDay.objects.get(query=query).runs == 3
    assert abs(query.last_run_at - timezone.now()) < dt.timedelta(minutes=10)  # type: ignore[operator]

    # And what it reads, joins and writes is in the graph, and its use in the catalog
    orders = Dataset.objects.get(qualified_name="postgres://counting/catalog.shop.orders")
    assert QueryTable.objects.get(query=query, dataset=orders).is_read
    join = QueryJoin.objects.get(query=query)
    assert {join.left_column.name, join.right_column.name} == {"customer_id", "id"}
    assert ("customers", "report", True) in dataset_edges()
    assert DatasetUse.objects.get(dataset=orders, person=person).reads == 3

    # When two more ran, the server's counters were reset and one more ran
    for country in ("'ES'", "'DE'"):
        server.execute(reading.format(country))
    import_from(url, "postgres_queries", monkeypatch)
    server.execute("SELECT pg_stat_statements_reset()")
    server.execute(reading.format("'NL'"))
    import_from(url, "postgres_queries", monkeypatch)

    # Then the sum goes on
    query.refresh_from_db()
    assert query.runs == 6
    assert QueryCounter.objects.filter(runs=1).exists()
    assert not Query.objects.filter(text__contains="concord query log").exists()
    assert not Query.objects.filter(text__istartswith="begin").exists()


def test_nobody_keeps_a_query_out_by_the_mark_of_our_own(
    counting_postgres_url: str, server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(counting_postgres_url)
    assert import_from(url, "sql", monkeypatch).state == RunState.SUCCEEDED
    server.execute("DROP ROLE IF EXISTS sly")
    server.execute("CREATE ROLE sly")
    try:
        server.execute("GRANT USAGE ON SCHEMA shop TO sly")
        server.execute("GRANT SELECT ON shop.customers TO sly")
        server.execute("SET ROLE sly")
        server.execute("SELECT country /* concord query log */ FROM shop.customers")
        server.execute("RESET ROLE")

        import_from(url, "postgres_queries", monkeypatch)

        query = Query.objects.get(tables__dataset__name="customers")
        assert [runner.user.name for runner in query.runners.all()] == ["sly"]
    finally:
        server.execute("RESET ROLE")
        server.execute("DROP OWNED BY sly")
        server.execute("DROP ROLE sly")


def test_a_server_without_the_extension_is_refused_in_one_sentence(
    counting_postgres_url: str, server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.execute("DROP EXTENSION pg_stat_statements")
    run = import_from(make_url(counting_postgres_url), "postgres_queries", monkeypatch)
    assert run.state == RunState.FAILED
    assert run.error.startswith("The database has no pg_stat_statements: run CREATE EXTENSION")
    assert not Query.objects.exists()


def test_what_a_poor_user_may_not_see_is_told(
    counting_postgres_url: str, server: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a user who may connect but not read all statistics
    server.execute("DROP OWNED BY poor" if _exists(server) else "SELECT 1")
    server.execute("DROP ROLE IF EXISTS poor")
    server.execute("CREATE ROLE poor LOGIN PASSWORD 'poor-word'")
    server.execute("SELECT 42 + 1")

    # When the counters are read as that user
    url = make_url(counting_postgres_url).set(username="poor", password="poor-word")
    run = import_from(url, "postgres_queries", monkeypatch)

    # Then the run says what is hidden and how to mend it
    assert run.state == RunState.SUCCEEDED_WITH_PROBLEMS
    problem = run.problems.get()
    assert problem.message.endswith("grant the user pg_read_all_stats.")
    assert not Query.objects.filter(text__contains="+").exists()


def _exists(server: psycopg.Connection) -> bool:
    found = server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'poor'").fetchone()
    return found is not None
