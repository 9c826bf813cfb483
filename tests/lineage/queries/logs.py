"""Query logs for tests: rows as systems write them, and their import."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone

from catalog.models import Connection, IngestionRun
from catalog.services.ingestion_runs import execute_run, request_run
from catalog.types import Principal

ACTING = Principal.system("test")
NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) - dt.timedelta(days=2)
SETTINGS = {
    "platform": "postgres",
    "instance": "warehouse",
    "database": "shop",
    "schema_name": "public",
}


def run_of(sql: str, number: int = 1, **others: Any) -> dict[str, Any]:
    """A row of a plain log: the run of a statement two days ago at noon."""
    ended = NOON + dt.timedelta(minutes=number)
    return {"id": f"run-{number}", "sql": sql, "ended_at": ended.isoformat(), **others}


def import_log(
    folder: Path,
    rows: Iterable[Mapping[str, Any] | str],
    *,
    connector: str = "query_log",
    settings: Mapping[str, Any] = SETTINGS,
    name: str = "log.jsonl",
    dry_run: bool = False,
) -> IngestionRun:
    """Import these rows (a text as it is) by a connection of that connector."""
    file = folder / name
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    file.write_text("\n".join(lines), encoding="utf-8")
    return import_file(file, connector=connector, settings=settings, dry_run=dry_run)


def import_file(
    file: Path, *, connector: str, settings: Mapping[str, Any], dry_run: bool = False
) -> IngestionRun:
    """Import a file by a connection of that connector."""
    connection, _ = Connection.objects.get_or_create(
        name=connector, defaults={"connector": connector, "settings": dict(settings)}
    )
    run = request_run(
        acting=ACTING, connection_id=connection.pk, dry_run=dry_run, in_background=False
    )
    return execute_run(run.pk, files={file.name: file})
