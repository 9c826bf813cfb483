"""A backup as `docs/operators/backup.md` makes it is restored into another server: everything is
there, what is written from then on arrives, and the log of access says what was lost."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.embedded.binaries import find_binaries
from tests.embedded import ROOT
from tests.servers.postgres import another_postgres

pytestmark = pytest.mark.servers


class Service:
    """A deployment: its variables and its `var`, which outlive a database."""

    def __init__(self, var: Path) -> None:
        self.heads = var / "heads.jsonl"
        self._variables = {
            name: value
            for name, value in os.environ.items()
            if name not in ("CONCORD_TEST_VAR", "PORT", "CONCORD_DEBUG", "PYTEST_CURRENT_TEST")
        } | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "CONCORD_VAR": str(var),
            "CELERY_BROKER_URL": "redis://127.0.0.1:1",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "ALLOWED_HOSTS": "catalog.example.org",
            "AUDIT_HEADS": str(self.heads),
        }

    def run(self, url: str, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the service on a database."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env=self._variables | {"DATABASE_URL": url}, capture_output=True, text=True,
        )  # fmt: skip

    def say(self, url: str, *action: str) -> Any:
        """What a process of the service says; see `restored_service`."""
        done = self.run(url, "-m", "tests.servers.restored_service", *action)
        assert done.returncode == 0, done.stderr.partition("nanobind")[0][-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    def verify(self, url: str, *options: str) -> "tuple[int, str]":
        """The code that `audit verify` ends with, and what it says."""
        done = self.run(url, "manage.py", "audit", "verify", *options)
        return done.returncode, done.stdout + done.stderr


def test_a_restored_backup_is_a_working_service(postgres_url: str, tmp_path: Path) -> None:
    service, dump = Service(tmp_path / "var"), tmp_path / "concord.dump"
    before = _database(postgres_url, "before")
    assert service.run(before, "manage.py", "prepare").returncode == 0
    program = find_binaries().program

    # Given a company, and a backup of it; then it works on
    filled = service.say(before, "fill")
    assert filled["hits"] == ["compensation"]
    assert filled["said"] == {"compensation": "deny", "holidays": "allow"}
    subprocess.run([program("pg_dump"), "--format=custom", f"--file={dump}", before], check=True)
    heads = service.heads.read_text()
    lost = service.say(before, "go_on", "midsummer")
    assert lost["hits"] == ["holidays"]

    # When it is restored into another server, whose transactions are younger
    with another_postgres() as url:
        after = _database(url, "after")
        subprocess.run(
            [program("pg_restore"), "--no-owner", f"--dbname={after}", str(dump)], check=True
        )
        assert service.run(after, "manage.py", "prepare").returncode == 0

        # Then it says what it said, and no more
        assert service.verify(after)[0] == 0
        found = service.say(after, "ask", "kroner")
        assert found == filled | {"records": filled["records"] + 2}
        assert service.say(after, "ask", "midsummer")["hits"] == []

        # And goes on
        assert service.say(after, "go_on", "carnival")["hits"] == ["holidays"]

        # And heads that were kept elsewhere tell which records were lost with the other database
        kept = tmp_path / "kept.jsonl"
        kept.write_text(heads)
        assert service.verify(after, "--heads", str(kept))[0] == 0
        code, told = service.verify(after, "--heads", str(service.heads))
        assert code == 1
        assert told.count("cut: chain") == 2  # of one process: what is open, and what is closed
        assert "rewritten: heads: There are two heads of number 2." in told


def _database(url: str, name: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return f"{url.rpartition('/')[0]}/{name}"
