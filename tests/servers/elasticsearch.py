"""Real Elasticsearch 8.19 and 9.2 servers: bare ones, with the few modules that search may use."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.downloads import unpacked
from tests.servers.java import java_home
from tests.servers.running import (
    UNPRIVILEGED,
    free_port,
    running,
    temporary_folder,
    user_options,
)

START_TIMEOUT = 180.0  # seconds; 9 to 15 on an idle machine
STOP_TIMEOUT = 60.0
# Tests end before the second compiler has paid for itself.
JAVA_OPTIONS = "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1"


@dataclass(frozen=True, slots=True)
class Release:
    """A release as Maven Central has it, and the oldest Java that runs it."""

    version: str
    sha256: str
    oldest_java: int

    @property
    def artifact(self) -> str:
        """The bare server; Maven Central has no other."""
        return f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{self.version}:zip"


EIGHT = Release("8.19.9", "6a0603db2b0406776dcf15df248294941f310e9183ca18a219bc8c6d57546ff0", 17)
NINE = Release("9.2.4", "af7b81fe31627c7523b2546351cd4e47310faa6a72c8db8dc8f7a191e871cfaf", 21)


@dataclass
class Node:
    """A server that can be stopped, killed and started again with the data it has."""

    release: Release
    folder: Path
    settings: Mapping[str, Any]
    port: int = field(default_factory=free_port)
    java_options: str = JAVA_OPTIONS
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def is_secure(self) -> bool:
        """Whether the server has set up TLS and passwords by itself at its first start."""
        return "xpack.security.enabled" not in self.settings

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http{'s' if self.is_secure else ''}://127.0.0.1:{self.port}"

    @property
    def home(self) -> Path:
        """The program, readable for the user that it runs as."""
        return self.folder / "home"

    @property
    def ca_file(self) -> Path:
        """The certificate that it made for itself."""
        return self.folder / "config" / "certs" / "http_ca.crt"

    @property
    def is_running(self) -> bool:
        """Whether it was started and neither stopped nor killed since."""
        return self._process is not None

    def install(self) -> None:
        """Lay program and configuration out; the data comes with the first start."""
        source = unpacked(self.release.artifact, self.release.sha256)
        shutil.copytree(source, self.home, copy_function=_linked)
        shutil.copytree(self.home / "config", self.folder / "config", dirs_exist_ok=True)
        lines = {
            "cluster.name": "concord-tests",
            "node.name": self.folder.name,
            "network.host": "127.0.0.1",
            "http.port": self.port,
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            **self.settings,
        }
        (self.folder / "tmp").mkdir()
        text = "".join(f"{name}: {_yaml(value)}\n" for name, value in lines.items())
        (self.folder / "config" / "elasticsearch.yml").write_text(text)
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                if not path.is_relative_to(self.home) or path.is_dir():
                    os.chown(path, UNPRIVILEGED, UNPRIVILEGED)

    def start(self) -> None:
        """Start it and wait until it answers."""
        variables = {**self._variables(), "ES_JAVA_OPTS": self.java_options}
        command = ["env", *(f"{name}={value}" for name, value in variables.items())]
        command.append(str(self.home / "bin" / "elasticsearch"))
        self._process = self._running.enter_context(
            running(command, self.folder, self.answers, timeout=START_TIMEOUT)
        )

    def stop(self) -> None:
        """End it as an operator does; its data is free for the next start when this returns."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        for sign in (how, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(self._process.pid, sign)  # what starts it, and the server itself
                self._process.wait(STOP_TIMEOUT)
                break
        self._running.close()
        self._process = None

    def answers(self) -> bool:
        """Whether it serves; one of several at least answers, for it waits for the others."""
        try:
            path = "/_cluster/health?timeout=1s&master_timeout=1s"
            waiting = (503,) if "discovery.seed_hosts" in self.settings else ()
            return self.ask("GET", path).status_code in (200, 401, 408, *waiting)
        except httpx.HTTPError:
            return False

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request as an operator makes it."""
        verify = not self.is_secure  # the tests of TLS verify; this only looks after the server
        with httpx.Client(verify=verify, timeout=30) as client:
            return client.request(method, self.url + path, **options)

    def add_user(self, name: str, password: str, role: str) -> None:
        """A user of the server's own file of users with one role, as `roles.yml` has it; before
        the first start. The bare server keeps no others."""
        (self.folder / "config" / "roles.yml").write_text(f"{name}: {role}\n")
        done = subprocess.run(
            [
                *(str(self.home / "bin" / "elasticsearch-users"), "useradd", name),
                *("-p", password, "-r", name),
            ],
            env={**os.environ, **self._variables()},
            capture_output=True,
            text=True,
            check=False,
            **user_options(),
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _variables(self) -> dict[str, str]:
        return {
            "ES_JAVA_HOME": str(java_home(self.release.oldest_java)),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "tmp"),
        }


PLAIN: Mapping[str, Any] = {
    "discovery.type": "single-node",
    "xpack.security.enabled": False,
    # The disk of a developer may be nearly full; a test that is about it sets this again.
    "cluster.routing.allocation.disk.threshold_enabled": False,
}


@contextlib.contextmanager
def running_node(
    release: Release = EIGHT,
    settings: Mapping[str, Any] = PLAIN,
    *,
    java_options: str = JAVA_OPTIONS,
) -> Iterator[Node]:
    """A server of its own, until the block ends."""
    with temporary_folder("elasticsearch") as folder:
        node = Node(release, folder, settings, java_options=java_options)
        node.install()
        try:
            node.start()
            yield node
        finally:
            node.stop()


@contextlib.contextmanager
def running_cluster(release: Release = EIGHT, size: int = 3) -> Iterator[Sequence[Node]]:
    """Servers that know one another, until the block ends."""
    with contextlib.ExitStack() as stack:
        folders = [stack.enter_context(temporary_folder("elasticsearch")) for _ in range(size)]
        ports = [free_port() for _ in range(size)]
        nodes = [
            Node(
                release,
                folder,
                {
                    "xpack.security.enabled": False,
                    "cluster.routing.allocation.disk.threshold_enabled": False,
                    "transport.port": port,
                    "discovery.seed_hosts": [f"127.0.0.1:{other}" for other in ports],
                    "cluster.initial_master_nodes": [folder.name for folder in folders],
                },
            )
            for folder, port in zip(folders, ports, strict=True)
        ]
        for node in nodes:
            node.install()
            stack.callback(node.stop)
        for node in nodes:
            node.start()
        health = "/_cluster/health?wait_for_status=green&wait_for_nodes=3&timeout=120s"
        answer = nodes[0].ask("GET", health, timeout=150)
        assert answer.status_code == 200, answer.text
        yield nodes


@pytest.fixture(scope="session")
def elasticsearch_8() -> Iterator[str]:
    """The address of an 8.19; `ELASTICSEARCH_URL` names a server that is there already."""
    given = os.environ.get("ELASTICSEARCH_URL")
    if given:
        yield given.rstrip("/")
        return
    with running_node(EIGHT) as node:
        yield node.url


@pytest.fixture(scope="session")
def elasticsearch_9() -> Iterator[str]:
    """The address of a 9.2; skipped where a server that is there already was named."""
    if os.environ.get("ELASTICSEARCH_URL"):
        pytest.skip("ELASTICSEARCH_URL names the server to test with.")
    with running_node(NINE) as node:
        yield node.url


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _yaml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(f'"{one}"' for one in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
