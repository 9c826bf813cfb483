"""Records that an event loop hands to a process: durable before the answer, without gaps."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from governance.audit.delegating import DelegatingWriter
from governance.audit.selectors.verifying import verify
from governance.audit.services import recording
from governance.audit.types import AccessRecord, AuditUnavailable, Keeping, Limits
from governance.audit.writer import AuditWriter
from governance.models import AuditRow

pytestmark = pytest.mark.django_db

Make = Callable[..., AccessRecord]
Result = TypeVar("Result")
AWAY = {"host": "127.0.0.1", "port": 1, "dbname": "nothing", "user": "nobody"}


def within(
    folder: Path,
    do: Callable[[DelegatingWriter], Awaitable[Result]],
    parameters: Callable[[], Any] = recording._parameters,
    **limits: Any,
) -> Result:
    """What something in a loop gives that has a writer, which is closed after it."""

    async def run() -> Result:
        loop = asyncio.get_running_loop()
        writer = DelegatingWriter(loop, parameters, folder, Limits(**limits))
        try:
            return await asyncio.wait_for(do(writer), 60)
        finally:
            await writer.close()

    return asyncio.run(run())


def rows_of(ids: list[str]) -> list[AuditRow]:
    return list(AuditRow.objects.filter(pk__in=ids).order_by("chain", "sequence"))


async def durably(writer: DelegatingWriter, record: AccessRecord) -> str:
    return await writer.record_durably(record)


def test_each_answer_comes_after_its_record_and_the_chain_has_all_of_them(
    record: Make, tmp_path: Path
) -> None:
    # When forty callers await their records again and again, more than go to the database at once
    async def ask(writer: DelegatingWriter) -> tuple[list[str], bool]:
        first = await writer.record_durably(record(keeping=Keeping.RESTRICTED))
        is_there = await asyncio.to_thread(lambda: len(rows_of([first])) == 1)
        ids = [first]
        for _ in range(20):
            made = [record(keeping=Keeping.RESTRICTED) for _ in range(40)]
            ids += await asyncio.gather(*(durably(writer, one) for one in made))
        return ids, is_there

    ids, is_there = within(tmp_path, ask)

    # Then a single one was in the table when its caller went on
    assert is_there
    # And when the writer is closed all are there, in their order, and nothing is left on the disk
    rows = rows_of(ids)
    assert [row.sequence for row in rows] == list(range(1, 802))
    assert sorted(ids) == sorted(str(row.pk) for row in rows)
    assert verify(chains=[rows[0].chain]).faults == []
    assert list(tmp_path.iterdir()) == []


def test_records_that_nobody_waits_for_gather_and_are_kept_when_it_closes(
    record: Make, tmp_path: Path
) -> None:
    # Given a moment in which records gather that is longer than the test
    async def note(writer: DelegatingWriter) -> list[str]:
        ids = [writer.record(record()) for _ in range(5)]
        # When somebody waits for another record, those before it go along
        await writer.record_durably(record(keeping=Keeping.RESTRICTED))
        assert await asyncio.to_thread(lambda: len(rows_of(ids))) == 5
        # And what comes after it waits again
        return [*ids, writer.record(record())]

    # Then all are in the table once the writer is closed
    ids = within(tmp_path, note, linger=60.0)
    assert [str(row.pk) for row in rows_of(ids)] == ids


def test_a_process_that_dies_is_replaced_and_nothing_that_was_answered_is_missing(
    record: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given callers that await records without end
    monkeypatch.setattr("governance.audit.delegating._RETRY_SECONDS", 0.05)
    refused: list[str] = []

    async def ask(writer: DelegatingWriter) -> list[str]:
        answered: list[str] = []
        goal = 200

        async def call() -> None:
            while len(answered) < goal:
                try:
                    one = record(keeping=Keeping.RESTRICTED)
                    answered.append(await writer.record_durably(one))
                except AuditUnavailable as error:
                    refused.append(str(error))
                    await asyncio.sleep(0.01)

        calling = [asyncio.ensure_future(call()) for _ in range(8)]
        while len(answered) < 100:
            await asyncio.sleep(0.001)

        # When the process that keeps them is killed in the middle
        assert writer._line is not None
        writer._line._process.kill()
        goal += 100
        await asyncio.gather(*calling)
        assert writer.lost == len(refused)
        return answered

    answered = within(tmp_path, ask, straight=0.0)

    # Then those that waited were told, and others go on with another process
    assert len(answered) >= 300
    assert refused
    assert "cannot be kept" in refused[0]
    # And every answered record is there, once what the one before left on the disk is written
    until = time.monotonic() + 30
    while list(tmp_path.glob("*.spool")) and time.monotonic() < until:
        recording.upload_left_behind(recording.connect, tmp_path)
    rows = rows_of(answered)
    assert len(rows) == len(answered)
    chains = {row.chain for row in rows}
    assert len(chains) == 2  # nobody knows whether the places of the first were given
    assert verify(chains=sorted(chains)).faults == []
    # And it says how many were lost, though the first that said so was lost as well
    said = AuditRow.objects.filter(outcome="lost", chain__in=chains)
    assert sum(json.loads(row.body)["asked"] for row in said) == len(refused)


def test_while_the_database_is_away_records_lie_on_the_disk(
    record: Make, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # Given a database that does not answer
    async def ask(writer: DelegatingWriter) -> list[str]:
        made = [record(keeping=Keeping.RESTRICTED) for _ in range(3)]
        return [await writer.record_durably(one) for one in made]

    # When restricted records are answered
    ids = within(tmp_path, ask, parameters=lambda: AWAY, settle=0.01)

    # Then the log says so, as the service's own lines do
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["level"] for line in lines if line["event"] == "audit_spooling"] == ["error"]
    # And they are found on the disk
    assert rows_of(ids) == []
    assert recording.upload_left_behind(recording.connect, tmp_path) == 3
    assert [str(row.pk) for row in rows_of(ids)] == ids


def test_a_full_disk_refuses_and_what_fits_is_answered_again(record: Make, tmp_path: Path) -> None:
    # Given a disk that takes 2,000 bytes, and a database that is away
    async def ask(writer: DelegatingWriter) -> tuple[list[str], int]:
        answered, refused = [], 0
        for _ in range(12):
            try:
                one = record(keeping=Keeping.RESTRICTED)
                answered.append(await writer.record_durably(one))
            except AuditUnavailable:
                refused += 1
        return answered, refused

    answered, refused = within(tmp_path, ask, parameters=lambda: AWAY, spool_bytes=2_000)

    # Then some were answered and the others refused, and exactly those answered can be found
    assert answered
    assert refused
    assert len(answered) + refused == 12
    recording.upload_left_behind(recording.connect, tmp_path)
    assert {str(row.pk) for row in rows_of(answered)} == set(answered)


def test_more_than_fit_are_dropped_and_counted_and_the_log_says_so(
    record: Make, tmp_path: Path
) -> None:
    # Given a writer that holds ten records
    async def note(writer: DelegatingWriter) -> str:
        for _ in range(13):
            writer.record(record())
        assert writer.lost == 3
        return await writer.record_durably(record(keeping=Keeping.RESTRICTED))

    kept = within(tmp_path, note, queued=10, linger=60.0)

    # Then the log itself says how many are missing
    chain = rows_of([kept])[0].chain
    said = AuditRow.objects.get(outcome="lost", chain=chain)
    assert '"asked":3' in said.body


@pytest.mark.parametrize("is_in_loop", [True, False])
def test_a_process_that_ends_says_how_many_it_dropped(
    record: Make, tmp_path: Path, is_in_loop: bool
) -> None:
    # Given a writer that holds ten records, and is closed when it was given three more
    limits: dict[str, Any] = {"queued": 10, "linger": 60.0}

    async def note(writer: DelegatingWriter) -> list[str]:
        return [writer.record(record()) for _ in range(13)]

    if is_in_loop:
        ids = within(tmp_path, note, **limits)
    else:
        writer = AuditWriter(recording.connect, tmp_path, Limits(**limits))
        ids = [writer.record(record()) for _ in range(13)]
        writer.close()

    # Then ten are in the log, and it says of the others that they are missing
    rows = rows_of(ids)
    assert len(rows) == 10
    said = AuditRow.objects.filter(outcome="lost").order_by("-at")[0]
    assert '"asked":3' in said.body
    assert said.at >= rows[-1].at


def test_whoever_waits_beside_a_record_that_cannot_be_written_is_told(
    record: Make, tmp_path: Path
) -> None:
    # Given a record that no row can hold, and others that came with it
    async def ask(writer: DelegatingWriter) -> tuple[list[Any], str, int]:
        made = [record(keeping=Keeping.RESTRICTED, note=one) for one in ("a", object(), "b")]
        told = await asyncio.gather(
            *(asyncio.wait_for(durably(writer, one), 20) for one in made), return_exceptions=True
        )
        lost = writer.lost
        return told, await writer.record_durably(record(keeping=Keeping.RESTRICTED)), lost

    told, kept, lost = within(tmp_path, ask)

    # Then all of them are refused and counted, and the next is answered
    assert [type(one) for one in told] == [AuditUnavailable] * 3
    assert lost == 3
    assert len(rows_of([kept])) == 1


def test_a_body_that_is_cut_off_is_kept_nowhere(record: Make, tmp_path: Path) -> None:
    # Given a recorder to which somebody sends half of a batch and goes away
    async def cut(writer: DelegatingWriter) -> str:
        kept = await writer.record_durably(record(keeping=Keeping.RESTRICTED))
        assert writer._line is not None
        assert writer._line._transport is not None
        writer._line._transport.write(b"\0\0\1\0\1#restricted 1 2 3")
        return kept

    # Then it ends, and what came before is there
    kept = within(tmp_path, cut)
    assert len(rows_of([kept])) == 1
    assert list(tmp_path.iterdir()) == []
