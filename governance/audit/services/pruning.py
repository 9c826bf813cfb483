"""Retention: whole months of one way of keeping go when all of them is old enough and not held.

Months of one keeping end in their order, so that what is left of each chain is its end; where a
month is held, the months after it wait. The chain remembers with which digest its rest begins.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from catalog.types import Principal
from governance.audit.blocks import DIGEST_BYTES, TABLE, partition
from governance.audit.months import bounds
from governance.audit.selectors.blocks import Wanted, each_record
from governance.audit.services.recording import record_decision_here
from governance.audit.types import AccessOutcome, AccessRecord, Keeping
from governance.models import AuditHold, DecisionTally

_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Pruned:
    """A month that went or stays, and why."""

    keeping: str
    month: int  # yyyymm
    rows: int
    held_by: str = ""


def make_months() -> None:
    """Make the partitions of this month and those to come."""
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        for ahead in range(_AHEAD + 1):
            years, month = divmod(now.year * 12 + now.month - 1 + ahead, 12)
            for keeping in Keeping:
                partition(cursor, keeping, years * 100 + month + 1, set())


def prune(
    acting: Principal, *, pretend: bool = False, now: dt.datetime | None = None
) -> list[Pruned]:
    """Drop what is older than its retention; what was dropped or would be, and what is held.

    Itself recorded in the audit, for each month that goes.
    """
    at = now or timezone.now()
    pruned: list[Pruned] = []
    for keeping in Keeping:
        oldest = at - dt.timedelta(days=settings.AUDIT_DAYS[keeping])
        for month in _months(keeping):
            if bounds(month)[1] > oldest:
                break
            gone = _drop(keeping, month, pretend=pretend)
            pruned.append(gone)
            if gone.held_by:
                break
            if not pretend:
                _record(acting, gone)
    return pruned


def _drop(keeping: Keeping, month: int, *, pretend: bool) -> Pruned:
    name = f"{TABLE}_{keeping}_{month}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(last - first + 1), 0) FROM {name}")  # noqa: S608 - our own name
        count = int(cursor.fetchone()[0])
        hold = _holding(keeping, month)
        if hold is not None:
            return Pruned(keeping, month, count, f"{hold.pk}: {hold.reason}")
        if not pretend:
            cursor.execute(
                "UPDATE governance_auditchain chain SET begins_at = ending.last + 1,"  # noqa: S608
                " begins_with = ending.digest FROM (SELECT DISTINCT ON (chain) chain, last,"
                " substring(digests FROM length(digests) - %s) AS digest"
                f" FROM {name} ORDER BY chain, first DESC) ending"
                " WHERE chain.id = ending.chain",
                [DIGEST_BYTES - 1],
            )
            cursor.execute(f"DROP TABLE {name}")
            # After it: whoever puts rows together holds the table until that is written
            year, number = divmod(month, 100)
            told = DecisionTally.objects.filter(keeping=keeping)
            told.filter(day__year=year, day__month=number).delete()
    return Pruned(keeping, month, count)


def _holding(keeping: Keeping, month: int) -> AuditHold | None:
    begins, ends = bounds(month)
    for hold in AuditHold.objects.filter(lifted_at__isnull=True).order_by("pk"):
        if hold.dataset_name and hold.dataset_id is None:
            return hold  # the dataset is gone from the catalog: everything stays
        held = Wanted(
            person=hold.person_id,
            dataset=hold.dataset_id,
            since=max(hold.since or begins, begins),
            until=min(hold.until or ends, ends) - dt.timedelta(microseconds=1),
            keepings=(keeping,),
        )
        if any(each_record(held)):
            return hold
    return None


def _months(keeping: Keeping) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = %s::regclass",
            [f"{TABLE}_{keeping}"],
        )
        names = (re.fullmatch(rf"{TABLE}_{keeping}_(\d{{6}})", name) for (name,) in cursor)
        return sorted(int(match[1]) for match in names if match)


def _record(acting: Principal, gone: Pruned) -> None:
    record_decision_here(
        AccessRecord(
            gateway="concord",
            username=acting.username,
            person=acting.person_id,
            action="prune_audit",
            outcome=AccessOutcome.ALLOWED,
            policy_version=0,
            asked=gone.rows,
            note=f"{gone.keeping} {gone.month}",
        )
    )
