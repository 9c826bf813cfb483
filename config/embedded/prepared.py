"""Whether tables and static files are as the last `manage.py prepare` left them.

Asking Django takes seconds, for it has to import everything first; this takes milliseconds. The
answer is yes only when the code's migrations, static files and requirements are the very same and
the database still names the same migrations as applied, so a database that was restored from a
backup or belongs to an older version is noticed.
"""

import contextlib
import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg

_PACKAGES = ("catalog", "config", "governance", "lineage")
_REQUIREMENTS = "concord-requirements.sha256"  # written by requirements/install.py


class Prepared:
    """The state of one checkout's service, kept in its data folder."""

    def __init__(self, root: Path, var: Path) -> None:
        self.root = root
        self.var = var
        self._note = var / "prepared"

    def is_current(self, database: psycopg.Connection[object]) -> bool:
        """Whether nothing has changed since `note`; False whenever that is not certain."""
        try:
            return self._note.read_text() == self._state(database)
        except (OSError, psycopg.Error):
            return False

    def note(self, database: psycopg.Connection[object]) -> None:
        """Remember the state that was just prepared, where it can be told at all."""
        with contextlib.suppress(OSError):
            self._note.write_text(self._state(database))

    def _state(self, database: psycopg.Connection[object]) -> str:
        digest = hashlib.sha256()
        for package in _PACKAGES:
            for pattern in ("**/migrations/*.py", "static/**/*"):
                for path in sorted((self.root / package).glob(pattern)):
                    status = path.stat()
                    name = path.relative_to(self.root)
                    digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
        digest.update((Path(sys.prefix) / _REQUIREMENTS).read_bytes())
        collected = self.var / "static" / ".collected"
        digest.update(collected.read_bytes())
        rows: Iterable[object] = database.execute(
            "SELECT app, name, applied FROM django_migrations ORDER BY id"
        )
        digest.update("\n".join(map(str, rows)).encode())
        return digest.hexdigest()
