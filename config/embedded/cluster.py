"""A PostgreSQL cluster in a folder: which version made it, and how a new one is made."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.embedded.binaries import Binaries, find_binaries
from config.embedded.errors import EmbeddedError
from config.embedded.identity import Identity, choose_identity

SUPERUSER = "postgres"


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs together with the user they run under."""

    binaries: Binaries
    identity: Identity

    def command(self, program: str, *arguments: str) -> list[str]:
        return [*self.identity.prefix, self.binaries.program(program), *arguments]

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, whatever that is."""
        return subprocess.run(
            self.command(program, *arguments),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=clean_environment(),
            **self.identity.options,
        )


def choose_programs(folder: Path) -> Programs:
    """Return what suits the cluster in `folder`, or a new one there."""
    data = folder / "data"
    binaries = find_binaries(_major(data / "PG_VERSION") if data.exists() else None)
    return Programs(binaries, choose_identity(folder, binaries.program("postgres")))


def make_cluster(programs: Programs, folder: Path, password: str) -> None:
    """Make `folder/data`, whose superuser has the password.

    initdb runs beside the final place, so that an interrupted run leaves no half cluster.
    """
    draft, secret_file = folder / "data.new", folder / "password.new"
    shutil.rmtree(draft, ignore_errors=True)
    secret_file.unlink(missing_ok=True)
    draft.mkdir(mode=0o700)
    programs.identity.own(draft)
    descriptor = os.open(secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(password)
        programs.identity.own(secret_file)
        _initdb(programs, draft, secret_file)
    finally:
        secret_file.unlink(missing_ok=True)
    draft.rename(folder / "data")


def clean_environment() -> dict[str, str]:
    """The programs' environment: no PG* variable of the caller may redirect them."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _initdb(programs: Programs, data: Path, secret_file: Path) -> None:
    common = ["--pgdata", str(data), "--username", SUPERUSER, "--pwfile", str(secret_file)]
    common += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"]
    complaints: list[str] = []
    for locale in _locales(programs.binaries.major):
        done = programs.run("initdb", *common, *locale)
        if done.returncode == 0:
            return
        complaints += done.stderr.strip().splitlines()[-1:]
    reason = complaints[-1] if complaints else "it gave no reason"
    raise EmbeddedError(f"PostgreSQL could not make its data folder {data.parent}: {reason}.")


def _locales(major: int) -> list[list[str]]:
    """Locales that know every script's letters, best first; the last one exists everywhere."""
    if major >= 17:
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return [builtin, ["--no-locale"]]
    return [["--locale=C.UTF-8"], ["--locale=en_US.UTF-8"], ["--no-locale"]]


def _major(version: Path) -> int:
    try:
        return int(version.read_text().strip())
    except (OSError, ValueError):
        raise EmbeddedError(
            f"The data folder {version.parent} is broken (no readable PG_VERSION): restore it from "
            "a backup, or remove it to begin anew."
        ) from None
