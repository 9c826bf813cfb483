"""What breaks in the middle: a killed process, a lost database, two imports at once."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone

from catalog.errors import Conflict
from catalog.models import Column, Dataset, Event, IngestionRun, Relation, SourceRecord
from catalog.registries.connectors import Yielded
from catalog.services.connection_lock import is_locked
from catalog.services.ingest import DatabaseGone
from catalog.services.ingestion_runs import execute_run, mark_interrupted, request_run
from catalog.types import RelationRecord
from tests.catalog.ingest.sources import PLACE, SYSTEM, bring, table
from tests.embedded import ROOT
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = ["id", "price", "note"]


def listing(tmp_path: Path, count: int) -> Path:
    file = tmp_path / "list.json"
    file.write_text(json.dumps({"tables": {f"t{n}": COLUMNS for n in range(count)}}))
    return file


def waiting_run(**settings: object) -> IngestionRun:
    source = ConnectionFactory(connector="listing", settings=settings)
    return request_run(acting=SYSTEM, connection_id=source.pk, in_background=False)


def wait_for(condition: object, *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "It did not come to pass."
        time.sleep(0.05)


def start_elsewhere(run: IngestionRun, file: Path) -> subprocess.Popen[bytes]:
    database = connection.settings_dict["NAME"]
    command = [sys.executable, "-m", "tests.catalog.ingest.execute", str(run.pk), str(file)]
    return subprocess.Popen([*command, str(database)], cwd=ROOT, env={**os.environ})


def test_a_killed_import_leaves_whole_datasets_and_is_completed_by_the_next(
    tmp_path: Path,
) -> None:
    # given an import in a process of its own, slow enough to be caught between its chunks
    file = listing(tmp_path, 2500)
    run = waiting_run(seconds_per_table=0.002)
    process = start_elsewhere(run, file)
    try:
        wait_for(lambda: IngestionRun.objects.filter(pk=run.pk, read__gte=1000).exists())
        # when another import of the same connection is asked for, it is refused
        with pytest.raises(Conflict, match="under way"):
            request_run(acting=SYSTEM, connection_id=run.connection_id)
        # and one that was waiting, as two processes that raced would leave it, waits on
        rival = IngestionRun.objects.create(connection=run.connection)
        with pytest.raises(Conflict, match="Another process"):
            execute_run(rival.pk, files={})
        rival.refresh_from_db()
        assert rival.state == "waiting"
        rival.delete()
        # when the process is killed
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait(30)
    # then only whole datasets are there, each with its columns, event and source record
    count = Dataset.objects.count()
    assert 1000 <= count < 2500
    assert Column.objects.count() == count * len(COLUMNS)
    assert Event.objects.filter(type="catalog.dataset.created").count() == count
    assert SourceRecord.objects.count() == count
    # and once it was silent for a while, the run is marked
    run.refresh_from_db()
    assert run.state == "running"
    assert run.read >= 1000
    assert mark_interrupted() == 0  # its heart beat a moment ago
    wait_for(lambda: not is_locked(run.connection_id))  # the server notices a moment later
    IngestionRun.objects.update(heartbeat_at=timezone.now() - dt.timedelta(minutes=5))
    assert mark_interrupted() == 1
    run.refresh_from_db()
    assert run.state == "interrupted"
    assert "run it again" in run.error
    # when it is run again
    run.connection.settings = {}
    run.connection.save()
    again = request_run(acting=SYSTEM, connection_id=run.connection_id, in_background=False)
    again = execute_run(again.pk, files={"list.json": file})
    # then it completes what was missing and repeats nothing
    assert (again.state, again.created, again.unchanged) == ("succeeded", 2500 - count, count)
    assert Dataset.objects.count() == 2500
    assert Event.objects.filter(type="catalog.dataset.created").count() == 2500
    assert not Dataset.objects.filter(disappeared_at__isnull=False).exists()


def test_relations_lost_in_a_crash_before_the_end_come_with_the_next_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given chunks of one, and a source that breaks after the first
    monkeypatch.setattr("catalog.services.ingest.CHUNK_DATASETS", 1)
    first = table("first", relations=(RelationRecord(f"{PLACE}.second"),))

    def breaks() -> Iterator[Yielded]:
        yield first
        yield table("second")
        raise OSError("the cable was pulled")

    with pytest.raises(OSError, match="cable"):
        bring(*breaks())
    assert not Relation.objects.exists()
    # when the source is read again
    bring(first, table("second"))
    # then the relation is there
    assert Relation.objects.get().target.name == "second"


def test_a_database_that_goes_away_leaves_the_run_and_what_was_committed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # given an import in a thread, so that its session can be ended from here
    monkeypatch.setattr("catalog.services.ingest.CHUNK_DATASETS", 10)
    run = waiting_run(seconds_per_table=0.01)
    file = listing(tmp_path, 500)
    raised: list[BaseException] = []
    session: list[int] = []

    def work() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                session.append(cursor.fetchone()[0])
            execute_run(run.pk, files={"list.json": file})
        except BaseException as error:  # noqa: BLE001 - looked at below
            raised.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    wait_for(lambda: Dataset.objects.count() >= 20)
    # when the server ends the session
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", session)
    thread.join(60)
    # then the caller is told in a sentence, and whole chunks stay
    assert [type(error) for error in raised] == [DatabaseGone]
    count = Dataset.objects.count()
    assert count % 10 == 0
    assert Column.objects.count() == count * len(COLUMNS)
    # and the next run of the connection finds the dead one and completes its work
    run.refresh_from_db()
    assert run.state == "running"
    again = request_run(acting=SYSTEM, connection_id=run.connection_id, in_background=False)
    run.refresh_from_db()
    assert run.state == "interrupted"
    again.connection.settings = {}
    again.connection.save()
    assert execute_run(again.pk, files={"list.json": file}).unchanged == count
    assert Dataset.objects.count() == 500


def test_two_connections_importing_the_same_names_at_once_both_succeed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given two sources of the same three hundred tables, in opposite order, in small chunks
    monkeypatch.setattr("catalog.services.ingest.CHUNK_DATASETS", 25)
    sources = [ConnectionFactory(), ConnectionFactory()]
    records = [table(f"t{n:03}", *COLUMNS, tags=(f"tag {n % 7}",)) for n in range(300)]
    reports = []
    start = threading.Barrier(2)

    def work(number: int) -> None:
        try:
            start.wait(30)
            ordered = records if number == 0 else list(reversed(records))
            reports.append(bring(*ordered, connection=sources[number]))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[number]) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    # then each dataset was created once, by either, and nothing was refused
    assert [report.refused for report in reports] == [0, 0]
    assert sum(report.created for report in reports) == 300
    assert Dataset.objects.count() == 300
    assert Column.objects.count() == 900
    assert SourceRecord.objects.count() == 600
    assert Event.objects.filter(type="catalog.dataset.created").count() == 300


def test_what_the_database_refuses_is_no_lost_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a database that takes the datasets, but finds a deadlock where the import ends
    def deadlock(*_args: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$"
            )

    monkeypatch.setattr("catalog.services.ingest.count_usage", deadlock)
    run = waiting_run()
    # when it is imported
    ended = execute_run(run.pk, files={"list.json": listing(tmp_path, 2)})
    # then the run has ended, and says what happened
    assert ended.state == "failed"
    assert "deadlock detected" in ended.error
    assert "run the import again" in ended.error
    assert Dataset.objects.count() == 2
