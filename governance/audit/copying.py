"""Records as lines of PostgreSQL's COPY, and the partitions that they belong to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec

from governance.audit.chain import canonical, following
from governance.audit.frames import Frame
from governance.audit.types import Keeping

TABLE = "governance_auditrow"
COLUMNS = (
    "keeping", "at", "id", "chain", "sequence", "gateway", "outcome", "action", "purpose",
    "person_id", "datasets", "rules", "body", "digest",
)  # fmt: skip
_INTO = ", ".join(COLUMNS)
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None}
)  # a line of COPY cannot hold these as they are
_QUOTES = str.maketrans({"\\": "\\\\", '"': '\\"'})


class _Searched(msgspec.Struct, gc=False):
    """What searches need of a row, beside its place."""

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


_searched = msgspec.json.Decoder(_Searched).decode_lines


@dataclass(slots=True)
class Parcel:
    """Consecutive lines of one chain in one month."""

    keeping: str
    month: int  # yyyymm
    lines: list[bytes] = field(default_factory=list)


def chained(frame: Frame, digest: bytes, there: int = 0) -> tuple[list[Parcel], bytes]:
    """A frame's records without the first so many, which are `there`; `digest` is that of the one
    before them, and that of the last comes back."""
    found: list[Parcel] = []
    keeping, chain, sequence = frame.keeping, frame.chain, frame.first + there - 1
    rows = frame.body.split(b"\n")[there:-1]
    for one, row in zip(_searched(frame.body)[there:], rows, strict=True):
        sequence += 1
        body = canonical(row, chain, sequence)
        digest = following(digest, body)
        month = month_of(one.at)
        if not found or found[-1].month != month:
            found.append(Parcel(keeping, month))
        found[-1].lines.append(_line(one, chain, sequence, body, digest))
    return found, digest


def _line(one: _Searched, chain: int, sequence: int, body: bytes, digest: bytes) -> bytes:
    """One line, without its end."""
    datasets = one.datasets
    told = str(datasets[0]) if len(datasets) == 1 else ",".join(map(str, datasets))
    rules = _array(one.rules) if one.rules else ""
    person = "\\N" if one.person is None else one.person
    seconds, rest = divmod(one.at, 1_000_000)
    if b"\\" in body:
        body = body.replace(b"\\", b"\\\\")
    head = (
        f"{one.keeping}\t{_second(seconds)}.{rest:06d}+00\t{one.id}\t{chain}\t{sequence}"
        f"\t{_texts(one.gateway, one.outcome, one.action, one.purpose)}"
        f"\t{person}\t{{{told}}}\t{{{rules}}}\t"
    )
    return b"%b%b\t\\\\x%b\n" % (head.encode(), body, digest.hex().encode())


def month_of(at: int) -> int:
    """The month of an instant, as yyyymm."""
    return _month(at // 86_400_000_000)


def copy(cursor: Any, parcels: Sequence[Parcel], known: set[str]) -> None:
    """Write parcels of one month and way of keeping into their partition, which is made where it
    is not there yet."""
    name = partition(cursor, parcels[0].keeping, parcels[0].month, known)
    with cursor.copy(f"COPY {name} ({_INTO}) FROM STDIN") as writing:
        for parcel in parcels:
            writing.write(b"".join(parcel.lines))


def partition(cursor: Any, keeping: str, month: int, known: set[str]) -> str:
    """The table of a month; made once."""
    name = f"{TABLE}_{keeping}_{month}"
    if name in known:
        return name
    cursor.execute("SELECT to_regclass(%s)", [name])
    if cursor.fetchone()[0] is None:
        year, number = divmod(month, 100)
        begins = f"{year}-{number:02d}-01 00:00:00+00"
        year, number = (year + 1, 1) if number == 12 else (year, number + 1)
        ends = f"{year}-{number:02d}-01 00:00:00+00"
        cursor.execute("SELECT pg_advisory_xact_lock(7301553)")
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {TABLE}_{keeping}"
            f" FOR VALUES FROM ('{begins}') TO ('{ends}')"
        )
    known.add(name)
    return name


@lru_cache(maxsize=4096)
def _texts(*texts: str) -> str:
    return "\t".join(text.translate(_ESCAPES) for text in texts)


@lru_cache(maxsize=4096)
def _array(texts: tuple[str, ...]) -> str:
    quoted = ",".join(f'"{text.translate(_QUOTES)}"' for text in texts)
    return quoted.translate(_ESCAPES)


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


@lru_cache(maxsize=64)
def _month(days: int) -> int:
    day = time.gmtime(days * 86_400)
    return day.tm_year * 100 + day.tm_mon
