"""A real Trino 476, with whatever listens to it or obeys us configured before it starts."""

import contextlib
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.downloads import unpacked
from tests.servers.java import java_home
from tests.servers.running import free_port, running, temporary_folder

ARTIFACT = "io.trino:trino-server:476:tar.gz"
SHA256 = "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f"
OLDEST_JAVA = 24
START_TIMEOUT = 180.0  # seconds; 10 to 20 on an idle machine
_PLUGINS = ("http-event-listener", "memory", "opa", "openlineage", "postgresql", "ranger", "tpch")
_JVM = """\
-server
-Xmx1536M
-XX:+ExitOnOutOfMemoryError
-XX:+UseSerialGC
-XX:TieredStopAtLevel=1
-Djdk.attach.allowAttachSelf=true
-Dfile.encoding=UTF-8
--enable-native-access=ALL-UNNAMED
--add-opens=java.base/java.nio=ALL-UNNAMED
"""


@dataclass(frozen=True, slots=True)
class Trino:
    """A server that answers at `url` (http://host:port)."""

    url: str

    def query(self, sql: str, *, user: str = "tester") -> list[list[Any]]:
        """The rows of a statement, run to its end; raises RuntimeError with Trino's own words."""
        rows: list[list[Any]] = []
        with httpx.Client(timeout=60, headers={"X-Trino-User": user}) as client:
            answer = client.post(f"{self.url}/v1/statement", content=sql.encode()).json()
            while True:
                if "error" in answer:
                    raise RuntimeError(answer["error"]["message"])
                rows += answer.get("data", [])
                if "nextUri" not in answer:
                    return rows
                answer = client.get(answer["nextUri"]).json()


@contextlib.contextmanager
def running_trino(
    *, etc: Mapping[str, str] | None = None, config: Mapping[str, str] | None = None
) -> Iterator[Trino]:
    """A Trino with the catalogs `memory` and `tpch`, until the block ends.

    `etc` adds files to its configuration folder by their relative path, such as
    `access-control.properties`; `{etc}` in their text is that folder, `{url}` the server's
    address. `config` adds lines to `config.properties`, with the same replacements.
    """
    home = unpacked(ARTIFACT, SHA256)
    java = java_home(OLDEST_JAVA)
    port = free_port()
    trino = Trino(f"http://127.0.0.1:{port}")
    with temporary_folder("trino") as folder:
        plugins = folder / "plugins"  # only those that tests use: each costs a second to load
        plugins.mkdir()
        for name in _PLUGINS:
            (plugins / name).symlink_to(home / "plugin" / name)
        lines = {
            "coordinator": "true",
            "node-scheduler.include-coordinator": "true",
            "http-server.http.port": str(port),
            "discovery.uri": trino.url,
            "plugin.dir": str(plugins),
            **(config or {}),
        }
        files = {
            "config.properties": "".join(f"{name}={value}\n" for name, value in lines.items()),
            "node.properties": "node.environment=test\nnode.id=test\n"
            f"node.data-dir={folder / 'data'}\n"
            "node.internal-address=127.0.0.1\nnode.bind-ip=127.0.0.1\n",
            "jvm.config": _JVM,
            "log.properties": "io.trino=WARN\n",
            "catalog/memory.properties": "connector.name=memory\n",
            "catalog/tpch.properties": "connector.name=tpch\n",
            **(etc or {}),
        }
        _write(folder / "etc", files, trino.url)
        command = [str(home / "bin" / "launcher"), "run", "--etc-dir", str(folder / "etc")]
        command += ["--jvm-dir", str(java)]
        with running(
            command,
            folder,
            lambda: _answers(trino),
            stop=signal.SIGKILL,  # nothing of it stays, and it takes its time to end
            timeout=START_TIMEOUT,
            as_caller=True,  # the cache belongs to whoever runs the tests
        ):
            yield trino


@pytest.fixture(scope="session")
def trino() -> Iterator[Trino]:
    """A plain Trino; `TRINO_URL` names one that is there already."""
    given = os.environ.get("TRINO_URL")
    if given:
        yield Trino(given.rstrip("/"))
        return
    with running_trino() as server:
        yield server


def _write(etc: Path, files: Mapping[str, str], url: str) -> None:
    for name, text in files.items():
        path = etc / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{etc}", str(etc)).replace("{url}", url))


def _answers(trino: Trino) -> bool:
    """Whether it started, and has a worker: itself."""
    try:
        info = httpx.get(f"{trino.url}/v1/info", timeout=5)
        return info.status_code == 200 and info.json()["starting"] is False and _works(trino)
    except (httpx.HTTPError, ValueError):
        return False


def _works(trino: Trino) -> bool:
    try:
        return trino.query("SELECT count(*) FROM tpch.tiny.nation") == [[25]]
    except RuntimeError as error:
        return "Access Denied" in str(error)  # it asked whom it obeys, so it is there
