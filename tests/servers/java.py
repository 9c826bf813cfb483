"""The Java that a server needs, among those that are installed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDERS = ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines", "/opt/homebrew/opt")


def java_home(oldest: int) -> Path:
    """The home of a Java of at least version `oldest`; without one skip, or fail in CI.

    `JAVA_HOME` is asked first, then the java on the PATH and the folders that systems install to.
    """
    for home in _homes():
        if _version(home) >= oldest:
            return home
    message = f"No Java {oldest} or newer was found; name one in JAVA_HOME."
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def _homes() -> list[Path]:
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    program = shutil.which("java")
    if program:
        homes.append(Path(program).resolve().parent.parent)
    for folder in map(Path, _FOLDERS):
        if folder.is_dir():
            found = sorted(folder.iterdir(), reverse=True)
            homes += [*found, *(home / "Contents" / "Home" for home in found)]
    return [home for home in homes if (home / "bin" / "java").is_file()]


def _version(home: Path) -> int:
    """The feature version, 0 when it does not tell."""
    done = subprocess.run(
        [home / "bin" / "java", "-version"], capture_output=True, text=True, check=False
    )
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found[1]) if found else 0
