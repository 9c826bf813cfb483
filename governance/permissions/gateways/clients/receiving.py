"""Batches of decisions that clients made: taken once, whole or not at all, into the audit.

A batch has an id. One that was taken is answered as before; one that is being taken, by whichever
process, is told to come again (429); one whose taking was cut off goes on where it stopped. What it
says of itself is bounded and named where it is refused.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
import zlib
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
import structlog
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from governance.audit.selectors.blocks import Wanted, each_record
from governance.audit.services.recording import keeping_of, writer
from governance.audit.types import AccessOutcome, AccessRecord, Keeping
from governance.models import DecisionBatch
from governance.permissions.gateways.asgi import (
    UNREADABLE,
    Answer,
    Receive,
    Refused,
    Scope,
    read_upload,
)
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.recording import Record, recorded
from governance.permissions.gateways.registered import GatewayRecord

log = structlog.get_logger(__name__)

MOST_BYTES = 4 * 2**20
MOST_DECOMPRESSED = 32 * 2**20
MOST_DECISIONS = 5_000
AT_ONCE = 4
"""Batches that one process takes at a time; more wait, and far more are told to come again."""
MOST_WAITING = 64
CLAIMED = dt.timedelta(seconds=60)
"""Whoever claimed a batch and did not keep it within this time is gone."""
FORGET_DAYS = 90

_again = ((b"retry-after", b"5"),)
_Short = Annotated[str, msgspec.Meta(max_length=200)]
_Name = Annotated[str, msgspec.Meta(max_length=2_000)]
_Names = Annotated[list[_Short], msgspec.Meta(max_length=200)]
_Texts = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=10_000)]], msgspec.Meta(max_length=50)
]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=10**9)]


class DecisionReport(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One decision, or `count` alike within a moment. `at` is seconds since 1970 by the service's
    clock, as the client knows it; `dataset` its name in Concord."""

    at: Annotated[float, msgspec.Meta(ge=0, le=1e11)]
    user: _Short
    action: _Short
    dataset: _Name
    outcome: Literal["allowed", "partial", "refused"]
    version: _Number
    code: _Short = ""
    count: _Count = 1
    columns: _Names = []
    purpose: _Short = ""
    environment: _Short = ""
    rules: _Names = []
    exceptions: _Names = []
    masks: _Names = []
    filters: _Texts = []


class BatchReport(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a client sends. `lost` counts decisions that it could not keep since the last batch."""

    batch: uuid.UUID
    instance: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    lost: _Number = 0
    decisions: list[DecisionReport]


_decode = msgspec.json.Decoder(BatchReport).decode


class Receiver:
    """See the module."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._waiting = 0
        self._turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}

    async def taken(
        self, scope: Scope, receive: Receive, gateway: GatewayRecord, standing: Standing
    ) -> Answer:
        """The answer to a batch, once it is kept. Raises Refused."""
        if self._waiting >= MOST_WAITING:
            raise Refused(503, "Too many batches wait: send it again.", ((b"retry-after", b"2"),))
        loop = asyncio.get_running_loop()
        turns = self._turns.setdefault(loop, asyncio.Semaphore(AT_ONCE))
        self._waiting += 1
        try:
            body = await read_upload(scope, receive, MOST_BYTES)  # whoever stalls holds no turn
            async with turns:
                is_packed = dict(scope["headers"]).get(b"content-encoding") == b"gzip"
                batch = await loop.run_in_executor(None, _read, body, is_packed)
                there = await loop.run_in_executor(None, _begun, gateway, batch)
                if there is not None:
                    records = records_of(batch, gateway, standing)
                    missing = [one for one in records if one.request_id not in there]
                    await asyncio.gather(*(recorded(self._record, one) for one in missing))
                    await loop.run_in_executor(None, _ended, gateway, batch)
        finally:
            self._waiting -= 1
        said = {"batch": str(batch.batch), "decisions": len(batch.decisions)}
        return Answer(200, msgspec.json.encode(said))


