"""Whether the log is as it was written: every row, every chain, and every head that has left.

A row is right when its columns say what its canonical row says and its hash follows from the one
before it. A chain is right when no sequence is missing and it reaches at least as far as each
signed head says, with the digest that the head says. So a changed, missing or reordered row is
found in the database alone; a cut tail and a chain written anew as a whole are found by the heads,
those of the database and, better, those that were kept elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from governance.audit.chain import decode, following, genesis
from governance.audit.signing import is_signed
from governance.audit.types import AccessRecord
from governance.models import AuditChain, AuditHead

_COLUMNS = (
    "sequence, id::text, keeping, (extract(epoch FROM at) * 1000000)::bigint, gateway, outcome,"
    " action, purpose, person_id, datasets, rules, body, digest"
)
_AT_ONCE = 5_000
_MOST_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class Mark:
    """What a signed head says of a sequence of a chain."""

    keeping: str
    digest: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where. `what` is one of `changed`, `missing`, `reordered`, `cut`, `rewritten`,
    `unsigned`, `head_missing`."""

    what: str
    chain: int
    sequence: int
    sentence: str


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
    known = {one.pk: one for one in AuditChain.objects.all()}
    ids = set(known) | set(marks) | set(_chains_with_rows())
    for chain in sorted(ids if chains is None else ids & set(chains)):
        found.chains += 1
        _verify_chain(found, chain, known.get(chain), marks.get(chain, {}))
        if len(found.faults) >= _MOST_FAULTS:
            break
    return found


def _verify_chain(
    found: Verified, chain: int, head: AuditChain | None, marks: Mapping[int, Mark]
) -> None:
    first = head.begins_at if head else 1
    digest = genesis(chain)
    if head is not None and head.begins_with is not None:
        digest = bytes(head.begins_with)
    expected = first
    _verify_beginning(found, chain, first, marks)
    for row in _rows(chain):
        found.rows += 1
        sequence = row[0]
        if sequence > expected:
            _miss(found, chain, expected, sequence - 1)
            digest = b""
        elif sequence < expected:
            _say(found, "reordered", chain, sequence, "There is more than one row of this number.")
            continue
        digest = _verify_row(found, chain, row, digest)
        said = marks.get(sequence)
        if said is not None and said.digest != digest.hex():
            text = "A signed head says another digest: the chain was written anew."
            _say(found, "rewritten", chain, sequence, text)
        expected = sequence + 1
    reached = expected - 1
    promised = max([*marks, head.sequence if head else 0])
    if promised > reached and promised >= first:
        text = f"It ends at {reached}, and {promised} had been written."
        _say(found, "cut", chain, reached, text)
    elif head is not None and (head.sequence != reached or bytes(head.digest) != digest):
        text = "Its end is not what the table of chains says."
        _say(found, "rewritten", chain, reached, text)


def _verify_beginning(found: Verified, chain: int, first: int, marks: Mapping[int, Mark]) -> None:
    """What was pruned has to be older than its retention."""
    now = timezone.now()
    for sequence, mark in marks.items():
        kept = dt.timedelta(days=settings.AUDIT_DAYS.get(mark.keeping, 0))
        if sequence < first and mark.at > now - kept:
            text = f"It begins at {first}, and {sequence} was not old enough to be pruned."
            _say(found, "missing", chain, sequence, text)
            return


def _verify_row(found: Verified, chain: int, row: Sequence[Any], before: bytes) -> bytes:
    """The digest that the next row follows from."""
    sequence, body, stored = row[0], row[-2].encode(), bytes(row[-1])
    try:
        record = decode(body)
    except msgspec.DecodeError:
        _say(found, "changed", chain, sequence, "Its canonical row cannot be read.")
        return stored
    if (record.chain, record.sequence) != (chain, sequence):
        _say(found, "reordered", chain, sequence, "It was written in another place.")
    elif before and following(before, body) != stored:
        _say(found, "changed", chain, sequence, "Its hash does not follow from its row.")
    elif _as_columns(record) != _as_stored(row):
        _say(found, "changed", chain, sequence, "Its columns do not say what its row says.")
    return stored


def _as_columns(record: AccessRecord) -> tuple[Any, ...]:
    return (
        record.id, record.keeping, record.at, _bare(record.gateway), record.outcome,
        _bare(record.action), _bare(record.purpose), record.person, list(record.datasets),
        [_bare(rule) for rule in record.rules],
    )  # fmt: skip


def _as_stored(row: Sequence[Any]) -> tuple[Any, ...]:
    return (row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10])


def _bare(text: str) -> str:
    return text.replace("\x00", "") if "\x00" in text else text


def _miss(found: Verified, chain: int, first: int, last: int) -> None:
    text = f"{first} is missing." if first == last else f"{first} to {last} are missing."
    _say(found, "missing", chain, first, text)


def _say(found: Verified, what: str, chain: int, sequence: int, sentence: str) -> None:
    found.faults.append(Fault(what, chain, sequence, sentence))


def _rows(chain: int) -> Iterator[Sequence[Any]]:
    with transaction.atomic(), connection.cursor() as outer:
        inner: Any = outer.connection
        with inner.cursor(name=f"audit_{chain}") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(
                f"SELECT {_COLUMNS} FROM governance_auditrow"  # noqa: S608 - our own columns
                " WHERE chain = %s ORDER BY chain, sequence",
                [chain],
            )
            yield from cursor


def _chains_with_rows() -> list[int]:
    """Every chain that has rows, jumping through the index from one to the next."""
    with connection.cursor() as cursor:
        cursor.execute("""
            WITH RECURSIVE found AS (
                (SELECT chain FROM governance_auditrow ORDER BY chain LIMIT 1)
                UNION ALL
                SELECT (SELECT row.chain FROM governance_auditrow row
                        WHERE row.chain > found.chain ORDER BY row.chain LIMIT 1)
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
        for chain, (keeping, sequence, digest) in said["chains"].items():
            marks[int(chain)].setdefault(sequence, Mark(keeping, digest, at))
    _verify_heads(found, numbers)
    return marks


def _verify_heads(found: Verified, numbers: Mapping[int, str]) -> None:
    for number in range(1, max(numbers, default=0) + 1):
        if number not in numbers:
            _say(found, "head_missing", 0, number, f"The signed head {number} is missing.")
        elif number - 1 in numbers:
            said = msgspec.json.decode(numbers[number])["previous"]
            if said != hashlib.sha256(numbers[number - 1].encode()).hexdigest():
                text = f"The signed head {number} does not follow from the one before it."
                _say(found, "rewritten", 0, number, text)
