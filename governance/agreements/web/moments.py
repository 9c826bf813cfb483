"""The page-wide "as of": `?as_of=2026-03-31` turns a page into what held at the end of that day."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from catalog.errors import InvalidInput


def moment_of(request: HttpRequest, name: str = "as_of") -> dt.datetime | None:
    """The instant asked for; None for now. A day means its last moment, in the service's zone.

    Raises InvalidInput for what is neither a day nor an instant.
    """
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        day = parse_date(text)
        instant = None if day else parse_datetime(text)
    except ValueError:
        day = instant = None
    if day is not None:
        instant = dt.datetime.combine(day, dt.time.max)
    if instant is None:
        raise InvalidInput(f"{text!r} is no day such as 2026-03-31.", field=name)
    try:
        moment = instant if timezone.is_aware(instant) else timezone.make_aware(instant)
        # Pages show it in the service's zone, the database keeps it in UTC: both have to exist.
        timezone.localtime(moment)
        moment.astimezone(dt.UTC)
    except OverflowError:
        raise InvalidInput(f"{text!r} lies outside the calendar.", field=name) from None
    return moment
