"""`manage.py forget_queries`: let go of the texts of queries that nobody ran for long."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.types import Principal
from lineage.services.queries.forgetting import forget_queries


class Command(BaseCommand):
    """The same as the job that runs every day, for once and with other days."""

    help = "Let go of the texts and users of query records; their sums and lineage stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """Since when a query must not have run, and whether it is only counted."""
        parser.add_argument("--days", type=int, default=settings.QUERY_DAYS, metavar="N")
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many records were, or would be, let go."""
        days = options["days"]
        if days < 1:
            raise CommandError("--days must be 1 or more.")
        count = forget_queries(
            acting=Principal.system("lineage"), days=days, is_dry_run=options["dry_run"]
        )
        said = "would be let go" if options["dry_run"] else "let go"
        self.stdout.write(f"{count:,} queries that did not run for {days:,} days {said}.")
