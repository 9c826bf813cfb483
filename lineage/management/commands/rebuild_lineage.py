"""`manage.py rebuild_lineage`: read every definition again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.types import Principal
from lineage.services.rebuilding import rebuild_lineage


class Command(BaseCommand):
    """Make all lineage current; edges that stay are not touched, so history stays true."""

    help = "Read the SQL of every view and model again and make all lineage edges current."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--changed` reads only what is not what it was."""
        parser.add_argument(
            "--changed",
            action="store_true",
            help="only definitions whose text, columns or names changed since they were read",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print progress and, at the end, what was done."""

        def show(done: int, total: int) -> None:
            self.stdout.write(f"{done:,} of {total:,} definitions")

        outcome = rebuild_lineage(
            acting=Principal.system("rebuild_lineage"),
            anew=not options["changed"],
            note_progress=show,
        )
        self.stdout.write(
            f"{outcome.read:,} read, {outcome.unchanged:,} unchanged,"
            f" {outcome.degraded:,} understood in part, {outcome.unparsed:,} not understood;"
            f" edges: {outcome.edges_added:,} added, {outcome.edges_changed:,} changed,"
            f" {outcome.edges_removed:,} removed."
        )
