"""`manage.py ingest`: import a source from the command line, watching its progress."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.models import IngestionRun
from catalog.registries.connectors import connectors
from catalog.selectors.ingestion import connection_named, problems_of
from catalog.services.connections import change_connection, create_connection
from catalog.services.ingest import IngestReport
from catalog.services.ingestion_runs import execute_run, request_run
from catalog.types import Principal, RunState

SHOWN_PROBLEMS = 20
SHOWN_CHANGES = 20
_EXIT = {RunState.SUCCEEDED: 0, RunState.SUCCEEDED_WITH_PROBLEMS: 1}
_MARKS = {"created": "+", "changed": "~", "disappeared": "-"}


class Command(BaseCommand):
    """Import a source; exit code 0 is clean, 1 is done with problems, 2 is failed."""

    help = "Import a source. Exit code 0: done, 1: done with problems, 2: failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        known = ", ".join(sorted(connectors.names())) or "none"
        parser.add_argument("connector", help=f"kind of source ({known})")
        parser.add_argument("paths", nargs="*", type=Path, help="files or folders to read")
        parser.add_argument("--connection", help="name of the connection, made if it is new")
        parser.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", dest="given",
            help="a setting of the connector; the value is JSON or plain text",
        )  # fmt: skip
        parser.add_argument("--secret-name", help="name of the secret that the source asks for")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; errors are one line on the error output."""
        try:
            run = self._import(options)
        except CatalogError as error:
            self._fail(error.message)
        except AccessRefused as refusal:
            self._fail(refusal.verdict.reason)
        except KeyboardInterrupt:
            self._fail("Stopped; what was imported so far stays.")
        else:
            self._tell(run)
            if run.state == RunState.FAILED:
                self._fail(run.error)
            sys.exit(_EXIT.get(RunState(run.state), 2))

    def _fail(self, sentence: str) -> None:
        self.stderr.write(" ".join(sentence.split()))
        sys.exit(2)

    def _import(self, options: dict[str, Any]) -> IngestionRun:
        acting = Principal.system("command line")
        connection_id = self._connection(acting, options)
        files = _files(options["paths"])
        run = request_run(
            acting=acting,
            connection_id=connection_id,
            dry_run=options["dry_run"],
            in_background=False,
        )
        console = Console(stderr=True)
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("datasets"),
            console=console,
            disable=not console.is_terminal,
        ) as progress:
            task = progress.add_task(options["connector"], total=None)

            def watch(report: IngestReport) -> None:
                progress.update(task, completed=report.read, total=report.total)

            return execute_run(run.pk, files=files, watch=watch)

    def _connection(self, acting: Principal, options: dict[str, Any]) -> int:
        name = options["connection"] or options["connector"]
        given = dict(_setting(text) for text in options["given"])
        known = connection_named(acting, name)
        if known is None:
            return create_connection(
                acting=acting,
                name=name,
                connector=options["connector"],
                settings=given,
                secret_name=options["secret_name"] or "",
            ).pk
        if known.connector != options["connector"]:
            raise InvalidInput(
                f"The connection {name!r} reads {known.connector}; name another one with"
                " --connection.",
                field="connection",
            )
        changes: dict[str, Any] = {"settings": {**known.settings, **given}} if given else {}
        if options["secret_name"] is not None:
            changes["secret_name"] = options["secret_name"]
        change_connection(acting=acting, connection_id=known.pk, changes=changes)
        return known.pk

    def _tell(self, run: IngestionRun) -> None:
        verb = "would be " if run.is_dry_run else ""
        self.stdout.write(
            f"{run.read} read: {run.created} {verb}created, {run.updated} {verb}changed,"
            f" {run.unchanged} unchanged, {run.disappeared} {verb}marked as disappeared,"
            f" {run.refused} refused."
        )
        for entry in run.diff.get("entries", [])[:SHOWN_CHANGES]:
            self.stdout.write(f"  {_MARKS[entry['change']]} {entry['name']}")
        problems = problems_of(Principal.system("command line"), run)
        for problem in problems[:SHOWN_PROBLEMS]:
            self.stdout.write(f"  {problem.severity}: {problem.location}: {problem.message}")
        more = problems.count() - SHOWN_PROBLEMS
        if more > 0:
            self.stdout.write(f"  and {more} more problems; see the run's page.")


def _setting(text: str) -> tuple[str, Any]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise InvalidInput(f"{text!r} is no setting: write --set key=value.", field="set")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _files(paths: list[Path]) -> dict[str, Path]:
    """Files by name; those of a folder by their path below it."""
    files: dict[str, Path] = {}
    for path in paths:
        if path.is_dir():
            below = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
            files.update({str(file.relative_to(path)): file for file in sorted(below)})
        elif path.is_file():
            files[path.name] = path
        else:
            raise InvalidInput(f"There is no file or folder {path}.", field="paths")
    return files
