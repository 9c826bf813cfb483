"""How fast `services.ingest` is beside a bare COPY into the same tables, triggers on.

`python -m benchmarks.ingest [--datasets 100000] [--columns 10]` starts a database of its own in a
temporary folder, prints a table and exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.catalog import ingest_records
from benchmarks.database import benchmark_database
from benchmarks.table import Measured, finish

GOAL_PER_SECOND = 500
GOAL_SHARE = 1 / 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=10)
    options = parser.parse_args()
    with benchmark_database() as folder:
        return _measure(options.datasets, options.columns, folder)


def _measure(datasets: int, columns: int, folder: Path) -> int:
    rows: list[tuple[str, float]] = []
    first = _timed(rows, "ingest: everything new", lambda: _ingest(datasets, columns, "one"))
    _timed(rows, "ingest: unchanged", lambda: _ingest(datasets, columns, "one"))
    _timed(rows, "ingest: every description changed", lambda: _ingest(datasets, columns, "two"))
    bare = _timed(rows, "bare COPY of the same two tables", _bare_copy(folder))
    print(f"\n{datasets:,} datasets with {datasets * columns:,} columns")
    print(f"{'step':<36} {'seconds':>9} {'datasets/s':>12}")
    for label, seconds in rows:
        print(f"{label:<36} {seconds:>9.1f} {datasets / seconds:>12,.0f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return finish(
        [
            Measured("ingest", datasets / first, "datasets/s", GOAL_PER_SECOND, at_least=True),
            Measured("ingest: share of a bare COPY's speed", bare / first, "", GOAL_SHARE, True),
            Measured("ingest: peak memory", peak, "MB"),
        ]
    )


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
    ingest_records(_records(datasets, columns, words), datasets, complete=True)


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
