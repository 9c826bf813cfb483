"""The sources of the demonstration: an invented company, PostgreSQL's own catalogue, flights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from catalog.models import Connection, IngestionRun
from catalog.services.connections import create_connection
from catalog.services.ingest import IngestReport
from catalog.services.ingestion_runs import execute_run, request_run
from catalog.types import Principal
from demo.flights import DATABASE_NAME, build_marts, load_flights

LARKFIELD = "Larkfield"
POSTGRES = "PostgreSQL's own catalogue"
WAREHOUSE = "Flights warehouse (DuckDB)"
PROJECT = "Flights warehouse (dbt)"
NOTES = "Notes on PostgreSQL's catalogue"
INSTANCE = "flights"
SECRET = "embedded-postgres"  # noqa: S105 - the name of a secret

Watch = Callable[[IngestReport], None]


@dataclass(frozen=True, slots=True)
class DemoSource:
    """One connection of the demonstration."""

    name: str
    connector: str
    settings: Mapping[str, Any]
    secret_name: str = ""
    files: Mapping[str, Path] | None = None


def warehouse_file(var: Path) -> Path:
    """Where the flights lie once they are loaded."""
    return var / "demo" / f"{DATABASE_NAME}.duckdb"


def load_warehouse(var: Path) -> None:
    """Load the 336,776 flights into DuckDB and build the warehouse on top; no-op when it is there.

    The file appears under its name only when it is whole.
    """
    final = warehouse_file(var)
    if final.exists():
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    building = final.with_name(f"building-{final.name}")
    building.mkdir(exist_ok=True)
    database = building / final.name
    load_flights(database)
    build_marts(database)
    database.replace(final)
    building.rmdir()


def company(scale: int) -> DemoSource:
    """The company that the demonstration tells of, as often as `scale` says."""
    return DemoSource(LARKFIELD, "larkfield", {"scale": scale})


def sources(var: Path) -> tuple[DemoSource, ...]:
    """The real catalogues beside it, in the order in which they are read."""
    database = settings.DATABASES["default"]
    reach = urlencode({"host": database["HOST"], "port": database["PORT"]}, quote_via=quote)
    artifacts = settings.BASE_DIR / "demo" / "warehouse" / "artifacts"
    notes = settings.BASE_DIR / "demo" / "postgres_notes"
    return (
        DemoSource(
            WAREHOUSE,
            "sql",
            {"url": f"duckdb:///{warehouse_file(var)}", "instance": INSTANCE},
        ),
        DemoSource(
            PROJECT,
            "dbt",
            {"instance": INSTANCE},
            files={
                name: artifacts / name
                for name in ("manifest.json", "catalog.json", "run_results.json", "sources.json")
            },
        ),
        DemoSource(
            POSTGRES,
            "sql",
            {
                "url": f"postgresql://{database['USER']}@/postgres?{reach}",
                "instance": "concord",
                "include_system": True,
            },
            secret_name=SECRET,
        ),
        DemoSource(
            NOTES,
            "data_dictionary",
            {
                "platform": "postgres",
                "instance": "concord",
                "database": "postgres",
                "descriptions_only": True,
            },
            files={name: notes / name for name in ("tables.csv", "columns.csv")},
        ),
    )


def keep_secret(var: Path) -> None:
    """Let the connection to Concord's own database find its password by name."""
    folder = var / "secrets" / "connections"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / SECRET
    file.touch(mode=0o600)
    file.write_text(str(settings.DATABASES["default"]["PASSWORD"]), encoding="utf-8")


def import_source(source: DemoSource, *, acting: Principal, watch: Watch) -> IngestionRun:
    """Import one source, making its connection the first time."""
    connection = Connection.objects.filter(name=source.name).first() or create_connection(
        acting=acting,
        name=source.name,
        connector=source.connector,
        settings=source.settings,
        secret_name=source.secret_name,
    )
    run = request_run(acting=acting, connection_id=connection.pk, in_background=False)
    return execute_run(run.pk, files=source.files, watch=watch)
