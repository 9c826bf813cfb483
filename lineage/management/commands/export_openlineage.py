"""`manage.py export_openlineage`: our lineage as OpenLineage events, for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.types import Principal
from lineage.selectors.openlineage import all_events


class Command(BaseCommand):
    """Write a DatasetEvent for every dataset and a JobEvent for every job, one on each line."""

    help = "Write all lineage as OpenLineage events, one JSON object on each line."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--output` names the file."""
        parser.add_argument("--output", required=True, help="the file to write, NDJSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many events were written."""
        path = Path(options["output"])
        written = 0
        try:
            with path.open("w", encoding="utf-8") as file:
                for event in all_events(Principal.system("export_openlineage")):
                    file.write(json.dumps(event, ensure_ascii=False) + "\n")
                    written += 1
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{written:,} events written to {path}")
