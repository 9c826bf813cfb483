"""How fast distinct statements of a query log become records, uses and edges of the graph.

`python -m benchmarks.query_log [--statements 100000]` starts a database of its own in a temporary
folder, imports ten logs of one tenth each by the plain connector, as a schedule would, and prints
the rate of each. Half of the statements write (INSERT from a join of two or three tables, MERGE,
CREATE TABLE AS), half only read; every one has another shape, and its runs are spread over ninety
days. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.catalog import ingest_records
from benchmarks.database import benchmark_database
from benchmarks.table import Measured, finish

GOAL_PER_SECOND = 300
GOAL_LAST_TO_FIRST = 0.9
TENTHS = 10
TABLES = 2_000
COLUMNS = 20
USERS = 200
SETTINGS = {
    "platform": "postgres",
    "instance": "warehouse",
    "database": "sales",
    "schema_name": "public",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=100_000)
    options = parser.parse_args()
    with benchmark_database() as folder:
        return _measure(options.statements, folder)


def _measure(statements: int, folder: Path) -> int:
    from lineage.models import ColumnEdge, DatasetEdge, Query, QueryJoin, QueryTable

    ingest_records(_tables(), TABLES, complete=True)
    chosen = random.Random(7)
    rates = []
    begin = time.perf_counter()
    for tenth in range(TENTHS):
        log = folder / f"log-{tenth}.jsonl"
        with log.open("w") as file:
            for number in range(statements // TENTHS):
                row = _row(tenth * (statements // TENTHS) + number, chosen)
                file.write(json.dumps(row) + "\n")
        start = time.perf_counter()
        _import(log)
        rates.append(statements // TENTHS / (time.perf_counter() - start))
        print(f"tenth {tenth + 1:>2}: {rates[-1]:>7,.0f} statements/s", file=sys.stderr, flush=True)
        log.unlink()
    seconds = time.perf_counter() - begin
    print(f"\n{Query.objects.count():,} query records in {seconds:,.0f} s, with")
    for model in (QueryTable, QueryJoin, DatasetEdge, ColumnEdge):
        print(f"{model.objects.count():>12,} {model._meta.verbose_name_plural}")
    unread = Query.objects.exclude(status="PARSED").count()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return finish(
        [
            Measured(
                "query log: distinct statements", statements / seconds, "/s", GOAL_PER_SECOND, True
            ),
            Measured(
                "query log: last tenth to first", rates[-1] / rates[0], "", GOAL_LAST_TO_FIRST, True
            ),
            Measured("query log: not wholly understood", unread, "statements", 0),
            Measured("query log: peak memory", peak, "MB"),
        ]
    )


def _import(log: Path) -> None:
    from catalog.models import Connection
    from catalog.services.ingestion_runs import execute_run, request_run
    from catalog.types import Principal, RunState

    connection, _ = Connection.objects.get_or_create(
        name="log", defaults={"connector": "query_log", "settings": SETTINGS}
    )
    acting = Principal.system("benchmark")
    run = request_run(acting=acting, connection_id=connection.pk, in_background=False)
    ended = execute_run(run.pk, files={log.name: log})
    if ended.state != RunState.SUCCEEDED:
        raise SystemExit(f"the import ended as {ended.state}: {ended.error}")


def _tables() -> Iterator[Any]:
    from catalog.types import ColumnRecord, DatasetKind, DatasetRecord

    for number in range(TABLES):
        yield DatasetRecord(
            f"postgres://warehouse/sales.public.t{number}",
            DatasetKind.TABLE,
            columns=tuple(
                ColumnRecord((f"c{column}",), "integer", column > 0) for column in range(COLUMNS)
            ),
        )


def _row(number: int, chosen: random.Random) -> dict[str, Any]:
    ended = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=chosen.randrange(90 * 24 * 60))
    return {
        "id": f"run-{number}",
        "sql": _statement(number, chosen),
        "ended_at": ended.isoformat(),
        "user": f"user{chosen.randrange(USERS)}",
        "duration_ms": chosen.randrange(20_000),
        "rows": chosen.randrange(10_000),
        "bytes": chosen.randrange(10**9),
    }


def _statement(number: int, chosen: random.Random) -> str:
    """A statement of a shape of its own: its number chooses an output name."""
    one, two, three, target = (f"t{n}" for n in chosen.sample(range(TABLES), 4))
    c = [f"c{n}" for n in chosen.sample(range(COLUMNS), 8)]
    value = chosen.randrange(10_000)
    joined = (
        f"FROM {one} a JOIN {two} b ON a.{c[0]} = b.{c[1]}"
        f" WHERE a.{c[2]} > {value} AND b.{c[3]} IN ({value}, {value + 1})"
    )
    shape = number % 6
    if shape == 0:
        return (
            f"INSERT INTO {target} ({c[4]}, {c[5]}, {c[6]}) SELECT a.{c[4]}, b.{c[5]},"
            f" sum(a.{c[6]} * b.{c[7]}) AS total_{number} {joined} GROUP BY 1, 2"
        )
    if shape == 1:
        return (
            f"MERGE INTO {target} t USING (SELECT a.{c[4]} AS k_{number}, max(b.{c[5]}) AS v"
            f" {joined} GROUP BY a.{c[4]}) s ON t.{c[0]} = s.k_{number}"
            f" WHEN MATCHED THEN UPDATE SET {c[1]} = s.v"
            f" WHEN NOT MATCHED THEN INSERT ({c[0]}, {c[1]}) VALUES (s.k_{number}, s.v)"
        )
    if shape == 2:
        return (
            f"WITH recent_{number} AS (SELECT a.{c[4]}, a.{c[5]}, b.{c[6]} {joined})"
            f" INSERT INTO {target} ({c[4]}, {c[5]}) SELECT r.{c[4]}, coalesce(d.{c[7]}, 0)"
            f" FROM recent_{number} r LEFT JOIN {three} d ON d.{c[0]} = r.{c[6]}"
        )
    if shape == 3:
        return (
            f"SELECT a.{c[4]}, count(DISTINCT b.{c[5]}) AS n_{number} {joined}"
            f" GROUP BY a.{c[4]} ORDER BY 2 DESC LIMIT 100"
        )
    if shape == 4:
        return (
            f"SELECT x_{number}.* FROM (SELECT a.{c[4]}, b.{c[5]}, row_number() OVER"
            f" (PARTITION BY a.{c[6]} ORDER BY b.{c[7]} DESC) AS place {joined}) x_{number}"
            f" WHERE place = 1"
        )
    return (
        f"SELECT {c[4]} AS a_{number}, {c[5]}, CASE WHEN {c[6]} > {value} THEN {c[7]} ELSE 0 END"
        f" FROM {one} WHERE {c[2]} BETWEEN {value} AND {value + 9} AND lower({c[3]}) LIKE 'x%'"
    )


if __name__ == "__main__":
    sys.exit(main())
