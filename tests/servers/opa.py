"""A real OPA with a test's policies, built once from its module by the Go that is installed."""

import contextlib
import fcntl
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.servers.downloads import cache_folder
from tests.servers.running import find_program, free_port, running, temporary_folder

MODULE, VERSION = "github.com/open-policy-agent/opa", "v1.22.3"


def opa() -> Path:
    """The program; building it when it is missing takes some minutes."""
    folder = cache_folder() / f"opa-{VERSION}"
    with (cache_folder() / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "opa").exists():
            go = find_program("go", "/usr/local/go/bin/go")
            environment = {**os.environ, "GOBIN": str(folder)}
            command = [go, "install", f"{MODULE}@{VERSION}"]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"Go did not build {MODULE}:\n{done.stderr[-2000:]}")
    return folder / "opa"


@contextlib.contextmanager
def running_opa(
    policies: Mapping[str, str], revision: str, settings: Mapping[str, Any]
) -> Iterator[str]:
    """Where it answers, until the block ends; `policies` are files of a bundle at a revision, and
    `settings` its configuration."""
    program, port = str(opa()), free_port()
    with temporary_folder("opa") as folder:
        for name, text in policies.items():
            (folder / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "bundle" / name).write_text(text)
        (folder / "opa.json").write_text(json.dumps(settings))
        bundle = str(folder / "bundle.tar.gz")
        build = [program, "build", "-b", str(folder / "bundle"), "-r", revision, "-o", bundle]
        done = subprocess.run(build, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"OPA refuses these policies:\n{done.stderr[-2000:]}")
        command = [program, "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level"]
        command += ["error", "--config-file", str(folder / "opa.json"), "-b", bundle]
        url = f"http://127.0.0.1:{port}"
        with running(command, folder, lambda: _answers(url), as_caller=True):
            yield url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
