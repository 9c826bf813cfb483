"""Records as lines of PostgreSQL's COPY, and the partitions that they belong to."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from governance.audit.types import AccessRecord

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


@dataclass(slots=True)
class Parcel:
    """Consecutive lines of one chain in one month."""

    keeping: str
    month: int  # yyyymm
    chain: int
    lines: list[bytes] = field(default_factory=list)
    first: int = 0
    last: int = 0
    digest: bytes = b""


def line(record: AccessRecord, body: bytes, digest: bytes) -> bytes:
    """One line, without its end."""
    datasets = record.datasets
    told = str(datasets[0]) if len(datasets) == 1 else ",".join(map(str, datasets))
    rules = _array(record.rules) if record.rules else ""
    person = "\\N" if record.person is None else record.person
    seconds, rest = divmod(record.at, 1_000_000)
    if b"\\" in body:
        body = body.replace(b"\\", b"\\\\")
    head = (
        f"{record.keeping}\t{_second(seconds)}.{rest:06d}+00\t{record.id}\t{record.chain}"
        f"\t{record.sequence}\t{_text(record.gateway)}\t{record.outcome}\t{_text(record.action)}"
        f"\t{_text(record.purpose)}\t{person}\t{{{told}}}\t{{{rules}}}\t"
    )
    return b"%b%b\t\\\\x%b" % (head.encode("utf-8", "replace"), body, digest.hex().encode())


def month_of(at: int) -> int:
    """The month of an instant, as yyyymm."""
    return _month(at // 86_400_000_000)


def copy(cursor: Any, parcel: Parcel, known: set[str]) -> None:
    """Write a parcel into its partition, which is made where it is not there yet."""
    copy_text(cursor, parcel, [b"\n".join(parcel.lines) + b"\n"], known)


def copy_text(cursor: Any, parcel: Parcel, texts: list[bytes], known: set[str]) -> None:
    """Write lines with their ends, all of them of the chain and the month of a parcel."""
    name = partition(cursor, parcel.keeping, parcel.month, known)
    with cursor.copy(f"COPY {name} ({_INTO}) FROM STDIN") as writing:
        for text in texts:
            writing.write(text)


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


def parcels(lines: Iterable[bytes]) -> list[Parcel]:
    """Lines as they lie in a spool, by chain and month, in their order."""
    found: dict[tuple[bytes, bytes, bytes], Parcel] = {}
    for one in lines:
        keeping, at, _, chain, sequence, _ = one.split(b"\t", 5)
        key = (keeping, chain, at[:7])
        parcel = found.get(key)
        if parcel is None:
            month = int(at[:4]) * 100 + int(at[5:7])
            parcel = found[key] = Parcel(keeping.decode(), month, int(chain), first=int(sequence))
        parcel.lines.append(one)
        parcel.last = int(sequence)
        parcel.digest = bytes.fromhex(one[-64:].decode())
    return list(found.values())


@lru_cache(maxsize=1024)
def _text(text: str) -> str:
    return text.translate(_ESCAPES)


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
