"""Whether the log is as it was written: every row, every chain, and every head that has left.

A row is right when it says the place at which it lies and its hash follows from the one before it;
a block is right when what searches find it by is what its rows say. A chain is right when no
sequence is missing and it reaches at least as far as each signed head says, with the digest that
the head says. So a changed, missing or reordered row is found in the database alone; a cut tail and
a chain written anew as a whole are found by the heads, those of the database and, better, those
that were kept elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from governance.audit.blocks import (
    DIGEST_BYTES,
    Searched,
    Sought,
    microseconds,
    searched,
    sought,
)
from governance.audit.chain import following, genesis
from governance.audit.months import bounds, month_of
from governance.audit.signing import is_signed
from governance.models import AuditChain, AuditHead

_COLUMNS = (
    "first, last, keeping, (extract(epoch FROM since) * 1000000)::bigint,"
    " (extract(epoch FROM until) * 1000000)::bigint, people, datasets, words, body, digests"
)
_AT_ONCE = 20
_MOST_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class Mark:
    """What a signed head says of a sequence of a chain; nothing of it grows old before `since`."""

    keeping: str
    digest: str
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where. `what` is one of `changed`, `missing`, `reordered`, `cut`, `rewritten`,
    `unsigned`, `head_missing`."""

    what: str
    chain: int
    sequence: int
    sentence: str


class _End(NamedTuple):
    """What the table of chains says of one."""

    begins_at: int
    begins_with: bytes | None
    sequence: int
    digest: bytes


class _Block(NamedTuple):
    first: int
    last: int
    keeping: str
    since: int  # microseconds since 1970
    until: int
    people: Sequence[int]
    datasets: Sequence[int]
    words: Sequence[str]
    body: bytes
    digests: bytes


class _Row(NamedTuple):
    sequence: int
    record: Searched | None
    line: bytes
    digest: bytes


@dataclass(slots=True)
class Verified:
    """How much was looked at, and what is wrong with it."""

    chains: int = 0
    rows: int = 0
    heads: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(
    kept_elsewhere: Iterable[tuple[str, str]] = (),
    *,
    chains: Sequence[int] | None = None,
    key: str | None = None,
) -> Verified:
    """Look at everything, or at the chains named.

    `kept_elsewhere` are statements with signatures as a sink keeps them, `key` the public key that
    they are signed with where it is not the service's own.
    """
    found = Verified()
    marks = _marks(found, kept_elsewhere, key)
    ids = set(AuditChain.objects.values_list("pk", flat=True)) | set(marks)
    ids |= set(_chains_with_rows())
    for chain in sorted(ids if chains is None else ids & set(chains)):
        found.chains += 1
        with _opened(chain) as (end, blocks):
            _verify_chain(found, chain, end, blocks, marks.get(chain, {}))
        if len(found.faults) >= _MOST_FAULTS:
            break
    return found


def _verify_chain(
    found: Verified,
    chain: int,
    end: _End | None,
    blocks: Iterable[_Block],
    marks: Mapping[int, Mark],
) -> None:
    first = end.begins_at if end else 1
    digest = genesis(chain)
    if end is not None and end.begins_with is not None:
        digest = end.begins_with
    expected = first
    _verify_beginning(found, chain, first, marks)
    for block in blocks:
        for row in _rows(found, chain, block):
            found.rows += 1
            sequence = row.sequence
            if sequence > expected:
                _miss(found, chain, expected, sequence - 1)
                digest = b""
            elif sequence < expected:
                text = "There is more than one row of this number."
                _say(found, "reordered", chain, sequence, text)
                continue
            digest = _verify_row(found, chain, row, digest)
            said = marks.get(sequence)
            if said is not None and said.digest != digest.hex():
                text = "A signed head says another digest: the chain was written anew."
                _say(found, "rewritten", chain, sequence, text)
            expected = sequence + 1
    reached = expected - 1
    promised = max([*marks, end.sequence if end else 0])
    if promised > reached and promised >= first:
        text = f"It ends at {reached}, and {promised} had been written."
        _say(found, "cut", chain, reached, text)
    elif end is not None and (end.sequence != reached or end.digest != digest):
        text = "Its end is not what the table of chains says."
        _say(found, "rewritten", chain, reached, text)


def _verify_beginning(found: Verified, chain: int, first: int, marks: Mapping[int, Mark]) -> None:
    """What was pruned has to be older than its retention."""
    now = timezone.now()
    for sequence, mark in marks.items():
        kept = dt.timedelta(days=settings.AUDIT_DAYS.get(mark.keeping, 0))
        if sequence < first and mark.since > now - kept:
            text = f"It begins at {first}, and {sequence} was not old enough to be pruned."
            _say(found, "missing", chain, sequence, text)
            return


def _rows(found: Verified, chain: int, block: _Block) -> Iterator[_Row]:
    """The rows of a block, and what is wrong with it as a whole. Where it does not hold as many as
    it says, each is taken for the one that it says it is."""
    lines = block.body.split(b"\n")
    records = [_read(line) for line in lines]
    told = [one for one in records if one is not None]
    count = block.last - block.first + 1
    is_counted = len(lines) == count and len(block.digests) == count * DIGEST_BYTES
    if told and (is_counted or len(told) == len(lines)):
        kept = Sought(
            block.since, block.until, frozenset(block.people), frozenset(block.datasets),
            frozenset(block.words),
        )  # fmt: skip
        kinds = {one.keeping for one in told}
        if kinds != {block.keeping} or (len(told) == len(lines) and sought(told) != kept):
            text = f"What rows {block.first} to {block.last} are found by is not what they say."
            _say(found, "changed", chain, block.first, text)
    is_each_hashed = len(block.digests) == len(lines) * DIGEST_BYTES
    for place, (line, record) in enumerate(zip(lines, records, strict=True)):
        sequence = block.first + place
        if not is_counted and record is not None and record.chain == chain:
            sequence = record.sequence
        begins = DIGEST_BYTES * (place if is_each_hashed else max(0, sequence - block.first))
        digest = block.digests[begins : begins + DIGEST_BYTES]
        yield _Row(sequence, record, line, digest)


