"""Adding up: which runs are new, and their sums in the records, by COPY and one statement each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from catalog.models.copying import staged, table_of
from lineage.models import (
    Query,
    QueryCounter,
    QueryDay,
    QueryRunner,
    QueryUser,
)
from lineage.services.queries.checking import MOST_NUMBER, Ran
from lineage.types import QueryCount

_ONE_DAY = dt.timedelta(days=1)


@dataclass(slots=True)
class _Sum:
    """Runs of one user, in all or on a day."""

    runs: int = 0
    errors: int = 0
    total_ms: float = 0.0
    last: dt.datetime | None = None


@dataclass(slots=True)
class Tally:
    """What a batch adds to one record; `users` by name, `days` by (name, day)."""

    fingerprint: str
    database: str
    schema_name: str
    platform: str
    text: str
    sample: str
    runs: int = 0
    errors: int = 0
    total_ms: float = 0.0
    max_ms: float = 0.0
    rows: int = 0
    size_bytes: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    users: dict[str, _Sum] = field(default_factory=dict)
    days: dict[tuple[str, dt.date], _Sum] = field(default_factory=dict)

    def add(self, ran: Ran) -> None:
        """Count what a row of the log says."""
        self.runs = _sum(self.runs, ran.runs)
        self.errors = _sum(self.errors, ran.errors)
        self.total_ms += ran.total_ms
        self.max_ms = max(self.max_ms, ran.max_ms)
        self.rows = _sum(self.rows, ran.rows)
        self.size_bytes = _sum(self.size_bytes, ran.size_bytes)
        self.first = min(self.first or ran.ended_at, ran.ended_at)
        self.last = max(self.last or ran.ended_at, ran.ended_at)
        self.sample = self.sample or (ran.sql if ran.keeps_literals else "")
        sums = [self.users.setdefault(ran.user, _Sum())]
        if ran.day is not None:
            sums.append(self.days.setdefault((ran.user, ran.day), _Sum()))
        for each in sums:
            each.runs = _sum(each.runs, ran.runs)
            each.errors = _sum(each.errors, ran.errors)
            each.total_ms += ran.total_ms
            each.last = max(each.last or ran.ended_at, ran.ended_at)


def _sum(one: int, other: int) -> int:
    return min(one + other, MOST_NUMBER)


@dataclass(slots=True)
class Added:
    """How many records a batch made and changed; `days` are (record, day) of its runs."""

    created: int = 0
    changed: int = 0
    days: set[tuple[int, dt.date]] = field(default_factory=set)


def counted_anew(system_id: int, runs: Sequence[Ran]) -> list[Ran]:
    """The runs that no log told before, each once; they count as told from now on."""
    by_key = {(ran.day, ran.run): ran for ran in runs}
    if not by_key:
        return []
    days, digests = zip(*sorted(by_key, key=str), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [system_id])
        cursor.execute(_NEW_RUNS, [list(days), list(digests), system_id, sorted(set(days))])
        new = cursor.fetchall()
        cursor.execute(_COUNT_RUNS, [system_id, [day for day, _ in new], [run for _, run in new]])
    return [by_key[day, run] for day, run in new]


# Two imports of one system take turns, so that neither counts what the other is counting.
_LOCK = "SELECT pg_advisory_xact_lock(7301552, %s::int)"
_NEW_RUNS = """
    SELECT day, run FROM unnest(%s::date[], %s::bigint[]) AS given (day, run)
    EXCEPT
    SELECT counted.day, told.run FROM lineage_countedruns counted
    CROSS JOIN LATERAL unnest(counted.runs) AS told (run)
    WHERE counted.system_id = %s AND counted.day = ANY(%s)
    ORDER BY day, run
"""
_COUNT_RUNS = """
    INSERT INTO lineage_countedruns AS target (system_id, day, runs)
    SELECT %s, day, array_agg(run) FROM unnest(%s::date[], %s::bigint[]) AS new (day, run)
    GROUP BY day ORDER BY day
    ON CONFLICT (system_id, day) DO UPDATE SET runs = target.runs || excluded.runs
