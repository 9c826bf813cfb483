"""What real dbt projects become, with counts that were taken from the files by hand."""

import datetime as dt
import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from catalog.connectors.dbt.connector import DbtConnector
from catalog.registries.connectors import ReadContext, SourceUnreadable
from catalog.types import (
    DatasetKind,
    OwnerRecord,
    OwnershipKind,
    RelationRecord,
    Severity,
    TestStatus,
)
from tests.catalog.connectors.reading import Read, read_all
from tests.embedded import ROOT

JIRA = "postgres://jira_integration_tests/postgres"
SHOP = "duckdb://jaffle_shop/jaffle_shop.main"
DEMO = "duckdb://nycflights/nycflights"


@pytest.fixture(scope="module")
def jira(fixtures_folder: Path) -> Read:
    return read_all(DbtConnector(), path=str(fixtures_folder / "dbt-fivetran-jira"))


@pytest.fixture(scope="module")
def shop(fixtures_folder: Path) -> Read:
    return read_all(DbtConnector(), path=str(fixtures_folder / "dbt-jaffle-shop-duckdb"))


@pytest.fixture(scope="module")
def demo() -> Read:
    return read_all(DbtConnector(), path=str(ROOT / "demo/warehouse/artifacts"))


@pytest.fixture
def project(fixtures_folder: Path, tmp_path: Path) -> dict[str, Any]:
    """The jaffle shop's manifest, to be changed and written by `given`."""
    return json.loads((fixtures_folder / "dbt-jaffle-shop-duckdb/manifest.json").read_text())


def given(folder: Path, **artifacts: Any) -> str:
    for name, content in artifacts.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return str(folder)


class TestTheJiraProject:
    def test_each_relation_is_one_dataset_however_many_nodes_describe_it(self, jira: Read) -> None:
        resources = [d.custom["dbt_resource"] for d in jira.datasets.values()]
        assert jira.expected == len(jira.datasets) == 83
        assert resources.count("model") == 61
        assert resources.count("seed") == 22
        assert resources.count("source") == 0  # all 18 are the seeds of the test project

    def test_the_database_decides_which_columns_there_are(self, jira: Read) -> None:
        stated = [d for d in jira.datasets.values() if d.columns_complete]
        assert len(stated) == 70
        assert sum(len(d.columns or ()) for d in stated) == 720

    def test_a_column_only_the_project_describes_is_a_problem(self, jira: Read) -> None:
        assert sorted(p.location for p in jira.problems) == [
            "model.jira.int_jira__field_history_scd.story_point_estimate",
            "model.jira.int_jira__field_history_scd.story_points",
            "model.jira.int_jira__pivot_daily_field_history.story_point_estimate",
            "model.jira.int_jira__pivot_daily_field_history.story_points",
            "source.jira.jira.field_option.parent_id",
        ]
        assert "parent_id" not in jira.columns(f"{JIRA}.public.field_option")

    def test_sql_and_edges(self, jira: Read) -> None:
        users = jira.dataset(f"{JIRA}.public_jira_dev.jira__user_enhanced")
        assert sum(1 for d in jira.datasets.values() if d.definition) == 61
        assert sum(len(d.upstream) for d in jira.datasets.values()) == 108
        assert users.upstream == tuple(
            f"{JIRA}.public_jira_dev.{name}"
            for name in ("stg_jira__user", "int_jira__user_metrics", "jira__issue_enhanced")
        )
        assert users.definition is not None
        assert users.definition.platform == "postgres"
        assert users.definition.default_schema == "public_jira_dev"
        assert users.definition.sql.startswith("with  __dbt__cte__int_jira__user_metrics as (")
        assert "{{ ref('stg_jira__user') }}" in users.definition.source_sql

    def test_kinds_are_what_the_database_says(self, jira: Read) -> None:
        kinds = [d.kind for d in jira.datasets.values() if d.custom["dbt_resource"] == "model"]
        assert kinds.count(DatasetKind.TABLE) == 11
        assert kinds.count(DatasetKind.VIEW) == 50  # 37 views and 13 ephemeral models

    def test_a_source_describes_the_seed_that_builds_it(self, jira: Read) -> None:
        comment = jira.dataset(f"{JIRA}.public.comment")
        columns = {c.path[0]: c for c in comment.columns or ()}
        assert comment.description == "Table of comments made on issues."
        assert columns["id"].physical_type == "bigint"
        assert columns["id"].description == "Unique ID of the comment."

    def test_tests_without_a_result_do_not_pass(self, jira: Read) -> None:
        tests = [t for d in jira.datasets.values() for t in d.tests]
        assert len(tests) == 40
        assert {t.status for t in tests} == {TestStatus.SKIPPED}


