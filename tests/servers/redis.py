"""A Redis with a password: what CELERY_BROKER_URL points to."""

import os
import secrets
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.servers.running import find_program, free_port, running, temporary_folder


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of an empty Redis; `TEST_REDIS_URL` names one that is there already."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    program = find_program("redis-server", "valkey-server")
    port, password = free_port(), secrets.token_urlsafe(12)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    with temporary_folder("redis") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "no", "--dir", str(folder), "--requirepass", password]
        with running(command, folder, lambda: _answers(url)):
            yield url


def _answers(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except RedisError:
        return False