"""


def since_last_reading(system_id: int, counts: Sequence[QueryCount]) -> list[Ran]:
    """What counters grew by since they were last read; one that fell was reset and counts whole.

    The first reading of a system tells nothing of days, unless it began to count within the last
    24 hours: what ran over months is not what ran today.
    """
    if not counts:
        return []
    latest = {count.key: count for count in counts}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [system_id])
    known = {row.key: row for row in QueryCounter.objects.filter(system=system_id, key__in=latest)}
    before = min(count.read_at for count in latest.values())
    is_first = not QueryCounter.objects.filter(system=system_id, read_at__lt=before).exists()
    new = [
        ran
        for key, count in latest.items()
        if (ran := _difference(count, known.get(key), is_first=is_first)) is not None
    ]
    columns = ("system_id", "key", "runs", "total_ms", "rows", "size_bytes", "read_at")
    rows = [
        (system_id, key, c.runs, c.total_ms, c.rows, c.size_bytes, c.read_at)
        for key, c in sorted(latest.items())
    ]
    with connection.cursor() as cursor:
        _upsert(cursor, QueryCounter, columns, rows, columns[:2], replaced=columns[2:])
    return new


def _difference(count: QueryCount, before: QueryCounter | None, *, is_first: bool) -> Ran | None:
    is_reset = before is None or count.runs < before.runs
    if before is not None and count.since is not None and count.since > before.read_at:
        is_reset = True
    runs = count.runs if is_reset or before is None else count.runs - before.runs
    if not runs:
        return None
    base = None if is_reset else before
    is_young = count.since is not None and count.read_at - count.since <= _ONE_DAY
    is_of_today = is_young or not is_first
    return Ran(
        sql=count.sql,
        platform=count.platform,
        database=count.database,
        schema_name=count.schema_name,
        user=count.user,
        ended_at=count.read_at,
        day=count.read_at.date() if is_of_today else None,
        runs=runs,
        errors=0,
        total_ms=max(count.total_ms - (base.total_ms if base else 0.0), 0.0),
        max_ms=count.max_ms,
        rows=max(count.rows - (base.rows if base else 0), 0),
        size_bytes=max(count.size_bytes - (base.size_bytes if base else 0), 0),
        keeps_literals=count.keeps_literals,
    )


def add_tallies(
    cursor: Any, system_id: int, connection_id: int | None, tallies: Sequence[Tally]
) -> Added:
    """Add a batch to the records, making those that are missing; inside `writing`."""
    added = Added()
    if not tallies:
        return added
    ids = _add_queries(cursor, system_id, connection_id, tallies, added)
    users = _user_ids(cursor, system_id, {name for t in tallies for name in t.users if name})
    runners, days = [], []
    for tally, query_id in zip(tallies, ids, strict=True):
        for name, total in tally.users.items():
            if name:
                runners.append((query_id, users[name], total.runs, total.last))
        for (name, day), total in tally.days.items():
            user_id = users[name] if name else None
            days.append((query_id, user_id, day, total.runs, total.errors, total.total_ms))
            added.days.add((query_id, day))
    runners.sort(key=lambda row: row[:2])
    days.sort(key=lambda row: (row[0], row[1] or 0, row[2]))
    key, sums = ("query_id", "user_id"), ("runs",)
    columns = (*key, *sums, "last_run_at")
    _upsert(cursor, QueryRunner, columns, runners, key, sums, latest=("last_run_at",))
    day_key, day_sums = ("query_id", "user_id", "day"), ("runs", "errors", "total_ms")
    _upsert(cursor, QueryDay, (*day_key, *day_sums), days, day_key, day_sums)
    return added


_QUERY_COLUMNS = (
    "system_id", "fingerprint", "database", "schema_name", "connection_id", "dialect", "text",
    "sample", "statement_type", "status", "reason", "unresolved", "missing", "first_run_at",
    "last_run_at", "runs", "errors", "total_ms", "max_ms", "rows", "size_bytes",
)  # fmt: skip
_QUERY_SUMS = ("runs", "errors", "total_ms", "rows", "size_bytes")


def _add_queries(
    cursor: Any,
    system_id: int,
    connection_id: int | None,
    tallies: Sequence[Tally],
    added: Added,
) -> list[int]:
    """Ids of the records, in the order of the tallies."""
    rows: list[tuple[Any, ...]] = sorted(
        (
            (
                system_id, t.fingerprint, t.database, t.schema_name, connection_id, t.platform,
                t.text, t.sample, "", "", "", "[]", [], t.first, t.last, t.runs, t.errors,
                t.total_ms, t.max_ms, t.rows, t.size_bytes,
            )
            for t in tallies
        ),
        key=lambda row: row[1:4],
    )  # fmt: skip
    found = _upsert(
        cursor, Query, _QUERY_COLUMNS, rows, _QUERY_COLUMNS[:4], _QUERY_SUMS,
        latest=("last_run_at", "max_ms"), earliest=("first_run_at",), first_text=("text", "sample"),
        returning="id, fingerprint, database, schema_name, xmax = 0",
    )  # fmt: skip
    ids = {}
    for key, fingerprint, database, schema_name, is_new in found:
        ids[fingerprint, database, schema_name] = key
        added.created += is_new
        added.changed += not is_new
    return [ids[t.fingerprint, t.database, t.schema_name] for t in tallies]


def _user_ids(cursor: Any, system_id: int, names: set[str]) -> dict[str, int]:
    columns = ("system_id", "name")
    rows = [(system_id, name) for name in sorted(names)]
    _upsert(cursor, QueryUser, columns, rows, columns)
    found = QueryUser.objects.filter(system=system_id, name__in=names)
    return dict(found.values_list("name", "pk"))


def _upsert(
    cursor: Any,
    model: Any,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    conflict: Sequence[str],
    summed: Sequence[str] = (),
    *,
    replaced: Sequence[str] = (),
    latest: Sequence[str] = (),
    earliest: Sequence[str] = (),
    first_text: Sequence[str] = (),
    returning: str = "",
) -> list[tuple[Any, ...]]:
    """Insert rows, or add the `summed` columns to those that are there.

    Rows have to be in the order of the conflict columns, so that two writers never wait for each
    other in a circle. Sums stop at the greatest number that a column holds.
    """
    if not rows:
        return []
    quote = connection.ops.quote_name
    sets = [_summed(model, name) for name in summed]
    sets += [f"{quote(n)} = excluded.{quote(n)}" for n in replaced]
    sets += [f"{quote(n)} = greatest(target.{quote(n)}, excluded.{quote(n)})" for n in latest]
    sets += [f"{quote(n)} = least(target.{quote(n)}, excluded.{quote(n)})" for n in earliest]
    sets += [
        f"{quote(n)} = coalesce(nullif(target.{quote(n)}, ''), excluded.{quote(n)})"
        for n in first_text
    ]
    action = f"UPDATE SET {', '.join(sets)}" if sets else "NOTHING"
    names = ", ".join(quote(name) for name in columns)
    keys = ", ".join(quote(name) for name in conflict)
    with staged(cursor, model, columns, rows) as stage:
        cursor.execute(
            f"INSERT INTO {table_of(model)} AS target ({names})"  # noqa: S608 - our own names
            f" SELECT {names} FROM {stage} ORDER BY {keys}"
            f" ON CONFLICT ({keys}) DO {action}" + (f" RETURNING {returning}" if returning else "")
        )
        return list(cursor.fetchall()) if returning else []


def _summed(model: Any, name: str) -> str:
    quoted = connection.ops.quote_name(name)
    if model._meta.get_field(name).get_internal_type() == "FloatField":
        return f"{quoted} = target.{quoted} + excluded.{quoted}"
    return f"{quoted} = least(target.{quoted}::numeric + excluded.{quoted}, {MOST_NUMBER})::bigint"
