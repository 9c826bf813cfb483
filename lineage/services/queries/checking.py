"""What of a logged query can be kept: every row of a log is hostile until it was looked at."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from hashlib import blake2b

from lineage.types import QueryCount, QueryRun

MOST_CHARACTERS = 1_000_000
DAYS_KEPT = 400
MOST_NUMBER = 2**62
MOST_MILLISECONDS = 1e12
_USER_LENGTH = 200
_NAME_LENGTH = 500
_FUTURE = dt.timedelta(days=1)


class QueryRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """A row that cannot be kept; the message is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one row of a log adds: `runs` runs until `ended_at`.

    `day` is None where nobody knows on which days the runs were. `run` is the digest by which the
    row is recognized when it comes again, None for counters. `is_from_counter` runs were counted
    by the system itself, so that `max_ms` is no sum of theirs.
    """

    sql: str
    platform: str
    database: str
    schema_name: str
    user: str
    ended_at: dt.datetime
    day: dt.date | None
    runs: int
    errors: int
    total_ms: float
    max_ms: float
    rows: int
    size_bytes: int
    keeps_literals: bool
    run: int | None = None


def checked_run(record: QueryRun, now: dt.datetime) -> Ran:
    """The run, its numbers made plausible; raises QueryRefused."""
    sql = _sql(record.sql)
    if record.ended_at is None:
        raise QueryRefused("The row has no time at which the query ended, or one of no known form.")
    ended_at = _moment(record.ended_at)
    if ended_at > now + _FUTURE:
        raise QueryRefused("The query ends in the future: check the time zone of the log.")
    if ended_at < now - dt.timedelta(days=DAYS_KEPT):
        raise QueryRefused(
            f"The query ran more than {DAYS_KEPT} days ago; runs are kept for so long only."
        )
    duration = _milliseconds(record.duration_ms or 0.0)
    return Ran(
        sql=sql,
        platform=record.platform,
        database=_text(record.database, _NAME_LENGTH),
        schema_name=_text(record.schema_name, _NAME_LENGTH),
        user=_text(record.user, _USER_LENGTH),
        ended_at=ended_at,
        day=ended_at.date(),
        runs=1,
        errors=int(record.has_failed),
        total_ms=duration,
        max_ms=duration,
        rows=_number(record.rows or 0),
        size_bytes=_number(record.size_bytes or 0),
        keeps_literals=record.keeps_literals,
        run=_digest(record, ended_at),
    )


def checked_count(record: QueryCount) -> QueryCount:
    """The counter as it may be kept; raises QueryRefused."""
    if record.runs < 0 or not record.key or len(record.key) > _USER_LENGTH:
        raise QueryRefused("The counter has no usable number of runs or no key.")
    return QueryCount(
        location=record.location,
        system=record.system,
        platform=record.platform,
        sql=_sql(record.sql),
        key=_text(record.key, _USER_LENGTH),
        read_at=_moment(record.read_at),
        runs=_number(record.runs),
        total_ms=_milliseconds(record.total_ms),
        max_ms=_milliseconds(record.max_ms),
        rows=_number(record.rows),
        size_bytes=_number(record.size_bytes),
        user=_text(record.user, _USER_LENGTH),
        database=_text(record.database, _NAME_LENGTH),
        schema_name=_text(record.schema_name, _NAME_LENGTH),
        since=_moment(record.since) if record.since is not None else None,
        keeps_literals=record.keeps_literals,
    )


def _sql(sql: str) -> str:
    text = sql.replace("\x00", "").encode("utf-8", "replace").decode().strip()
    if not text:
        raise QueryRefused("The row holds no statement.")
    if len(text) > MOST_CHARACTERS:
        raise QueryRefused(
            f"The statement has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read."
        )
    return text


def _text(value: str, length: int) -> str:
    plain = value.replace("\x00", "").encode("utf-8", "replace").decode()
    return " ".join(plain.split())[:length]


def _moment(value: dt.datetime) -> dt.datetime:
    moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    try:
        return moment.astimezone(dt.UTC)
    except (OverflowError, ValueError):
        raise QueryRefused("The row has a time that no calendar holds.") from None


def _number(value: int) -> int:
    return min(max(int(value), 0), MOST_NUMBER)


def _milliseconds(value: float) -> float:
    return min(max(float(value), 0.0), MOST_MILLISECONDS) if math.isfinite(value) else 0.0


def _digest(record: QueryRun, ended_at: dt.datetime) -> int:
    """63 bits that are the run's identity in its system."""
    said = (
        ("id", record.run_id)
        if record.run_id
        else ("row", ended_at.isoformat(), record.user, repr(record.duration_ms), record.sql)
    )
    whole = "\x00".join(said).encode("utf-8", "replace")
    return int.from_bytes(blake2b(whole, digest_size=8).digest()) >> 1
