"""A second PostgreSQL, over TCP and with a password: what DATABASE_URL points to."""

import contextlib
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from config.embedded.binaries import find_binaries
from tests.servers.running import free_port, running, temporary_folder, user_options


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of an empty database whose user may create more.

    `TEST_POSTGRES_URL` names a server that is there already.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with another_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def counting_postgres_url() -> Iterator[str]:
    """As `postgres_url`, but the server loads pg_stat_statements and counts what it runs.

    Skipped, in CI failed, where the server's programs come without that module.
    """
    library = Path(
        subprocess.run(
            [find_binaries().program("pg_config"), "--pkglibdir"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    if not (library / "pg_stat_statements.so").exists():
        message = "This PostgreSQL has no pg_stat_statements, so reading it is not tested."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with another_postgres(
        "shared_preload_libraries=pg_stat_statements", "compute_query_id=on"
    ) as url:
        yield url


@contextlib.contextmanager
def another_postgres(*settings: str) -> Iterator[str]:
    """A server with these settings beside its own, until the block ends; yields the address of its
    database."""
    binaries = find_binaries()
    port, password = free_port(), secrets.token_urlsafe(12)
    with temporary_folder("postgres") as folder:
        (folder / "password").write_text(password)
        (folder / "password").chmod(0o644)  # the folder itself is closed
        data = str(folder / "data")
        subprocess.run(
            [
                *(binaries.program("initdb"), "--pgdata", data, "--username", "concord"),
                *("--pwfile", str(folder / "password"), "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--no-locale", "--no-instructions"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **user_options(),
        )
        url = f"postgresql://concord:{quote(password)}@127.0.0.1:{port}"
        command = [binaries.program("postgres"), "-D", data]
        for setting in (
            f"port={port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "shared_buffers=32MB",
            *settings,
        ):
            command += ["-c", setting]
        with running(
            command, folder, lambda: _create_database(f"{url}/postgres"), stop=signal.SIGINT
        ):
            yield f"{url}/catalog"


def _create_database(url: str) -> bool:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            connection.execute("CREATE DATABASE catalog")
    except psycopg.OperationalError:
        return False
    return True
