"""Reading connections, their runs and what went wrong in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from catalog.access import Action, gate, require
from catalog.errors import NotFound
from catalog.models import Connection, IngestionProblem, IngestionRun, SourceRecord, System
from catalog.registries.connectors import Connector, connectors
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal, RunState

_LOOKED_AT = 200  # datasets of a run that tell where it brought them


def known_connectors(principal: Principal) -> list[Connector]:
    """Every kind of source that can be connected, by label."""
    require(principal, Action.SEE)
    return sorted(connectors, key=lambda connector: connector.label.casefold())


def visible_connections(principal: Principal) -> QuerySet[Connection]:
    """Connections with their settings, for those who may import."""
    return gate().scope(principal, Action.INGEST, Connection.objects.order_by("name"))


def connection_named(principal: Principal, name: str) -> Connection | None:
    """The connection with this name, if there is one."""
    return visible_connections(principal).filter(name=name).first()


def get_connection(principal: Principal, connection_id: int) -> Connection:
    """One connection; raises NotFound, and AccessRefused for those who may not import."""
    connection = visible_connections(principal).filter(pk=connection_id).first()
    if connection is None:
        require(principal, Action.INGEST)
        raise NotFound("There is no such connection.")
    return connection


@dataclass(frozen=True, slots=True)
class ConnectionOverview:
    """A connection with its latest real run, None before the first."""

    connection: Connection
    last_run: IngestionRun | None


def connection_overviews(
    principal: Principal, connections: Iterable[Connection]
) -> list[ConnectionOverview]:
    """Connections with their latest run that was no dry run, in one more query."""
    rows = list(connections)
    latest = (
        visible_runs(principal)
        .filter(connection__in=rows, is_dry_run=False)
        .order_by("connection_id", "-created_at", "-id")
        .distinct("connection_id")
    )
    by_connection = {run.connection_id: run for run in latest}
    return [ConnectionOverview(row, by_connection.get(row.pk)) for row in rows]


@dataclass(frozen=True, slots=True)
class DeletionConsequences:
    """What deleting a connection takes away, in numbers; the datasets themselves stay."""

    runs: int
    problems: int
    datasets: int
    datasets_without_a_source: int


def deletion_consequences(principal: Principal, connection: Connection) -> DeletionConsequences:
    """Counted now; `datasets_without_a_source` are those that no other connection names."""
    require(principal, Action.INGEST)
    named = SourceRecord.objects.filter(connection=connection, gone_at__isnull=True)
    elsewhere = SourceRecord.objects.filter(
        dataset=OuterRef("dataset"), gone_at__isnull=True
    ).exclude(connection=connection)
    return DeletionConsequences(
        runs=IngestionRun.objects.filter(connection=connection).count(),
        problems=IngestionProblem.objects.filter(run__connection=connection).count(),
        datasets=named.count(),
        datasets_without_a_source=named.filter(~Exists(elsewhere)).count(),
    )


def visible_runs(
    principal: Principal, *, connection_id: int | None = None
) -> QuerySet[IngestionRun]:
    """Runs, the newest first, with their connection and who asked for them."""
    runs = IngestionRun.objects.select_related("connection", "requested_by")
    if connection_id is not None:
        runs = runs.filter(connection=connection_id)
    return gate().scope(principal, Action.SEE, runs.defer("diff"))


def run_named(principal: Principal, run_id: int) -> IngestionRun:
    """One run, with its diff for those who may import; raises NotFound."""
    runs = IngestionRun.objects.select_related("connection", "requested_by")
    run = gate().scope(principal, Action.SEE, runs).filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such import.")
    if not may_see_details(principal):
        run.diff = {}
    return run


def may_see_details(principal: Principal) -> bool:
    """Whether the principal may read what a run would change and what it could not use.

    Both name datasets as the source does, among them what may be hidden from whoever asks, or is
    in the catalog under no name yet: they are for those who may import.
    """
    return gate().authorize(principal, Action.INGEST).allowed


def diff_of(principal: Principal, run_id: int) -> IngestionRun:
    """A run for a page of its diff; raises NotFound, and AccessRefused as `problems_of`."""
    run = run_named(principal, run_id)
    require(principal, Action.INGEST)
    return run


def problems_of(principal: Principal, run: IngestionRun) -> QuerySet[IngestionProblem]:
    """What a run could not use, in the order it came up; raises AccessRefused for those who may
    not import."""
    require(principal, Action.INGEST)
    return IngestionProblem.objects.filter(run=run)


def systems_of(principal: Principal, run: IngestionRun, limit: int = 3) -> Sequence[System]:
    """Where what a run brought lies, of its first datasets, as far as the principal may see."""
    brought = SourceRecord.objects.filter(last_run=run).order_by("pk").values("dataset")
    there = visible_datasets(principal).filter(pk__in=brought[:_LOOKED_AT])
    held = there.order_by().values("system")
    return list(System.objects.filter(pk__in=held).order_by("qualified_name")[:limit])


def is_ended(run: IngestionRun) -> bool:
    """Whether a page that watches the run may stop asking."""
    return run.state not in (RunState.WAITING, RunState.RUNNING)
