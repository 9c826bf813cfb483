"""One change of the council at a time: rules over many rows hold although people act at once."""

from __future__ import annotations

from django.db import connection

_COUNCIL = 0x636F756E63 << 16  # keeps our key apart from other advisory locks


def hold_council() -> None:
    """Wait until no other transaction changes seats, memberships or delegations; ends with ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_COUNCIL])
