"""Moments that somebody wrote, as far as they can be stored and shown in every time zone."""

from __future__ import annotations

import datetime as dt

EARLIEST = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
LATEST = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)
"""PostgreSQL keeps what lies beyond, and then no row that holds it can be read."""


def storable(moment: dt.datetime) -> dt.datetime | None:
    """The moment, read as UTC where it has no zone; None where it lies beyond the calendar, such
    as 9999-12-31T23:59:59-14:00."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment if EARLIEST <= moment <= LATEST else None


def nearest_storable(moment: dt.datetime) -> dt.datetime:
    """The moment, or the end of the calendar that it lies beyond."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return min(max(moment, EARLIEST), LATEST)
