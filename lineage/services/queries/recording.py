"""Recording queries: the sink that a run of a query log fills, batch by batch.

A batch is one transaction: runs that were counted before fall out, the rest is added up by shape
and added to the records. When the log was read, the new records are read for their lineage, and
the use of the datasets follows.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils import timezone

from catalog.access import Action, require
from catalog.models import IngestionRun, System
from catalog.models.copying import table_of
from catalog.names import NameRefused, lookup_key, parse_name
from catalog.registries.ingestion import Stored
from catalog.services.transaction import writing
from catalog.types import Principal, ProblemRecord, Severity
from lineage.models import Query, QueryDay, QueryFilter, QueryJoin, QueryRunner, QueryTable
from lineage.queries import Shape, ShapeQuestion
from lineage.services.queries.checking import (
    DAYS_KEPT,
    QueryRefused,
    Ran,
    checked_count,
    checked_run,
)
from lineage.services.queries.crew import QueryCrew, query_crew
from lineage.services.queries.reading import read_queries
from lineage.services.queries.tallies import Tally, add_tallies, counted_anew, since_last_reading
from lineage.services.queries.use import forget_old_days, match_people, store_use
from lineage.types import QueryCount, QueryRun

ANALYZE_FROM = 5_000  # new records after which the planner needs to know the tables anew


@contextmanager
def record_queries(run: IngestionRun, acting: Principal) -> Iterator[QueryRecording]:
    """The sink session of a run; its worker processes live as long as the block."""
    require(acting, Action.INGEST)
    with query_crew() as crew:
        yield QueryRecording(run, acting, crew)


class QueryRecording:
    """Implements `catalog.registries.ingestion.SinkSession` for queries."""

    def __init__(self, run: IngestionRun, acting: Principal, crew: QueryCrew) -> None:
        self._run = run
        self._acting = acting
        self._crew = crew
        self._systems: dict[str, int | None] = {}
        self._ran: set[tuple[int, dt.date]] = set()
        self._system_ids: set[int] = set()
        self._created = 0

    @property
    def _reason(self) -> str:
        return f"Queries from {self._run.connection.name}"

    def store(self, records: Sequence[QueryRun | QueryCount]) -> Stored:
        """Add the runs of a batch to their records; one bad row is refused and harms no other."""
        stored = Stored()
        runs: dict[int, list[Ran]] = {}
        counts: dict[int, list[QueryCount]] = {}
        now = timezone.now()
        for record in records:
            try:
                system_id = self._system(record.system)
                if isinstance(record, QueryCount):
                    counts.setdefault(system_id, []).append(checked_count(record))
                else:
                    runs.setdefault(system_id, []).append(checked_run(record, now))
            except QueryRefused as error:
                stored.refused.append(ProblemRecord(record.location, str(error), Severity.ERROR))
        checked: list[Ran | QueryCount] = []
        checked.extend(itertools.chain(*runs.values()))
        checked.extend(itertools.chain(*counts.values()))
        shapes = self._shapes_of(checked)
        with writing(self._acting, reason=self._reason):
            for system_id in sorted({*runs, *counts}):
                new = counted_anew(system_id, runs.get(system_id, ()))
                new += since_last_reading(system_id, counts.get(system_id, ()))
                given = len(runs.get(system_id, ())) + len(counts.get(system_id, ()))
                stored.unchanged += given - len(new)
                self._add(system_id, new, shapes, stored)
            if self._run.is_dry_run:
                transaction.set_rollback(True)
        return stored

    def finish(self, note_progress: Callable[[], None]) -> None:
        """Read what is new for its lineage, and tell the catalog of the use."""
        for system_id in sorted(self._system_ids):
            match_people(system_id, acting=self._acting, reason=self._reason)
        waiting = Query.objects.filter(system__in=self._system_ids, read_at__isnull=True)
        waiting = waiting.exclude(text="")
        read_queries(
            waiting.order_by("pk").values_list("pk", flat=True),
            acting=self._acting,
            crew=self._crew,
            note_progress=lambda _: note_progress(),
        )
        note_progress()
        if self._created >= ANALYZE_FROM:
            grown = (Query, QueryDay, QueryRunner, QueryTable, QueryJoin, QueryFilter)
            with connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {', '.join(map(table_of, grown))}")
        store_use(
            self._ran,
            acting=self._acting,
            source=self._run.connection.name,
            reason=self._reason,
        )
        forget_old_days(timezone.now().date() - dt.timedelta(days=DAYS_KEPT), acting=self._acting)

    def _system(self, name: str) -> int:
        if name not in self._systems:
            try:
                key = lookup_key(str(parse_name(name)))
            except NameRefused as error:
                raise QueryRefused(str(error)) from None
            rows = System.objects.filter(lookup_name=key).order_by("pk")
            self._systems[name] = rows.values_list("pk", flat=True).first()
        found = self._systems[name]
        if found is None:
            raise QueryRefused(f"The catalog has no system {name[:200]}: name it in the settings.")
        return found

    def _shapes_of(self, records: Iterable[Ran | QueryCount]) -> dict[tuple[str, str], Shape]:
        """The shape of every text of a batch; what came before is known to the workers."""
        texts = list(dict.fromkeys((record.platform, record.sql) for record in records))
        asked = [ShapeQuestion(sql, platform) for platform, sql in texts]
        return dict(zip(texts, self._crew.shapes(asked), strict=True))

    def _add(
        self,
        system_id: int,
        new: Sequence[Ran],
        shapes: Mapping[tuple[str, str], Shape],
        stored: Stored,
    ) -> None:
        tallies: dict[tuple[str, str, str], Tally] = {}
        for ran in new:
            shape = shapes[ran.platform, ran.sql]
            key = (shape.fingerprint, ran.database, ran.schema_name)
            tally = tallies.get(key)
            if tally is None:
                tally = tallies[key] = Tally(
                    fingerprint=shape.fingerprint,
                    database=ran.database,
                    schema_name=ran.schema_name,
                    platform=ran.platform,
                    text=shape.text,
                    sample=ran.sql if ran.keeps_literals else "",
                )
            tally.add(ran)
        with connection.cursor() as cursor:
            added = add_tallies(cursor, system_id, self._run.connection_id, list(tallies.values()))
        stored.created += added.created
        stored.updated += added.changed
        if not self._run.is_dry_run:
            self._ran.update(added.days)
            self._system_ids.add(system_id)
            self._created += added.created
