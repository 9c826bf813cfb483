"""The whole embedded service, run as a person runs it: started, asked twice, crashed, stopped."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from config.embedded.children import Child
from config.embedded.loading import LoadingProgress
from tests.embedded import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for orphans in /proc")

MEMORY_LIMIT = 700_000  # kilobytes, all processes of the idle service together


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


@dataclass
class Service:
    """One folder and port, and how to start the service on them."""

    var: Path
    port: int

    @property
    def variables(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key != "CONCORD_TEST_VAR"}
        return kept | {
            "CONCORD_VAR": str(self.var),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *(command or ("-m", "config.embedded.supervisor"))],
            cwd=ROOT,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def processes(self) -> dict[int, str]:
        """Every process that knows of this folder, by number, with its command line."""
        found = {}
        mark = f"CONCORD_VAR={self.var}\0".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes():
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if command:  # a zombie has none
                        found[int(folder.name)] = command
            except OSError:
                continue
        return found

    def pid_of(self, part: str) -> int:
        return next(pid for pid, command in self.processes().items() if part in command)

    def status(self) -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def memory(self) -> int:
        """Kilobytes that all processes need together, shared pages counted once."""
        total = 0
        for pid in self.processes():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            match = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
            assert match is not None
            total += int(match[1])
        return total


def read_until(running: subprocess.Popen[str], words: str) -> str:
    assert running.stdout is not None
    text = ""
    for line in running.stdout:
        text += line
        if words in line:
            return text
    raise AssertionError(f"The service ended before saying {words!r}:\n{text}")


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A folder whose tables the first test makes."""
    folder = Path(tempfile.mkdtemp(prefix="service-"))
    folder.chmod(0o755)
    made = Service(folder, free_port())
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


def test_service_starts_mends_itself_leaves_no_orphans_and_stops_whole(service: Service) -> None:
    # given the service, started as a person starts it
    running = service.start("manage.py", "serve")
    said = read_until(running, "Press Ctrl-C")
    assert f"Concord is running at http://127.0.0.1:{service.port}" in said
    assert service.status() == 200
    assert service.memory() <= MEMORY_LIMIT

    # when it is started again
    second = subprocess.run(
        [sys.executable, "-m", "config.embedded.supervisor"],
        cwd=ROOT, env=service.variables, capture_output=True, text=True,
    )  # fmt: skip
    # then it says where it runs, and that is no failure
    assert second.returncode == 0
    assert second.stdout == f"Concord is already running at http://127.0.0.1:{service.port}\n"

    # when the web process and the database are killed
    for part in ("config.embedded.web", "postgres -D"):
        killed = service.pid_of(part)
        os.kill(killed, signal.SIGKILL)
        assert wait_for(lambda gone=killed: gone not in service.processes(), 5)  # type: ignore[misc]
    # then both come back
    assert wait_for(lambda: service.status() == 200, 30)

    # when its first process is killed without a chance to clean up
    assert len(service.processes()) > 3
    running.kill()
    rest, _ = running.communicate(timeout=10)
    assert "The web process ended" in rest
    assert "Database ready again" in rest
    # then everything it started ends by itself
    assert wait_for(lambda: not service.processes(), 10), service.processes()

    # when it is started once more, and interrupted
    again = service.start()
    said = read_until(again, "Press Ctrl-C")
    assert "Tables and static files" not in said  # nothing has to be made a second time
    again.send_signal(signal.SIGINT)
    rest, _ = again.communicate(timeout=60)  # seconds, where nothing else runs
    # then it ends by itself, says so, and leaves no process
    assert again.returncode == 0
    assert rest.endswith("✓ Stopped\n")
    assert service.processes() == {}


def test_taken_port_is_explained_with_a_free_one(service: Service) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", service.port))
        other.listen()
        running = service.start()
        said, _ = running.communicate(timeout=30)
    assert running.returncode == 1
    assert re.fullmatch(
        rf"✗ Port {service.port} is taken by another program: choose a free one with PORT=\d+\.\n",
        said,
    )
    assert service.processes() == {}


def test_servers_of_their_own_are_not_started_here(service: Service) -> None:
    variables = service.variables | {"DATABASE_URL": "postgresql://u:hush@localhost/name"}
    done = subprocess.run(
        [sys.executable, "-m", "config.embedded.supervisor"],
        cwd=ROOT, env=variables, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith("DATABASE_URL is set, so ")
    assert "hush" not in done.stdout + done.stderr


def loading(tmp_path: Path, script: str) -> tuple[LoadingProgress, str]:
    """Run a script as the loading command; return its progress and what was shown."""
    command = [sys.executable, "-c", script]
    child = Child("load", command, tmp_path / "load.log", tmp_path, piped=True)
    child.start()
    with (tmp_path / "screen").open("w") as screen:
        progress = LoadingProgress(child, Console(file=screen, highlight=False, soft_wrap=True))
        while child.exit_code is None:
            progress.read()
            time.sleep(0.02)
        progress.read()
        progress.read()
        child.end(time.monotonic())
    return progress, (tmp_path / "screen").read_text()


def test_loading_shows_progress_and_says_when_it_is_usable(tmp_path: Path) -> None:
    progress, shown = loading(
        tmp_path,
        "print('progress 10 Reading [red]tables')\nprint('progress 20 Reading [red]tables')\n"
        "print('ready Sign in as ada / secret')\nprint('progress 90 Drawing')\nprint('All done')",
    )
    assert progress.ready == "Sign in as ada / secret"
    assert shown == "   10 %  Reading [red]tables\n   90 %  Drawing\n✓ All done\n"


def test_loading_that_fails_tells_why_and_the_service_goes_on(tmp_path: Path) -> None:
    progress, shown = loading(tmp_path, "raise SystemExit('the warehouse is missing')")
    assert progress.ready == ""
    assert shown.startswith("✗ Loading ended with code 1; the end of ")
    assert shown.endswith("the warehouse is missing\n")
