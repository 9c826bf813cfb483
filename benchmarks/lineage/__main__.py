"""Lineage of SQL: right by construction, right by execution, and how fast.

    python -m benchmarks.lineage [--statements N] [--judged N] [--peers PYTHON]
    python -m benchmarks.lineage --only judged --judged 1000 --first-seed 1000000

Runs the cases of the 26 classes, judges generated statements by running them in DuckDB, and times
statements of decision-support shape beside plain `sqlglot.lineage` in the same run, and beside
DataHub's parser, sqllineage and openlineage-sql as far as they are installed, here or for the
interpreter that `--peers` names. The times are those of the processor, so that other work on the
machine counts little. Written queries run in DuckDB and in a PostgreSQL of their own.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import active_children
from pathlib import Path

from benchmarks.lineage.cases import complaints, read_cases
from benchmarks.lineage.execution import judge_statements
from benchmarks.lineage.peers import timed
from benchmarks.lineage.warehouse import WarehouseWriter, schema, synthetic
from benchmarks.lineage.written import judged_in_duckdb, judged_in_postgres
from benchmarks.table import Measured, finish
from lineage.sql import LineageCache, MappingSchema, analyze
from lineage.sql.workers import report_lines

PARTS = ("cases", "speed", "cache", "workers", "written", "judged")
ROUNDS = 3
CORES = 2
QUIET = 0.3
"""The load average below which the clock can be believed."""
DIALECT = "duckdb"


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.lineage", description=__doc__)
    parser.add_argument("--statements", type=int, default=300, help="that are timed (300)")
    parser.add_argument("--judged", type=int, default=5_000, help="that are executed (5,000)")
    parser.add_argument(
        "--first-seed", type=int, default=0, help="that a judged statement is made of (0)"
    )
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="after which no more are judged (no limit)"
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="one part of all (all)")
    parser.add_argument("--peers", metavar="PYTHON", help="that has other engines installed")
    options = parser.parse_args()
    statements = [WarehouseWriter(seed).statement() for seed in range(options.statements)]
    parts: dict[str, Callable[[], list[Measured]]] = {
        "cases": _cases,
        "speed": lambda: _speed(statements, options.peers),
        "cache": lambda: _cache(statements),
        "workers": lambda: _workers(statements),
        "written": _written,
        "judged": lambda: _judged(options.judged, options.first_seed, options.seconds),
    }
    return finish([result for name in options.only or PARTS for result in parts[name]()])


def _cases() -> list[Measured]:
    cases = read_cases()
    wrong = [(case, said) for case in cases if (said := complaints(case))]
    for case, said in wrong:
        print(f"{case.group}: {case.name}: {'; '.join(said)}")
    right = 100 * (len(cases) - len(wrong)) / len(cases)
    return [Measured(f"{len(cases)} cases in 26 classes, right", right, "%", 100, at_least=True)]


def _written() -> list[Measured]:
    results = []
    for engine, judged in (("DuckDB", judged_in_duckdb), ("PostgreSQL", judged_in_postgres)):
        found = judged()
        for sql, missed in found.items():
            if missed:
                print(f"{engine}: {sql}: {missed}")
        wrong = sum(map(bool, found.values()))
        told = f"{len(found)} written queries of {engine}, wrong"
        results.append(Measured(told, wrong, "", 0))
    return results


def _seconds(work: Callable[[], object]) -> float:
    """The least processor time of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def _speed(statements: Sequence[str], elsewhere: str | None) -> list[Measured]:
    tables = schema()
    known = MappingSchema(tables)

    def ours() -> None:
        for sql in statements:
            analyze(sql, dialect=DIALECT, schema=known)

    ours()
    spent = _seconds(ours)
    results = [
        Measured(
            "statements of decision-support shape",
            len(statements) / spent,
            "/s",
            400,
            at_least=True,
        )
    ]
    few = statements[:20]
    theirs = timed(tables, DIALECT, few)
    if elsewhere is not None:
        theirs |= timed(tables, DIALECT, few, elsewhere)
    for name, entry in theirs.items():
        ratio = entry.seconds / (spent / len(statements))
        results.append(Measured(f"{name}: time per statement, in ours", ratio, "times"))
        if entry.failed:
            told = f"{name}: fails on, of {len(few)}"
            results.append(Measured(told, entry.failed, "statements"))
    for name, (sql, columns) in synthetic().items():
        provider = MappingSchema(columns)
        seconds = _seconds(lambda s=sql, p=provider: analyze(s, dialect=DIALECT, schema=p))
        results.append(Measured(name, 1_000 * seconds, "ms", 60))
    return results


