"""A replay from the access log to its counts: `python -m benchmarks.permissions.replayed`.

`[--rows 1000000] [--keep FOLDER]`

Starts a PostgreSQL of its own, fills the log with a day of decisions about the company of
`workload` (anybody about anything, through Trino, with three columns), and decides them once more
under drafts of four widths and one about a label on columns: that row by row first, then all from
what the job by the clock put together, which has to find the same. The clock counts, PostgreSQL
included; of that the processor time of this process is told, and the most memory it had.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import resource
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.database import benchmark_database
from benchmarks.permissions import workload
from benchmarks.table import Measured, finish

if TYPE_CHECKING:
    from governance.permissions.trial.difference import Change
    from governance.permissions.trial.replay import Comparing

GOAL = 700_000
DAY = dt.datetime(2026, 3, 27, tzinfo=dt.UTC)
_FILL = """
INSERT INTO {table} (keeping, since, until, chain, first, last, people, datasets, words, body,
                     digests)
SELECT 'open', min(at), max(at), 1, min(n), max(n), array_agg(DISTINCT person),
       array_agg(DISTINCT dataset),
       '{{gateway:trino:lake,outcome:allowed,action:SelectFromColumns}}', convert_to(string_agg(
       '{{"gateway":"trino:lake","username":"u' || person || '","action":"SelectFromColumns",'
       '"outcome":"allowed","policy_version":4711,"keeping":"open","person":' || person
       || ',"purpose":"' || purpose || '","datasets":[' || dataset || '],'
       '"resources":["trino://lake/d1.s1.t' || dataset || '"],'
       '"columns":["client_id","email","created_at"],'
       '"query_id":"20260327_' || n || '_abcde","latency":21,"id":"' || gen_random_uuid()
       || '","at":' || (extract(epoch FROM at) * 1e6)::bigint
       || ',"chain":1,"sequence":' || n || '}}', E'\\n' ORDER BY n), 'UTF8'),
       '\\x00'
FROM (
    SELECT n, %(day)s + (n - random()) / %(rows)s * interval '1 day' AS at,
           floor(random() * %(people)s)::int AS person,
           floor(random() * %(datasets)s)::int AS dataset,
           (ARRAY['', 'analytics', 'ml_training'])[1 + floor(random() * 3)] AS purpose
    FROM generate_series(1, %(rows)s) AS n OFFSET 0
) AS drawn GROUP BY n / 1000, floor(extract(epoch FROM at) / 60)
"""
_CHAIN = """
INSERT INTO governance_auditchain (id, keeping, host, process, started_at, sequence, digest, at)
VALUES (1, 'open', 'benchmark', '1', %s, %s, '', %s)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and judge; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args(arguments)
    with benchmark_database(options.keep):
        _fill(options.rows)
        return finish(list(_replayed()))


def _fill(rows: int) -> None:
    from django.db import connection

    from governance.audit.blocks import partition

    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(last - first + 1) FROM governance_auditblock")
        if (cursor.fetchone()[0] or 0) >= rows:
            return
        table = partition(cursor, "open", DAY.year * 100 + DAY.month, set())
        given = {"people": workload.PEOPLE, "datasets": workload.DATASETS}
        cursor.execute(_FILL.format(table=table), {"day": DAY, "rows": rows, **given})
        cursor.execute(_CHAIN, [DAY, rows, DAY])
        cursor.execute("ANALYZE governance_auditblock")


def _replayed() -> Iterator[Measured]:
    from benchmarks.permissions.trial import drafts, with_rule
    from governance.permissions.engine import Resources, compile_index
    from governance.permissions.trial.replay import Comparing
    from governance.permissions.trial.services.tallying import tally_decisions

    plain = workload.world()
    columns = {
        "client_id": frozenset[str](), "email": frozenset({"pii"}), "created_at": frozenset[str](),
    }  # fmt: skip
    datasets = tuple(replace(one, columns=columns) for one in plain.datasets)
    world = replace(plain, datasets=datasets)
    base = compile_index(world, clock=lambda: workload.NOW)
    tried = drafts(world)
    mask = tried["all data, a mask for everybody"]
    tried["a mask on a label of columns"] = replace(
        mask, resources=Resources(labels=frozenset({"pii"}))
    )
    gc.collect()
    gc.freeze()
    *_, (name, rule) = tried.items()
    rows = _asked(Comparing(base, with_rule(base, rule)))
    yield Measured(f"{name}: decisions a second, row by row", rows.asked / rows.seconds, "/s")
    began, own = time.perf_counter(), time.process_time()
    count = tally_decisions(seconds=3_600, few=0)
    seconds, own = time.perf_counter() - began, time.process_time() - own
    yield Measured("rows of the log put together in a second", count / max(seconds, 1e-9), "/s")
    yield Measured("of its seconds in this process", 100 * own / max(seconds, 1e-9), "%")
    for name, rule in tried.items():
        found = _asked(Comparing(base, with_rule(base, rule)))
        rate = found.asked / found.seconds
        yield Measured(f"{name}: decisions a second, reading included", rate, "/s", at_least=GOAL)
        yield Measured(f"{name}: of its seconds in this process", found.own, "%")
        yield Measured(f"{name}: would have been others", sum(found.differing.values()), "")
    alike = found.asked == rows.asked and found.differing == rows.differing
    yield Measured("wrong answers", 0 if alike else 1, "", 0)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield Measured("most memory", most / 1024, "MB")


@dataclass(frozen=True)
class _Asked:
    asked: int
    differing: Counter[Change]
    seconds: float
    own: float


def _asked(comparing: Comparing) -> _Asked:
    from governance.permissions.trial.replay import Counts
    from governance.permissions.trial.selectors.recorded import questions_in

    counts = Counts()
    began, own = time.perf_counter(), time.process_time()
    until = DAY + dt.timedelta(days=1)
    comparing.count(questions_in(DAY, until, comparing, counts.left_out), counts)
    seconds, own = time.perf_counter() - began, time.process_time() - own
    return _Asked(counts.asked, counts.differing, seconds, 100 * own / seconds)


if __name__ == "__main__":
    raise SystemExit(main())
