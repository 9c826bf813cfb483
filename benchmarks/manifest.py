"""How long it takes to import dbt artifacts: a real project and a synthetic manifest of 50 MB.

`python -m benchmarks.manifest [--fixtures ../shared/fixtures]` starts a database of its own in a
temporary folder, imports the jira project and a manifest with 1,900 models, 9,800 sources and
3,000 tests the way the service does it, imports the latter again unchanged, prints a table and
exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.database import benchmark_database
from benchmarks.table import Measured, finish

MODELS, SOURCES, TESTS = 1_900, 9_800, 3_000
SIZE = 50 * 1024 * 1024
GOALS = {"jira project": 5.0, "synthetic manifest": 60.0, "the same again, unchanged": 15.0}
GOAL_MEGABYTES = 1024
# fmt: off
_WORDS = (
    "amount", "customer", "order", "invoice", "region", "currency", "account", "booking",
    "shipment", "status", "created", "updated", "net", "gross", "tax", "margin", "category",
    "channel", "campaign", "store", "product", "quantity", "unit", "price",
)
# fmt: on


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--fixtures", type=Path, default=root.parent / "shared" / "fixtures")
    options = parser.parse_args()
    with benchmark_database() as folder:
        synthetic = folder / "synthetic"
        synthetic.mkdir()
        write_manifest(synthetic / "manifest.json")
        return _measure(options.fixtures / "dbt-fivetran-jira", synthetic)


def write_manifest(path: Path) -> None:
    """A manifest of `SIZE` bytes with the shape, not the words, of a large company's project."""
    chosen = random.Random(11)
    columns = [f"{one}_{two}" for one in _WORDS for two in _WORDS if one != two]
    sources = dict(_sources(chosen, columns))
    models = dict(_models(chosen, columns, list(sources)))
    nodes = models | dict(_tests(chosen, models))
    manifest: dict[str, Any] = {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "generated_at": "2026-01-01T00:00:00Z",
            "project_name": "synthetic",
            "adapter_type": "postgres",
        },
        "nodes": nodes,
        "sources": sources,
        "macros": {},
    }
    padding = SIZE - len(json.dumps(manifest))
    manifest["macros"] = {  # what a reader has to skip
        f"macro.synthetic.m{number}": {"macro_sql": "{% set x = 1 %}\n" * 250}
        for number in range(max(0, padding) // 4_290)
    }
    path.write_text(json.dumps(manifest))


def _columns(chosen: random.Random, names: list[str], count: int) -> dict[str, Any]:
    return {
        name: {
            "name": name,
            "description": f"The {name.replace('_', ' of the ')}, as booked by the source system.",
            "data_type": chosen.choice(("text", "bigint", "numeric(12,2)", "timestamptz")),
            "constraints": [],
            "meta": {},
            "config": {"meta": {}, "tags": []},
            "tags": [],
            "quote": None,
            "doc_blocks": [],
        }
        for name in chosen.sample(names, count)
    }


def _node(kind: str, name: str, schema: str) -> dict[str, Any]:
    return {
        "unique_id": f"{kind}.synthetic.{name}",
        "resource_type": kind,
        "package_name": "synthetic",
        "database": "warehouse",
        "schema": schema,
        "name": name,
        "fqn": ["synthetic", schema, name],
        "original_file_path": f"models/{schema}/{name}.sql",
        "checksum": {"name": "sha256", "checksum": "0" * 64},
        "description": f"{name.replace('_', ' ').capitalize()}: one row for each booking.",
        "meta": {},
        "tags": ["nightly"],
    }


def _sources(chosen: random.Random, columns: list[str]) -> Iterator[tuple[str, Any]]:
    for number in range(SOURCES):
        name = f"raw_{chosen.choice(_WORDS)}_{number}"
        source = _node("source", name, f"source_{number % 60}")
        source |= {
            "identifier": name,
            "source_name": f"source_{number % 60}",
            "source_description": "Loaded every night.",
            "columns": _columns(chosen, columns, 6),
            "config": {"enabled": True},
        }
        yield source["unique_id"], source


def _models(
    chosen: random.Random, columns: list[str], sources: list[str]
) -> Iterator[tuple[str, Any]]:
    made: list[str] = []
    for number in range(MODELS):
        name = f"mart_{chosen.choice(_WORDS)}_{number}"
        upstream = [*chosen.sample(sources, 3), *chosen.sample(made, min(2, len(made)))]
        listed = _columns(chosen, columns, 12)
        selected = ",\n    ".join(f"t0.{column} as {column}" for column in listed)
        joined = "".join(
            f"\nleft join warehouse.layer.{each.rsplit('.', 1)[-1]} as t{at}"
            f" on t{at}.id = t0.id and t{at}.valid_to is null"
            for at, each in enumerate(upstream[1:], start=1)
        )
        first = upstream[0].rsplit(".", 1)[-1]
        sql = f"select\n    {selected}\nfrom warehouse.layer.{first} as t0{joined}"
        model = _node("model", name, f"mart_{number % 20}")
        model |= {
            "alias": name,
            "columns": listed,
            "config": {"materialized": "table", "tags": ["nightly"], "meta": {"tier": 2}},
            "depends_on": {"macros": [], "nodes": upstream},
            "raw_code": sql.replace("warehouse.layer.", "{{ ref('") * 2,
            "compiled_code": sql,
            "language": "sql",
            "access": "protected",
        }
        made.append(model["unique_id"])
        yield model["unique_id"], model


def _tests(chosen: random.Random, models: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    targets = list(models)
    for number in range(TESTS):
        target = targets[number % len(targets)]
        column = chosen.choice(list(models[target]["columns"]))
        kind = chosen.choice(("not_null", "unique"))
        test = _node("test", f"{kind}_{column}_{number}", "dbt_test__audit")
        test |= {
            "attached_node": target,
            "column_name": column,
            "columns": {},
            "test_metadata": {"name": kind, "kwargs": {"column_name": column}},
            "config": {"severity": "ERROR", "materialized": "test"},
            "depends_on": {"macros": ["macro.dbt.test"], "nodes": [target]},
            "compiled_code": f"select {column} from warehouse.layer.x where {column} is null" * 3,
        }
        yield test["unique_id"], test


def _measure(jira: Path, synthetic: Path) -> int:
    seconds: dict[str, float] = {}
    if jira.is_dir():
        seconds["jira project"] = _import("jira", jira)
    else:
        print(f"The folder {jira} is missing: the jira project is not measured.", file=sys.stderr)
    seconds["synthetic manifest"] = _import("synthetic", synthetic)
    seconds["the same again, unchanged"] = _import("synthetic", synthetic)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = (synthetic / "manifest.json").stat().st_size / 1024**2
    print(f"\nsynthetic manifest: {size:.1f} MB, {MODELS:,} models, {SOURCES:,} sources,")
    print(f"{TESTS:,} tests")
    return finish(
        [
            *(Measured(f"dbt: {label}", s, "s", GOALS[label]) for label, s in seconds.items()),
            Measured("dbt: peak memory", peak, "MB", GOAL_MEGABYTES),
        ]
    )


def _import(name: str, path: Path) -> float:
    from catalog.models import Connection
    from catalog.services.ingestion_runs import execute_run, request_run
    from catalog.types import Principal, RunState

    connection, _ = Connection.objects.get_or_create(
        name=name, defaults={"connector": "dbt", "settings": {"path": str(path)}}
    )
    started = time.perf_counter()
    run = request_run(
        acting=Principal.system("benchmark"), connection_id=connection.pk, in_background=False
    )
    ended = execute_run(run.pk)
    taken = time.perf_counter() - started
    print(
        f"{name}: {ended.state}, read {ended.read:,}, created {ended.created:,},"
        f" unchanged {ended.unchanged:,}, refused {ended.refused:,} in {taken:.1f} s",
        file=sys.stderr,
        flush=True,
    )
    if ended.state not in {RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_PROBLEMS}:
        raise RuntimeError(ended.error)
    return taken


if __name__ == "__main__":
    sys.exit(main())
