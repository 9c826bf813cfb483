"""The notes on PostgreSQL's own catalogue: true of the running server, and only words."""

import csv
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from catalog.models import Column, Connection, Dataset
from catalog.registries.connectors import ReadContext, connectors
from catalog.services.ingest import IngestReport
from catalog.types import DatasetKind, Severity
from config.demo.sources import NOTES, POSTGRES, DemoSource, sources
from tests.catalog.ingest.sources import bring
from tests.factories import ConnectionFactory

FOLDER = settings.BASE_DIR / "demo" / "postgres_notes"


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def demo_source(name: str) -> DemoSource:
    (found,) = [source for source in sources(Path("unused")) if source.name == name]
    return found


def bring_source(name: str) -> IngestReport:
    """Read a source of the demonstration as it is configured there."""
    source = demo_source(name)
    connector = connectors.get(source.connector)
    context = ReadContext(
        files=source.files or {}, secret=str(settings.DATABASES["default"]["PASSWORD"])
    )
    records = connector.read(connector.settings(**source.settings), context)
    return bring(*records, connection=ConnectionFactory(name=name))


def test_each_relation_and_column_has_one_short_sentence() -> None:
    tables, columns = rows("tables.csv"), rows("columns.csv")
    names = [(row["schema"], row["table"]) for row in tables]
    assert (len(names), len(set(names))) == (213, 213)
    paths = [(row["schema"], row["table"], row["column"]) for row in columns]
    assert (len(paths), len(set(paths))) == (145, 145)
    assert {path[:2] for path in paths} <= set(names)
    for row in (*tables, *columns):
        sentence = row["description"]
        assert sentence.endswith("."), sentence
        assert 15 <= len(sentence) <= 180, sentence


def test_the_notes_come_after_the_database() -> None:
    names = [source.name for source in sources(Path("unused"))]
    assert names.index(NOTES) > names.index(POSTGRES)


@pytest.mark.django_db
def test_the_notes_describe_what_the_server_has_and_change_nothing_else() -> None:
    # Given the catalogue of the running server
    bring_source(POSTGRES)
    kinds = dict(Dataset.objects.values_list("qualified_name", "kind"))
    paths = set(Column.objects.values_list("dataset__qualified_name", "path", "physical_type"))
    assert DatasetKind.VIEW in kinds.values()
    # When the notes are read
    report = bring_source(NOTES)
    # Then relations, kinds and columns are as before, and nothing has disappeared
    assert dict(Dataset.objects.values_list("qualified_name", "kind")) == kinds
    assert (
        set(Column.objects.values_list("dataset__qualified_name", "path", "physical_type")) == paths
    )
    assert not Dataset.objects.filter(disappeared_at__isnull=False).exists()
    assert not Column.objects.filter(disappeared_at__isnull=False).exists()
    # And what the server has is described
    place = "postgres://concord/postgres"
    known = {
        f"{place}.{row['schema']}.{row['table']}": row["description"] for row in rows("tables.csv")
    }
    described = dict(
        Dataset.objects.exclude(harvested_description="")
        .filter(qualified_name__in=known)
        .values_list("qualified_name", "harvested_description")
    )
    assert described == {name: known[name] for name in known if name in kinds}
    assert {problem.severity for problem in report.problems} <= {Severity.NOTICE}
    if connection.pg_version // 10_000 == 18:
        system = Dataset.objects.filter(container__name__in=["pg_catalog", "information_schema"])
        assert system.count() == len(known) == len(described) == 213
        columns = Column.objects.exclude(harvested_description="")
        assert columns.filter(dataset__in=system).count() == 145
        assert report.problems == []


@pytest.mark.django_db
def test_reading_both_again_changes_nothing() -> None:
    bring_source(POSTGRES)
    bring_source(NOTES)
    source = demo_source(NOTES)
    connector = connectors.get(source.connector)
    records = connector.read(
        connector.settings(**source.settings), ReadContext(files=source.files or {})
    )
    notes = Connection.objects.get(name=NOTES)
    again = bring(*records, connection=notes)
    assert (again.updated, again.created, again.disappeared) == (0, 0, 0)
    assert (
        again.unchanged
        == Dataset.objects.filter(
            source_records__connection=notes, source_records__gone_at__isnull=True
        ).count()
    )
