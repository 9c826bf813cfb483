"""The log of access decisions: what a record costs in this process and in PostgreSQL, and `verify`.

`python -m benchmarks.audit [--rows 1000000] [--keep FOLDER]`

Starts a durable PostgreSQL of its own, records rows from one thread as gateways do (most of data
that no opt-out covers, some restricted, some batches), and waits until all are committed. CPU is
that of this process, the writer's threads included, and of the PostgreSQL processes that serve
them. Then restricted records are awaited by 64 callers at once, and everything is verified.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.database import benchmark_database
from benchmarks.table import Measured, finish

_TICKS = os.sysconf("SC_CLK_TCK")
MOST_MICROSECONDS = 15.0  # of the 40 that a check may take with everything


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args(arguments)
    with benchmark_database(options.keep) as folder:
        return finish([*_written(folder, options.rows), *_awaited(folder), *_verified()])


def _written(folder: Path, rows: int) -> list[Measured]:
    from django.db import connection

    from governance.audit.services import recording
    from governance.audit.types import AccessOutcome, AccessRecord, Keeping, Limits
    from governance.audit.writer import AuditWriter

    backends: list[int] = []

    def connect():
        made = recording.connect()
        backends.append(made.info.backend_pid)
        return made

    def spent_by_database() -> float:
        return sum(map(_cpu_of, backends))

    writer = AuditWriter(connect, folder / "spool", Limits(queued=20_000))
    rules = ("permission_policy:oo-06", "permission_policy:oo-11")
    writer.record_and_wait(_record(AccessRecord, Keeping, AccessOutcome, 0, rules))
    began, own, theirs = time.perf_counter(), time.process_time(), spent_by_database()
    for number in range(1, rows + 1):
        while writer.queued > 15_000:
            time.sleep(0.001)
        writer.record(_record(AccessRecord, Keeping, AccessOutcome, number, rules))
    assert writer.flush(120)
    seconds = time.perf_counter() - began
    own, theirs = time.process_time() - own, spent_by_database() - theirs
    assert writer.lost == 0
    writer.close()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(relid)), sum(pg_table_size(relid))"
            " FROM pg_partition_tree('governance_auditblock') WHERE isleaf"
        )
        whole, bare = cursor.fetchone()
    return [
        Measured("rows a second", rows / seconds, "rows/s"),
        Measured("CPU a row, this process", own / rows * 1e6, "us"),
        Measured("CPU a row, PostgreSQL", theirs / rows * 1e6, "us"),
        Measured("CPU a row, both", (own + theirs) / rows * 1e6, "us", MOST_MICROSECONDS),
        Measured("bytes a row, indexes included", float(whole) / rows, "bytes"),
        Measured("bytes a row, indexes excluded", float(bare) / rows, "bytes"),
    ]


def _record(record, keeping, outcome, number: int, rules: tuple[str, ...]):
    """One of ten is restricted, one of fifty a batch."""
    is_restricted = number % 10 == 0
    return record(
        gateway="trino",
        username=f"person{number % 10_000}",
        person=number % 10_000,
        action="read",
        outcome=outcome.PARTIAL if is_restricted else outcome.ALLOWED,
        policy_version=4_711,
        keeping=keeping.RESTRICTED if is_restricted else keeping.OPEN,
        datasets=(number * 7919 % 100_000,),
        resources=(f"postgres://warehouse/shop.public.table{number * 7919 % 100_000}",),
        columns=("client_id", "email", "created_at"),
        purpose="analytics",
        rules=rules if is_restricted else (),
        masks=("email:sha256",) if is_restricted else (),
        query_id=f"20261125_{number:09d}_abcde",
        asked=200 if number % 50 == 0 else 0,
        allowed=198 if number % 50 == 0 else 0,
        latency=21,
    )


def _awaited(folder: Path, callers: int = 64, each: int = 100) -> list[Measured]:
    from governance.audit.services import recording
    from governance.audit.types import AccessOutcome, AccessRecord, Keeping
    from governance.audit.writer import AuditWriter

    writer = AuditWriter(recording.connect, folder / "spool")
    times: list[float] = []

    async def call(number: int) -> None:
        for turn in range(each):
            record = _record(AccessRecord, Keeping, AccessOutcome, (number * each + turn) * 10, ())
            began = time.perf_counter()
            await writer.record_durably(record)
            times.append((time.perf_counter() - began) * 1_000)

    async def everybody() -> None:
        await asyncio.gather(*map(call, range(callers)))

    began = time.perf_counter()
    asyncio.run(everybody())
    seconds = time.perf_counter() - began
    writer.close()
    times.sort()
    return [
        Measured("awaited rows a second, 64 callers", len(times) / seconds, "rows/s"),
        Measured("an awaited row, p50", times[len(times) // 2], "ms"),
        Measured("an awaited row, p99", times[len(times) * 99 // 100], "ms"),
    ]


def _verified() -> list[Measured]:
    from governance.audit.selectors.verifying import verify
    from governance.audit.services.heads import sign_heads

    sign_heads()
    began = time.perf_counter()
    found = verify()
    seconds = time.perf_counter() - began
    assert found.is_whole, found.faults[:3]
    return [
        Measured("verify everything", seconds, "s"),
        Measured("rows verified a second", found.rows / seconds, "rows/s"),
    ]


def _cpu_of(process: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    raise SystemExit(main())
