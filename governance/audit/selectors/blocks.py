"""Records in blocks, the newest first: only blocks in which one may be are read, and only as many
as it takes."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import msgspec
import psycopg
from django.db import connection
from django.db.models import F, Q, QuerySet, Sum

from governance.audit.blocks import (
    DIGEST_BYTES,
    MOST_SECONDS,
    Searched,
    microseconds,
    moment,
    searched,
    stretch,
    word,
)
from governance.audit.models import AuditBlock, AuditRow

_FEW, _MANY = 8, 64
_SPAN = dt.timedelta(seconds=MOST_SECONDS)
_LAST_INSTANT = 253_402_300_799_000  # milliseconds; what lies beyond is no year of four digits
_WORDS = {"rule": "rule", "outcome": "outcome", "gateway": "gateway", "action": "action",
          "purpose": "purpose", "query_id": "query"}  # fmt: skip
_COLUMNS = ("keeping", "until", "chain", "first", "body", "digests")
_ROW = ("id", "keeping", "at", "chain", "sequence", "gateway", "outcome", "action", "purpose",
        "person_id", "datasets", "rules", "body", "digest")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What records have to be; what is not given may be anything. `before` is the id of a record
    that is newer, `keepings` are ways of keeping."""

    person: int | None = None
    dataset: int | None = None
    rule: str = ""
    outcome: str = ""
    gateway: str = ""
    action: str = ""
    purpose: str = ""
    query_id: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    before: uuid.UUID | None = None
    keepings: tuple[str, ...] = ()

    @property
    def is_by_block(self) -> bool:
        """Whether a record is wanted exactly where its block is."""
        return all(not getattr(self, one.name) for one in fields(self) if one.name != "keepings")


class _Block(NamedTuple):
    keeping: str
    until: dt.datetime
    chain: int
    first: int
    body: bytes
    digests: bytes


class Found(NamedTuple):
    """A record, its canonical row, and where that lies in a block."""

    record: Searched
    line: bytes
    block: _Block
    place: int


def each_record(wanted: Wanted) -> Iterator[Found]:
    """The records that are wanted; blocks come the newest first, the records of each as they lie.
    What cannot be read is left out: `verify` tells of it."""
    for block in _blocks(wanted):
        yield from _found_in(block, wanted)


def rows_of(wanted: Wanted) -> Iterator[AuditRow]:
    """The same as rows, the newest first."""
    waiting: list[tuple[int, int, Found]] = []
    numbers = itertools.count()
    for block in _blocks(wanted):
        # Whatever comes later is not newer than this block's end.
        end = microseconds(block.until) // 1000
        while waiting and -waiting[0][0] >> 80 > end:
            yield _row(heapq.heappop(waiting)[2])
        for one in _found_in(block, wanted):
            heapq.heappush(waiting, (-uuid.UUID(one.record.id).int, next(numbers), one))
    while waiting:
        yield _row(heapq.heappop(waiting)[2])


def row_of(record_id: uuid.UUID, wanted: Wanted) -> AuditRow | None:
    """One record by its id, where it is wanted."""
    at = instant_of(record_id)
    if at is None:
        return None
    key = str(record_id)
    later = at + dt.timedelta(microseconds=999)
    for block in _read(_between(_narrowed(wanted), at, later)):
        for one in _found_in(block, wanted, f'"id":"{key}"'.encode()):
            if one.record.id == key:
                return _row(one)
    return None


def count_of(wanted: Wanted) -> int:
    """How many are wanted."""
    if wanted.is_by_block:
        held = _narrowed(wanted).order_by()
        return int(held.aggregate(held=Sum(F("last") - F("first") + 1))["held"] or 0)
    return sum(1 for _ in each_record(wanted))


def instant_of(record_id: uuid.UUID) -> dt.datetime | None:
    """The millisecond that an id begins with; None where none can be."""
    millisecond = record_id.int >> 80
    return moment(millisecond * 1000) if millisecond <= _LAST_INSTANT else None


def _blocks(wanted: Wanted) -> Iterator[_Block]:
    """Blocks in which records may be, by when they end, the newest first."""
    blocks = _between(_narrowed(wanted), wanted.since, wanted.until)
    if wanted.before is not None and (before := instant_of(wanted.before)) is not None:
        blocks = _between(blocks, None, before + dt.timedelta(milliseconds=1))
    following, most = blocks, _FEW
    while True:
        some = _read(following[:most])
        yield from some
        if len(some) < most:
            return
        last = some[-1]
        following = blocks.filter(
            Q(until__lt=last.until)
            | Q(until=last.until, chain__lt=last.chain)
            | Q(until=last.until, chain=last.chain, first__lt=last.first),
            until__lte=last.until,
        )
        most = min(most * 2, _MANY)