class TestTheJaffleShop:
    def test_counts(self, shop: Read) -> None:
        assert len(shop.datasets) == 8
        assert sum(len(d.columns or ()) for d in shop.datasets.values()) == 38
        described = [c for d in shop.datasets.values() for c in d.columns or () if c.description]
        assert len(described) == 15  # the 16th describes a column that is not there
        assert [p.location for p in shop.problems] == [
            "model.jaffle_shop.customers.total_order_amount"
        ]

    def test_orders(self, shop: Read) -> None:
        orders = shop.dataset(f"{SHOP}.orders")
        assert shop.columns(f"{SHOP}.orders")[:3] == ["order_id", "customer_id", "order_date"]
        assert (orders.columns or ())[0].key_position == 1
        assert orders.relations == (
            RelationRecord(
                f"{SHOP}.customers", columns=("customer_id",), target_columns=("customer_id",)
            ),
        )
        assert "customer_id exists in customers.customer_id" in {t.name for t in orders.tests}
        assert "order_id is unique" in {t.name for t in orders.tests}

    def test_a_test_that_was_only_compiled_did_not_pass(self, shop: Read) -> None:
        tests = [t for d in shop.datasets.values() for t in d.tests]
        assert len(tests) == 20
        assert {t.status for t in tests} == {TestStatus.SKIPPED}
        assert tests[0].message.startswith("Compiled only")

    def test_a_result_of_a_real_run_is_taken_over(
        self, fixtures_folder: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(fixtures_folder / "dbt-jaffle-shop-duckdb", tmp_path, dirs_exist_ok=True)
        results = json.loads((tmp_path / "run_results.json").read_text())
        for result in results["results"]:
            if result["unique_id"].startswith("test.jaffle_shop.unique_orders_order_id"):
                result.update(status="fail", failures=3, message="Got 3 results")
        read = read_all(DbtConnector(), path=given(tmp_path, run_results=results))
        failed = [t for t in read.dataset(f"{SHOP}.orders").tests if t.status is TestStatus.FAILED]
        assert [(t.name, t.column, t.failures, t.message) for t in failed] == [
            ("order_id is unique", "order_id", 3, "Got 3 results")
        ]


class TestTheDemoWarehouse:
    def test_groups_and_meta_name_owners(self, demo: Read) -> None:
        flights = demo.dataset(f"{DEMO}.raw.flights")
        assert flights.owners == (OwnerRecord("Data platform"),)
        assert "owner" not in flights.custom["meta"]
        leaderboard = demo.dataset(f"{DEMO}.marts.route_performance")
        assert leaderboard.owners[0].email == "commercial-analytics@example.org"

    def test_an_exposure_has_kind_owner_address_and_sources(self, demo: Read) -> None:
        model = demo.dataset("dbt://nycflights/exposures.arrival_delay_model")
        assert model.kind is DatasetKind.ML_MODEL
        assert model.url == "https://models.example.org/arrival-delay"
        assert model.display_name == "Arrival delay model"
        assert model.owners == (
            OwnerRecord("Network operations", "network-operations@example.org"),
        )
        assert f"{DEMO}.marts.fct_flights" in model.upstream

    def test_a_metric_leads_over_its_semantic_model_to_a_table(self, demo: Read) -> None:
        metric = demo.dataset("dbt://nycflights/metrics.average_arrival_delay")
        semantic = demo.dataset("dbt://nycflights/semantic_models.flights")
        assert metric.kind is DatasetKind.METRIC
        assert metric.upstream == ("dbt://nycflights/semantic_models.flights",)
        assert semantic.upstream == (f"{DEMO}.marts.fct_flights",)
        assert (semantic.columns or ())[0].key_position == 1
        assert len(semantic.columns or ()) == 11

    def test_freshness_is_a_test_and_a_modification_time(self, demo: Read) -> None:
        flights = demo.dataset(f"{DEMO}.raw.flights")
        freshness = next(t for t in flights.tests if t.name == "Loaded recently enough")
        assert freshness.status is TestStatus.WARNED
        assert flights.source_modified_at == dt.datetime(2014, 1, 1, 4, tzinfo=dt.UTC)

    def test_warnings_keep_their_severity_and_count(self, demo: Read) -> None:
        flights = demo.dataset(f"{DEMO}.raw.flights")
        known = next(t for t in flights.tests if t.name == "dest exists in raw.airports.faa")
        assert (known.status, known.severity) == (TestStatus.WARNED, Severity.WARNING)
        assert known.failures == 7602


class TestWhatManifestsMaySay:
    @pytest.mark.parametrize("version", range(1, 13))
    def test_every_version_from_1_to_12_is_read(
        self, project: dict[str, Any], tmp_path: Path, version: int
    ) -> None:
        project["metadata"]["dbt_schema_version"] = (
            f"https://schemas.getdbt.com/dbt/manifest/v{version}.json"
        )
        for node in project["nodes"].values():
            if version < 7:  # renamed in version 7
                node["compiled_sql"] = node.pop("compiled_code", None)
                node["raw_sql"] = node.pop("raw_code", None)
            if version < 10:
                node.pop("attached_node", None)
        read = read_all(DbtConnector(), path=given(tmp_path, manifest=project))
        orders = read.dataset(f"{SHOP}.orders")
        assert len(read.datasets) == 8
        assert orders.definition is not None
        assert len(orders.tests) == 10
        assert orders.relations[0].target == f"{SHOP}.customers"

    def test_a_long_statement_is_kept_to_its_end(
        self, project: dict[str, Any], tmp_path: Path
    ) -> None:
        # Given a union of very many tables, the last of which stands behind 100,000 characters
        branches = " UNION ALL ".join(f"SELECT id FROM shard_{number:05}" for number in range(4000))
        for node in project["nodes"].values():
            if node["name"] == "orders":
                node["compiled_code"] = node["raw_code"] = branches
        read = read_all(DbtConnector(), path=given(tmp_path, manifest=project))
        definition = read.dataset(f"{SHOP}.orders").definition
        assert definition is not None
        assert (definition.sql, definition.source_sql) == (branches, branches)

    @pytest.mark.parametrize("version", ["v13", "v0", "v99"])
    def test_another_version_is_refused_by_name(
        self, project: dict[str, Any], tmp_path: Path, version: str
    ) -> None:
        project["metadata"]["dbt_schema_version"] = (
            f"https://schemas.getdbt.com/dbt/manifest/{version}.json"
        )
        with pytest.raises(SourceUnreadable, match=f"version {version}; Concord reads v1 to v12"):
            read_all(DbtConnector(), path=given(tmp_path, manifest=project))

    def test_dependencies_in_a_circle_survive(
        self, project: dict[str, Any], tmp_path: Path
    ) -> None:
        nodes = project["nodes"]
        nodes["model.jaffle_shop.stg_orders"]["depends_on"]["nodes"] = ["model.jaffle_shop.orders"]
        read = read_all(DbtConnector(), path=given(tmp_path, manifest=project))
        assert read.dataset(f"{SHOP}.stg_orders").upstream == (f"{SHOP}.orders",)
        assert f"{SHOP}.stg_orders" in read.dataset(f"{SHOP}.orders").upstream

    def test_two_models_of_one_relation_are_one_dataset_and_a_problem(
        self, project: dict[str, Any], tmp_path: Path
    ) -> None:
        twin = {**project["nodes"]["model.jaffle_shop.orders"], "description": "The twin"}
        project["nodes"]["model.other.orders"] = twin
        read = read_all(DbtConnector(), path=given(tmp_path, manifest=project))
        assert len(read.datasets) == 8
        assert read.dataset(f"{SHOP}.orders").description != "The twin"
        assert [p.location for p in read.problems] == ["model.other.orders"]

    def test_a_node_of_a_wrong_shape_costs_only_itself(
        self, project: dict[str, Any], tmp_path: Path
    ) -> None:
        project["nodes"]["model.jaffle_shop.orders"]["columns"] = ["not", "a", "mapping"]
        project["nodes"]["model.jaffle_shop.customers"]["name"] = 7
        read = read_all(DbtConnector(), path=given(tmp_path, manifest=project))
        assert len(read.datasets) == 6
        assert {p.location for p in read.problems if p.severity is Severity.ERROR} == {
            "model.jaffle_shop.orders",
            "model.jaffle_shop.customers",
        }

    def test_unknown_dependencies_are_problems(
        self, project: dict[str, Any], tmp_path: Path
    ) -> None:
        project["nodes"]["model.jaffle_shop.orders"]["depends_on"]["nodes"].append("model.x.gone")
        read = read_all(DbtConnector(), path=given(tmp_path, manifest=project))
        assert len(read.dataset(f"{SHOP}.orders").upstream) == 2
        assert [p.message for p in read.problems] == [
            "It depends on model.x.gone, which the manifest lacks."
        ]

    @pytest.mark.parametrize(
        "name", ["ord.ers", 'or"ders', "or/ders", "заказы", "注文", "الطلبات", "ऑर्डर", "🛒", "a b"]
    )
    def test_names_in_any_script_with_any_mark(
        self, project: dict[str, Any], tmp_path: Path, name: str
    ) -> None:
        project["nodes"]["model.jaffle_shop.orders"]["alias"] = name
        project["nodes"]["model.jaffle_shop.orders"]["columns"] = {name: {"name": name}}
        read = read_all(DbtConnector(), path=given(tmp_path, manifest=project))
        named = [d for d in read.datasets.values() if (name,) in [c.path for c in d.columns or ()]]
        assert len(named) == 1
        assert len(read.datasets) == 8

    def test_names_with_control_characters_are_left_out_and_said(
        self, project: dict[str, Any], tmp_path: Path
    ) -> None:
        project["nodes"]["model.jaffle_shop.orders"]["alias"] = "or\0ders"
        project["nodes"]["model.jaffle_shop.customers"]["columns"] = {"a\0": {"name": "a\0"}}
        project["nodes"]["model.jaffle_shop.customers"]["description"] = "Has \0 inside"
        read = read_all(DbtConnector(), path=given(tmp_path, manifest=project))
        assert f"{SHOP}.orders" not in read.datasets
        assert read.dataset(f"{SHOP}.customers").columns is None
        assert read.dataset(f"{SHOP}.customers").description == "Has  inside"
        assert {p.severity for p in read.problems} == {Severity.ERROR}
        assert any("U+0000" in p.message for p in read.problems)

    def test_constraints_contracts_versions_meta_and_stats(
        self, project: dict[str, Any], fixtures_folder: Path, tmp_path: Path
    ) -> None:
        orders = project["nodes"]["model.jaffle_shop.orders"]
        orders.update(
            contract={"enforced": True},
            access="public",
            version=2,
            latest_version=3,
            deprecation_date="2030-01-01T00:00:00+00:00",
            primary_key=[],
            tags=["finance"],
            constraints=[
                {"type": "primary_key", "columns": ["STATUS", "order_id"]},
                {
                    "type": "foreign_key",
                    "columns": ["customer_id"],
                    "to": '"jaffle_shop"."main"."customers"',
                    "to_columns": ["customer_id"],
                },
            ],
            meta={"steward": {"name": "Ines", "email": "ines@example.org"}, "tier": 1},
        )
        orders["columns"]["status"]["constraints"] = [{"type": "not_null"}]
        orders["columns"]["status"]["meta"] = {"classification": "internal"}
        orders["config"]["tags"] = ["finance", "daily"]
        catalog = json.loads((fixtures_folder / "dbt-jaffle-shop-duckdb/catalog.json").read_text())
        catalog["nodes"]["model.jaffle_shop.orders"]["stats"] = {
            "num_rows": {"value": 99, "include": True},
            "num_bytes": {"value": "4096", "include": True},
        }
        path = given(tmp_path, manifest=project, catalog=catalog)
        found = read_all(DbtConnector(), path=path).dataset(f"{SHOP}.orders")
        columns = {c.path[0]: c for c in found.columns or ()}
        assert (columns["status"].key_position, columns["order_id"].key_position) == (1, 2)
        assert columns["status"].nullable is False
        assert columns["status"].classifications == ("internal",)
        assert [r.target for r in found.relations] == [f"{SHOP}.customers"]
        assert found.tags == ("finance", "daily")
        assert found.owners == (
            OwnerRecord("Ines", "ines@example.org", False, OwnershipKind.STEWARD),
        )
        assert found.profile is not None
        assert (found.profile.rows, found.profile.size_bytes) == (99, 4096)
        assert found.custom["dbt_version"] == 2
        assert found.custom["dbt_deprecation_date"] == "2030-01-01T00:00:00+00:00"
        assert found.custom["dbt_contract_enforced"] is True
        assert found.custom["meta"] == {"tier": 1}

    def test_a_catalog_in_another_case_still_matches(
        self, project: dict[str, Any], fixtures_folder: Path, tmp_path: Path
    ) -> None:
        catalog = json.loads((fixtures_folder / "dbt-jaffle-shop-duckdb/catalog.json").read_text())
        entry = catalog["nodes"]["model.jaffle_shop.orders"]
        for column in entry["columns"].values():
            column["name"] = column["name"].upper()
        path = given(tmp_path, manifest=project, catalog=catalog)
        orders = read_all(DbtConnector(), path=path).dataset(f"{SHOP}.orders")
        first = (orders.columns or ())[0]
        assert (first.path, first.key_position) == (("ORDER_ID",), 1)
        assert first.description == "This is a unique identifier for an order"
        assert {t.column for t in orders.tests} >= {"ORDER_ID", "STATUS"}


class TestFilesThatCannotBeRead:
    def test_no_manifest(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnreadable, match=r"There is no manifest\.json among the files"):
            read_all(DbtConnector(), path=str(tmp_path))

    def test_truncated_json(self, fixtures_folder: Path, tmp_path: Path) -> None:
        whole = (fixtures_folder / "dbt-jaffle-shop-duckdb/manifest.json").read_bytes()
        (tmp_path / "manifest.json").write_bytes(whole[:50_000])
        with pytest.raises(SourceUnreadable, match=r"manifest\.json is not whole JSON"):
            read_all(DbtConnector(), path=str(tmp_path))

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"[]", "is not an artifact of dbt"),
            (b"", "is not whole JSON"),
            (b"\xff\xfe\x00", "is not"),
            (b'{"metadata": {"dbt_schema_version": 12}}', "is not an artifact of dbt"),
            (b'{"metadata": {}}', "a dbt manifest is expected"),
            (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
        ],
    )
    def test_what_is_no_manifest(self, tmp_path: Path, content: bytes, sentence: str) -> None:
        (tmp_path / "manifest.json").write_bytes(content)
        with pytest.raises(SourceUnreadable, match=sentence):
            read_all(DbtConnector(), path=str(tmp_path))

    def test_a_catalog_in_place_of_the_run_results(
        self, project: dict[str, Any], tmp_path: Path
    ) -> None:
        path = given(tmp_path, manifest=project, run_results=project)
        with pytest.raises(SourceUnreadable, match="a dbt run-results is expected"):
            read_all(DbtConnector(), path=path)

    def test_gz_is_unpacked(self, fixtures_folder: Path, tmp_path: Path) -> None:
        whole = (fixtures_folder / "dbt-jaffle-shop-duckdb/manifest.json").read_bytes()
        packed = tmp_path / "manifest.json.gz"
        packed.write_bytes(gzip.compress(whole))
        context = ReadContext(files={"manifest.json.gz": packed})
        assert len(read_all(DbtConnector(), context).datasets) == 8

    def test_a_truncated_gz_says_so(self, fixtures_folder: Path, tmp_path: Path) -> None:
        whole = (fixtures_folder / "dbt-jaffle-shop-duckdb/manifest.json").read_bytes()
        (tmp_path / "manifest.json.gz").write_bytes(gzip.compress(whole)[:5000])
        with pytest.raises(SourceUnreadable, match="truncated or damaged"):
            read_all(DbtConnector(), path=str(tmp_path))


def test_columns_are_referred_to_by_their_path(project: dict[str, Any], tmp_path: Path) -> None:
    orders = project["nodes"]["model.jaffle_shop.orders"]
    orders["columns"] = {"customer id": {"name": "customer id"}}
    for node in project["nodes"].values():
        if node["resource_type"] == "test" and node["column_name"] == "customer_id":
            node["column_name"] = "customer id"
            node["test_metadata"]["kwargs"]["column_name"] = "customer id"
    found = read_all(DbtConnector(), path=given(tmp_path, manifest=project))
    dataset = found.dataset(f"{SHOP}.orders")
    assert dataset.relations[0].columns == ('"customer id"',)
    assert '"customer id"' in {test.column for test in dataset.tests}
