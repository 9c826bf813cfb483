"""dbt with OpenLineage's wrapper, in a virtual environment of its own: it wants other versions."""

import fcntl
import subprocess
import sys
from pathlib import Path

from tests.servers.downloads import cache_folder

REQUIREMENTS = ("dbt-core==1.11.16", "dbt-duckdb==1.10.1", "openlineage-dbt==1.54.0")


def dbt_ol() -> Path:
    """The program `dbt-ol`; its environment is made when it is missing, which takes a minute."""
    versions = "-".join(requirement.partition("==")[2] for requirement in REQUIREMENTS)
    folder = cache_folder() / f"dbt-ol-{versions}"
    with (cache_folder() / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            uv = str(Path(sys.executable).parent / "uv")
            python = str(folder / "bin" / "python")
            _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
            _run(uv, "pip", "install", "--quiet", "--python", python, *REQUIREMENTS)
            (folder / "complete").touch()
    return folder / "bin" / "dbt-ol"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} failed:\n{done.stderr[-2000:]}")
