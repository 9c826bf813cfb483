"""`manage.py search_eval`: how well search finds what a judged collection says it should."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.errors import CatalogError
from catalog.search.backends import backend
from catalog.search.judged.collection import read_collection
from catalog.search.judged.trial import put_to_search


class Command(BaseCommand):
    """Measure search on texts, queries and judgements from files."""

    help = (
        "Index the documents of a judged collection in a place of their own, ask its queries and"
        " print how well their answers are found. The catalog and its index are not touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The three files."""
        parser.add_argument(
            "--documents",
            type=Path,
            required=True,
            help='JSON lines: {"id": ..., "title": ..., "text": ..., "fields": {...}}',
        )
        parser.add_argument(
            "--queries", type=Path, required=True, help='JSON lines: {"id": ..., "text": ...}'
        )
        parser.add_argument(
            "--qrels",
            type=Path,
            required=True,
            help="query, 0, document, grade; or query, document, grade below headings",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Index, ask, print."""
        try:
            collection = read_collection(options["documents"], options["queries"], options["qrels"])
            with _ending_in_order():
                report = put_to_search(collection)
        except CatalogError as error:
            raise CommandError(error.message) from error
        name = type(backend()).__name__.removesuffix("Backend")
        if report.absent:
            verb = "is" if report.absent == 1 else "are"
            self.stderr.write(
                f"{report.absent:,} of the judged documents {verb} not in"
                f" {options['documents'].name}: nothing can find them."
            )
        self.stdout.write(
            f"backend      {name}\n"
            f"documents    {report.documents:,} in {report.index_seconds:.1f} s\n"
            f"queries      {report.queries:,}, of which {report.zero_hits:,} found nothing\n"
            f"recall@5     {report.recall_5:.4f}\n"
            f"recall@10    {report.recall_10:.4f}\n"
            f"nDCG@10      {report.ndcg_10:.4f}\n"
            f"MRR@10       {report.mrr_10:.4f}\n"
            f"latency      p50 {report.p50_ms:.1f} ms, p95 {report.p95_ms:.1f} ms"
        )


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Who is told to end takes its index away first, wherever that lies."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
