"""Records on their way: into the table in their order, and durable before the answer."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit.apart import UploaderApart
from governance.audit.chain import Chain, genesis
from governance.audit.frames import Frame, read_frames
from governance.audit.selectors.verifying import verify
from governance.audit.services import recording
from governance.audit.spool import Spool
from governance.audit.types import AccessOutcome, AccessRecord, AuditUnavailable, Keeping, Limits
from governance.audit.uploading import upload_left_behind
from governance.audit.writer import AuditWriter
from governance.models import AuditBlock, AuditChain, AuditRow

pytestmark = pytest.mark.django_db

Make = Callable[..., AccessRecord]


def rows_of(*ids: str) -> list[AuditRow]:
    return list(AuditRow.objects.filter(pk__in=ids).order_by("sequence"))


def on_disk(path: Path) -> list[dict[str, Any]]:
    """The records of a file, in their order."""
    with path.open("rb") as file:
        frames = [frame for frame, _ in read_frames(file, path.stat().st_size)]
    return [json.loads(line) for frame in frames for line in frame.body.splitlines()]


def test_records_lie_in_the_table_chained_and_as_they_were(
    writer: AuditWriter, record: Make
) -> None:
    # Given three records, of which the second holds whatever a text may hold
    odd = "a\tb\\c\n\"d\" 'e' \u2028 \x00 \ud800 {x,y}"
    ids = [
        writer.record(record()),
        writer.record(record(purpose=odd, rules=("permission_policy:OO-1", odd), note=odd)),
        writer.record(record(person=None, datasets=(), outcome=AccessOutcome.PARTIAL)),
    ]

    # When they are written
    assert writer.flush()

    # Then each is there, and its hash is that of the one before it and its canonical row
    rows = rows_of(*ids)
    assert [str(row.pk) for row in rows] == ids
    assert [row.sequence for row in rows] == [1, 2, 3]
    digest = genesis(rows[0].chain)
    for row in rows:
        digest = hashlib.sha256(digest + row.body.encode()).digest()
        assert bytes(row.digest) == digest
    assert rows[0].person_id == 7
    assert (rows[0].datasets, rows[0].gateway, rows[0].outcome) == ([3], "trino", "allowed")
    whole = odd.replace("\ud800", "?").replace("\x00", "\N{SYMBOL FOR NULL}")
    assert rows[1].purpose == whole
    assert rows[1].rules == ["permission_policy:OO-1", whole]
    assert rows[2].person_id is None
    head = AuditChain.objects.get(pk=rows[0].chain)
    assert (head.sequence, bytes(head.digest)) == (3, digest)


def test_statements_are_kept_without_their_literals(writer: AuditWriter, record: Make) -> None:
    # Given a statement with a name and a number in it
    sql = "SELECT email FROM client WHERE name = 'Erika Mustermann' AND client_id = 4711 -- Erika"

    # When it is recorded
    pk = writer.record(record(sql=sql))
    assert writer.flush()

    # Then neither is anywhere in the row
    body = rows_of(pk)[0].body
    assert "SELECT email FROM client WHERE name = '?' AND client_id = ?" in body
    assert "Erika" not in body
    assert "4711" not in body


def test_the_database_refuses_to_change_or_delete_a_row(writer: AuditWriter, record: Make) -> None:
    pk = writer.record(record())
    assert writer.flush()
    blocks = AuditBlock.objects.filter(chain=rows_of(pk)[0].chain)
    for refused in (
        lambda: blocks.update(words=[]),
        lambda: blocks._raw_delete("default"),
        lambda: AuditRow.objects.filter(pk=pk).update(outcome="refused"),
        lambda: AuditRow.objects.filter(pk=pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match=r"[Cc]annot (update|delete)"), transaction.atomic():
            refused()
    assert rows_of(pk)[0].outcome == "allowed"


def test_restricted_records_are_in_the_table_before_the_answer(
    writer: AuditWriter, record: Make
) -> None:
    # When fifty callers await their records at once
    async def ask() -> list[str]:
        waiting = (writer.record_durably(record(keeping=Keeping.RESTRICTED)) for _ in range(50))
        return await asyncio.gather(*waiting)

    ids = asyncio.run(ask())

    # Then each was there when its caller went on, in a few transactions
    assert len(rows_of(*ids)) == 50
    # And a thread has the same
    assert len(rows_of(writer.record_and_wait(record(keeping=Keeping.RESTRICTED)))) == 1


def test_whoever_fails_when_told_keeps_nobody_else_waiting(
    writer: AuditWriter, record: Make
) -> None:
    # Given three callers that wait in one loop for their records, of which the first fails
    async def ask() -> list[str]:
        loop = asyncio.get_running_loop()

        def fail(error: AuditUnavailable | None) -> None:
            raise ValueError("Nothing can be sent.")

        writer.record_then(record(keeping=Keeping.RESTRICTED), fail, loop)
        waiting = (writer.record_durably(record(keeping=Keeping.RESTRICTED)) for _ in range(2))
        return await asyncio.wait_for(asyncio.gather(*waiting), 10)

    # When the record is written, then the others go on
    assert len(rows_of(*asyncio.run(ask()))) == 2


def test_a_full_queue_drops_and_counts_open_records_and_says_so(
    writer: AuditWriter, record: Make, tmp_path: Path
) -> None:
    # Given a writer that holds ten records and has not begun to write
    small = AuditWriter(recording.connect, tmp_path, Limits(queued=10, linger=30))
    ids = [small.record(record()) for _ in range(13)]

    # Then three were dropped; whoever has to wait is still taken
    assert (small.queued, small.lost) == (10, 3)
    kept = small.record_and_wait(record(keeping=Keeping.RESTRICTED))
    assert small.flush()
    assert len(rows_of(*ids)) == 10
    assert len(rows_of(kept)) == 1

    # And the log itself says how many are missing
    said = AuditRow.objects.get(outcome="lost", chain=rows_of(kept)[0].chain)
    assert '"asked":3' in said.body
    small.close()


def test_an_outage_is_outlived_on_disk_and_the_chain_goes_on(
    record: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a database that goes away after the first record, and comes back
    away = False

    def connect() -> Any:
        if away:
            raise psycopg.OperationalError("The database is away.")
        return recording.connect()

    monkeypatch.setattr("governance.audit.storing._RETRY_SECONDS", 0.05)
    writer = AuditWriter(connect, tmp_path, Limits(linger=0.01))
    ids = [writer.record_and_wait(record())]
    away = True
    writer._store._straightly.close()

    # When restricted records are answered meanwhile
    ids += [writer.record_and_wait(record()) for _ in range(5)]

    # Then they are on disk, not in the table
    assert writer.is_spooling
    assert len(rows_of(*ids)) == 1
    assert len(on_disk(next(tmp_path.glob("*.spool")))) == 5

    # When the database is back, they go into it in their order, and the file goes
    away = False
    for _ in range(200):
        if not writer.is_spooling:
            break
        writer.flush()
        asyncio.run(asyncio.sleep(0.02))
    ids.append(writer.record_and_wait(record()))
    writer.flush()
    assert [str(row.pk) for row in rows_of(*ids)] == ids
    assert [row.sequence for row in rows_of(*ids)] == [1, 2, 3, 4, 5, 6, 7]
    writer.close()
    assert list(tmp_path.glob("*.spool")) == []


def test_what_goes_straight_waits_for_a_quiet_moment_after_records_went_by_the_disk(
    record: Make, tmp_path: Path
) -> None:
    # Given a writer that may hand half a batch to the database itself: the next goes by the disk
    writer = AuditWriter(recording.connect, tmp_path, Limits(straight=0, settle=0.01))
    writer._store._straight = 0.5
    writer.record_and_wait(record())
    writer.flush()
    assert not writer.is_spooling

    # When another half comes, it is not added to what was left before
    writer._store._straight += 0.5
    assert not writer._store._may_go_straight()

    # Then a whole one is
    writer._store._straight += 0.5
    assert writer._store._may_go_straight()
    writer.close()


def test_under_load_records_are_on_disk_first_and_follow_in_their_order(
    record: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a writer whose batches all go by way of the disk, in files of a few records
    monkeypatch.setattr("governance.audit.spool.SEGMENT_BYTES", 5_000)
    limits = Limits(straight=0, gather=0, settle=30, upload=7)
    writer = AuditWriter(recording.connect, tmp_path, limits)
    monkeypatch.setattr(writer._store, "_straight", 0)

    # When forty callers await their records, again and again
    async def ask() -> list[str]:
        found = []
        for _ in range(5):
            waiting = (writer.record_durably(record()) for _ in range(40))
            found += await asyncio.gather(*waiting)
        return found

    ids = asyncio.run(ask())

    # Then every answered record is on the disk, and none in the table yet
    files = sorted(tmp_path.glob("*.spool"))
    assert len(files) > 1
    assert sum(len(on_disk(file)) for file in files) == 200
    assert rows_of(*ids) == []

    # When they are uploaded, they are there in their order, and the files go
    assert writer.flush()
    rows = rows_of(*ids)
    assert [row.sequence for row in rows] == list(range(1, 201))
    assert {str(row.pk) for row in rows} == set(ids)
    assert verify(chains=[rows[0].chain]).faults == []
    writer.close()
    assert list(tmp_path.glob("*.spool")) == []


def test_files_of_a_process_that_is_gone_are_written_in_their_order(
    record: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a process that left several files behind
    monkeypatch.setattr("governance.audit.spool.SEGMENT_BYTES", 1)
    writer = AuditWriter(recording.connect, tmp_path, Limits(settle=30))
    monkeypatch.setattr(writer._store, "_straight", -1e9)
    ids = [writer.record_and_wait(record()) for _ in range(4)]
    files = sorted(tmp_path.glob("*.spool"))
    assert len(files) == 4
    gone = tmp_path / "gone"
    gone.mkdir()
    for file in files:
        (gone / file.name).write_bytes(file.read_bytes())

    # When somebody holds the second file, nothing after it is written before it
    with (gone / files[1].name).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert upload_left_behind(recording.connect, gone) == 1
    assert [row.sequence for row in rows_of(*ids)] == [1]

    # Then all of it is
    assert upload_left_behind(recording.connect, gone) == 3
    assert [str(row.pk) for row in rows_of(*ids)] == ids
    assert list(gone.glob("*.spool")) == []
    head = AuditChain.objects.get(pk=rows_of(*ids)[0].chain)
    assert (head.sequence, f"{head.host}-{head.process}") == (4, files[0].name[:-13])

    # And what is there is not written once more
    writer.close()
    assert [str(row.pk) for row in rows_of(*ids)] == ids


def test_a_process_of_its_own_takes_them_to_the_database_and_is_replaced_when_it_dies(
    record: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a writer whose spool another process uploads, and records on the disk
    apart = UploaderApart(recording._parameters)
    monkeypatch.setattr("governance.audit.storing._RETRY_SECONDS", 0.05)
    writer = AuditWriter(recording.connect, tmp_path, Limits(settle=0.01), apart)
    monkeypatch.setattr(writer._store, "_straight", -1e9)
    ids = [writer.record_and_wait(record(keeping=Keeping.RESTRICTED)) for _ in range(3)]
    assert writer.flush()
    assert [str(row.pk) for row in rows_of(*ids)] == ids
    former = apart._process
    assert former is not None

    # When that process is killed
    former.kill()
    former.wait()
    ids += [writer.record_and_wait(record(keeping=Keeping.RESTRICTED)) for _ in range(3)]
    until = time.monotonic() + 30
    while writer.is_spooling and time.monotonic() < until:
        time.sleep(0.01)

    # Then another one goes on where it was, and ends with the writer
    assert [str(row.pk) for row in rows_of(*ids)] == ids
    rows = rows_of(*ids)
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5, 6]
    assert verify(chains=[rows[0].chain]).faults == []
    follower = apart._process
    assert follower is not None
    writer.close()
    assert follower.poll() == 0
    assert list(tmp_path.glob("*.spool")) == []


def test_a_torn_end_is_left_out_and_what_is_no_record_stays_where_it_is(
    record: Make, tmp_path: Path
) -> None:
    # Given a file with one whole frame and a torn one, and a file of something else
    chain = Chain(Keeping.OPEN.value)
    made = [record(id=str(uuid4()), at=1_764_000_000_000_000 + number) for number in range(3)]
    whole = chain.frame(made)
    torn = Frame("open", chain.id, 4, 1, b'{"gateway":')
    name = "here-1-a.000001.spool"
    (tmp_path / name).write_bytes(whole.head + whole.body + torn.head + torn.body[:-1] + bytes(9))
    other = tmp_path / "here-1-b.000001.spool"
    other.write_bytes(b"open\t2026-11-26\n")

    # When both are looked at
    assert upload_left_behind(recording.connect, tmp_path) == 3

    # Then what was whole is in the table, and the other file was not touched
    assert [row.sequence for row in rows_of(*(one.id for one in made))] == [1, 2, 3]
    assert verify(chains=[chain.id]).faults == []
    assert list(tmp_path.glob("*.spool")) == [other]


@settings(deadline=None, max_examples=60)
@given(
    steps=st.lists(st.tuples(st.booleans(), st.integers(1, 6)), max_size=60),
    segment=st.integers(1, 400),
)
def test_a_spool_gives_back_what_was_appended_in_its_order(
    steps: list[tuple[bool, int]], segment: int
) -> None:
    # Given files of any size, and somebody who takes while another appends
    sent: list[bytes] = []
    given: list[bytes] = []
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr("governance.audit.spool.SEGMENT_BYTES", segment)
        spool = Spool(Path(name), "tests", 10**6)

        def take(most: int) -> None:
            piece = spool.next()
            assert piece is not None
            path, start, end = piece
            with path.open("rb") as file:
                file.seek(start)
                found = list(itertools.islice(read_frames(file, end - start), most))
            assert found
            given.extend(line for frame, _ in found for line in frame.body.split(b"\n")[:-1])
            spool.written(sum(size for _, size in found))

        # When records of two chains are appended and taken in any order
        for is_append, count in steps:
            if is_append:
                lines = [b"line %d" % (len(sent) + number) for number in range(count)]
                parts = (lines[: count // 2], lines[count // 2 :])
                spool.append([
                    Frame("open", number, 1, len(one), b"\n".join(one) + b"\n")
                    for number, one in enumerate(parts)
                    if one
                ])  # fmt: skip
                sent += lines
            elif not spool.is_empty:
                take(count)
        while not spool.is_empty:
            take(3)
        assert spool.rest()

        # Then they come out as they went in, and no file stays
        assert given == sent
        assert spool.next() is None
        assert list(Path(name).iterdir()) == []


def test_beyond_the_disk_s_share_nothing_restricted_is_answered(
    record: Make, tmp_path: Path
) -> None:
    # Given a database that is away and a disk that takes 1,000 bytes
    def connect() -> Any:
        raise psycopg.OperationalError("The database is away.")

    writer = AuditWriter(connect, tmp_path, Limits(linger=0.01, spool_bytes=1_000))
    answered: list[str] = []

    def answer() -> None:
        answered.append(writer.record_and_wait(record(keeping=Keeping.RESTRICTED)))

    answer()
    with pytest.raises(AuditUnavailable, match="cannot be answered now"):
        [answer() for _ in range(10)]
    # Then exactly what was answered is on disk, and it can be written later without a gap
    writer._thread = None
    spooled = on_disk(next(tmp_path.glob("*.spool")))
    assert [one["id"] for one in spooled if one["gateway"] == "trino"] == answered


_CHILD = """
import asyncio, os, sys
import django
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
import psycopg
from pathlib import Path
from governance.audit.selectors.verifying import verify
from governance.audit.services import recording
from governance.audit.types import AccessRecord, Keeping, AccessOutcome
from governance.audit.writer import AuditWriter

