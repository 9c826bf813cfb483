"""A throwaway PostgreSQL for a benchmark, with Concord's tables in it."""

from __future__ import annotations

import atexit
import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from config.embedded.postgres import EmbeddedPostgres


@contextlib.contextmanager
def benchmark_database(keep: Path | None = None) -> Iterator[Path]:
    """Start the service's own database in a folder and make the tables; yields the folder.

    The folder is a temporary one unless `keep` names one that stays. Django is set up inside, so
    modules of the service may only be imported there.
    """
    with contextlib.ExitStack() as stack:
        if keep is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="concord-bench-")))
        else:
            folder = keep.absolute()
            folder.mkdir(parents=True, exist_ok=True)
        os.environ["CONCORD_VAR"] = str(folder)
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        stack.enter_context(EmbeddedPostgres(folder))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        stack.callback(connections.close_all)
        call_command("migrate", verbosity=0)
        yield folder


def enter_database() -> None:
    """Set Django up for a script whose modules import models at once.

    Uses the database that `CONCORD_VAR` or `DATABASE_URL` name; without either a throwaway one
    that lives as long as the process.
    """
    if "CONCORD_VAR" in os.environ or "DATABASE_URL" in os.environ:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        return
    stack = contextlib.ExitStack()
    stack.enter_context(benchmark_database())
    atexit.register(stack.close)
