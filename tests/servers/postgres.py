"""A second PostgreSQL, over TCP and with a password: what DATABASE_URL points to."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
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
