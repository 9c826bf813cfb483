"""`manage.py demo`: the whole service with the demonstration loaded, or its removal."""

from __future__ import annotations

import fcntl
import os
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.environment import server_variables
from config.management.commands.serve import run_service


class Command(BaseCommand):
    """Serve the demonstration; `--remove` deletes its folder."""

    help = "Run the service with the demonstration loaded; --remove deletes all of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--remove", action="store_true", help="delete the data folder")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until Ctrl-C, or remove."""
        if given := server_variables():
            raise CommandError(
                "The demonstration brings its own database: unset " + ", ".join(given) + "."
            )
        if options["remove"]:
            self._remove(settings.VAR_DIR)
        else:
            # The demonstration shows PostgreSQL's own catalogue, so it names which PostgreSQL.
            os.environ.setdefault("CONCORD_POSTGRES_BIN", "wheel")
            os.environ.setdefault("CONCORD_STORY_CLOCK", "1")
            run_service(load="load_demo")

    def _remove(self, var: Path) -> None:
        if not var.exists():
            self.stdout.write("There is nothing to remove.")
            return
        with (var / "service.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    "Concord is running: stop it with Ctrl-C first, then remove its data."
                ) from None
            shutil.rmtree(var)
        self.stdout.write("The demonstration and everything in it was removed.")
