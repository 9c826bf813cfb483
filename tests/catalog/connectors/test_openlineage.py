"""Events of real producers, and events that are odd, wrong or half there."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from catalog.connectors.openlineage.connector import OpenLineageConnector
from catalog.connectors.openlineage.naming import dataset_name
from catalog.registries.connectors import SourceUnreadable
from catalog.types import (
    DatasetKind,
    LineageRecord,
    Motion,
    OwnerRecord,
    Severity,
    TestStatus,
)
from tests.catalog.connectors.reading import Read, read_all

FOOD = "openlineage://food_delivery/public"


def read(path: Path) -> Read:
    return read_all(OpenLineageConnector(), path=str(path))


def given(folder: Path, *events: Any) -> Path:
    path = folder / "events.ndjson"
    path.write_text("\n".join(json.dumps(event) for event in events))
    return path


def event(at: str, **more: Any) -> dict[str, Any]:
    run = {"runId": more.pop("run", "d46e465b-d358-4d32-83d4-df660ff614dd")}
    job = {"namespace": "jobs", "name": more.pop("job", "load")}
    return {"eventTime": at, "eventType": "COMPLETE", "run": run, "job": job, **more}


def dataset(name: str, **facets: Any) -> dict[str, Any]:
    return {"namespace": "postgres://db:5432", "name": name, "facets": facets}


@pytest.fixture(scope="module")
def seed(fixtures_folder: Path) -> Read:
    return read(fixtures_folder / "marquez" / "food_delivery_seed.json")


class TestMarquez:
    def test_datasets_columns_and_sql(self, seed: Read) -> None:
        # 13 that are read or written, and one that a columnLineage facet names by mistake
        assert len(seed.datasets) == seed.expected == 14
        seed.datasets.pop(f"{FOOD}.menu_item_id", None)
        assert sum(len(d.columns or ()) for d in seed.datasets.values()) == 91
        assert all(
            d.definition and d.definition.platform == "postgres" for d in seed.datasets.values()
        )
        menus = seed.dataset(f"{FOOD}.menus")
        assert menus.description == "A table for menus."
        assert (menus.columns or ())[0].description == "The unique ID of the menu."
        assert menus.definition is not None
        assert menus.definition.sql.startswith("INSERT INTO menus (id, name,")
        assert seed.problems == []

    def test_edges(self, seed: Read) -> None:
        week = seed.dataset(f"{FOOD}.orders_7_days")
        assert sum(len(d.upstream) for d in seed.datasets.values()) == 13
        assert week.upstream == tuple(
            f"{FOOD}.{name}" for name in ("menus", "menu_items", "orders", "categories")
        )
        assert sum(len(d.lineage) for d in seed.datasets.values()) == 39

    def test_no_password_of_a_data_source_is_kept(self, seed: Read) -> None:
        assert "food_delivery:food_delivery" not in repr(seed.datasets)

    def test_every_edge_event_survives(self, fixtures_folder: Path) -> None:
        found = read(fixtures_folder / "marquez" / "edge-events")
        assert found.problems == []
        assert len(found.datasets) == 9
        assert found.dataset("openlineage://my-dataset-namespace/my-dataset-name").columns


def test_a_stream_says_what_openlineage_has_no_facet_for(tmp_path: Path) -> None:
    topic = {
        "namespace": "kafka://broker:9092",
        "name": "orders",
        "facets": {
            "concord_stream": {
                "topic": "shop.orders.v1", "retention": "P7D", "lateness": "PT5M",
                "watermark": "2026-03-01T12:00:00Z",
            }
        },
    }  # fmt: skip
    late = {"concord_stream": {"watermark": "2026-03-01T13:00:00Z", "retention": "P7D"}}

    first = read(given(tmp_path, event("2026-03-01T12:01:00Z", inputs=[topic])))
    told = read(
        given(
            tmp_path,
            event("2026-03-01T12:01:00Z", inputs=[topic]),
            event("2026-03-01T13:01:00Z", inputs=[{**topic, "facets": late}], job="other"),
        )
    )

    (orders,) = first.datasets.values()
    assert (orders.kind, orders.motion) == (DatasetKind.TOPIC, Motion.IN_MOTION)
    assert (orders.topic, orders.retention, orders.lateness) == ("shop.orders.v1", "P7D", "PT5M")
    assert orders.watermark == dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    (later,) = told.datasets.values()
    assert (later.topic, later.watermark) == (
        "orders", dt.datetime(2026, 3, 1, 13, tzinfo=dt.UTC))  # fmt: skip
    assert first.problems == told.problems == []


class TestOtherProducers:
    def test_trino(self, fixtures_folder: Path) -> None:
        found = read(fixtures_folder / "openlineage/events/trino.ndjson")
        made = found.dataset('trino://"127.0.0.1:8085"/memory.default.n2')
        assert len(found.datasets) == 3
        assert len(made.upstream) == 2
        assert {e.kind for e in made.lineage} == {"DIRECT", "INDIRECT"}
        assert {e.target_column for e in made.lineage if e.kind == "INDIRECT"} == {""}
        assert made.definition is not None

    def test_spark_has_links_renames_and_drops(self, fixtures_folder: Path) -> None:
        found = read(fixtures_folder / "openlineage/events/spark.ndjson")
        renamed = found.dataset("file://local/tmp.alter_test.alter_table_test_new")
        dropped = found.dataset("file://local/tmp.iceberg.default.iceberg_drop_table_test")
        topic = found.dataset('kafka://"kafka-cluster-prod:9092"/topic1')
        assert len(found.datasets) == 16
        assert renamed.aliases[-1] == "file://local/tmp.alter_test.alter_table_test"
        assert dropped.custom == {"last_state_change": "DROP"}
        assert found.dataset("file://local/tmp.warehouse.test").aliases == (
            "hive://metastore/default.test",
        )
        assert (topic.kind, topic.motion, topic.topic) == (
            DatasetKind.TOPIC, Motion.IN_MOTION, "topic1")  # fmt: skip

    def test_dbt_assertions_are_tests(self, fixtures_folder: Path) -> None:
        found = read(fixtures_folder / "openlineage/events/dbt-bigquery-postgres-duckdb.ndjson")
        name = "bigquery://default/random-gcp-project.dbt_test1.test_second_dbt_model"
        assert len(found.datasets) == 24
        assert {t.name: t.status for t in found.dataset(name).tests} == {
            "id: not null": TestStatus.PASSED,
            "id: unique": TestStatus.FAILED,
        }

    def test_single_events_and_wrong_facets(self, fixtures_folder: Path) -> None:
        found = read(fixtures_folder / "openlineage" / "events")
        refused = [p for p in found.problems if "event was left out" in p.message]
        facets = [p for p in found.problems if "facet" in p.message]
        assert [p.location for p in refused] == ["event_no_run_id.json, event 1"]
        assert "runId" in refused[0].message
        assert ["ownership" in p.message for p in facets] == [True, True]  # a dataset's, a job's

    @pytest.mark.parametrize("number", [1, 2])
    def test_column_lineage_examples(
        self, fixtures_folder: Path, tmp_path: Path, number: int
    ) -> None:
        example = f"openlineage/facet-examples/ColumnLineageDatasetFacet.{number}.json"
        facets = json.loads((fixtures_folder / example).read_text())
        path = given(tmp_path, event("2026-01-01T00:00:00Z", outputs=[dataset("a.b.c", **facets)]))
        lineage = read(path).dataset("postgres://db/a.b.c").lineage
        direct = [e for e in lineage if e.kind == "DIRECT"]
        indirect = [(e.source_column, e.subtype) for e in lineage if e.target_column == ""]
        assert len(direct) == 4
        assert len(lineage) == len(direct) + len(indirect)
        if number == 1:  # each of two join columns is repeated for all four outputs
            assert indirect == [("ID", "JOIN"), ("CUSTOMERS_ID", "JOIN")]
        else:
            assert indirect == [("last_name", "SORT"), ("first_name", "SORT"), ("age", "FILTER")]

    def test_facet_examples_never_stop_the_rest(
        self, fixtures_folder: Path, tmp_path: Path
    ) -> None:
        facets: dict[str, Any] = {}
        for example in sorted((fixtures_folder / "openlineage/facet-examples").glob("*Dataset*")):
            facets.update(json.loads(example.read_text()))
        path = given(tmp_path, event("2026-01-01T00:00:00Z", outputs=[dataset("a.b.c", **facets)]))
        found = read(path).dataset("postgres://db/a.b.c")
        columns = {".".join(c.path): c for c in found.columns or ()}
        assert found.owners == (OwnerRecord("owner"),)
        assert found.tags == ("test_tag2: test_value2",)
        assert columns["addresses.street"].description == "Street name"
        assert columns["phones"].physical_type == "array"
        assert "phones._element" not in columns
        assert found.profile is not None
        assert len(found.tests) == 10


class TestFolding:
    def test_the_latest_event_holds_wherever_it_stands(self, tmp_path: Path) -> None:
        new = dataset("s.t", documentation={"description": "New"})
        old = dataset("s.t", documentation={"description": "Old"})
        path = given(
            tmp_path,
            event("2026-01-02T00:00:00.123456789Z", outputs=[new]),
            event("2026-01-01T23:00:00-05:00", outputs=[old], run="r0", job="other"),
            event("2026-01-01T00:00:00", outputs=[old]),
        )
        assert read(path).dataset("postgres://db/s.t").description == "Old"  # 04:00 in UTC

    def test_a_deleted_facet_is_gone(self, tmp_path: Path) -> None:
        path = given(
            tmp_path,
            event(
                "2026-01-01T00:00:00Z", outputs=[dataset("s.t", documentation={"description": "x"})]
            ),
            event(
                "2026-01-02T00:00:00Z", outputs=[dataset("s.t", documentation={"_deleted": True})]
            ),
        )
        assert read(path).dataset("postgres://db/s.t").description is None

    def test_start_and_complete_belong_together_and_a_failed_run_made_nothing(
        self, tmp_path: Path
    ) -> None:
        sql = {"facets": {"sql": {"query": "insert into t select * from s"}}}
        start = event("2026-01-01T00:00:00Z", inputs=[dataset("a.s")], eventType="START")
        start["job"].update(sql)
        path = given(
            tmp_path,
            start,
            event("2026-01-01T00:01:00Z", outputs=[dataset("a.t")]),
            event("2026-01-02T00:00:00Z", run="r2", job="bad", eventType="FAIL",
                  inputs=[dataset("a.x")], outputs=[dataset("a.t")]),
        )  # fmt: skip
        found = read(path).dataset("postgres://db/a.t")
        assert found.upstream == ("postgres://db/a.s",)
        assert found.definition is not None
        assert found.definition.default_schema == "a"

    def test_a_job_that_changed_its_inputs_keeps_the_latest(self, tmp_path: Path) -> None:
        path = given(
            tmp_path,
            event("2026-01-01T00:00:00Z", inputs=[dataset("a.old")], outputs=[dataset("a.t")]),
            event(
                "2026-01-02T00:00:00Z",
                run="r2",
                inputs=[dataset("a.new")],
                outputs=[dataset("a.t")],
            ),
        )
        assert read(path).dataset("postgres://db/a.t").upstream == ("postgres://db/a.new",)

    def test_what_an_input_lists_does_not_shorten_a_schema(self, tmp_path: Path) -> None:
        whole = {"fields": [{"name": "a"}, {"name": "b"}]}
        part = {"fields": [{"name": "a"}]}
        path = given(
            tmp_path,
            event("2026-01-01T00:00:00Z", outputs=[dataset("s.t", schema=whole)]),
            event("2026-01-02T00:00:00Z", inputs=[dataset("s.t", schema=part)]),
        )
        found = read(path).dataset("postgres://db/s.t")
        assert len(found.columns or ()) == 2
        assert found.columns_complete is True

    def test_masking_and_legacy_transformations(self, tmp_path: Path) -> None:
        source = {"namespace": "postgres://db:5432", "name": "s.u", "field": "mail"}
        facet = {"fields": {"hash": {"inputFields": [source], "transformationType": "MASKED"}}}
        path = given(
            tmp_path, event("2026-01-01T00:00:00Z", outputs=[dataset("s.t", columnLineage=facet)])
        )
        assert read(path).dataset("postgres://db/s.t").lineage == (
            LineageRecord(
                "postgres://db/s.u", "mail", "hash", "DIRECT", "TRANSFORMATION", "", masking=True
            ),
        )


class TestNames:
    @pytest.mark.parametrize(
        ("namespace", "name", "expected"),
        [
            ("postgres://db:5432", "sales.public.orders", "postgres://db/sales.public.orders"),
            ("postgresql://db:6432", "public.orders", 'postgres://"db:6432"/public.orders'),
            ("snowflake://org-account", "DB.S.T", "snowflake://org-account/DB.S.T"),
            ("bigquery", "project.set.table", "bigquery://default/project.set.table"),
            ("s3://bucket", "/lake/orders", "s3://bucket/lake.orders"),
            ("s3a://bucket", "lake/orders", "s3://bucket/lake.orders"),
            ("kafka://k:9092", "shop.orders.v1", 'kafka://"k:9092"/"shop.orders.v1"'),
            ("file", "/tmp/a/b.csv", 'file://local/tmp.a."b.csv"'),
            ("duckdb:///data/shop.duckdb", "shop.main.t", "duckdb://shop/shop.main.t"),
            ("arn:aws:glue:eu:1", "table/db/t", 'glue://"eu:1"/db.t'),
            ("mysql://u:secret@h:3306", "shop.t", "mysql://h/shop.t"),
            ("food_delivery", "public.menus", "openlineage://food_delivery/public.menus"),
            ("my namespace", "t", 'openlineage://"my namespace"/t'),
        ],
    )
    def test_rules(self, namespace: str, name: str, expected: str) -> None:
        assert str(dataset_name(namespace, name)) == expected


class TestBadInput:
    def test_one_bad_event_costs_only_itself(self, tmp_path: Path) -> None:
        path = given(
            tmp_path,
            {"eventTime": "2026-01-01T00:00:00Z"},
            event("yesterday", outputs=[dataset("s.never")]),
            {"eventTime": 5},
            event("2026-01-01T00:00:00Z", outputs=[dataset("s.t"), dataset("s.\0")]),
        )
        path.write_text(path.read_text() + "\n{broken")
        found = read(path)
        assert list(found.datasets) == ["postgres://db/s.t"]
        assert [p.location for p in found.problems] == [
            f"events.ndjson, event {number}" for number in (1, 2, 3, 5, 4)
        ]

    def test_a_name_that_cannot_be_stored_is_an_error(self, tmp_path: Path) -> None:
        path = given(tmp_path, event("2026-01-01T00:00:00Z", outputs=[dataset("s.\0x")]))
        found = read(path)
        assert found.datasets == {}
        assert [p.severity for p in found.problems] == [Severity.ERROR]

    @pytest.mark.parametrize(
        "content", [b'[{"eventTime": "2026', b'{"eventTime":', b"", b"\xff\xfe", b"[" * 100_000]
    )
    def test_truncated_or_no_json(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "events.json").write_bytes(content)
        with pytest.raises(SourceUnreadable, match=r"events\.json"):
            read(tmp_path / "events.json")

    def test_no_event_file(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnreadable, match=r"no \.json"):
            read(tmp_path)
