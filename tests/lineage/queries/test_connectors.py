"""Exported logs: the columns that vendors document, hostile files, refused settings."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import InvalidInput
from catalog.registries.connectors import ReadContext, SourceUnreadable, connectors
from catalog.services.connections import create_connection
from catalog.types import Principal, ProblemRecord, SystemRecord
from lineage.connectors.rows import moment_in
from lineage.types import QueryRun

MINUTE = dt.datetime(2026, 11, 20, 10, 1, tzinfo=dt.UTC)


def read(
    connector: str, file: Path, settings: Mapping[str, Any] | None = None
) -> tuple[list[QueryRun], list[ProblemRecord]]:
    """The runs and problems of a file; the system comes first."""
    kind = connectors.get(connector)
    model = kind.settings.model_validate({"instance": "acme", **(settings or {})})
    found = list(kind.read(model, ReadContext(files={file.name: file})))
    assert isinstance(found[0], SystemRecord)
    runs = [record for record in found if isinstance(record, QueryRun)]
    return runs, [record for record in found if isinstance(record, ProblemRecord)]


def write_json(folder: Path, *rows: Mapping[str, Any], name: str = "log.jsonl") -> Path:
    file = folder / name
    file.write_text("\n".join(json.dumps(row) for row in rows))
    return file


def test_snowflake(tmp_path: Path) -> None:
    # Given an export as the web interface writes it
    file = tmp_path / "history.csv"
    heads = [
        "QUERY_ID", "QUERY_TEXT", "DATABASE_NAME", "SCHEMA_NAME", "USER_NAME", "EXECUTION_STATUS",
        "ERROR_CODE", "START_TIME", "END_TIME", "TOTAL_ELAPSED_TIME", "BYTES_SCANNED",
        "ROWS_PRODUCED",
    ]  # fmt: skip
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(heads)
        writer.writerow(
            ["01b", "select *\nfrom t", "SALES", "PUBLIC", "ANN", "SUCCESS", "",
             "2026-11-20 02:00:00.000 -0800", "2026-11-20 02:01:00.000 -0800", "60000", "2048", "3"]
        )  # fmt: skip
        writer.writerow(
            ["01c", "select nope", "SALES", "PUBLIC", "ANN", "FAIL", "1003",
             "2026-11-20 10:00:00Z", "2026-11-20 10:01:00Z", "5", "", ""]
        )  # fmt: skip
    runs, problems = read("snowflake_queries", file)
    assert problems == []
    assert runs[0] == QueryRun(
        location="history.csv, line 3",
        system="snowflake://acme",
        platform="snowflake",
        sql="select *\nfrom t",
        run_id="01b",
        ended_at=MINUTE,
        user="ANN",
        duration_ms=60_000.0,
        rows=3,
        size_bytes=2048,
        database="sales",
        schema_name="public",
    )
    assert (runs[1].has_failed, runs[1].size_bytes) == (True, None)


def test_bigquery(tmp_path: Path) -> None:
    row = {
        "job_id": "job_1",
        "job_type": "QUERY",
        "project_id": "acme-1",
        "user_email": "ann@example.org",
        "query": "SELECT 1",
        "creation_time": "2026-11-20 10:00:00.000000 UTC",
        "start_time": "2026-11-20 10:00:30.000000 UTC",
        "end_time": "2026-11-20 10:01:00.000000 UTC",
        "total_bytes_processed": "4096",
        "error_result": None,
        "dml_statistics": {"inserted_row_count": "7", "deleted_row_count": "2"},
    }
    failed = row | {"job_id": "job_2", "error_result": {"reason": "invalidQuery"}}
    load = row | {"job_id": "job_3", "job_type": "LOAD", "query": None}
    runs, problems = read("bigquery_queries", write_json(tmp_path, row, failed, load))
    assert problems == []
    assert [run.has_failed for run in runs] == [False, True]
    told = runs[0]
    assert (told.run_id, told.user, told.duration_ms) == ("job_1", "ann@example.org", 30_000)
    assert (told.rows, told.size_bytes, told.database) == (9, 4096, "acme-1")
    assert told.ended_at == MINUTE


def test_clickhouse(tmp_path: Path) -> None:
    row = {
        "type": "QueryFinish",
        "query_id": "a-1",
        "query": "SELECT 1",
        "event_time": "2026-11-20 10:01:00",
        "query_duration_ms": "12",
        "read_bytes": "100",
        "result_rows": "1",
        "current_database": "default",
        "user": "ann",
        "is_initial_query": 1,
    }
    started = row | {"type": "QueryStart"}
    failed = row | {"type": "ExceptionWhileProcessing", "query_id": "a-2"}
    runs, _ = read("clickhouse_queries", write_json(tmp_path, started, row, failed))
    assert [(run.run_id, run.has_failed) for run in runs] == [("a-1", False), ("a-2", True)]
    told = runs[0]
    assert (told.duration_ms, told.rows, told.size_bytes) == (12, 1, 100)
    assert (told.database, told.user, told.ended_at) == ("default", "ann", MINUTE)


def test_events_of_trino(tmp_path: Path) -> None:
    event = {
        "metadata": {"queryId": "2026_1", "query": "SELECT 1", "queryState": "FINISHED"},
        "statistics": {"outputRows": 4, "writtenRows": 0, "physicalInputBytes": 77},
        "context": {"user": "ann", "catalog": "hive", "schema": "sales"},
        "createTime": "2026-11-20T10:00:59Z",
        "endTime": "2026-11-20T10:01:00Z",
    }
    created = {key: value for key, value in event.items() if key not in ("endTime", "statistics")}
    failed = event | {"failureInfo": {"errorCode": {"name": "SYNTAX_ERROR"}}}
    runs, problems = read("trino_queries", write_json(tmp_path, created, event, failed))
    assert problems == []
    assert [run.has_failed for run in runs] == [False, True]
    told = runs[0]
    assert (told.run_id, told.user, told.duration_ms) == ("2026_1", "ann", 1000)
    assert (told.rows, told.size_bytes) == (4, 77)
    assert (told.database, told.schema_name) == ("hive", "sales")


def test_packed_logs_and_arrays_are_read(tmp_path: Path) -> None:
    rows = [{"sql": "SELECT 1", "ended_at": "2026-11-20T10:01:00Z"}] * 2
    packed = tmp_path / "log.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(rows).encode()))
    runs, problems = read("query_log", packed, {"platform": "oracle"})
    assert (len(runs), problems) == (2, [])
    assert runs[0].ended_at == MINUTE


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("log.json", b"[{", "is not whole JSON"),
        ("log.json", b"[" * 100_000, "nested too deeply"),
        ("log.csv", b"", "has no row of headings"),
        ("log.csv", b'"' + b"x" * 3_000_000, "is no CSV file"),
        ("log.txt", b"x", "There is no .json, .jsonl, .ndjson, .csv, .tsv file"),
        ("log.json.gz", b"no gzip", "cannot be read to its end"),
        ("log.zip", b"no zip", "is not a zip archive"),
    ],
)
def test_a_file_that_is_no_log_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=sentence):
        read("query_log", file, {"platform": "oracle"})


def test_bad_rows_of_a_csv_are_problems_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("sql,ended_at\nSELECT 1,2026-11-20T10:01:00Z\nSELECT 2\n\nSELECT 3,x,y\n")
    runs, problems = read("query_log", file, {"platform": "oracle"})
    assert [run.sql for run in runs] == ["SELECT 1"]
    assert [problem.location for problem in problems] == ["log.csv, line 3", "log.csv, line 5"]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-11-20T10:01:00Z", MINUTE),
        ("2026-11-20 10:01:00 UTC", MINUTE),
        ("2026-11-20 10:01:00", MINUTE),
        ("2026-11-20 02:01:00.000 -0800", MINUTE),
        (1795168860, MINUTE),
        ("1795168860000", MINUTE),
        (1795168860000000, MINUTE),
        ("1795168860000000000", MINUTE),
        ("soon", None),
        (True, None),
        (12, None),
        (float("inf"), None),
        ("9" * 70, None),
        ({}, None),
    ],
)
def test_times_as_logs_write_them(written: object, read_as: dt.datetime | None) -> None:
    assert moment_in(written) == read_as


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("connector", "settings", "field"),
    [
        ("query_log", {"instance": "x", "platform": "klingon"}, "settings.platform"),
        ("query_log", {"platform": "oracle"}, "settings.instance"),
        ("trino_queries", {}, "settings"),
        ("trino_queries", {"url": "ftp://host"}, "settings.url"),
        ("trino_queries", {"url": "https://ann:word@host"}, "settings.url"),
        ("trino_queries", {"url": "https://host/path"}, "settings.url"),
        ("postgres_queries", {"url": "postgresql://ann:word@host/db"}, "settings.url"),
        ("postgres_queries", {"url": "mysql://ann@host/db"}, "settings.url"),
        ("snowflake_queries", {"instance": "x", "word": "y"}, "settings.word"),
    ],
)
def test_wrong_settings_are_refused_by_name(
    connector: str, settings: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_connection(
            acting=Principal.system("test"), name="c", connector=connector, settings=settings
        )
    assert field in refused.value.fields
    assert "word" not in str(refused.value).replace("settings.word", "").replace("password", "")


def test_what_is_not_proved_live_says_so() -> None:
    for name in ("snowflake_queries", "bigquery_queries", "clickhouse_queries"):
        assert connectors.get(name).description.endswith(
            "From documented columns, not proved live."
        )
