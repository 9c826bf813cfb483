"""`manage.py prepare`: everything that has to be up to date before the first page is served."""

import hashlib
import sys
from multiprocessing.context import ForkProcess, SpawnProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import django
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
            if collecting is not None:
                collecting.join()
        collected = collecting is None or collecting.exitcode == 0
        if not collected:
            raise CommandError("The static files could not be collected; the lines above say why.")
        stamp.write_text(found)


def _says(stamp: Path, found: str) -> bool:
    return stamp.exists() and stamp.read_text() == found


def _start_collecting() -> BaseProcess:
    # A fork has everything imported already; only Linux's is safe whatever was imported.
    made = ForkProcess if sys.platform == "linux" else SpawnProcess
    collecting: BaseProcess = made(target=_collect)
    collecting.start()
    return collecting


def _collect() -> None:
    django.setup()  # where the process was not forked
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)


def _static_fingerprint() -> str:
    """What the static files of all packages are, by name, size and time of change."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
