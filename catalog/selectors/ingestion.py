"""Reading connections, their runs and what went wrong in them."""

from __future__ import annotations

from django.db.models import QuerySet

from catalog.access import Action, gate, require
from catalog.errors import NotFound
from catalog.models import Connection, IngestionProblem, IngestionRun
from catalog.registries.connectors import Connector, connectors
from catalog.types import Principal, RunState


def known_connectors(principal: Principal) -> list[Connector]:
    """Every kind of source that can be connected, by label."""
    require(principal, Action.SEE)
    return sorted(connectors, key=lambda connector: connector.label)


def visible_connections(principal: Principal) -> QuerySet[Connection]:
    """Connections with their settings, for those who may import."""
    return gate().scope(principal, Action.INGEST, Connection.objects.order_by("name"))


def connection_named(principal: Principal, name: str) -> Connection | None:
    """The connection with this name, if there is one."""
    return visible_connections(principal).filter(name=name).first()


def visible_runs(
    principal: Principal, *, connection_id: int | None = None
) -> QuerySet[IngestionRun]:
    """Runs, the newest first, with their connection and who asked for them."""
    runs = IngestionRun.objects.select_related("connection", "requested_by")
    if connection_id is not None:
        runs = runs.filter(connection=connection_id)
    return gate().scope(principal, Action.SEE, runs.defer("diff"))


def run_named(principal: Principal, run_id: int) -> IngestionRun:
    """One run with its diff; raises NotFound."""
    runs = IngestionRun.objects.select_related("connection", "requested_by")
    run = gate().scope(principal, Action.SEE, runs).filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such import.")
    return run


def problems_of(principal: Principal, run: IngestionRun) -> QuerySet[IngestionProblem]:
    """What a run could not use, in the order it came up."""
    return gate().scope(principal, Action.SEE, IngestionProblem.objects.filter(run=run))


def is_ended(run: IngestionRun) -> bool:
    """Whether a page that watches the run may stop asking."""
    return run.state not in (RunState.WAITING, RunState.RUNNING)
