"""`?as_of=2026-05-04` or `?as_of=2026-05-04T17:40`: the moment a page shows."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from catalog.errors import InvalidInput

_END_OF_DAY = dt.time(23, 59, 59, 999999)


def moment_of(text: str) -> dt.datetime | None:
    """The moment written, a day meaning its end; None for no text and for what is not past yet.
    Raises InvalidInput for what is no date."""
    written = text.strip()
    if not written:
        return None
    try:
        if len(written) <= len("2026-05-04"):
            moment = dt.datetime.combine(dt.date.fromisoformat(written), _END_OF_DAY)
        else:
            moment = dt.datetime.fromisoformat(written)
    except ValueError:
        raise InvalidInput(
            f"{written[:40]!r} is not a date: write 2026-05-04 or 2026-05-04T17:40.", field="as_of"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment if moment < timezone.now() else None
