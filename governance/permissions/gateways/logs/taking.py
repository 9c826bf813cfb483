"""Uploads of OPA, taken piece by piece: each decision once, whole or not at all.

A decision is claimed before it is written and noted as kept after it is durable. One that was
claimed and not kept is looked for in the audit before anybody writes it again. What is too much at
a time is told to come again (429), what is too much in one is refused (413): OPA keeps it and
sends it later, or in smaller pieces.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
import zlib
from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec
import structlog
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from governance.audit.selectors.blocks import Wanted, each_record
from governance.audit.services.recording import writer
from governance.audit.types import AccessOutcome, AccessRecord
from governance.models import ForeignDecision
from governance.permissions.gateways.asgi import (
    UNREADABLE,
    Answer,
    Receive,
    Refused,
    Scope,
    read_upload,
)
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.logs.events import Event, event_of, record_of
from governance.permissions.gateways.recording import Record, recorded
from governance.permissions.gateways.registered import GatewayRecord

log = structlog.get_logger(__name__)

MOST_BYTES = 16 * 2**20
MOST_DECOMPRESSED = 64 * 2**20
MOST_DECISIONS = 100_000
PIECE = 2_000
"""Decisions that are written at a time."""
AT_ONCE = 2
"""Uploads that one process takes at a time."""
MOST_COMING = 16
"""Uploads whose bodies may be on their way to one process."""
CLAIMED = dt.timedelta(seconds=60)
"""Whoever claimed a decision and did not keep it within this time is gone."""
FORGET_DAYS = 30
_CLAIM = """
INSERT INTO governance_foreigndecision (gateway_id, decision, claimed_at)
SELECT %s, given, %s FROM unnest(%s::uuid[]) AS given
ON CONFLICT (gateway_id, decision) DO NOTHING RETURNING decision
"""
_again = ((b"retry-after", b"5"),)
_decode = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Taker:
    """See the module."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._coming = 0
        self._busy = 0

    async def taken(
        self, scope: Scope, receive: Receive, gateway: GatewayRecord, standing: Standing
    ) -> Answer:
        """The answer to an upload, once it is kept. Raises Refused."""
        if self._busy >= AT_ONCE or self._coming >= MOST_COMING:
            raise _busy()
        self._coming += 1
        try:
            body = await read_upload(scope, receive, MOST_BYTES)  # whoever stalls holds no turn
        finally:
            self._coming -= 1
        if self._busy >= AT_ONCE:
            raise _busy()
        loop = asyncio.get_running_loop()
        self._busy += 1
        try:
            is_packed = dict(scope["headers"]).get(b"content-encoding", b"").lower() == b"gzip"
            raws = await loop.run_in_executor(None, _read, body, is_packed)
            new, problems = 0, list[str]()
            for start in range(0, len(raws), PIECE):
                events, wrong = await loop.run_in_executor(
                    None, _events, raws[start : start + PIECE]
                )
                problems += wrong
                new += await self._kept(events, gateway, standing)
            if problems:
                await self._lost(raws, problems, gateway)
        finally:
            self._busy -= 1
        said = {"decisions": len(raws), "new": new, "unreadable": len(problems)}
        return Answer(200, msgspec.json.encode(said))

    async def _kept(
        self, events: dict[uuid.UUID, Event], gateway: GatewayRecord, standing: Standing
    ) -> int:
        """Write what is not there yet; how many that were."""
        loop = asyncio.get_running_loop()
        wanted = await loop.run_in_executor(None, _claimed, gateway, sorted(events))
        records = [record_of(events[key], gateway, standing) for key in wanted]
        await self._write(records, gateway, wanted)
        return len(wanted)

    async def _lost(
        self, raws: Sequence[msgspec.Raw], problems: Sequence[str], gateway: GatewayRecord
    ) -> None:
        """Say once of an upload, however it is packed, that some of it could not be read."""
        loop = asyncio.get_running_loop()
        key = uuid.UUID(bytes=sha256(b"\0".join(map(bytes, raws))).digest()[:16])
        for one in await loop.run_in_executor(None, _claimed, gateway, [key]):
            record = AccessRecord(
                gateway=f"opa:{gateway.name}", username="", action="lose",
                outcome=AccessOutcome.LOST, policy_version=0, asked=len(problems),
                note=f"Decisions that could not be read: {problems[0]}"[:500],
                request_id=f"opa:{one}",
            )  # fmt: skip
            await self._write([record], gateway, [one])

    async def _write(
        self, records: Iterable[AccessRecord], gateway: GatewayRecord, keys: Sequence[uuid.UUID]
    ) -> None:
        if not keys:
            return
        await asyncio.gather(*(recorded(self._record, one) for one in records))
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, _ended, gateway, keys)


