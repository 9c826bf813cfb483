"""Lineage of what nobody here wrote for a test: the demo warehouse and PostgreSQL's own views."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connection as database

from catalog.models import Column, Connection, Dataset
from catalog.services.ingestion_runs import execute_run, request_run
from catalog.types import Principal, RunState
from lineage.models import ColumnEdge, DatasetEdge, Statement
from lineage.selectors.impact import column_impact
from lineage.selectors.traversal import downstream, paths_between, upstream
from lineage.services.rebuilding import rebuild_lineage
from tests.embedded import ROOT
from tests.feeding import feed_settled

pytestmark = pytest.mark.django_db(transaction=True)

SOMEBODY = Principal.system("test")


def imported(connector: str, stated: dict[str, Any], secret: str = "") -> None:
    source = Connection.objects.create(
        name=connector, connector=connector, settings=stated, secret_name=secret
    )
    run = request_run(acting=SOMEBODY, connection_id=source.pk, in_background=False)
    state = execute_run(run.pk).state
    assert state in {RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_PROBLEMS}
    feed_settled()


def of(name: str) -> Dataset:
    return Dataset.objects.get(name=name)


def test_the_demo_warehouse_has_the_lineage_that_its_sql_says() -> None:
    # Given the artifacts of a real dbt run
    imported("dbt", {"path": str(ROOT / "demo" / "warehouse" / "artifacts")})

    # Then every model was understood, and every dependency dbt knows is an edge read from SQL
    models = Statement.objects.filter(kind="model")
    assert models.count() == 22
    assert [(s.dataset.name, s.reason) for s in models.exclude(status="PARSED")] == []
    from_sql = set(
        DatasetEdge.objects.filter(statement__kind="model").values_list("source_id", "target_id")
    )
    declared = set(
        DatasetEdge.objects.filter(
            statement__kind="declared", target__in=models.values("dataset")
        ).values_list("source_id", "target_id")
    )
    assert len(declared) > 30
    assert declared == from_sql

    # And a column is followed over four models, copied and computed
    airlines = of("stg_airlines")
    edges = ColumnEdge.objects.filter(target=airlines, statement__kind="model")
    assert set(edges.values_list("source_column__name", "target_column__name", "subtype")) == {
        ("carrier", "carrier_code", "IDENTITY"),
        ("name", "legal_name", "IDENTITY"),
        ("name", "airline_name", "TRANSFORMATION"),
    }
    name = Column.objects.get(dataset=of("airlines"), name="name")
    reached = {item.node.name: item for item in column_impact(SOMEBODY, name.pk).affected}
    assert [node.name for node in reached["dim_airlines"].path] == [
        "airlines",
        "stg_airlines",
        "dim_airlines",
    ]
    assert reached["delay_leaderboard"].effect == "values"
    assert "weather_impact_on_delay" not in reached
    weather = paths_between(SOMEBODY, of("weather").pk, of("weather_impact_on_delay").pk)
    assert [[node.name for node in path] for path in weather.shortest] == [
        ["weather", "stg_weather", "int_flights_with_weather", "weather_impact_on_delay"]
    ]
    assert {node.name for node in upstream(SOMEBODY, of("fct_flights").pk).nodes} >= {
        "flights",
        "weather",
        "planes",
        "delay_bands",
    }

    # And every mark lies on a word of the statement that names the column
    for edge in ColumnEdge.objects.filter(span_start__isnull=False).select_related(
        "statement", "source_column"
    ):
        words = edge.statement.sql[edge.span_start : edge.span_end].lower()
        assert words
        assert len(words) <= len(edge.source_column.name) + 2

    # And reading it all anew changes no edge
    history = DatasetEdge.history.rel.related_model  # type: ignore[attr-defined]
    before = history.objects.count()
    outcome = rebuild_lineage(acting=SOMEBODY)
    assert outcome.read == 22
    assert (outcome.edges_added, outcome.edges_changed, outcome.edges_removed) == (0, 0, 0)
    assert history.objects.count() == before


def test_postgres_own_views(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given the catalogue of the running server
    server = settings.DATABASES["default"]
    monkeypatch.setenv("CONCORD_SECRET_OWN_DATABASE", server["PASSWORD"])
    stated = {
        "url": f"postgresql:///{server['NAME']}?host={server['HOST']}&port={server['PORT']}"
        f"&user={server['USER']}",
        "instance": "own",
        "include_schemas": ["pg_catalog", "information_schema"],
    }
    imported("sql", stated, "own-database")

    # Then every view is read; the ones that were not understood say why and keep their tables
    views = Dataset.objects.exclude(definition_sql="")
    statements = Statement.objects.filter(kind="view")
    assert statements.count() == views.count() >= 138
    unread = statements.exclude(status="PARSED")
    assert all(statement.reason for statement in unread)
    assert unread.count() <= 6

    # And the tables of each understood view are those in PostgreSQL's own parse trees
    with database.cursor() as cursor:
        cursor.execute(
            """
            SELECT view.relnamespace::regnamespace || '.' || view.relname,
                   read.relnamespace::regnamespace || '.' || read.relname
            FROM pg_rewrite AS rule
            JOIN pg_class AS view ON view.oid = rule.ev_class
            CROSS JOIN LATERAL regexp_matches(rule.ev_action::text, ':relid ([0-9]+)', 'g') AS found
            JOIN pg_class AS read ON read.oid = found[1]::oid AND read.oid <> view.oid
            """
        )
        recorded = set(cursor.fetchall())
    parsed = {
        _short(name)
        for name in statements.filter(status="PARSED").values_list(
            "dataset__qualified_name", flat=True
        )
    }
    found = {
        (_short(target), _short(source))
        for source, target in DatasetEdge.objects.values_list(
            "source__qualified_name", "target__qualified_name"
        )
    }
    expected = {(view, source) for view, source in recorded if view in parsed}
    got = {(view, source) for view, source in found if view in parsed}
    assert len(expected) > 300
    assert got == expected
    tables = Dataset.objects.get(qualified_name__endswith=".pg_catalog.pg_class")
    assert len(downstream(SOMEBODY, tables.pk).nodes) > 60


def _short(name: str) -> str:
    return ".".join(name.rpartition("/")[2].split(".")[-2:]).replace('"', "")
