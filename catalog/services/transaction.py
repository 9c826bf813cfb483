"""The transaction every service works in: all of it with its history and events, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from catalog.types import Principal
from catalog.written import MOST_REASON, bounded


@contextmanager
def writing(acting: Principal, *, reason: str = "") -> Iterator[None]:
    """Open a transaction whose history rows name the actor, the request and the reason.

    The triggers copy this context into each history row, whether it is written by the ORM, by
    COPY or by raw SQL. Raises InvalidInput for a reason that is too long, whoever gives it.
    """
    bounded(reason, "reason", MOST_REASON)
    context = {
        "actor_id": acting.person_id,
        "actor": acting.display_name,
        "request_id": str(acting.request_id),
        "reason": reason,
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pghistory.context_metadata', %s, true)",
                [json.dumps(context, ensure_ascii=False)],
            )
        yield
