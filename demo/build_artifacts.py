"""Make `warehouse/artifacts` with a real dbt, keeping only what describes our own project.

    python -m demo.build_artifacts --dbt PATH_OF_THE_DBT_EXECUTABLE

dbt's own texts (macros, built-in tests, documentation), paths, timings and everything about who
ran it where stay out, so a rebuild changes the files only where the project changed.
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from demo.flights import ARTIFACTS, DATABASE_NAME, WAREHOUSE, load_flights

Record = dict[str, Any]

OWN_GENERIC_TESTS = {"within_range", "unique_together"}
METADATA = ("dbt_schema_version", "dbt_version", "generated_at", "project_name", "adapter_type")
NODE = (
    "unique_id", "resource_type", "package_name", "name", "alias", "database", "schema",
    "relation_name", "fqn", "path", "original_file_path", "checksum", "description", "columns",
    "config", "meta", "tags", "group", "access", "language", "refs", "sources", "metrics",
    "depends_on", "raw_code", "compiled", "compiled_code", "contract", "constraints", "version",
    "latest_version", "deprecation_date", "primary_key", "time_spine", "test_metadata",
    "column_name", "attached_node", "file_key_name", "source_name", "source_description",
    "identifier", "loader", "loaded_at_field", "freshness", "label", "type", "type_params",
    "filter", "owner", "maturity", "url", "model", "node_relation", "defaults", "entities",
    "dimensions", "measures", "primary_entity", "given", "expect",
)  # fmt: skip
CONFIG = (
    "enabled", "materialized", "schema", "group", "access", "contract", "severity", "tags", "meta",
    "freshness", "loaded_at_field", "column_types",
)  # fmt: skip
COLUMN = ("name", "description", "data_type", "constraints", "config", "meta", "tags")
RESULT = ("unique_id", "status", "message", "failures", "relation_name")
FRESHNESS = (
    "unique_id", "status", "max_loaded_at", "snapshotted_at", "max_loaded_at_time_ago_in_s",
    "criteria",
)  # fmt: skip
SECTIONS = (
    "nodes", "sources", "exposures", "metrics", "groups", "semantic_models", "unit_tests",
)  # fmt: skip


def main() -> None:
    """Load the data, run dbt in a temporary copy of the project, write the stripped artifacts."""
    arguments = argparse.ArgumentParser(description="Make the committed dbt artifacts.")
    arguments.add_argument("--dbt", default="dbt", help="the dbt executable")
    dbt = arguments.parse_args().dbt
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "warehouse"
        shutil.copytree(WAREHOUSE, project, ignore=shutil.ignore_patterns("artifacts", "target"))
        database = Path(folder) / f"{DATABASE_NAME}.duckdb"
        load_flights(database)
        _run(dbt, "build", project, database)
        run_results = _read(project, "run_results")
        _run(dbt, "source freshness", project, database)
        _run(dbt, "docs generate", project, database)
        manifest = _read(project, "manifest")
        _write("manifest", manifest_of(manifest))
        _write("catalog", catalog_of(_read(project, "catalog")))
        _write("run_results", run_results_of(run_results))
        _write("sources", sources_of(_read(project, "sources")))
        _write("row_counts", _row_counts(database))


def manifest_of(manifest: Record) -> Record:
    """The manifest with our own nodes only, and of those only what describes them."""
    own = manifest["metadata"]["project_name"]
    sections = {
        section: {
            key: _node(node)
            for key, node in sorted(manifest[section].items())
            if node["package_name"] == own
        }
        for section in SECTIONS
    }
    kept = {key for nodes in sections.values() for key in nodes}
    maps = {
        name: {
            key: sorted(other for other in others if other in kept)
            for key, others in sorted(manifest[name].items())
            if key in kept
        }
        for name in ("parent_map", "child_map")
    }
    groups = {name: sorted(members) for name, members in sorted(manifest["group_map"].items())}
    empty: Record = {"macros": {}, "docs": {}, "selectors": {}, "disabled": {}}
    empty |= {"saved_queries": {}, "functions": {}}
    return {"metadata": _metadata(manifest)} | sections | maps | {"group_map": groups} | empty


def catalog_of(catalog: Record) -> Record:
    """Relations with columns and types. Comments repeat the manifest's descriptions: left out."""
    sections = {
        section: {key: _without_comments(entry) for key, entry in sorted(catalog[section].items())}
        for section in ("nodes", "sources")
    }
    return {"metadata": _metadata(catalog)} | sections | {"errors": None}


