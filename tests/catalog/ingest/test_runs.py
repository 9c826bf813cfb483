"""Runs: asked for, executed, told; connections; what the clock does; the commands."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Connection, Dataset, Event, IngestionRun, Person
from catalog.registries.schedules import schedules
from catalog.selectors.connection_secrets import secret_of
from catalog.selectors.ingestion import (
    problems_of,
    run_named,
    visible_connections,
    visible_runs,
)
from catalog.services import run_files
from catalog.services.connections import (
    change_connection,
    create_connection,
    delete_connection,
)
from catalog.services.ingestion_runs import (
    apply_dry_run,
    execute_run,
    forget_uploads,
    request_due_runs,
    request_run,
)
from catalog.types import Principal
from config.celery import app
from tests.catalog.ingest.sources import SYSTEM
from tests.factories import ConnectionFactory, administrator, principal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "uploads")


def upload(content: Any) -> dict[str, io.BytesIO]:
    return {"tables.json": io.BytesIO(json.dumps(content).encode())}


def run_of(content: Any, *, dry_run: bool = False, acting: Principal = SYSTEM) -> IngestionRun:
    source = Connection.objects.filter(connector="listing").first()
    source = source or ConnectionFactory(connector="listing")
    run = request_run(
        acting=acting,
        connection_id=source.pk,
        dry_run=dry_run,
        uploads=upload(content),
        in_background=False,
    )
    return execute_run(run.pk)


def kept_uploads() -> list[Path]:
    return sorted((Path(settings.MEDIA_ROOT) / "ingestion").rglob("*.json"))


def test_a_run_tells_what_it_did_under_the_name_of_who_asked() -> None:
    # given an administrator who uploads a list
    person = administrator()
    run = run_of({"tables": {"a": ["id"], "b": []}}, acting=person)
    # then the run is told, its history and events carry the request
    assert (run.state, run.total, run.read, run.created, run.error) == ("succeeded", 2, 2, 2, "")
    assert run.finished_at is not None
    assert run.request_id == person.request_id
    told = Event.objects.get(type="catalog.ingestion.run_finished")
    assert (told.payload["state"], told.payload["created"]) == ("succeeded", 2)
    assert (told.actor_id, told.request_id) == (person.person_id, person.request_id)
    context = Dataset.objects.get(name="a").history.get().pgh_context  # type: ignore[attr-defined]
    assert context["actor_id"] == person.person_id
    assert context["request_id"] == str(person.request_id)
    # and the uploaded file is gone
    assert kept_uploads() == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("unreadable", "The list is not readable: write it again."),
        ("broken", "The connector failed unexpectedly (KeyError); the service's log has"),
    ],
)
def test_a_source_that_fails_ends_the_run_in_one_sentence(content: str, sentence: str) -> None:
    # given a known dataset
    run_of({"tables": {"a": []}})
    # when the source breaks
    run = run_of(content)
    # then the run failed with a sentence, and nothing disappeared
    assert run.state == "failed"
    assert run.error.startswith(sentence)
    assert Dataset.objects.get().disappeared_at is None


def test_an_unread_part_marks_nothing_as_disappeared() -> None:
    # given two tables
    run_of({"tables": {"a": [], "b": []}})
    # when the source cannot read one of them
    run = run_of({"tables": {"a": [], "unreadable": []}})
    # then the other one is not taken for gone
    assert (run.state, run.disappeared) == ("succeeded_with_problems", 0)
    problem = problems_of(SYSTEM, run).get()
    assert (problem.severity, problem.message) == ("error", "This table could not be read.")


def test_a_dry_run_is_kept_with_its_diff() -> None:
    # given a dry run
    run = run_of({"tables": {"a": ["id"]}}, dry_run=True)
    # then the diff is there and the dataset is not
    assert run.diff["created"] == 1
    assert run.diff["entries"][0]["columns"]["added"] == ["id"]
    assert run_named(SYSTEM, run.pk).diff == run.diff
    assert not Dataset.objects.exists()
    # when it is applied, the same files are imported, once
    real = apply_dry_run(acting=SYSTEM, run_id=run.pk, in_background=False)
    assert execute_run(real.pk).created == 1
    assert kept_uploads() == []
    with pytest.raises(Conflict, match="upload them again"):
        apply_dry_run(acting=SYSTEM, run_id=run.pk)


def test_files_of_a_dry_run_are_forgotten_after_a_day() -> None:
    # given a dry run of now and one of the day before yesterday
    old = run_of({"tables": {"a": ["id"]}}, dry_run=True)
    IngestionRun.objects.update(finished_at=timezone.now() - dt.timedelta(days=2))
    new = run_of({"tables": {"a": ["id"]}}, dry_run=True)
    # when the clock tidies up
    assert forget_uploads() == 1
    # then only the new one keeps its file
    assert [file.parent.name for file in kept_uploads()] == [new.upload]
    old.refresh_from_db()
    assert old.upload == "gone"
    assert forget_uploads() == 0


HEAD = "Schema,Table Name,Column,Description\n"


@pytest.fixture
def dictionary(tmp_path: Path) -> Connection:
    """A connection that reads a folder where no files are given."""
    (tmp_path / "lying").mkdir()
    (tmp_path / "lying" / "tables.csv").write_text(f"{HEAD}s,lying,id,x\n")
    return ConnectionFactory(
        connector="data_dictionary",
        settings={"path": str(tmp_path / "lying"), "platform": "postgresql", "instance": "d"},
    )


def looked_at(source: Connection) -> IngestionRun:
    given = io.BytesIO(f"{HEAD}s,given,id,x\n".encode())
    run = request_run(
        acting=SYSTEM, connection_id=source.pk, dry_run=True, uploads={"tables.csv": given},
        in_background=False,
    )  # fmt: skip
    return execute_run(run.pk)


def test_what_was_looked_at_is_applied_and_never_what_lies_in_the_path(
    dictionary: Connection,
) -> None:
    # given a dry run of an uploaded file that was applied
    looked = looked_at(dictionary)
    assert looked.state == "succeeded"
    real = apply_dry_run(acting=SYSTEM, run_id=looked.pk, in_background=False)
    assert execute_run(real.pk).created == 1
    # when it is applied again, or one whose files were forgotten or have vanished, it is refused
    forgotten, vanished = looked_at(dictionary), looked_at(dictionary)
    run_files.remove(vanished.upload)
    IngestionRun.objects.filter(pk=forgotten.pk).update(
        finished_at=timezone.now() - dt.timedelta(days=2)
    )
    forget_uploads()
    for run in (looked, forgotten, vanished):
        with pytest.raises(Conflict, match="upload them again"):
            apply_dry_run(acting=SYSTEM, run_id=run.pk)
    # and where they vanish while the import waits, it fails
    late = looked_at(dictionary)
    waiting = apply_dry_run(acting=SYSTEM, run_id=late.pk, in_background=False)
    run_files.remove(waiting.upload)
    assert execute_run(waiting.pk).error.startswith("The files of this import are gone")
    assert [dataset.name for dataset in Dataset.objects.all()] == ["given"]


def test_a_dry_run_of_local_files_cannot_be_applied(dictionary: Connection, tmp_path: Path) -> None:
    (tmp_path / "tables.csv").write_text(f"{HEAD}s,given,id,x\n")
    run = request_run(acting=SYSTEM, connection_id=dictionary.pk, dry_run=True, in_background=False)
    execute_run(run.pk, files={"tables.csv": tmp_path / "tables.csv"})
    with pytest.raises(Conflict, match="upload them again"):
        apply_dry_run(acting=SYSTEM, run_id=run.pk)


def test_a_dry_run_of_a_path_is_applied_to_the_path(dictionary: Connection) -> None:
    run = request_run(acting=SYSTEM, connection_id=dictionary.pk, dry_run=True, in_background=False)
    assert execute_run(run.pk).diff["created"] == 1
    real = apply_dry_run(acting=SYSTEM, run_id=run.pk, in_background=False)
    assert execute_run(real.pk).created == 1


def test_who_was_deactivated_meanwhile_imports_nothing() -> None:
    # given a run that an administrator asked for
    person = administrator()
    source = ConnectionFactory(connector="listing")
    run = request_run(
        acting=person, connection_id=source.pk, uploads=upload({"tables": {"a": []}}),
        in_background=False,
    )  # fmt: skip
    # when the account is closed before the run starts
    Person.objects.filter(pk=person.person_id).update(is_active=False)
    run = execute_run(run.pk)
    # then nothing is imported
    assert (run.state, run.error) == ("failed", "Your account is not active.")
    assert not Dataset.objects.exists()


def test_runs_are_refused_with_the_reason() -> None:
    # given a connection
    source = ConnectionFactory(connector="listing")
    ask = {"acting": SYSTEM, "connection_id": source.pk, "in_background": False}
    # then an employee, a foreign file, an odd name, too few files and two runs are refused
    with pytest.raises(AccessRefused):
        request_run(**{**ask, "acting": principal()})
    with pytest.raises(NotFound):
        request_run(**{**ask, "connection_id": 0})
    with pytest.raises(InvalidInput, match=r"x\.exe is no file for Table list, which takes \.json"):
        request_run(**ask, uploads={"x.exe": io.BytesIO()})
    with pytest.raises(InvalidInput, match="not usable as a file name"):
        request_run(**ask, uploads={"a/" * 30 + "list.json": io.BytesIO()})
    assert not IngestionRun.objects.exists()
    run = request_run(**ask)
    with pytest.raises(Conflict, match="under way"):
        request_run(**ask, uploads=upload({}))
    assert kept_uploads() == []
    assert execute_run(run.pk).error == "This connector reads files: give at least one."
    # and so is one of a connection that is switched off
    change_connection(acting=SYSTEM, connection_id=source.pk, changes={"is_enabled": False})
    with pytest.raises(Conflict, match="switched off"):
        request_run(**ask)


def test_an_uploaded_name_never_leaves_its_folder() -> None:
    # given a name that climbs
    source = ConnectionFactory(connector="listing")
    run = request_run(
        acting=SYSTEM,
        connection_id=source.pk,
        uploads={"../../..\\evil.json": io.BytesIO(b'{"tables": {"a": []}}')},
        in_background=False,
    )
    # then the file lies in the run's own folder, and is read from there
    (file,) = kept_uploads()
    assert file.parent.name == run.upload
    assert execute_run(run.pk).created == 1


def test_names_of_files_are_kept_whole_or_refused() -> None:
    # given names as long as file systems take them, and such as they do not
    source = ConnectionFactory(connector="listing")
    ask = {"acting": SYSTEM, "connection_id": source.pk, "in_background": False}
    for name in ("漢" * 84 + ".json", "/".join(["f" * 250] * 10) + ".json", "a\ud800.json"):
        with pytest.raises(InvalidInput) as refused:
            request_run(**ask, uploads={name: io.BytesIO(b"{}")})
        assert refused.value.field == "files"
    assert kept_uploads() == []
    name = "l" * 200 + ".json"
    run = request_run(**ask, uploads={name: io.BytesIO(b'{"tables": {"a": []}}')})
    assert [file.name for file in kept_uploads()] == [name]
    assert execute_run(run.pk).created == 1


def test_connections_are_checked_by_their_connector() -> None:
    # given an administrator
    boss = administrator()
    made = create_connection(
        acting=boss, name="  Nightly   list ", connector="listing", settings={"prefix": "x_"},
        interval_minutes=60,
    )  # fmt: skip
    assert (made.name, made.settings) == (
        "Nightly list", {"prefix": "x_", "seconds_per_table": 0.0})  # fmt: skip
    assert made.next_run_at is not None
    # then what does not fit is refused with the field
    with pytest.raises(InvalidInput) as refused:
        create_connection(
            acting=boss, name="b", connector="listing",
            settings={"prefix": "x" * 21, "seconds_per_table": "soon"},
        )  # fmt: skip
    assert set(refused.value.fields) == {"settings.prefix", "settings.seconds_per_table"}
    for changes, field in (
        ({"name": " "}, "name"),
        ({"secret_name": "Hunter2!"}, "secret_name"),
        ({"interval_minutes": 1}, "interval_minutes"),
        ({"connector": "dbt"}, "connector"),
    ):
        with pytest.raises(InvalidInput) as refused:
            change_connection(acting=boss, connection_id=made.pk, changes=changes)
        assert refused.value.field == field
    with pytest.raises(InvalidInput, match="There is no connector 'nope'"):
        create_connection(acting=boss, name="b", connector="nope", settings={})
    with pytest.raises(Conflict):
        create_connection(acting=boss, name="Nightly list", connector="listing", settings={})
    with pytest.raises(AccessRefused):
        delete_connection(acting=principal(), connection_id=made.pk)
    assert Connection.objects.count() == 1
    # and who may not import sees no connection
    assert list(visible_connections(principal())) == []
    assert list(visible_connections(boss)) == [made]
    delete_connection(acting=boss, connection_id=made.pk)
    assert not Connection.objects.exists()


def test_a_secret_is_named_never_stored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # given a connection that names a secret nobody has set
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    source = ConnectionFactory(connector="listing", secret_name="list-key")
    with pytest.raises(InvalidInput, match="set CONCORD_SECRET_LIST_KEY"):
        secret_of(source)
    # then a file gives it, and the environment comes first
    file = tmp_path / "secrets" / "connections" / "list-key"
    file.parent.mkdir(parents=True)
    file.write_text("from the file\n")
    assert secret_of(source) == "from the file"
    monkeypatch.setenv("CONCORD_SECRET_LIST_KEY", "from outside")
    assert secret_of(source) == "from outside"
    # and nothing outside the folder can be named
    source.secret_name = "../django"
    with pytest.raises(InvalidInput):
        secret_of(source)


def test_the_clock_asks_for_what_is_due_once() -> None:
    # given a due connection, one that is not, and one that is switched off
    now = timezone.now()
    due = ConnectionFactory(
        connector="listing", interval_minutes=60, next_run_at=now - dt.timedelta(minutes=1)
    )
    ConnectionFactory(
        connector="listing", interval_minutes=60, next_run_at=now + dt.timedelta(minutes=1)
    )
    ConnectionFactory(connector="listing", interval_minutes=60, next_run_at=now, is_enabled=False)
    # when the clock strikes twice
    assert (request_due_runs(), request_due_runs()) == (1, 0)
    # then one run waits, and the next is an hour away
    assert list(visible_runs(SYSTEM).values_list("connection", "state")) == [(due.pk, "waiting")]
    due.refresh_from_db()
    assert due.next_run_at is not None
    assert due.next_run_at > now + dt.timedelta(minutes=59)


def test_everything_on_the_clock_is_a_task_that_exists() -> None:
    # given the registry of schedules
    app.loader.import_default_modules()
    # then each names a task
    assert {entry.task for entry in schedules} <= set(app.tasks)
    assert schedules.get("feed consumers").seconds == 2


def ingest_command(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("ingest", *arguments, stdout=out, stderr=err)
    return int(str(ended.value.code)), out.getvalue(), err.getvalue()


def test_the_command_imports_and_says_so(tmp_path: Path) -> None:
    # given a file
    file = tmp_path / "list.json"
    file.write_text(json.dumps({"tables": {"a": ["id"], "b": []}}))
    # when it is looked at, imported, and imported again
    dry = ingest_command("listing", str(file), "--set", "prefix=x_", "--dry-run")
    first = ingest_command("listing", str(file))
    again = ingest_command("listing", str(tmp_path), "--connection", "listing")
    # then the exit codes and lines tell
    assert dry[0] == 0
    assert "2 would be created" in dry[1]
    assert "+ postgres://warehouse/shop.public.x_a" in dry[1]
    assert first[0] == 0
    assert first[1].startswith("2 read: 2 created, 0 changed, 0 unchanged")
    assert again[1].startswith("2 read: 0 created, 0 changed, 2 unchanged")
    assert Connection.objects.get().settings["prefix"] == "x_"


def test_the_command_refuses_in_one_line(tmp_path: Path) -> None:
    # given a source with an unreadable part, a broken one, and wrong arguments
    part, broken = tmp_path / "part.json", tmp_path / "broken.json"
    part.write_text(json.dumps({"tables": {"unreadable": []}}))
    broken.write_text(json.dumps("unreadable"))
    # then 1 is done with problems and 2 is failed, each with one line
    assert ingest_command("listing", str(part))[0] == 1
    assert ingest_command("listing", str(broken))[0::2] == (
        2, "The list is not readable: write it again.\n")  # fmt: skip
    code, _, line = ingest_command("nope")
    assert code == 2
    assert line.startswith("There is no connector 'nope'; known: ")
    assert ingest_command("listing", str(tmp_path / "no"))[0] == 2
    code, _, line = ingest_command("listing", str(part), "--set", "prefix")
    assert (code, line) == (2, "'prefix' is no setting: write --set key=value.\n")
