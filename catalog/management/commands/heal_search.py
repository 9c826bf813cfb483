"""`manage.py heal_search`: compare the search index with the database, and mend what differs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.errors import CatalogError
from catalog.search.indexing import heal


class Command(BaseCommand):
    """Mend the search index; the daily job does the same."""

    help = "Compare every search document with the database, and write those anew that differ."

    def handle(self, *args: Any, **options: Any) -> None:
        """Mend and say how many documents differed."""
        try:
            healed = heal()
        except CatalogError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{healed:,} documents differed and were written anew.")
