"""`manage.py sql_lineage`: lineage of SQL texts from one file of JSON lines into another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lineage.sql.report import report_line
from lineage.sql.workers import report_lines


class Command(BaseCommand):
    """Needs no database: what the texts may refer to comes with them."""

    help = (
        "Read SQL texts from JSON lines (id, sql, dialect, schema, default_db, default_schema) and "
        "write one line of lineage for each, in the same order."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Files, and how many processes share the work."""
        parser.add_argument("--input", default="-", metavar="FILE", help="JSON lines; - is stdin")
        parser.add_argument("--output", default="-", metavar="FILE", help="JSON lines; - is stdout")
        parser.add_argument(
            "--workers", type=int, default=1, metavar="N", help="processes, 1 without any (1)"
        )
        parser.add_argument(
            "--seconds",
            type=float,
            default=10.0,
            metavar="N",
            help="with workers: a text that takes longer is answered with its tables only (10)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer every line; one that is no JSON object is answered with an error."""
        if options["workers"] < 1 or options["seconds"] <= 0:
            raise CommandError("--workers and --seconds must be greater than zero.")
        names = [options["input"], options["output"]]
        if "-" not in names and Path(names[0]).resolve() == Path(names[1]).resolve():
            raise CommandError("--input and --output are the same file: give another for one.")
        with ExitStack() as stack:
            source = _opened(stack, options["input"], "r")
            sink = _opened(stack, options["output"], "w")
            lines = ((n, text) for n, text in enumerate(source, start=1) if text.strip())
            if options["workers"] == 1:
                answers: Iterator[str] = (report_line(text, number) for number, text in lines)
            else:
                answers = report_lines(
                    lines, workers=options["workers"], seconds=options["seconds"]
                )
            for answer in answers:
                sink.write(answer + "\n")


def _opened(stack: ExitStack, name: str, mode: str) -> TextIO:
    if name == "-":
        stream = sys.stdin if mode == "r" else sys.stdout
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
        return stream
    lenient = "surrogateescape"  # bytes that are no UTF-8 cost their line a complaint
    try:
        path = Path(name)
        file: TextIO
        if mode == "r":
            file = path.open(encoding="utf-8-sig", errors=lenient)
        else:
            file = path.open("w", encoding="utf-8", errors=lenient)
        return stack.enter_context(file)
    except OSError as error:
        raise CommandError(f"{name} cannot be opened: {error.strerror}.") from None
