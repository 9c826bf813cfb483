"""Connections and imports in the browser: connect or upload, look first, apply, watch."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pydantic import BaseModel, Field

from catalog.models import Connection, Dataset, IngestionProblem, IngestionRun
from catalog.services.ingestion_runs import execute_run, request_run
from catalog.types import Principal, RunState
from catalog.web.ingestion.settings_form import settings_fields, settings_of
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = b"id,amount\n1,10\n2,20\n"


@pytest.fixture(autouse=True)
def quiet_queue(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs wait until the test executes them; files go to a folder of the test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr("catalog.services.ingestion_runs.send", lambda run_id: None)
    return tmp_path


def file(name: str = "orders.csv", content: bytes = ORDERS) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def upload(client: Client, *files: SimpleUploadedFile, **form: Any) -> Any:
    data = {"name": "Orders", "settings.instance": "shop", "settings.measure": "on", **form}
    return client.post("/ingestion/new/files/", {**data, "files": list(files)})


def latest() -> IngestionRun:
    return IngestionRun.objects.latest("id")


def stored(folder: Path) -> list[Path]:
    return [path for path in (folder / "media").rglob("*") if path.is_file()]


def text(response: Any) -> str:
    return str(response.content.decode()).replace("<wbr>", "")


def test_an_upload_is_looked_at_then_applied(administrator: Client, quiet_queue: Path) -> None:
    response = upload(administrator, file())

    look = latest()
    assert response["Location"] == f"/ingestion/runs/{look.pk}/"
    assert look.is_dry_run
    waiting = text(administrator.get(response["Location"]))
    assert 'hx-trigger="every 1s"' in waiting
    assert '<meta http-equiv="refresh"' in waiting
    execute_run(look.pk)
    page = text(administrator.get(response["Location"]))
    assert "1 would be created." in page
    assert "every 1s" not in page
    assert not Dataset.objects.exists()
    diff = text(administrator.get(f"/ingestion/runs/{look.pk}/changes/"))
    assert "file://shop/&quot;orders.csv&quot;" in diff

    applied = administrator.post(f"/ingestion/runs/{look.pk}/apply/")
    run = latest()
    assert applied["Location"] == f"/ingestion/runs/{run.pk}/"
    execute_run(run.pk)
    assert Dataset.objects.count() == 1
    ended = text(administrator.get(f"/ingestion/runs/{run.pk}/"))
    assert "1 created." in ended
    assert f'href="/systems/{Dataset.objects.get().system_id}/"' in ended  # what to look at now
    assert stored(quiet_queue) == []


def test_a_changed_source_shows_before_and_after(administrator: Client, tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / "orders.csv").write_bytes(ORDERS)
    (folder / "gone.csv").write_bytes(ORDERS)
    administrator.post("/ingestion/new/files/", {"name": "Lake", "settings.path": str(folder)})
    administrator.post(f"/ingestion/runs/{look_at()}/apply/")
    execute_run(latest().pk)
    (folder / "orders.csv").write_bytes(b"id,total\nx,1\n")
    (folder / "gone.csv").unlink()

    administrator.post(f"/ingestion/{Connection.objects.get().pk}/start/", {"look": "1"})
    look = execute_run(latest().pk)
    address = f"/ingestion/runs/{look.pk}/changes/"
    page = text(administrator.get(address))
    rows = list(csv.DictReader(StringIO(text(administrator.get(f"{address[:-1]}.csv"))[1:])))

    assert "1 would change, 1 would be marked as gone" in page
    assert "Added" in page
    assert "Gone at the source" in page
    assert {(row["column"], row["what"]) for row in rows} >= {
        ("total", "added"),
        ("amount", "disappeared"),
    }
    assert "gone.csv" in text(administrator.get(f"{address}?change=disappeared"))
    assert "orders.csv" not in text(administrator.get(f"{address}?change=disappeared"))
    assert Dataset.objects.filter(disappeared_at__isnull=False).count() == 0


def look_at() -> int:
    return execute_run(latest().pk).pk


def test_the_watching_part_ends_by_itself(administrator: Client) -> None:
    upload(administrator, file())
    address = f"/ingestion/runs/{latest().pk}/progress/"

    assert "HX-Refresh" not in administrator.get(address)
    execute_run(latest().pk)
    assert administrator.get(address)["HX-Refresh"] == "true"


def test_a_dry_run_cannot_be_applied_twice_or_by_a_reader(
    administrator: Client, reader: Client
) -> None:
    upload(administrator, file())
    address = f"/ingestion/runs/{look_at()}/apply/"

    refused = reader.post(address)
    first = administrator.post(address)
    second = administrator.post(address)

    assert (refused.status_code, first.status_code, second.status_code) == (403, 302, 409)
    assert "Nothing was imported" in text(second)
    assert IngestionRun.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (file("report.exe"), "is no file for"),
        (file("../../../etc/passwd.csv"), ""),
        (file("..csv", b""), ""),
    ],
)
def test_names_of_files_lead_nowhere_else(
    administrator: Client, quiet_queue: Path, given: SimpleUploadedFile, says: str
) -> None:
    response = upload(administrator, given)

    if says:
        assert response.status_code == 400
        assert says in text(response)
    for path in stored(quiet_queue):
        assert (quiet_queue / "media" / "ingestion") in path.parents


def test_a_file_beyond_the_limit_is_refused_in_one_sentence(
    administrator: Client, quiet_queue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Small:
        max_file_bytes = 10

    monkeypatch.setattr("catalog.services.run_files.ReadLimits", Small)

    response = upload(administrator, file())

    assert response.status_code == 400
    assert "orders.csv is larger than" in text(response)
    assert not IngestionRun.objects.exists()
    assert stored(quiet_queue) == []


def test_a_zip_bomb_is_refused_in_one_sentence(administrator: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * 40_000_000)
    bomb = SimpleUploadedFile("target.zip", packed.getvalue())

    administrator.post("/ingestion/new/dbt/", {"name": "dbt", "files": [bomb]})
    run = execute_run(latest().pk)

    page = text(administrator.get(f"/ingestion/runs/{run.pk}/"))
    assert run.state == RunState.FAILED
    assert "as only a zip bomb does" in page
    assert "Traceback" not in page
    assert not Dataset.objects.exists()


def test_rubbish_is_refused_in_one_sentence(administrator: Client) -> None:
    rubbish = SimpleUploadedFile("manifest.json", b"\x00\xff{not json")

    administrator.post("/ingestion/new/dbt/", {"name": "dbt", "files": [rubbish]})
    run = execute_run(latest().pk)

    page = text(administrator.get(f"/ingestion/runs/{run.pk}/"))
    assert run.state == RunState.FAILED
    assert "manifest.json" in page
    assert "Import it" not in page
    assert not Dataset.objects.exists()


def test_wrong_settings_are_explained_at_their_field(administrator: Client) -> None:
    secret = "postgresql://reader:hunter2@db/sales"

    response = administrator.post(
        "/ingestion/new/sql/", {"name": "Sales", "settings.url": secret, "secret_name": "Bad Name"}
    )

    page = text(response)
    assert response.status_code == 400
    assert "The address holds a password" in page
    assert 'href="#id_settings.url"' in page
    assert not Connection.objects.exists()


def test_a_taken_name_is_explained(administrator: Client) -> None:
    ConnectionFactory(name="Orders")

    response = upload(administrator, file(), only="1")

    assert response.status_code == 409 or "already" in text(response)
    assert Connection.objects.count() == 1


def test_a_connection_is_saved_changed_switched_and_deleted(administrator: Client) -> None:
    form = {"name": "Lake", "settings.path": "/data", "interval_minutes": "60"}
    made = administrator.post("/ingestion/new/files/", {**form, "only": "1"})
    connection = Connection.objects.get()
    address = f"/ingestion/{connection.pk}/"

    assert made["Location"] == address
    assert connection.interval_minutes == 60
    assert not IngestionRun.objects.exists()
    changed = {"name": "Lake", "settings.path": "/data", "settings.patterns": "*.csv\n*.json"}
    administrator.post(f"{address}edit/", changed)
    connection.refresh_from_db()
    assert connection.settings["patterns"] == ["*.csv", "*.json"]
    assert connection.interval_minutes is None
    administrator.post(f"{address}switch/")
    connection.refresh_from_db()
    assert not connection.is_enabled
    assert "Switched off" in text(administrator.get(address))
    refused = administrator.post(f"{address}start/", {"look": "1"})
    assert refused.status_code == 409
    administrator.post(f"{address}switch/", {"on": "1"})
    assert "0 imports" in text(administrator.get(f"{address}delete/"))
    administrator.post(f"{address}delete/")
    assert not Connection.objects.exists()


def test_a_reader_sees_imports_but_no_connection(reader: Client) -> None:
    connection = ConnectionFactory(settings={"path": "/secret/place"})
    run = IngestionRun.objects.create(connection=connection, state=RunState.SUCCEEDED)

    page = text(reader.get("/ingestion/"))

    assert f"/ingestion/runs/{run.pk}/" in page
    assert "Connect a source" not in page
    assert "/secret/place" not in text(reader.get(f"/ingestion/runs/{run.pk}/"))
    answers = [
        reader.get(f"/ingestion/{connection.pk}/"),
        reader.post(f"/ingestion/{connection.pk}/start/"),
        reader.get("/ingestion/new/"),
        reader.post("/ingestion/new/files/", {"name": "x"}),
        reader.post(f"/ingestion/{connection.pk}/edit/", {"name": "x"}),
        reader.post(f"/ingestion/{connection.pk}/switch/"),
        reader.post(f"/ingestion/{connection.pk}/delete/"),
    ]
    assert {answer.status_code for answer in answers} <= {403, 404}
    connection.refresh_from_db()
    assert connection.is_enabled
    assert IngestionRun.objects.count() == 1


def test_what_a_run_found_is_for_those_who_may_import(
    administrator: Client, reader: Client
) -> None:
    run = IngestionRun.objects.create(
        connection=ConnectionFactory(),
        state=RunState.SUCCEEDED_WITH_PROBLEMS,
        is_dry_run=True,
        diff={"created": 1, "entries": [{"name": "zebrapay", "change": "created", "fields": {},
              "columns": {"added": [], "returned": [], "disappeared": [], "changed": {}}}]},
    )  # fmt: skip
    run.problems.create(severity="error", location="zebrapay", message="of zebrapay")
    page = f"/ingestion/runs/{run.pk}/"
    details = [f"{page}changes/", f"{page}changes.csv", f"{page}problems.csv",
               f"/api/v1/runs/{run.pk}/problems/"]  # fmt: skip

    for address in (page, f"{page}progress/", f"/api/v1/runs/{run.pk}/"):
        answer = reader.get(address)
        assert (answer.status_code, "zebrapay" in text(answer)) == (200, False), address
    assert "shown to those who may import" in text(reader.get(page))
    for address in details:
        answer = reader.get(address)
        assert (answer.status_code, "zebrapay" in text(answer)) == (403, False), address
        assert "zebrapay" in text(administrator.get(address)), address


def test_problems_are_paged_and_saved_as_a_file(administrator: Client) -> None:
    run = IngestionRun.objects.create(connection=ConnectionFactory(), state=RunState.FAILED)
    IngestionProblem.objects.bulk_create(
        IngestionProblem(run=run, severity="warning", location=f"=line {n}", message="Mend it.")
        for n in range(60)
    )

    page = text(administrator.get(f"/ingestion/runs/{run.pk}/"))
    second = text(administrator.get(f"/ingestion/runs/{run.pk}/?page=2"))
    rows = list(
        csv.reader(StringIO(text(administrator.get(f"/ingestion/runs/{run.pk}/problems.csv"))))
    )

    assert page.count("Mend it.") == 50
    assert second.count("Mend it.") == 10
    assert len(rows) == 61
    assert rows[1][1] == "'=line 0"


@pytest.mark.parametrize("address", ["/ingestion/", "/ingestion/connections.csv"])
def test_more_connections_ask_no_more(administrator: Client, address: str) -> None:
    def make(count: int) -> None:
        for _ in range(count):
            connection = ConnectionFactory()
            for _ in range(2):
                IngestionRun.objects.create(connection=connection, state=RunState.SUCCEEDED)

    make(3)
    administrator.get(address)
    with CaptureQueriesContext(database) as few:
        administrator.get(address)
    make(27)
    with CaptureQueriesContext(database) as many:
        page = administrator.get(address)

    assert page.status_code == 200
    assert len(many) == len(few)


class _Every(BaseModel):
    host: str = Field(title="Host", description="Where it is.", max_length=50)
    port: int = Field(5432, ge=1, le=65535)
    ratio: float | None = None
    mode: Literal["fast", "whole"] = "fast"
    tables: tuple[str, ...] = ()
    is_quick: bool = True


class _Connector:
    settings = _Every


def test_each_type_of_setting_has_its_field() -> None:
    fields = settings_fields(_Connector(), {"port": 99, "tables": ["a", "b"]})  # type: ignore[arg-type]

    kinds = {name: type(field).__name__ for name, field in fields.items()}
    assert kinds == {
        "settings.host": "CharField",
        "settings.port": "IntegerField",
        "settings.ratio": "FloatField",
        "settings.mode": "ChoiceField",
        "settings.tables": "CharField",
        "settings.is_quick": "BooleanField",
    }
    host, port = fields["settings.host"], fields["settings.port"]
    assert (host.label, host.required, host.help_text) == ("Host", True, "Where it is.")
    assert (port.initial, port.required, port.min_value) == (99, False, 1)  # type: ignore[attr-defined]
    assert fields["settings.tables"].initial == "a\nb"


def test_what_the_fields_hold_becomes_settings() -> None:
    cleaned = {
        "settings.host": "db",
        "settings.port": None,
        "settings.mode": "",
        "settings.tables": " a \n\nb ",
        "settings.is_quick": False,
    }

    settings = settings_of(_Connector(), cleaned)  # type: ignore[arg-type]

    assert settings == {"host": "db", "tables": ["a", "b"], "is_quick": False}
    assert json.loads(_Every(**settings).model_dump_json())["port"] == 5432


def test_kinds_stand_by_name_and_a_failed_import_leads_to_its_settings(
    administrator: Client, tmp_path: Path
) -> None:
    kinds = text(administrator.get("/ingestion/new/"))
    assert kinds.index("Data dictionary (CSV)") < kinds.index("dbt artifacts")
    assert kinds.index("dbt artifacts") < kinds.index("Files and folders")

    source = ConnectionFactory(connector="files", settings={"path": str(tmp_path / "nowhere")})
    run = request_run(acting=Principal.system("test"), connection_id=source.pk, in_background=False)
    execute_run(run.pk)

    page = text(administrator.get(f"/ingestion/runs/{run.pk}/"))
    assert "There is no folder" in page
    assert f'href="/ingestion/{source.pk}/edit/"' in page
