"""The server profile on servers of its own: PostgreSQL over TCP and Redis."""

import http.client
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.embedded import ROOT
from tests.servers.running import free_port

HOST = "catalog.example.org"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def variables(
    postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment of a deployment, with the tables made."""
    dropped = ("CONCORD_TEST_VAR", "PORT", "CONCORD_DEBUG")
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    given = kept | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CONCORD_VAR": str(tmp_path_factory.mktemp("var")),
        "DATABASE_URL": postgres_url,
        "CELERY_BROKER_URL": redis_url,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": HOST,
    }
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=given, check=True)
    return given


@pytest.fixture
def workers(variables: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [BIN / "celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "2"],
            cwd=ROOT, env=variables, stdout=log, stderr=log,
        )  # fmt: skip
    yield worker
    worker.terminate()
    worker.wait(30)


@pytest.mark.servers
def test_tables_are_made_in_the_database_of_the_address(
    variables: dict[str, str], postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as connection:
        applied = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
    assert applied is not None
    assert applied[0] > 20
    assert not (Path(variables["CONCORD_VAR"]) / "postgres").exists()
    assert not (Path(variables["CONCORD_VAR"]) / "secrets").exists()


@pytest.mark.servers
def test_two_web_processes_serve_the_sign_in_page(variables: dict[str, str]) -> None:
    port = free_port()
    server = subprocess.Popen(
        [
            *(BIN / "uvicorn", "config.asgi:application", "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", "2", "--log-level", "warning"),
        ],
        cwd=ROOT,
        env=variables,
    )
    try:
        deadline = time.monotonic() + 60
        answers: dict[str, int] = {}
        while len(answers) < 2 and time.monotonic() < deadline:
            time.sleep(0.5)
            for host in (HOST, "elsewhere.example.org"):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                try:
                    headers = {"Host": host, "X-Forwarded-Proto": "https"}
                    connection.request("GET", "/accounts/login/", headers=headers)
                    answers[host] = connection.getresponse().status
                except OSError:
                    assert server.poll() is None
                finally:
                    connection.close()
        assert answers == {HOST: 200, "elsewhere.example.org": 400}
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.servers
def test_worker_answers_through_redis(
    variables: dict[str, str], workers: subprocess.Popen[bytes]
) -> None:
    said = ""
    for _ in range(20):
        done = subprocess.run(
            [BIN / "celery", "-A", "config", "inspect", "ping", "--timeout", "3"],
            cwd=ROOT, env=variables, capture_output=True, text=True,
        )  # fmt: skip
        said = done.stdout + done.stderr
        if done.returncode == 0:
            break
    assert "pong" in said
    assert workers.poll() is None


@pytest.mark.servers
def test_embedded_service_refuses_beside_servers(variables: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT, env=variables, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "DATABASE_URL is set" in done.stdout


@pytest.mark.parametrize("missing", ["DATABASE_URL", "SECRET_KEY"])
def test_incomplete_environment_ends_in_a_sentence(missing: str, tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://u:hush@localhost/name",
        "CELERY_BROKER_URL": "redis://localhost",
        "SECRET_KEY": "k" * 40,
        "ALLOWED_HOSTS": HOST,
        "CONCORD_VAR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    del given[missing]
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env=given, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"{missing} is missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stderr


def test_stopped_database_ends_in_a_sentence(tmp_path: Path) -> None:
    given = {"CONCORD_VAR": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT, env=given, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be reached:")
    assert "Traceback" not in done.stderr