def away():
    raise psycopg.OperationalError("away")

writer = AuditWriter(away if sys.argv[3] == "away" else recording.connect, Path(sys.argv[2]))

async def answer():
    while True:
        record = AccessRecord(gateway="trino", username="ann", action="read",
            outcome=AccessOutcome.ALLOWED, policy_version=1, keeping=Keeping.RESTRICTED)
        os.write(1, (await writer.record_durably(record) + "\\n").encode())

async def main():
    await asyncio.gather(*(answer() for _ in range(20)))

asyncio.run(main())
"""


@pytest.mark.parametrize("database", ["there", "away"])
def test_no_answered_restricted_record_is_missing_after_kill_9(
    tmp_path: Path, database: str
) -> None:
    # Given a process that answers under load, each answer after its record
    name = connection.settings_dict["NAME"]
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, name, str(tmp_path), database],
        stdout=subprocess.PIPE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    assert child.stdout is not None
    answered = [child.stdout.readline() for _ in range(500)]

    # When it is killed in the middle
    child.send_signal(signal.SIGKILL)
    answered += child.stdout.readlines()
    child.wait()

    # Then everything that it answered is there, once what lay on its disk is written
    written = upload_left_behind(recording.connect, tmp_path)
    ids = {line.decode().strip() for line in answered if line.endswith(b"\n")}
    assert len(ids) >= 500
    assert database == "there" or written >= len(ids)
    assert AuditRow.objects.filter(pk__in=ids).count() == len(ids)
    assert list(tmp_path.glob("*.spool")) == []
