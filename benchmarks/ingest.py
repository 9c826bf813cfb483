"""How fast `services.ingest` is beside a bare COPY into the same tables, triggers on.

`python -m benchmarks.ingest [--datasets 100000] [--columns 10]` starts a database of its own in a
temporary folder, prints a table and exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from config.embedded.postgres import EmbeddedPostgres

GOAL_PER_SECOND = 500
GOAL_SHARE = 1 / 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="concord-bench-") as folder:
        os.environ["CONCORD_VAR"] = folder
        with EmbeddedPostgres(Path(folder)):
            return _measure(options.datasets, options.columns, Path(folder))


def _measure(datasets: int, columns: int, folder: Path) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    rows: list[tuple[str, float]] = []
    first = _timed(rows, "ingest: everything new", lambda: _ingest(datasets, columns, "one"))
    _timed(rows, "ingest: unchanged", lambda: _ingest(datasets, columns, "one"))
    _timed(rows, "ingest: every description changed", lambda: _ingest(datasets, columns, "two"))
    bare = _timed(rows, "bare COPY of the same two tables", _bare_copy(folder))
    print(f"\n{datasets:,} datasets with {datasets * columns:,} columns")
    print(f"{'step':<36} {'seconds':>9} {'datasets/s':>12}")
    for label, seconds in rows:
        print(f"{label:<36} {seconds:>9.1f} {datasets / seconds:>12,.0f}")
    share = bare / first
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nspeed of a bare COPY reached: {share:.2f} (goal {GOAL_SHARE:.2f})")
    print(f"datasets per second: {datasets / first:,.0f} (goal {GOAL_PER_SECOND})")
    print(f"peak memory of this process: {peak:,.0f} MB")
    return 0 if share >= GOAL_SHARE and datasets / first >= GOAL_PER_SECOND else 1


def _timed(rows: list[tuple[str, float]], label: str, work: Callable[[], Any]) -> float:
    print(f"{label} ...", file=sys.stderr, flush=True)
    start = time.perf_counter()
    work()
    rows.append((label, time.perf_counter() - start))
    return rows[-1][1]


def _records(datasets: int, columns: int, words: str) -> Iterator[Any]:
    from catalog.types import ColumnRecord, DatasetKind, DatasetRecord

    types = ("bigint", "text", "timestamp with time zone", "numeric(12,2)", "boolean")
    for number in range(datasets):
        yield DatasetRecord(
            f"postgres://warehouse/sales.area_{number % 200}.orders_by_region_{number}",
            DatasetKind.TABLE,
            description=f"Orders of region {number}, version {words}, as booked every night.",
            columns=tuple(
                ColumnRecord(
                    (f"measure_{column}",),
                    types[column % 5],
                    column > 0,
                    f"What was measured in place {column}.",
                )
                for column in range(columns)
            ),
        )


def _ingest(datasets: int, columns: int, words: str) -> None:
    from catalog.models import Connection, IngestionRun
    from catalog.services.ingest import ingest
    from catalog.types import Principal

    connection, _ = Connection.objects.get_or_create(name="benchmark", connector="benchmark")
    run = IngestionRun.objects.create(connection=connection)
    report = ingest(
        _records(datasets, columns, words),
        acting=Principal.system("benchmark"),
        connection=connection,
        run=run,
        complete=True,
    )
    if report.read != datasets or report.problem_count:
        raise RuntimeError(f"Not everything was taken: {report.problems[:3]}")


def _bare_copy(folder: Path) -> Callable[[], None]:
    """Put the very rows that ingestion wrote aside, empty the tables, and load them again."""
    from django.db import connection

    from catalog.models import Column, Dataset
    from catalog.services.transaction import writing
    from catalog.types import Principal

    sources: list[tuple[str, Path]] = []
    with connection.cursor() as cursor:
        for model in (Dataset, Column):
            names = ", ".join(
                connection.ops.quote_name(field.attname) for field in model._meta.concrete_fields
            )
            table = connection.ops.quote_name(model._meta.db_table)
            file = folder / f"{model._meta.model_name}.copy"
            with cursor.copy(f"COPY {table} ({names}) TO STDOUT") as copy, file.open("wb") as out:
                for piece in copy:
                    out.write(piece)
            sources.append((f"COPY {table} ({names}) FROM STDIN", file))
        cursor.execute(
            "TRUNCATE catalog_dataset, catalog_datasethistory, catalog_columnhistory CASCADE"
        )

    def load() -> None:
        with writing(Principal.system("benchmark")), connection.cursor() as cursor:
            for sql, file in sources:
                with cursor.copy(sql) as copy, file.open("rb") as rows:
                    while piece := rows.read(1024 * 1024):
                        copy.write(piece)

    return load


if __name__ == "__main__":
    sys.exit(main())
