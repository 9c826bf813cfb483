"""The signed head: every minute the ends of all chains that have grown leave the database."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import msgspec
import structlog
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from governance.audit.blocks import MOST_RECORDS
from governance.audit.models import AuditBlock
from governance.audit.signing import sign
from governance.audit.sinks import deliver, sinks
from governance.models import AuditChain, AuditHead

log = structlog.get_logger(__name__)

_LOOK_BACK = dt.timedelta(minutes=10)
_AGAIN = 500  # heads that a sink missed are sent again, as many at a time


def sign_heads() -> AuditHead | None:
    """Sign what has grown since the last head and send it, with what a sink missed before.

    Returns the new head; None where no chain has grown.
    """
    head = _next()
    _send()
    return head


def _next() -> AuditHead | None:
    with transaction.atomic():
        last = AuditHead.objects.select_for_update().order_by("-number").first()
        grown = _grown(last)
        if not grown:
            return None
        now = timezone.now()
        number = 1 if last is None else last.number + 1
        previous = "" if last is None else hashlib.sha256(last.statement.encode()).hexdigest()
        statement = msgspec.json.encode(
            {"number": number, "at": now.isoformat(), "previous": previous, "chains": grown}
        ).decode()
        return AuditHead.objects.create(
            number=number, at=now, statement=statement, signature=sign(statement)
        )


def _grown(last: AuditHead | None) -> dict[str, list[Any]]:
    """The ends of chains of which the newest heads say something else, or nothing.

    Without a lock, since writers wait for nobody: what they wrote while the last head was made is
    looked at again for a while. Of each it says of when the last record is: this one may be made,
    and records arrive, long after that.
    """
    ending = AuditBlock.objects.filter(
        chain=OuterRef("pk"),
        first__gt=OuterRef("sequence") - MOST_RECORDS,
        last=OuterRef("sequence"),
    )
    rows = AuditChain.objects.order_by("pk").annotate(
        until=Subquery(ending.order_by().values("until")[:1])
    )
    said: dict[str, list[Any]] = {}
    if last is not None:
        since = last.at - _LOOK_BACK
        rows = rows.filter(at__gte=since)
        heads = AuditHead.objects.filter(at__gte=since - _LOOK_BACK).order_by("number")
        for statement in heads.values_list("statement", flat=True):
            said |= msgspec.json.decode(statement)["chains"]
    ends = {
        str(one.pk): [
            one.keeping, one.sequence, bytes(one.digest).hex(),
            None if one.until is None else one.until.isoformat(),
        ]
        for one in rows
    }  # fmt: skip
    return {chain: end for chain, end in ends.items() if said.get(chain) != end}


def _send() -> None:
    for sink in sinks():
        missed = AuditHead.objects.exclude(delivered__has_key=sink).order_by("number")[:_AGAIN]
        for head in missed:
            line = msgspec.json.encode(
                {"statement": head.statement, "signature": head.signature}
            ).decode()
            failed = deliver(line, sink)
            if failed:
                log.error("audit_head_not_delivered", sink=sink, number=head.number, error=failed)
                break
            head.delivered = {**head.delivered, sink: timezone.now().isoformat()}
            head.save(update_fields=["delivered"])
