"""Days, months and years of the query language, pure: `2026-01..2026-03`, `>2026-01-31`, `week`."""

from __future__ import annotations

import datetime as dt
import re

from catalog.errors import InvalidInput
from catalog.search.query import Changed

# Days before now that a change may lie back; each span holds those before it.
SPANS = {"day": 1, "week": 7, "month": 30, "year": 365}
_PERIOD = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_COMPARED = re.compile(r"(>=|<=|>|<)?\s*(.+)")


def changed(value: str) -> Changed:
    """What `changed:` means by `value`, in UTC; raises InvalidInput (field `q`)."""
    if (span := value.strip().lower()) in SPANS:
        return Changed(start=since(span))
    first, is_range, last = value.strip().partition("..")
    if is_range:
        if not (first or last):
            raise _refusal(value)
        start = _period(first, value)[0] if first else None
        end = _period(last, value)[1] if last else None
        if start and end and start >= end:
            raise InvalidInput(
                f"changed: ends before it begins in {value[:40]!r}: write the earlier day first.",
                field="q",
            )
        return Changed(start, end)
    found = _COMPARED.fullmatch(value.strip())
    if found is None:
        raise _refusal(value)
    start, end = _period(found[2], value)
    match found[1]:
        case ">":
            return Changed(start=end)
        case ">=":
            return Changed(start=start)
        case "<":
            return Changed(end=start)
        case "<=":
            return Changed(end=end)
    return Changed(start, end)


def since(span: str) -> dt.datetime:
    """When a span of SPANS that ends now began."""
    return dt.datetime.now(dt.UTC) - dt.timedelta(days=SPANS[span])


def _period(text: str, value: str) -> tuple[dt.datetime, dt.datetime]:
    """The first instant of a day, month or year, and the first one after it."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        raise _refusal(value)
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        start = dt.datetime(year, month or 1, day or 1, tzinfo=dt.UTC)
        if day:
            return start, start + dt.timedelta(days=1)
        if month:
            return start, (start + dt.timedelta(days=31)).replace(day=1)
        return start, start.replace(year=year + 1)
    except (ValueError, OverflowError):
        raise _refusal(value) from None


def _refusal(value: str) -> InvalidInput:
    return InvalidInput(
        "changed: takes a day, month or year, as in changed:2026-09, changed:>2026-01-31 or"
        " changed:2026-01..2026-03, or one of day, week, month and year for the last one; it does"
        f" not know {value[:40]!r}.",
        field="q",
    )
