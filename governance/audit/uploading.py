"""From the spool into the database: of a process that lives, or of one that is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from governance.audit.copying import Parcel, copy, copy_text, parcels
from governance.audit.spool import left_behind, process_of, whole_lines

_UPLOAD_LINES = 5_000
_HEAD = """
INSERT INTO governance_auditchain (id, keeping, host, process, started_at, sequence, digest, at)
VALUES (%s, %s, %s, %s, now(), %s, %s, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest,
 at = excluded.at
"""


def upload(connection: Any, lines: list[bytes], months: set[str], process: str) -> int:
    """Write lines of a spool, without those that are there already; how many were written."""
    count = 0
    with connection.transaction(), connection.cursor() as cursor:
        for parcel in parcels(lines):
            cursor.execute(
                "SELECT max(sequence) FROM governance_auditrow WHERE chain = %s", [parcel.chain]
            )
            there = cursor.fetchone()[0] or 0
            if parcel.first <= there:
                parcel.lines = [one for one in parcel.lines if int(one.split(b"\t", 5)[4]) > there]
            if parcel.lines:
                copy(cursor, parcel, months)
                write_head(cursor, parcel, process)
                count += len(parcel.lines)
    return count


def upload_kept(
    connection: Any, kept: list[tuple[Parcel, bytes]], months: set[str], process: str
) -> None:
    """Write parcels of which none can be there yet, with their texts as they are copied."""
    together: dict[tuple[int, int], list[tuple[Parcel, bytes]]] = {}
    for one in kept:
        together.setdefault((one[0].chain, one[0].month), []).append(one)
    with connection.transaction(), connection.cursor() as cursor:
        for found in together.values():
            last = found[-1][0]
            copy_text(cursor, last, [text for _, text in found], months)
            write_head(cursor, last, process)


def upload_left_behind(connect: Callable[[], Any], folder: Path) -> int:
    """Write the spools of processes that are gone; how many records were written."""
    count = 0
    for file in left_behind(folder):
        months: set[str] = set()
        path = Path(file.name)
        with connect() as connection:
            while lines := list(whole_lines(file, _UPLOAD_LINES)):
                count += upload(connection, lines, months, process_of(path))
        path.unlink(missing_ok=True)
    return count


def write_head(cursor: Any, parcel: Parcel, process: str) -> None:
    """Say how far a chain is."""
    host, _, rest = process.partition("-")
    values = [parcel.chain, parcel.keeping, host, rest or process, parcel.last, parcel.digest]
    cursor.execute(_HEAD, values)