def _cache(statements: Sequence[str]) -> list[Measured]:
    cache, known = LineageCache(), MappingSchema(schema())

    def ask(texts: Sequence[str]) -> float:
        started = time.process_time()
        for sql in texts:
            cache.analyze(sql, dialect=DIALECT, schema=known, schema_version=1)
        return len(texts) / (time.process_time() - started)

    ask(statements)
    copies = ["".join(list(sql)) for _ in range(30) for sql in statements]
    alike = [
        sql.replace("limit 100", "limit 7").replace(" where ", "\nwhere ") for sql in statements
    ]
    same, similar = ask(copies), ask(alike)
    return [
        Measured("the same text again", same, "/s", 20_000, at_least=True),
        Measured("the same fingerprint again", similar, "/s", 700, at_least=True),
    ]


def _workers(statements: Sequence[str]) -> list[Measured]:
    """Two processes beside one, by the clock and by the processor time that each process took.

    The clock tells the truth only on a machine that does nothing else; the processor times tell
    what it would say there with even shares: the workers' part of all the work, together with
    the process that hands it out, on two cores.
    """
    tables = schema()
    asked = [json.dumps({"sql": s, "dialect": DIALECT, "schema": tables}) for s in statements]
    load = os.getloadavg()[0]
    rates: list[float] = []
    bounds: list[float] = []
    for workers in (1, 2):
        answers = report_lines(enumerate(asked * 4, start=1), workers=workers, seconds=30)
        for _ in range(len(asked)):
            next(answers)  # the processes have started by now
        before = [_processor_seconds(child.pid) for child in active_children()]
        own, started = time.process_time(), time.perf_counter()
        left = 3 * len(asked) - 1
        for _ in range(left):
            next(answers)
        rates.append(left / (time.perf_counter() - started))
        now = [_processor_seconds(child.pid) for child in active_children()]
        spent = [after - earlier for earlier, after in zip(before, now, strict=True)]
        own = time.process_time() - own
        bounds.append(left / max(own, sum(spent) / workers, (sum(spent) + own) / CORES))
        answers.close()
    told = f"two worker processes by the clock at load {load:.1f}, in one"
    return [
        Measured(
            "two worker processes by processor time, in one",
            bounds[1] / bounds[0],
            "times",
            1.8,
            at_least=True,
        ),
        Measured(told, rates[1] / rates[0], "times", 1.8 if load < QUIET else None, at_least=True),
    ]


def _processor_seconds(pid: int | None) -> float:
    """What a process has spent on a processor, as Linux counts it."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _judged(count: int, first_seed: int, seconds: float) -> list[Measured]:
    tally = judge_statements(first_seed, count, seconds=seconds)
    for verdict in tally.failures[:20]:
        print(f"missed {verdict.missed[:5]} in {verdict.sql}")
    observed = max(1, tally.observed)
    return [
        Measured(
            f"missed dependencies in {tally.statements:,} executed", len(tally.failures), "", 0
        ),
        Measured("reported pairs per observed pair", tally.reported / observed, ""),
        Measured("the same when all named columns are blamed", tally.named / observed, ""),
    ]


if __name__ == "__main__":
    sys.exit(main())
