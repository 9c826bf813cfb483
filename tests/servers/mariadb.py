"""A MariaDB to harvest from: a source of another make than our own database."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from urllib.parse import quote

import pymysql
import pytest

from tests.servers.running import (
    find_program,
    free_port,
    running,
    temporary_folder,
    user_options,
)


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """The SQLAlchemy address of an empty database `source` whose user owns it.

    `TEST_MARIADB_URL` names a server that is there already.
    """
    given = os.environ.get("TEST_MARIADB_URL")
    if given:
        yield given
        return
    install, server = find_program("mariadb-install-db"), find_program("mariadbd")
    port, password = free_port(), secrets.token_urlsafe(12)
    with temporary_folder("mariadb") as folder:
        data, socket = folder / "data", folder / "socket"
        subprocess.run(
            [
                *(install, "--no-defaults", f"--datadir={data}", "--skip-test-db"),
                "--auth-root-authentication-method=normal",
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **user_options(),
        )
        command = [server, "--no-defaults", f"--datadir={data}", f"--socket={socket}"]
        command += [f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={folder / 'pid'}"]
        command += ["--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0"]
        command += ["--character-set-server=utf8mb4"]
        with running(command, folder, lambda: _create_database(str(socket), password)):
            yield f"mysql+pymysql://concord:{quote(password)}@127.0.0.1:{port}/source"


def _create_database(socket: str, password: str) -> bool:
    try:
        with pymysql.connect(unix_socket=socket, user="root") as root, root.cursor() as cursor:
            cursor.execute("CREATE DATABASE source")
            cursor.execute("CREATE USER concord@'127.0.0.1' IDENTIFIED BY %s", [password])
            cursor.execute("GRANT ALL ON source.* TO concord@'127.0.0.1'")
            cursor.execute("ALTER USER root@localhost IDENTIFIED BY %s", [password])
    except pymysql.OperationalError:
        return False
    return True