def records_of(
    batch: BatchReport, gateway: GatewayRecord, standing: Standing
) -> Iterator[AccessRecord]:
    """The records of a batch, each with the batch's id and its place in it."""
    index = standing.index
    if batch.lost:
        yield AccessRecord(
            gateway=f"client:{gateway.name}", username="", action="lose",
            outcome=AccessOutcome.LOST, policy_version=index.version, asked=batch.lost,
            note=f"Lost by {batch.instance}.", request_id=f"{batch.batch}#lost",
        )  # fmt: skip
    for place, one in enumerate(batch.decisions):
        known = index.parts.by_name.get(one.dataset)
        is_plain = one.outcome == "allowed" and not one.exceptions
        decided = dt.datetime.fromtimestamp(one.at, dt.UTC).isoformat(timespec="milliseconds")
        yield AccessRecord(
            gateway=f"client:{gateway.name}",
            username=one.user,
            person=index.person_named(one.user),
            action=one.action,
            outcome=AccessOutcome(one.outcome),
            policy_version=one.version,
            keeping=(
                Keeping.RESTRICTED if known is None or not is_plain else keeping_of(index, (known,))
            ),
            purpose=one.purpose,
            environment=one.environment,
            datasets=() if known is None else (known,),
            resources=(one.dataset,),
            columns=tuple(one.columns),
            code=one.code,
            rules=tuple(one.rules),
            exceptions=tuple(one.exceptions),
            masks=tuple(one.masks),
            filters=tuple(one.filters),
            asked=one.count,
            allowed=0 if one.outcome == "refused" else one.count,
            note=f"Decided by {batch.instance} at {decided}.",
            request_id=f"{batch.batch}#{place}",
        )


def _read(body: bytes, is_packed: bool) -> BatchReport:
    if is_packed:
        body = _decompressed(body)
    try:
        batch = _decode(body)
    except UNREADABLE as error:
        raise Refused(400, f"The body is no batch of decisions: {error}") from None
    if len(batch.decisions) > MOST_DECISIONS:
        raise Refused(
            413,
            f"The batch has {len(batch.decisions):,} decisions; send {MOST_DECISIONS:,} at most.",
        )
    return batch


def _decompressed(body: bytes) -> bytes:
    reading = zlib.decompressobj(wbits=31)
    try:
        found = reading.decompress(body, MOST_DECOMPRESSED)
    except zlib.error as error:
        raise Refused(400, f"The body is no gzip: {error}") from None
    if reading.unconsumed_tail:
        raise Refused(413, f"The body holds more than {MOST_DECOMPRESSED // 2**20} MiB.")
    if not reading.eof:
        raise Refused(400, "The body was cut.")
    return found


def _begun(gateway: GatewayRecord, batch: BatchReport) -> frozenset[str] | None:
    """Claim a batch: the records of it that are kept already; None where all of them are. Raises
    Refused, where somebody else may be writing it, too."""
    now = timezone.now()
    given = {"received_at": now, "claimed_at": now, "decisions": len(batch.decisions)}
    try:
        with transaction.atomic():
            row, is_new = DecisionBatch.objects.select_for_update().get_or_create(
                gateway_id=gateway.id, batch=batch.batch, defaults=given
            )
            if is_new:
                return frozenset()
            if row.kept_at is not None:
                return None
            if row.claimed_at > now - CLAIMED:
                raise Refused(429, "The same batch is being taken: send it again.", _again)
            if not writer().flush() or writer().is_spooling:
                raise Refused(503, "The audit waits for its database.", _again)
            there = _kept(gateway, batch, row)
            row.claimed_at = now
            row.save(update_fields=["claimed_at"])
            return there
    except DatabaseError as error:
        raise _away(error) from None
    finally:
        connection.close()  # this thread may be asked again in an hour, or never


def _kept(gateway: GatewayRecord, batch: BatchReport, row: DecisionBatch) -> frozenset[str]:
    """What of a batch was kept before it was cut off."""
    wanted = Wanted(gateway=f"client:{gateway.name}", since=row.received_at)
    about = str(batch.batch).encode()
    return frozenset(
        msgspec.json.decode(one.line, type=AccessRecord).request_id
        for one in each_record(wanted)
        if about in one.line
    )


def _ended(gateway: GatewayRecord, batch: BatchReport) -> None:
    """Say that all of a batch is durable. Raises Refused where it is not."""
    try:
        if not writer().flush():
            raise Refused(503, "The audit could not keep these decisions yet.", _again)
        DecisionBatch.objects.filter(gateway_id=gateway.id, batch=batch.batch).update(
            kept_at=timezone.now()
        )
    except DatabaseError as error:
        raise _away(error) from None
    finally:
        connection.close()


def _away(error: DatabaseError) -> Refused:
    log.warning("batch_not_taken", error=f"{type(error).__name__}: {error}"[:300])
    return Refused(503, "Concord's database does not answer.", _again)


def forget_batches(now: dt.datetime | None = None) -> int:
    """Forget batches that nobody sends again; how many."""
    since = (now or timezone.now()) - dt.timedelta(days=FORGET_DAYS)
    return DecisionBatch.objects.filter(received_at__lt=since).delete()[0]
