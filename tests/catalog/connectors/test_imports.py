"""What connectors yield is taken over whole, and a second import of the same changes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.models import Column, Connection, Dataset, Relation, TestResult
from catalog.services.ingestion_runs import execute_run, request_run
from catalog.types import Principal, RunState

pytestmark = pytest.mark.django_db


def imported(connector: str, stated: dict[str, Any]) -> Any:
    connection, _ = Connection.objects.get_or_create(
        name=connector, defaults={"connector": connector, "settings": stated}
    )
    run = request_run(
        acting=Principal.system("test"), connection_id=connection.pk, in_background=False
    )
    return execute_run(run.pk)


def fixture(folder: str) -> Callable[[Path], Path]:
    return lambda fixtures: fixtures / folder


@pytest.mark.parametrize(
    ("connector", "where", "datasets", "columns", "relations", "tests"),
    [
        ("dbt", fixture("dbt-fivetran-jira"), 83, 853, 0, 40),
        ("dbt", fixture("dbt-jaffle-shop-duckdb"), 8, 38, 1, 20),
        ("openlineage", fixture("marquez/food_delivery_seed.json"), 14, 91, 0, 2),
        ("openlineage", fixture("openlineage/events/spark.ndjson"), 16, 36, 0, 0),
        ("data_dictionary", fixture("omop-cdm"), 39, 432, 176, 0),
    ],
)
def test_every_record_is_taken_over_once(
    fixtures_folder: Path,
    connector: str,
    where: Callable[[Path], Path],
    datasets: int,
    columns: int,
    relations: int,
    tests: int,
) -> None:
    stated = {"path": str(where(fixtures_folder))}
    first = imported(connector, stated)
    assert first.state in {RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_PROBLEMS}, first.error
    assert (first.total, first.read, first.created, first.refused) == (
        datasets,
        datasets,
        datasets,
        0,
    )
    counted = {
        "datasets": Dataset.objects.count(),
        "columns": Column.objects.count(),
        "relations": Relation.objects.count(),
        "tests": TestResult.objects.count(),
    }
    assert counted == {
        "datasets": datasets,
        "columns": columns,
        "relations": relations,
        "tests": tests,
    }
    again = imported(connector, stated)
    assert (again.unchanged, again.updated, again.disappeared) == (datasets, 0, 0)


def test_postgres_own_catalogue_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    server = settings.DATABASES["default"]
    monkeypatch.setenv("CONCORD_SECRET_OWN_DATABASE", server["PASSWORD"])
    Connection.objects.create(
        name="sql",
        connector="sql",
        secret_name="own-database",
        settings={
            "url": f"postgresql:///{server['NAME']}?host={server['HOST']}&port={server['PORT']}"
            f"&user={server['USER']}",
            "instance": "own",
            "include_schemas": ["pg_catalog", "information_schema"],
        },
    )
    run = imported("sql", {})
    assert (run.state, run.refused, run.error) == (RunState.SUCCEEDED, 0, "")
    assert Dataset.objects.count() == run.created >= 200
    assert Dataset.objects.exclude(definition_sql="").count() >= 138
    assert imported("sql", {}).disappeared == 0


def test_a_folder_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "eu").mkdir()
    (tmp_path / "eu" / "people.csv").write_text("id,name\n1,ann\n")
    run = imported("files", {"path": str(tmp_path), "instance": "lake"})
    people = Dataset.objects.get()
    assert (run.state, run.created) == (RunState.SUCCEEDED, 1)
    assert people.qualified_name == 'file://lake/eu."people.csv"'
    assert people.latest_rows == 1
    assert people.container is not None
    assert people.container.kind == "folder"


def upload(connector: str, *paths: Path) -> Any:
    connection, _ = Connection.objects.get_or_create(
        name=f"{connector} uploads", defaults={"connector": connector, "settings": {}}
    )
    run = request_run(
        acting=Principal.system("test"), connection_id=connection.pk, in_background=False
    )
    return execute_run(run.pk, files={path.name: path for path in paths})


def test_a_second_uploaded_file_does_not_make_the_first_disappear(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("a,b\n1,2\n")
    second.write_text("c\n3\n")

    upload("files", first)
    run = upload("files", second)

    assert run.disappeared == 0
    assert Dataset.objects.filter(disappeared_at__isnull=True).count() == 2


def test_a_test_that_did_not_run_keeps_its_last_result() -> None:
    artifacts = settings.BASE_DIR / "demo" / "warehouse" / "artifacts"
    upload("dbt", artifacts / "manifest.json", artifacts / "run_results.json")
    passed = TestResult.objects.filter(status="passed").count()
    assert passed > 50

    upload("dbt", artifacts / "manifest.json")

    assert TestResult.objects.filter(status="passed").count() == passed
