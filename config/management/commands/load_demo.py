"""`manage.py load_demo`: fill the catalog with the demonstration; harmless to run again.

What it prints is read by the supervisor (see `config.embedded.loading`).
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.errors import CatalogError
from catalog.models import Dataset, IngestionRun
from catalog.selectors.event_log import lag
from catalog.services.consumers import feed_all
from catalog.services.ingest import IngestReport
from catalog.types import Principal, RunState
from config.demo import care, people, sources
from config.demo.larkfield import company, connector, examples, story

SETTLE_WITHIN = 120.0  # seconds for search and lineage to catch up


class Command(BaseCommand):
    """Load people, sources, owners; then wait until search and lineage know them."""

    help = "Fill the catalog with the demonstration; harmless to run again."
    _reached = 0

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--scale", type=int, default=1, help="how many copies of the company, to measure"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run every step that is still open."""
        began = time.monotonic()
        acting = Principal.system("demonstration")
        connector.register()
        who, password = people.make_people(acting, settings.VAR_DIR)
        try:
            if not self._was_read({sources.LARKFIELD}):
                self._read_company(acting, options["scale"])
            self._say(f"ready Sign in as {people.LOGIN} with the password {password}")
            self._tell()
            if self._is_loaded():
                return
            self._load(acting, who)
        except CatalogError as error:
            raise CommandError(error.message) from error
        datasets = Dataset.objects.count()
        self._say(f"Loaded {datasets:,} datasets in {time.monotonic() - began:.0f} s")

    def _read_company(self, acting: Principal, scale: int) -> None:
        """Larkfield comes first: the demonstration opens on it."""
        self._progress(1, "Making the company Larkfield")
        company.make_company(acting)
        self._progress(5, "Reading its systems, models and dashboards")
        run = sources.import_source(
            sources.company(scale), acting=acting, watch=lambda report: None
        )
        if run.state == RunState.FAILED:
            raise CommandError(f"Larkfield could not be read: {run.error}")
        company.settle_company(acting)
        examples.keep_examples()
        feed_all()

    def _tell(self) -> None:
        """Let the council's months pass; who must sign is told from the lineage read before."""
        if settings.STORY_CLOCK and not story.is_told():
            story.tell(
                lambda done, total: self._progress(
                    6 + 9 * done // total, f"The council's year: {done} of {total}"
                )
            )
            feed_all()

    def _is_loaded(self) -> bool:
        """Whether each source was imported whole before."""
        return self._was_read({source.name for source in sources.sources(settings.VAR_DIR)})

    def _was_read(self, names: set[str]) -> bool:
        done = IngestionRun.objects.filter(
            state__in=[RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_PROBLEMS], is_dry_run=False
        ).values_list("connection__name", flat=True)
        return names <= set(done)

    def _load(self, acting: Principal, who: people.DemoPeople) -> None:
        self._progress(15, "Loading 336,776 flights into DuckDB")
        sources.load_warehouse(settings.VAR_DIR)
        sources.keep_secret(settings.VAR_DIR)
        planned = sources.sources(settings.VAR_DIR)
        for position, source in enumerate(planned):
            start = 20 + position * 50 // len(planned)
            self._progress(start, f"Reading {source.name}")

            def watch(report: IngestReport, start: int = start, name: str = source.name) -> None:
                self._progress(start, f"Reading {name}: {report.read:,} datasets")

            run = sources.import_source(source, acting=acting, watch=watch)
            if run.state == RunState.FAILED:
                raise CommandError(f"{source.name} could not be read: {run.error}")
            feed_all()
        self._progress(70, "Naming owners, marked as demonstration")
        care.assign_care(acting, who)
        care.start_conversation(who)
        self._settle()

    def _settle(self) -> None:
        """Feed search and lineage beside the jobs process until nothing is left."""
        deadline = time.monotonic() + SETTLE_WITHIN
        while (behind := lag()) and time.monotonic() < deadline:
            self._progress(85, f"Drawing lineage and indexing: {behind:,} events to go")
            if feed_all() == 0:
                time.sleep(0.2)

    def _progress(self, percent: int, what: str) -> None:
        self._reached = max(self._reached, percent)  # a bar that goes back tells nobody anything
        self._say(f"progress {self._reached} {what}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
