"""Start a server program for tests, wait until it answers, and take it away again."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.embedded.lifeline import die_with_parent

UNPRIVILEGED = 65534
START_TIMEOUT = 60.0  # seconds
# Debian keeps server programs where only root looks for them.
_MORE_FOLDERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_program(*names: str) -> str:
    """Return the first program that is installed; without one skip, or fail in CI."""
    path = os.environ.get("PATH", "") + ":" + _MORE_FOLDERS
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    message = f"{names[0]} is not installed, so what needs it is not tested."
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def user_options() -> dict[str, Any]:
    """Return subprocess options for an unprivileged user; none unless root runs the tests."""
    if os.geteuid() != 0:
        return {}
    return {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []}


@contextlib.contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A folder that belongs to the unprivileged user, with a short path for sockets."""
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-"))
    if os.geteuid() == 0:
        os.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(
    command: list[str],
    folder: Path,
    ready: Callable[[], bool],
    *,
    stop: signal.Signals = signal.SIGTERM,
    timeout: float = START_TIMEOUT,
    as_caller: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; its last log lines tell why when it does not start.

    It runs as the unprivileged user when root runs the tests, unless `as_caller`.
    """
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(),
            **({} if as_caller else user_options()),
        )
    try:
        deadline = time.monotonic() + timeout
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
                pytest.fail(f"{command[0]} did not start:\n{tail}")
            time.sleep(0.1)
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
