"""Putting the access log's questions together, so that a replay need not read every row.

After the fact and by the clock: whoever writes the log does nothing for it. A chain is taken from
its beginning, up to where it was written; what is put together and how far that is are written in
one transaction. So no row counts twice or not at all, however late it came.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from governance.audit.types import Keeping
from governance.permissions.trial.models import DecisionTally, TalliedChain
from governance.permissions.trial.packed import HOURS, Gathering
from governance.permissions.trial.selectors.recorded import REPLAYED, TALLYING, rows_in
from governance.permissions.trial.window import HOUR

AT_ONCE = 200_000
"""Rows that are put together in one transaction."""
FEW = 50_000
"""So few are left in the log until they are a day old: a replay reads them in a moment."""
_BEHIND = """
SELECT chain.id, chain.keeping, chain.sequence,
       greatest(chain.begins_at - 1, coalesce(done.sequence, 0)),
       coalesce(done.at, chain.started_at)
FROM governance_auditchain chain LEFT JOIN governance_talliedchain done ON done.id = chain.id
WHERE chain.keeping = ANY (%s) AND chain.sequence > coalesce(done.sequence, 0)
ORDER BY chain.started_at, chain.id
"""
# A block has 1,000 records at most: what reaches beyond a place begins less than that before it.
_ROWS = """COPY (
    SELECT part.after - rows.first + 1, part.last - rows.first + 1, rows.since, rows.body
    FROM unnest(%(chains)s::bigint[], %(after)s::bigint[], %(last)s::bigint[])
         AS part (chain, after, last)
    JOIN LATERAL (
        SELECT first, date_part('epoch', since) AS since, body FROM governance_auditblock
        WHERE chain = part.chain AND first > part.after - 1000 AND first <= part.last
          AND last > part.after AND keeping = %(keeping)s OFFSET 0
    ) rows ON true
) TO STDOUT (FORMAT BINARY)"""
_DONE = """
INSERT INTO governance_talliedchain (id, sequence, at)
SELECT *, now() FROM unnest(%s::bigint[], %s::bigint[])
ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, at = excluded.at
"""


class _Part(NamedTuple):
    """Rows of one chain: those after one sequence, up to another."""

    chain: int
    keeping: str
    after: int
    last: int


def tally_decisions(
    *, seconds: float = 45.0, few: int = FEW, told: Callable[[int, int], None] | None = None
) -> int:
    """Put together what the log heard since; how many rows.

    Ends after so many seconds, where somebody else is at it, or when `few` rows are left, none of
    them older than a day. `told` is told after each transaction how many rows are done and how
    many are left.
    """
    until = time.monotonic() + seconds
    done = 0
    while True:
        taken, left = _put_together(few)
        done += taken
        if told is not None and taken:
            told(done, left)
        if not taken or not left or time.monotonic() >= until:
            return done


def forget_tallies() -> None:
    """Forget all that was put together; a replay reads rows until it is made anew."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TALLYING])
        DecisionTally.objects.all().delete()
        TalliedChain.objects.all().delete()


def _put_together(few: int) -> tuple[int, int]:
    """Rows put together in one transaction, and how many are left."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TALLYING])
        if not cursor.fetchone()[0]:
            return 0, 0
        cursor.execute(_BEHIND, [[*REPLAYED]])
        behind = cursor.fetchall()
        waiting = sum(last - there for _, _, last, there, _ in behind)
        yesterday = timezone.now() - dt.timedelta(days=1)
        if waiting <= few and not any(row[-1] < yesterday for row in behind):
            return 0, waiting
        parts = []
        room = AT_ONCE
        for chain, keeping, last, there, _ in behind:
            if room <= 0:
                break
            part = _Part(chain, keeping, there, min(last, there + room))
            parts.append(part)
            room -= part.last - part.after
        for keeping in REPLAYED:
            _write(cursor, keeping, [one for one in parts if one.keeping == keeping])
        cursor.execute(_DONE, [[one.chain for one in parts], [one.last for one in parts]])
        taken = sum(one.last - one.after for one in parts)
    return taken, waiting - taken


def _write(cursor: Any, keeping: Keeping, parts: Sequence[_Part]) -> None:
    if not parts:
        return
    days: dict[int, Gathering] = defaultdict(Gathering)
    rows: dict[int, int] = defaultdict(int)
    given = {
        "keeping": keeping.value,
        "chains": [one.chain for one in parts],
        "after": [one.after for one in parts],
        "last": [one.last for one in parts],
    }
    with cursor.copy(_ROWS, given) as copying:
        for use, person, datasets, heard, _, is_further in rows_in(copying):
            day, hour = divmod(int(heard // HOUR), HOURS)
            days[day].add(use, person, datasets, hour)
            rows[day] += not is_further
    DecisionTally.objects.bulk_create(
        DecisionTally(
            keeping=keeping,
            day=dt.date(1970, 1, 1) + dt.timedelta(days=day),
            rows=rows[day],
            asked=found.asked,
            lates=found.lates,
            packed=found.packed(),
        )
        for day, found in sorted(days.items())
    )
