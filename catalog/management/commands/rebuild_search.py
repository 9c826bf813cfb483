"""`manage.py rebuild_search`: build every search document anew, then swap."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.errors import CatalogError
from catalog.search.indexing import rebuild, total_to_build

_EVERY_SECONDS = 1.0


class Command(BaseCommand):
    """Rebuild the search index; the old one answers until the new one is complete."""

    help = "Build a new search index beside the one in use, and swap them when it is complete."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild and say how far it is."""
        started = shown = time.monotonic()
        total = total_to_build()

        def progress(done: int) -> None:
            nonlocal shown
            if time.monotonic() - shown >= _EVERY_SECONDS:
                shown = time.monotonic()
                self.stdout.write(f"{done:,} of {total:,} documents")

        try:
            count = rebuild(progress)
        except CatalogError as error:
            raise CommandError(error.message) from error
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{count:,} documents in {seconds:.1f} s ({count / max(seconds, 0.001):,.0f}/s)"
        )
