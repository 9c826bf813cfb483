"""The committed dbt artifacts describe our project, all of it, and nothing else."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from demo.flights import ARTIFACTS, WAREHOUSE, read_artifact

NAMES = ("manifest", "catalog", "run_results", "sources", "row_counts")
OWN_TESTS = {"within_range", "unique_together"}
FOREIGN = re.compile(
    r"(?<![\w.:/])/(tmp|home|root|work|usr|opt|Users|var)/|[A-Z]:\\\\|site-packages|invocation_id"
    r"|user_id|macro\.dbt|{%-? *macro|_dbt_generic_test_kwargs|dbt_internal_test|__overview__"
)
KNOWN_FLAWS = {
    "airline_flights_use_airliners": 38,
    "fct_flights_ground_speed_is_possible": 4,
    "flights_have_weather": 1_556,
    "source_airports_lon_is_american": 3,
    "source_airports_tzone_is_known": 3,
    "source_flights_dest_is_listed": 7_602,
    "source_flights_tailnum_is_registered": 50_094,
    "source_planes_year_is_known": 70,
    "source_weather_local_hour_is_unique": 3,
    "source_weather_wind_speed_is_possible": 1,
}
TEAMS = {"Network operations", "Commercial analytics", "Fleet engineering", "Data platform"}


def described_relations() -> dict[str, dict[str, Any]]:
    """Models, seeds and sources: everything that is a table or view."""
    manifest = read_artifact("manifest")
    relations: dict[str, dict[str, Any]] = manifest["nodes"] | manifest["sources"]
    return {key: node for key, node in relations.items() if node["resource_type"] != "test"}


def nodes_of_type(resource_type: str) -> list[dict[str, Any]]:
    nodes = read_artifact("manifest")["nodes"].values()
    return [node for node in nodes if node["resource_type"] == resource_type]


def unique_ids(value: Any) -> Iterator[str]:
    """Every "unique_id" anywhere inside `value`."""
    if isinstance(value, dict):
        if "unique_id" in value:
            yield value["unique_id"]
        for inner in value.values():
            yield from unique_ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from unique_ids(inner)


@pytest.mark.parametrize("name", NAMES)
def test_an_artifact_is_json_without_paths_and_without_dbts_own_texts(name: str) -> None:
    text = (ARTIFACTS / f"{name}.json").read_text()

    assert isinstance(json.loads(text), dict)
    assert [found.group() for found in FOREIGN.finditer(text)] == []


@pytest.mark.parametrize(
    "leak",
    [
        '"/var/folders/x/warehouse"',
        '"root": "/home/me"',
        '"invocation_id": "1"',
        '"{% macro test_unique(model) %}"',
        '"{{ test_unique(**_dbt_generic_test_kwargs) }}"',
    ],
)
def test_the_search_for_foreign_text_finds_it(leak: str) -> None:
    assert FOREIGN.search(leak)


def test_the_artifacts_are_small() -> None:
    assert sum((ARTIFACTS / f"{name}.json").stat().st_size for name in NAMES) < 1_500_000


def test_the_manifest_holds_our_package_only() -> None:
    manifest = read_artifact("manifest")

    assert manifest["macros"] == manifest["docs"] == {}
    assert set(manifest["metadata"]) == {
        "dbt_schema_version",
        "dbt_version",
        "generated_at",
        "project_name",
        "adapter_type",
    }
    ids = list(unique_ids(manifest))
    assert len(ids) > 150
    assert [each for each in ids if each.split(".")[1] != "nycflights"] == []


def test_generic_tests_carry_no_text_that_dbt_wrote() -> None:
    tests = [node for node in nodes_of_type("test") if "test_metadata" in node]

    assert len(tests) > 100
    assert {test["raw_code"] for test in tests} == {""}
    with_sql = {test["test_metadata"]["name"] for test in tests if test["compiled_code"]}
    assert with_sql == OWN_TESTS


def test_the_manifest_was_made_from_the_sql_in_the_repository() -> None:
    models = {node["original_file_path"]: node["raw_code"] for node in nodes_of_type("model")}

    files = {
        path.relative_to(WAREHOUSE).as_posix(): path.read_text().strip()
        for path in (WAREHOUSE / "models").rglob("*.sql")
    }
    assert models == files
    assert len(models) == 22
    assert all(node["compiled_code"].strip() for node in nodes_of_type("model"))


def test_every_relation_and_column_is_described_in_a_sentence() -> None:
    relations = described_relations()

    assert len(relations) == 22 + 3 + 5
    texts = {key: node["description"] for key, node in relations.items()} | {
        f"{key}.{column['name']}": column["description"]
        for key, node in relations.items()
        for column in node["columns"].values()
    }
    assert [key for key, text in texts.items() if not re.fullmatch(r'[A-Z1"].+\.', text)] == []


def test_the_described_columns_are_the_real_ones_in_their_order() -> None:
    catalog = read_artifact("catalog")
    real = {
        key: sorted(entry["columns"], key=lambda name: entry["columns"][name]["index"])
        for key, entry in (catalog["nodes"] | catalog["sources"]).items()
    }

    assert {key: list(node["columns"]) for key, node in described_relations().items()} == real


def test_every_model_and_exposure_belongs_to_a_team() -> None:
    manifest = read_artifact("manifest")
    owners = {group["name"]: group["owner"] for group in manifest["groups"].values()}

    assert {owners[node["group"]]["name"] for node in nodes_of_type("model")} == TEAMS
    exposed = [exposure["owner"] for exposure in manifest["exposures"].values()]
    for owner in [*owners.values(), *exposed]:
        assert owner["name"] in TEAMS
        assert owner["email"] == owner["name"].lower().replace(" ", "-") + "@example.org"


def test_five_marts_promise_a_contract_with_a_primary_key() -> None:
    contracts = {
        node["name"]: node["constraints"][0]["columns"]
        for node in nodes_of_type("model")
        if node["contract"]["enforced"]
    }

    assert contracts == {
        "carrier_monthly_performance": ["carrier_code", "month_start_date"],
        "dim_aircraft": ["tail_number"],
        "dim_airlines": ["carrier_code"],
        "dim_airports": ["airport_code"],
        "fct_flights": ["flight_id"],
    }


def test_the_run_passed_except_for_the_flaws_we_know() -> None:
    results = read_artifact("run_results")["results"]

    statuses = {result["status"] for result in results}
    assert statuses == {"success", "pass", "warn", "no-op"}
    flaws = {
        result["unique_id"].split(".")[2]: result["failures"]
        for result in results
        if result["status"] == "warn"
    }
    assert flaws == KNOWN_FLAWS


def test_the_sources_with_a_clock_are_stale() -> None:
    results = read_artifact("sources")["results"]

    assert {result["unique_id"]: result["status"] for result in results} == {
        "source.nycflights.raw.flights": "warn",
        "source.nycflights.raw.weather": "warn",
    }


def test_the_private_builders_of_aircraft_stay_out_of_the_repository() -> None:
    seed = (WAREHOUSE / "seeds" / "manufacturer_names.csv").read_text()
    tagged = {
        f"{node['name']}.{column['name']}"
        for node in described_relations().values()
        for column in node["columns"].values()
        if "personal-data" in column.get("config", {}).get("tags", [])
    }

    assert tagged == {"planes.manufacturer", "stg_planes.registered_manufacturer"}
    assert len(seed.splitlines()) == 1 + 24