def _read(blocks: QuerySet[AuditBlock]) -> list[_Block]:
    """Fetched as they lie there: as text, rows would take twice the bytes and be decoded."""
    sql, parameters = blocks.values_list(*_COLUMNS).query.sql_with_params()
    with connection.cursor() as outer, psycopg.Cursor[Any](outer.connection) as cursor:
        cursor.execute(sql, parameters, binary=True)
        return [_Block._make(one) for one in cursor]


def _narrowed(wanted: Wanted) -> QuerySet[AuditBlock]:
    blocks = AuditBlock.objects.order_by("-until", "-chain", "-first")
    if wanted.keepings:
        blocks = blocks.filter(keeping__in=wanted.keepings)
    if wanted.person is not None:
        blocks = blocks.filter(people__contains=[wanted.person])
    if wanted.dataset is not None:
        blocks = blocks.filter(datasets__overlap=[wanted.dataset, stretch(wanted.dataset)])
    words = [word(kind, text) for name, kind in _WORDS.items() if (text := getattr(wanted, name))]
    return blocks.filter(words__contains=words) if words else blocks


def _between(
    blocks: QuerySet[AuditBlock], since: dt.datetime | None, until: dt.datetime | None
) -> QuerySet[AuditBlock]:
    if since is not None:
        blocks = blocks.filter(until__gte=since)
    if until is not None:
        blocks = blocks.filter(since__lte=until)
        if until.year < dt.MAXYEAR:
            blocks = blocks.filter(until__lte=until + _SPAN)
    return blocks


def _found_in(block: _Block, wanted: Wanted, needle: bytes = b"") -> Iterator[Found]:
    needle = needle or _needle(wanted)
    since = None if wanted.since is None else microseconds(wanted.since)
    until = None if wanted.until is None else microseconds(wanted.until)
    before = None if wanted.before is None else str(wanted.before)
    asked: list[tuple[str, Any]] = [
        (name, value)
        for name in ("person", "outcome", "gateway", "action", "purpose", "query_id")
        if (value := getattr(wanted, name)) not in (None, "")
    ]
    for place, line in _lines(block.body, needle):
        try:
            one = searched(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if (
            (since is None or one.at >= since)
            and (until is None or one.at <= until)
            and (before is None or one.id < before)
            and all(getattr(one, name) == value for name, value in asked)
            and (wanted.dataset is None or wanted.dataset in one.datasets)
            and (not wanted.rule or wanted.rule in one.rules)
        ):
            yield Found(one, line, block, place)


def _lines(body: bytes, needle: bytes) -> Iterator[tuple[int, bytes]]:
    """The rows that hold something, each with its place."""
    if not needle:
        yield from enumerate(body.split(b"\n"))
        return
    begins = place = 0
    while (at := body.find(needle, begins)) >= 0:
        place += body.count(b"\n", begins, at)
        starts = body.rfind(b"\n", 0, at) + 1
        ends = body.find(b"\n", at)
        if ends < 0:
            yield place, body[starts:]
            return
        yield place, body[starts:ends]
        begins, place = ends + 1, place + 1


def _needle(wanted: Wanted) -> bytes:
    """What the canonical row of each record that is wanted holds: most are not looked at."""
    if wanted.query_id:
        return b'"query_id":' + msgspec.json.encode(wanted.query_id)
    if wanted.rule:
        return msgspec.json.encode(wanted.rule)
    if wanted.person is not None:
        return b'"person":%d,' % wanted.person
    if wanted.dataset is not None:
        return b"%d" % wanted.dataset
    return msgspec.json.encode(wanted.outcome) if wanted.outcome else b""


def _row(one: Found) -> AuditRow:
    record, block, place = one.record, one.block, one.place
    begins = place * DIGEST_BYTES
    return AuditRow.from_db("default", _ROW, (
        uuid.UUID(record.id), block.keeping, moment(record.at), block.chain, block.first + place,
        record.gateway, record.outcome, record.action, record.purpose, record.person,
        [*record.datasets], [*record.rules], one.line.decode(),
        block.digests[begins : begins + DIGEST_BYTES],
    ))  # fmt: skip
