"""Records put together as blocks, and the partitions that they belong to.

A block is a row of the table: consecutive records of one chain and one month that came together,
as they are hashed, with what searches find them by. One record by itself is a block as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain as joined
from typing import Any

import msgspec

from governance.audit.chain import digests_of, placed
from governance.audit.months import bounds, month_of
from governance.audit.types import Keeping

TABLE = "governance_auditblock"
MOST_SECONDS = 60
"""The records of a block lie within so many seconds, so that an instant finds the blocks in which
a record of it may be; the table refuses others."""
MOST_RECORDS = 1_000
"""As many records at most, so that a place in a chain finds the block that has it."""
DIGEST_BYTES = 32
MOST_EACH = 200
"""Datasets of one record that its block is found by one by one; of more, by stretches of ids: a
list of all names that there are would be that many entries of an index."""
STRETCH = 1024
_MOST_BYTES = 256 * 1024
_HALF = MOST_SECONDS * 500_000  # microseconds
_MOST_CHARACTERS = 200
_NUL = "\x00"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_WRITE = """
INSERT INTO {table} (keeping, since, until, chain, first, last, people, datasets, words, body,
                     digests)
VALUES (%s, %s, %s, %s, %s, %s, %s::bigint[], %s::bigint[], %s::text[], %b, %b)
"""


class Searched(msgspec.Struct, gc=False):
    """What searches need of a record."""

    gateway: str
    action: str
    outcome: str
    id: str
    at: int
    keeping: str = Keeping.RESTRICTED.value
    person: int | None = None
    purpose: str = ""
    datasets: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()
    query_id: str = ""
    chain: int = 0
    sequence: int = 0


searched = msgspec.json.Decoder(Searched).decode
searched_lines = msgspec.json.Decoder(Searched).decode_lines


@dataclass(frozen=True, slots=True)
class Sought:
    """What a block is found by."""

    since: int  # microseconds since 1970, as the next one
    until: int
    people: frozenset[int]
    datasets: frozenset[int]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Block:
    """See `models.AuditBlock`."""

    keeping: str
    chain: int
    first: int
    count: int
    sought: Sought
    body: bytes
    digests: bytes

    @property
    def month(self) -> int:
        """As yyyymm."""
        return month_of(self.sought.until)


def word(kind: str, text: str) -> str:
    """By what blocks are found that have such a record; long texts that begin alike have one word.
    NUL, which rows of former versions hold, is no part of it."""
    return f"{kind}:{text.replace(_NUL, '')[:_MOST_CHARACTERS]}"


def sought(records: Sequence[Searched]) -> Sought:
    """What a block of these records is found by."""
    times = [one.at for one in records]
    people = {one.person for one in records if one.person is not None}
    said = {(one.gateway, one.outcome, one.action, one.purpose) for one in records}
    words = {one for told in said for one in _words(*told)}
    rules = {one.rules for one in records if one.rules}
    words.update(word("rule", one) for one in joined.from_iterable(rules))
    words.update(word("query", one.query_id) for one in records if one.query_id)
    datasets = frozenset(joined.from_iterable([_by_which(one.datasets) for one in records]))
    return Sought(min(times), max(times), frozenset(people), datasets, frozenset(words))


def stretch(dataset: int) -> int:
    """By what blocks are found that have a dataset with many others in one record; no id is
    negative."""
    return -1 - dataset // STRETCH


def _by_which(datasets: tuple[int, ...]) -> Iterable[int]:
    return datasets if len(datasets) <= MOST_EACH else set(map(stretch, datasets))


def blocks_of(
    keeping: str, chain: int, first: int, body: bytes, digest: bytes
) -> tuple[list[Block], bytes]:
    """Blocks of the records that come next in a chain, a line of `body` for each, still without
    their places; `digest` is that of the record before them, and that of the last comes back."""
    found: list[Block] = []
    sequence = first
    for records, rows in _pieces(searched_lines(body), body.split(b"\n")):
        lines = placed(rows, chain, sequence)
        digests = digests_of(lines, digest)
        digest = digests[-1]
        found.append(
            Block(
                keeping, chain, sequence, len(lines), sought(records),
                b"\n".join(lines), b"".join(digests),
            )
        )  # fmt: skip
        sequence += len(lines)
    return found, digest


def _pieces(
    records: Sequence[Searched], rows: Sequence[bytes]
) -> Iterator[tuple[Sequence[Searched], Sequence[bytes]]]:
    """Records and their rows as they fit into a block each."""
    begins = size = 0
    earliest = latest = -1
    for place, one in enumerate(records):
        size += len(rows[place])
        is_full = size > _MOST_BYTES or place - begins >= MOST_RECORDS
        if is_full or not earliest <= one.at < latest:
            if place > begins:
                yield records[begins:place], rows[begins:place]
            begins, size = place, len(rows[place])
            begin, end = map(microseconds, bounds(month_of(one.at)))
            earliest, latest = max(begin, one.at - _HALF), min(end, one.at + _HALF)
    if records:
        yield records[begins:], rows[begins : len(records)]


def write(cursor: Any, block: Block, known: set[str]) -> None:
    """Write a block into its partition, which is made where it is not there yet."""
    name = partition(cursor, block.keeping, block.month, known)
    found = block.sought
    cursor.execute(
        _WRITE.format(table=name),
        [
            block.keeping, moment(found.since), moment(found.until), block.chain, block.first,
            block.first + block.count - 1, _numbers(found.people), _numbers(found.datasets),
            sorted(found.words), block.body, block.digests,
        ],
    )  # fmt: skip


def partition(cursor: Any, keeping: str, month: int, known: set[str]) -> str:
    """The table of a month; made once."""
    name = f"{TABLE}_{keeping}_{month}"
    if name in known:
        return name
    cursor.execute("SELECT to_regclass(%s)", [name])
    if cursor.fetchone()[0] is None:
        begins, ends = bounds(month)
        cursor.execute("SELECT pg_advisory_xact_lock(7301554)")
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {TABLE}_{keeping}"
            f" FOR VALUES FROM ('{begins}') TO ('{ends}')"
        )
    known.add(name)
    return name


def moment(at: int) -> dt.datetime:
    """Microseconds since 1970 as an instant."""
    return _EPOCH + dt.timedelta(microseconds=at)


def microseconds(at: dt.datetime) -> int:
    """An instant as microseconds since 1970."""
    return (at - _EPOCH) // dt.timedelta(microseconds=1)


def _numbers(found: Iterable[int]) -> str:
    return f"{{{','.join(map(str, sorted(found)))}}}"


@lru_cache(maxsize=4096)
def _words(gateway: str, outcome: str, action: str, purpose: str) -> tuple[str, ...]:
    found = (word("gateway", gateway), word("outcome", outcome), word("action", action))
    return (*found, word("purpose", purpose)) if purpose else found
