"""What connectors yield is taken over whole, and a second import of the same changes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.models import Column, Connection, Dataset, Relation, TestResult
from catalog.services.ingestion_runs import execute_run, request_run
from catalog.types import Principal, RunState

pytestmark = pytest.mark.django_db


def imported(connector: str, settings: dict[str, Any]) -> Any:
    connection, _ = Connection.objects.get_or_create(
        name=connector, defaults={"connector": connector, "settings": settings}
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
        ("openlineage", fixture("marquez/food_delivery_seed.json"), 13, 91, 0, 2),
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
    settings = {"path": str(where(fixtures_folder))}
    first = imported(connector, settings)
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
    again = imported(connector, settings)
    assert (again.unchanged, again.updated, again.disappeared) == (datasets, 0, 0)