def run_results_of(run_results: Record) -> Record:
    """Outcome of each model, seed and test, with the time in whole seconds."""
    results = [
        _chosen(result, RESULT) | _run_of(result) | {"compiled": False, "compiled_code": None}
        for result in sorted(run_results["results"], key=lambda result: result["unique_id"])
    ]
    elapsed = round(run_results["elapsed_time"])
    return {"metadata": _metadata(run_results), "results": results, "elapsed_time": elapsed}


def sources_of(sources: Record) -> Record:
    """Freshness of the sources that carry a time."""
    results = sorted(sources["results"], key=lambda result: result["unique_id"])
    return {
        "metadata": _metadata(sources),
        "results": [_chosen(result, FRESHNESS) | _run_of(result) for result in results],
        "elapsed_time": round(sources["elapsed_time"]),
    }


def _run_of(result: Record) -> Record:
    """The fields about a result's run that the artifact's schema asks for, as still as can be."""
    seconds = float(round(result["execution_time"]))
    return {"execution_time": seconds, "timing": [], "thread_id": "", "adapter_response": {}}


def _node(node: Record) -> Record:
    chosen = _chosen(node, NODE)
    if "columns" in chosen:
        chosen["columns"] = {name: _column(column) for name, column in chosen["columns"].items()}
    if "config" in chosen:
        chosen["config"] = _filled(_chosen(chosen["config"], CONFIG))
    if "depends_on" in chosen:
        chosen["depends_on"] = {"macros": [], "nodes": chosen["depends_on"].get("nodes", [])}
    test = node.get("test_metadata")
    if test:
        # The call in raw_code is dbt's wording, and so is the SQL of the tests it brings along.
        chosen["raw_code"] = ""
        if test["name"] not in OWN_GENERIC_TESTS:
            chosen["compiled_code"] = None
        test["kwargs"].pop("model", None)
    return chosen


def _without_comments(entry: Record) -> Record:
    columns = {name: column | {"comment": None} for name, column in entry["columns"].items()}
    return entry | {"metadata": entry["metadata"] | {"comment": None}, "columns": columns}


def _column(column: Record) -> Record:
    chosen = _chosen(column, COLUMN)
    if "config" in chosen:
        chosen["config"] = _filled(chosen["config"])
    return {"name": chosen["name"], "description": chosen["description"]} | _filled(chosen)


def _chosen(record: Record, keys: tuple[str, ...]) -> Record:
    return {key: record[key] for key in keys if key in record}


def _filled(record: Record) -> Record:
    return {key: value for key, value in record.items() if value not in (None, [], {})}


def _metadata(artifact: Record) -> Record:
    return _chosen(artifact["metadata"], METADATA)


def _row_counts(database: Path) -> Record:
    with duckdb.connect(str(database), read_only=True) as connection:
        relations = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL"
        ).fetchall()
        return {
            f"{schema}.{name}": connection.table(f"{schema}.{name}").shape[0]
            for schema, name in relations
        }


def _run(dbt: str, command: str, project: Path, database: Path) -> None:
    subprocess.run(
        [dbt, "--no-use-colors", *command.split(), "--profiles-dir", str(project)],
        cwd=project,
        env=os.environ | {"NYCFLIGHTS_DATABASE": str(database)},
        check=True,
    )


def _read(project: Path, name: str) -> Record:
    content: Record = json.loads((project / "target" / f"{name}.json").read_text())
    return content


def _write(name: str, content: Record) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (ARTIFACTS / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
