"""When somebody may be disturbed: quiet hours and the hour of the digest. No Django."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT_ZONE = ZoneInfo("UTC")


def zone_of(name: str) -> ZoneInfo:
    """The time zone named; UTC for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return DEFAULT_ZONE


def is_quiet(
    instant: dt.datetime, zone: ZoneInfo, quiet_from: dt.time | None, quiet_to: dt.time | None
) -> bool:
    """Whether `instant` lies in the quiet hours, which may run past midnight."""
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return False
    local = instant.astimezone(zone).time()
    if quiet_from < quiet_to:
        return quiet_from <= local < quiet_to
    return local >= quiet_from or local < quiet_to


def quiet_ends(instant: dt.datetime, zone: ZoneInfo, quiet_to: dt.time) -> dt.datetime:
    """When the quiet hours that hold at `instant` end, in UTC."""
    local = instant.astimezone(zone)
    day = local.date() if local.time() < quiet_to else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, quiet_to, zone).astimezone(dt.UTC)


def digest_is_due(
    instant: dt.datetime, zone: ZoneInfo, hour: int, last: dt.datetime | None
) -> bool:
    """Whether today's digest, at `hour` local time, was not sent yet; never on a weekend."""
    local = instant.astimezone(zone)
    if local.weekday() >= 5 or local.hour < hour:
        return False
    return last is None or last.astimezone(zone).date() < local.date()
