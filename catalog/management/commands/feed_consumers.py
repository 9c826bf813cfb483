"""`manage.py feed_consumers`: bring search, lineage and the rest up to date now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from catalog.services.consumers import feed_all


class Command(BaseCommand):
    """Feed every consumer of the event log until it is up to date."""

    help = "Bring search, lineage and every other consumer of the event log up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        """Feed and say how much."""
        self.stdout.write(f"{feed_all()} events digested.")