def _read(line: bytes) -> Searched | None:
    try:
        return searched(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _verify_row(found: Verified, chain: int, row: _Row, before: bytes) -> bytes:
    """The digest that the next row follows from."""
    if row.record is None:
        _say(found, "changed", chain, row.sequence, "Its canonical row cannot be read.")
    elif (row.record.chain, row.record.sequence) != (chain, row.sequence):
        _say(found, "reordered", chain, row.sequence, "It was written in another place.")
    elif before and following(before, row.line) != row.digest:
        _say(found, "changed", chain, row.sequence, "Its hash does not follow from its row.")
    return row.digest


def _miss(found: Verified, chain: int, first: int, last: int) -> None:
    text = f"{first} is missing." if first == last else f"{first} to {last} are missing."
    _say(found, "missing", chain, first, text)


def _say(found: Verified, what: str, chain: int, sequence: int, sentence: str) -> None:
    found.faults.append(Fault(what, chain, sequence, sentence))


@contextmanager
def _opened(chain: int) -> Iterator[tuple[_End | None, Iterator[_Block]]]:
    """What the table of chains says of one, and its blocks, both of one instant: it grows, and
    months of it go, while the log is looked at."""
    with transaction.atomic(), connection.cursor() as outer:
        inner: Any = outer.connection
        end = _end_of(chain)
        while True:
            with inner.cursor(name=f"audit_{chain}", binary=True) as cursor:
                cursor.itersize = _AT_ONCE
                cursor.execute(
                    f"SELECT {_COLUMNS} FROM governance_auditblock"  # noqa: S608 - our own columns
                    " WHERE chain = %s ORDER BY chain, first, last",
                    [chain],
                )
                before, end = end, _end_of(chain)
                if end == before:  # so it did not move while the blocks were opened
                    yield end, map(_Block._make, cursor)
                    return


def _end_of(chain: int) -> _End | None:
    found = AuditChain.objects.filter(pk=chain).values_list(*_End._fields).first()
    if found is None:
        return None
    begins_at, begins_with, sequence, digest = found
    return _End(
        begins_at, None if begins_with is None else bytes(begins_with), sequence, bytes(digest)
    )


def _chains_with_rows() -> list[int]:
    """Every chain that has rows, jumping through the index from one to the next."""
    with connection.cursor() as cursor:
        cursor.execute("""
            WITH RECURSIVE found AS (
                (SELECT chain FROM governance_auditblock ORDER BY chain LIMIT 1)
                UNION ALL
                SELECT (SELECT block.chain FROM governance_auditblock block
                        WHERE block.chain > found.chain ORDER BY block.chain LIMIT 1)
                FROM found WHERE found.chain IS NOT NULL
            ) SELECT chain FROM found WHERE chain IS NOT NULL
        """)
        return [chain for (chain,) in cursor.fetchall()]


def _marks(
    found: Verified, kept_elsewhere: Iterable[tuple[str, str]], key: str | None
) -> dict[int, dict[int, Mark]]:
    """What signed heads say, and what is wrong with the heads themselves."""
    elsewhere = list(kept_elsewhere)
    inside = list(AuditHead.objects.order_by("number").values_list("statement", "signature"))
    marks: dict[int, dict[int, Mark]] = defaultdict(dict)
    numbers: dict[int, str] = {}
    for statement, signature in [*elsewhere, *inside]:
        found.heads += 1
        if not is_signed(statement, signature, key):
            text = f"A head is not signed with the key: {statement[:60]}"
            _say(found, "unsigned", 0, 0, text)
            continue
        said = msgspec.json.decode(statement)
        number = said["number"]
        if numbers.setdefault(number, statement) != statement:
            _say(found, "rewritten", 0, number, f"There are two heads of number {number}.")
        at = dt.datetime.fromisoformat(said["at"])
        for chain, (keeping, sequence, digest, *rest) in said["chains"].items():
            mark = Mark(keeping, digest, _grows_old(rest, at))
            marks[int(chain)].setdefault(sequence, mark)
    _verify_heads(found, numbers)
    return marks


def _grows_old(rest: Sequence[str | None], at: dt.datetime) -> dt.datetime:
    """When the time begins after which a record is pruned: with the end of its month, for whole
    months go. A head of a former version, made `at` that instant, does not say of when it is."""
    if not rest or rest[0] is None:
        return at
    return bounds(month_of(microseconds(dt.datetime.fromisoformat(rest[0]))))[1]


def _verify_heads(found: Verified, numbers: Mapping[int, str]) -> None:
    for number in range(1, max(numbers, default=0) + 1):
        if number not in numbers:
            _say(found, "head_missing", 0, number, f"The signed head {number} is missing.")
        elif number - 1 in numbers:
            said = msgspec.json.decode(numbers[number])["previous"]
            if said != hashlib.sha256(numbers[number - 1].encode()).hexdigest():
                text = f"The signed head {number} does not follow from the one before it."
                _say(found, "rewritten", 0, number, text)
