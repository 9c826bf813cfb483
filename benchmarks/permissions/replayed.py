"""A replay from the access log to its counts: `python -m benchmarks.permissions.replayed`.

`[--rows 1000000] [--keep FOLDER]`

Starts a PostgreSQL of its own, fills the log with a day of decisions about the company of
`workload` (anybody about anything, through Trino, with three columns), and decides them once more
under drafts of four widths and one about a label on columns. The clock counts, PostgreSQL
included; of that the processor time of this process is told, and the most memory it had.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.database import benchmark_database
from benchmarks.permissions import workload
from benchmarks.table import Measured, finish

DAY = dt.datetime(2026, 3, 27, tzinfo=dt.UTC)
_FILL = """
INSERT INTO {table} (keeping, at, id, chain, sequence, gateway, outcome, action, purpose,
                     person_id, datasets, rules, body, digest)
SELECT 'open', %(day)s + random() * interval '1 day', gen_random_uuid(), 1, n, 'trino:lake',
       'allowed', 'SelectFromColumns', purpose, person, ARRAY[dataset], '{{}}',
       '{{"gateway":"trino:lake","username":"u' || person || '","action":"SelectFromColumns",'
       '"outcome":"allowed","policy_version":4711,"keeping":"open","person":' || person
       || ',"purpose":"' || purpose || '","datasets":[' || dataset || '],'
       '"resources":["trino://lake/d1.s1.t' || dataset || '"],'
       '"columns":["client_id","email","created_at"],'
       '"query_id":"20260327_' || n || '_abcde","latency":21,"chain":1,"sequence":' || n || '}}',
       '\\x00'
FROM (
    SELECT n, floor(random() * %(people)s)::int AS person,
           floor(random() * %(datasets)s)::int AS dataset,
           (ARRAY['', 'analytics', 'ml_training'])[1 + floor(random() * 3)] AS purpose
    FROM generate_series(1, %(rows)s) AS n OFFSET 0
) AS drawn
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; nothing here has a goal of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args(arguments)
    with benchmark_database(options.keep):
        _fill(options.rows)
        return finish(list(_replayed()))


def _fill(rows: int) -> None:
    from django.db import connection

    from governance.audit.copying import partition

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM governance_auditrow")
        if cursor.fetchone()[0] >= rows:
            return
        table = partition(cursor, "open", DAY.year * 100 + DAY.month, set())
        given = {"people": workload.PEOPLE, "datasets": workload.DATASETS}
        cursor.execute(_FILL.format(table=table), {"day": DAY, "rows": rows, **given})
        cursor.execute("ANALYZE governance_auditrow")


def _replayed() -> Iterator[Measured]:
    from benchmarks.permissions.trial import drafts, with_rule
    from governance.permissions.engine import Resources, compile_index
    from governance.permissions.trial.replay import Comparing, Counts
    from governance.permissions.trial.selectors.recorded import questions_in

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
    for name, rule in tried.items():
        comparing, counts = Comparing(base, with_rule(base, rule)), Counts()
        began, own = time.perf_counter(), time.process_time()
        comparing.count(questions_in(DAY, DAY + dt.timedelta(days=1), comparing), counts)
        seconds, own = time.perf_counter() - began, time.process_time() - own
        yield Measured(
            f"{name}: decisions a second, reading included", counts.asked / seconds, "/s"
        )
        yield Measured(f"{name}: of its seconds in this process", 100 * own / seconds, "%")
        yield Measured(f"{name}: would have been others", sum(counts.differing.values()), "")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield Measured("most memory", most / 1024, "MB")


if __name__ == "__main__":
    raise SystemExit(main())