def _read(body: bytes, is_packed: bool) -> list[msgspec.Raw]:
    """The events of an upload, not read yet. Raises Refused."""
    if is_packed:
        reading = zlib.decompressobj(wbits=31)
        try:
            body = reading.decompress(body, MOST_DECOMPRESSED)
        except zlib.error as error:
            raise Refused(400, f"The body is no gzip: {error}") from None
        if reading.unconsumed_tail:
            raise Refused(413, f"The body holds more than {MOST_DECOMPRESSED // 2**20} MiB.")
        if not reading.eof:
            raise Refused(400, "The body was cut.")
    try:
        found = _decode(body)
    except UNREADABLE as error:
        raise Refused(400, f"The body is no list of decisions: {error}") from None
    if len(found) > MOST_DECISIONS:
        raise Refused(
            413, f"The body has {len(found):,} decisions; send {MOST_DECISIONS:,} at most."
        )
    return found


def _events(raws: Iterable[msgspec.Raw]) -> tuple[dict[uuid.UUID, Event], list[str]]:
    """The events by what tells them apart, and what is wrong with those that cannot be read."""
    found: dict[uuid.UUID, Event] = {}
    wrong = []
    for raw in raws:
        try:
            event = event_of(raw)
        except ValueError as error:
            wrong.append(str(error))
        else:
            found.setdefault(event.key, event)
    return found, wrong


def _claimed(gateway: GatewayRecord, keys: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those of some decisions that have to be written now, claimed. Raises Refused."""
    if not keys:
        return []
    now = timezone.now()
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_CLAIM, [gateway.id, now, list(keys)])
                new = {row[0] for row in cursor.fetchall()}
            rest = [key for key in keys if key not in new]
            left = list(
                ForeignDecision.objects.select_for_update()
                .filter(gateway=gateway.id, decision__in=rest, kept_at__isnull=True)
                .order_by("decision")
            )
            if any(row.claimed_at > now - CLAIMED for row in left):
                raise Refused(429, "The same decisions are being taken: send them again.", _again)
            there = _there(gateway, left)
            ForeignDecision.objects.filter(
                gateway=gateway.id, decision__in=[row.decision for row in left]
            ).update(claimed_at=now)
            ForeignDecision.objects.filter(gateway=gateway.id, decision__in=there).update(
                kept_at=now
            )
    except DatabaseError as error:
        raise _away(error) from None
    finally:
        connection.close()  # this thread may be asked again in an hour, or never
    again = {row.decision for row in left} - there
    return [key for key in keys if key in new or key in again]


def _there(gateway: GatewayRecord, left: Sequence[ForeignDecision]) -> set[uuid.UUID]:
    """Those of some decisions that are in the audit, though nobody noted it."""
    if not left:
        return set()
    if not writer().flush() or writer().is_spooling:
        raise Refused(503, "The audit waits for its database.", _again)
    since = min(row.claimed_at for row in left)
    wanted = {row.decision for row in left}
    there = set()
    for one in each_record(Wanted(gateway=f"opa:{gateway.name}", since=since)):
        told = msgspec.json.decode(one.line, type=AccessRecord).request_id.removeprefix("opa:")
        there.add(Event(told or "none").key)
    return there & wanted


def _ended(gateway: GatewayRecord, keys: Sequence[uuid.UUID]) -> None:
    """Note that some decisions are durable. Raises Refused where they are not."""
    try:
        if not writer().flush():
            raise Refused(503, "The audit could not keep these decisions yet.", _again)
        ForeignDecision.objects.filter(gateway=gateway.id, decision__in=keys).update(
            kept_at=timezone.now()
        )
    except DatabaseError as error:
        raise _away(error) from None
    finally:
        connection.close()


def _busy() -> Refused:
    return Refused(429, "Other decisions are being taken: send these again.", _again)


def _away(error: DatabaseError) -> Refused:
    log.warning("decisions_not_taken", error=f"{type(error).__name__}: {error}"[:300])
    return Refused(503, "Concord's database does not answer.", _again)


def forget_foreign(now: dt.datetime | None = None) -> int:
    """Forget decisions that nobody sends again; how many."""
    since = (now or timezone.now()) - dt.timedelta(days=FORGET_DAYS)
    return ForeignDecision.objects.filter(claimed_at__lt=since).delete()[0]
