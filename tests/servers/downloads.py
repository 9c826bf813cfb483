"""Server programs that no package system has: fetched once, verified, kept outside the checkout."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers.running import find_program

_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_CHUNK = 1024 * 1024


def cache_folder() -> Path:
    """Where downloads and unpacked programs stay.

    `CONCORD_TEST_CACHE` names it; without it, it is `concord` below the user's cache folder.
    """
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("CONCORD_TEST_CACHE") or Path(base) / "concord")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def unpacked(artifact: str, sha256: str) -> Path:
    """The folder of a Maven artifact (group:name:version:type), fetched when it is missing.

    Raises RuntimeError when the archive is not the one whose digest is given. Test runs side by
    side wait for one another.
    """
    _, name, version, kind = artifact.split(":")
    folder = cache_folder() / f"{name}-{version}"
    with (cache_folder() / f"{name}-{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        with tempfile.TemporaryDirectory(dir=cache_folder()) as work:
            archive = _fetched(artifact, Path(work) / f"{name}-{version}.{kind}")
            found = _digest(archive)
            if found != sha256:
                raise RuntimeError(f"{artifact} has the digest {found}, not {sha256}.")
            shutil.unpack_archive(archive, work)
            for program in (Path(work) / f"{name}-{version}" / "bin").glob("*"):
                program.chmod(0o755)  # a zip file does not tell
            (Path(work) / f"{name}-{version}").rename(folder)
    return folder


def _fetched(artifact: str, archive: Path) -> Path:
    command = [find_program("mvn"), "-q", "-B", f"{_PLUGIN}:copy", f"-Dartifact={artifact}"]
    command += [f"-DoutputDirectory={archive.parent}", "-Dmdep.useBaseVersion=true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=archive.parent)
    if done.returncode or not archive.is_file():
        raise RuntimeError(f"Maven did not bring {artifact}:\n{done.stdout[-2000:]}")
    return archive


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
