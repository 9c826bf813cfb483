"""`manage.py serve`: run the whole service from this checkout."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run the whole service here: its own PostgreSQL, the pages and the jobs."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        run_service()


def run_service(load: str = "") -> None:
    """Become the supervisor, which needs none of Django's memory; never returns.

    `load` is a management command with its arguments that runs beside the pages (for what it may
    say see `config.embedded.loading`).
    """
    os.chdir(settings.BASE_DIR)
    command = [sys.executable, "-m", "config.embedded.supervisor"]
    os.execv(sys.executable, [*command, *(["--load", load] if load else [])])  # noqa: S606
