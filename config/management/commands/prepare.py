"""`manage.py prepare`: everything that has to be up to date before the first page is served."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Bring the tables and the static files up to date; quick when nothing has changed."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        found = _static_fingerprint()
        # Both take seconds of computing, so they run side by side.
        collecting = None if _says(stamp, found) else _start_collecting()
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", interactive=False, verbosity=1)
        finally:
            collected = collecting is None or collecting.wait() == 0
        if not collected:
            raise CommandError("The static files could not be collected; the lines above say why.")
        stamp.write_text(found)


def _says(stamp: Path, found: str) -> bool:
    return stamp.exists() and stamp.read_text() == found


def _start_collecting() -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--clear"]
    return subprocess.Popen([*command, "--verbosity", "0"], cwd=settings.BASE_DIR)


def _static_fingerprint() -> str:
    """What the static files of all packages are, by name, size and time of change."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
