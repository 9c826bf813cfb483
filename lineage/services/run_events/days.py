"""The days of the received events: each a partition, made ahead and dropped when it is old."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from lineage.models import ReceivedEvent

AHEAD = 2  # days that have their partition before they come
TABLE = ReceivedEvent._meta.db_table
_DAY = re.compile(rf"{TABLE}_(\d{{8}})")
_LOCK = 7_301_552  # one process at a time makes and drops days


def keep_days() -> tuple[list[str], list[str]]:
    """Make the partitions of today and the days to come, drop those behind the retention.

    Returns the names of both. A day whose events already lie in the default partition stays
    there and ages with it.
    """
    today = timezone.now().date()
    oldest = today - dt.timedelta(days=settings.RUN_EVENT_DAYS)
    made: list[str] = []
    dropped: list[str] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        there = _days(cursor)
        for day in (today + dt.timedelta(days=number) for number in range(AHEAD + 1)):
            if day not in there and not _has_spilled(cursor, day):
                made.append(_make(cursor, day))
        for day, name in there.items():
            if day < oldest:
                cursor.execute(f"DROP TABLE {name}")
                dropped.append(name)
        cursor.execute(
            f"DELETE FROM {TABLE}_other WHERE received_on < %s",  # noqa: S608 - our own name
            [oldest],
        )
    return made, dropped


def _days(cursor: Any) -> dict[dt.date, str]:
    cursor.execute(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
        " WHERE inhparent = %s::regclass",
        [TABLE],
    )
    found = (_DAY.fullmatch(name) for (name,) in cursor.fetchall())
    return {dt.datetime.strptime(m[1], "%Y%m%d").date(): m[0] for m in found if m}  # noqa: DTZ007


def _has_spilled(cursor: Any, day: dt.date) -> bool:
    cursor.execute(
        f"SELECT EXISTS (SELECT FROM {TABLE}_other WHERE received_on = %s)",  # noqa: S608
        [day],
    )
    return bool(cursor.fetchone()[0])


def _make(cursor: Any, day: dt.date) -> str:
    name = f"{TABLE}_{day:%Y%m%d}"
    cursor.execute(
        f"CREATE TABLE {name} PARTITION OF {TABLE} FOR VALUES FROM (%s) TO (%s)",
        [day, day + dt.timedelta(days=1)],
    )
    return name
