"""The chain: each record is hashed with the one before it, so that none can change unseen.

A process has one chain for each way of keeping, and another one where its clock went back to a
month before, so that what is pruned by age is always the beginning of a chain. `h_n =
SHA-256(h_(n-1) || canonical row)`; `h_0` is the hash of the chain's own name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter

import msgspec

from governance.audit.frames import Frame
from governance.audit.months import month_of
from governance.audit.types import MOST_NAMED, MOST_TEXT, AccessRecord

_encode_lines = msgspec.json.Encoder().encode_lines
_NUL = rb"\u0000"
_NOTHING = b":null"
_MOST_SQL = 20_000
_TEXTS = ("gateway", "username", "action", "impersonator", "purpose", "environment", "resources",
          "columns", "used", "code", "rules", "exceptions", "masks", "query_id", "request_id",
          "note")  # fmt: skip
_UNSET = {
    one.name: "" if one.default is msgspec.NODEFAULT else one.default
    for one in msgspec.structs.fields(AccessRecord)
}
decode = msgspec.json.Decoder(AccessRecord).decode
_at = attrgetter("at")


def genesis(chain: int) -> bytes:
    """What the first record of a chain is hashed with."""
    return hashlib.sha256(f"concord audit chain {chain}".encode()).digest()


def following(digest: bytes, body: bytes) -> bytes:
    """The hash of a record whose predecessor has the hash `digest`."""
    return hashlib.sha256(digest + body).digest()


def without_place(records: Sequence[AccessRecord]) -> bytes:
    """Canonical rows that have no place in a chain yet, a line for each. Half characters and NUL,
    which no reader of PostgreSQL takes for text, are replaced, long lists and texts cut, but for
    the ids of datasets; a field without a value is left out, for a row that nobody can read would
    hold up all that come with it."""
    for record in records:
        if (
            len(record.resources) > MOST_NAMED
            or len(record.columns) > MOST_NAMED
            or len(record.refused_indices) > MOST_NAMED
        ):
            _cut(record)
    lines = _lines(records)
    if _has_long_row(lines):
        for record in records:
            _shorten(record)
        return _lines(records)
    return lines


def _lines(records: Sequence[AccessRecord]) -> bytes:
    try:
        lines = _encode_lines(records)
    except UnicodeEncodeError:
        pass
    else:
        if _NUL not in lines and _NOTHING not in lines:
            return lines
    for record in records:
        for name, unset in _UNSET.items():
            value = getattr(record, name)
            setattr(record, name, unset if value is None else _whole(value))
    return _encode_lines(records)


def placed(rows: Sequence[bytes], chain: int, first: int) -> list[bytes]:
    """The bytes of consecutive records that are hashed: their rows with their places, which come
    last."""
    place = b',"chain":%d,"sequence":%%d}' % chain
    return [row[:-1] + place % sequence for sequence, row in enumerate(rows, first)]


def digests_of(lines: Iterable[bytes], digest: bytes) -> list[bytes]:
    """The hashes of consecutive records; `digest` is that of the one before them."""
    found = []
    for line in lines:
        digest = hashlib.sha256(digest + line).digest()
        found.append(digest)
    return found


def _cut(record: AccessRecord) -> None:
    if len(record.resources) > MOST_NAMED:
        record.asked = record.asked or len(record.resources)
    record.resources = record.resources[:MOST_NAMED]
    record.columns = record.columns[:MOST_NAMED]
    record.refused_indices = record.refused_indices[:MOST_NAMED]


def _has_long_row(lines: bytes) -> bool:
    """Whether a row is long enough to hold a text that is too long. Looks at the last end of a row
    within each stretch of that many bytes: rows are a fifth of it, and most are not looked at."""
    at, last = 0, len(lines) - MOST_TEXT
    while at < last:
        at = lines.rfind(b"\n", at, at + MOST_TEXT) + 1
        if not at:
            return True
    return False


def _shorten(record: AccessRecord) -> None:
    for name in _TEXTS:
        held = getattr(record, name)
        is_text = type(held) is str
        setattr(record, name, _short(held) if is_text else tuple(map(_short, held)))


def _short(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def _whole(value: object) -> object:
    if type(value) is str:
        return value.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
    if isinstance(value, tuple):
        return tuple(_whole(one) for one in value)
    return value


class Chains:
    """The growing ends of one writer's chains, one for each way of keeping."""

    def __init__(self) -> None:
        self._chains: dict[str, Chain] = {}

    def framed(self, records: Sequence[AccessRecord]) -> list[Frame]:
        """Records as they are stored together, statements without their literals; they have their
        places once they are `stored`."""
        found: dict[str, list[AccessRecord]] = {}
        for record in records:
            if record.sql:
                record.sql = masked(record.sql)
            together = found.get(record.keeping)
            if together is None:
                found[record.keeping] = [record]
            else:
                together.append(record)
        frames = []
        for keeping, together in found.items():
            together.sort(key=_at)  # threads may queue them in another order than they were named
            chain = self._chains.get(keeping)
            if chain is None or month_of(together[0].at) < chain.month:
                chain = self._chains[keeping] = Chain(str(keeping))
            frames.append(chain.frame(together))
        return frames

    def stored(self, frames: Iterable[Frame]) -> None:
        """Frames are durable: others follow them."""
        for frame in frames:
            self._chains[frame.keeping].sequence += frame.count

    def begin_anew(self) -> None:
        """Nobody knows whether the last frames are durable: no other record may have their
        places."""
        self._chains.clear()


class Chain:
    """The growing end of one chain: its records are framed in the order of their places."""

    def __init__(self, keeping: str) -> None:
        self.keeping = keeping
        self.id = secrets.randbits(62)
        self.sequence = 0
        self.month = 0

    def frame(self, records: Sequence[AccessRecord]) -> Frame:
        """The records that come next, the oldest first; they have their places once `sequence` says
        so."""
        self.month = month_of(records[-1].at)
        body = without_place(records)
        return Frame(self.keeping, self.id, self.sequence + 1, len(records), body)


@lru_cache(maxsize=4096)
def masked(sql: str) -> str:
    """A statement without its literals, for they may be personal. Reading it is imported when the
    first one comes: most records have none."""
    from lineage.queries.masking import mask
    from lineage.sql.dialects import rules_of

    return mask(sql[:_MOST_SQL], rules_of(None), cautious=True)
