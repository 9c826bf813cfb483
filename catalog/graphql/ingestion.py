"""Ingestion in GraphQL: connectors, connections and runs, to read and to ask for."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql import loaders
from catalog.graphql.arguments import member, number
from catalog.graphql.paging import PAGE, connection, page
from catalog.graphql.relations import plan, principal_of, relation
from catalog.graphql.types import PersonType
from catalog.models import Connection, IngestionProblem, IngestionRun
from catalog.selectors import directory
from catalog.selectors import graph as graph_reading
from catalog.selectors import ingestion as reading
from catalog.services import connections, ingestion_runs
from catalog.types import RunState


class ConnectorType(graphene.ObjectType):
    """A kind of source."""

    class Meta:
        name = "Connector"

    name = graphene.String(required=True)
    label = graphene.String(required=True)
    description = graphene.String(required=True)
    accepts = graphene.List(graphene.NonNull(graphene.String), required=True)
    needs_files = graphene.Boolean(required=True)
    is_complete = graphene.Boolean(required=True)
    settings_schema = GenericScalar(required=True, description="JSON schema of its settings.")

    @staticmethod
    def resolve_settings_schema(connector: Any, info: GraphQLResolveInfo) -> dict[str, Any]:
        """From the connector's own model."""
        return connector.settings.model_json_schema()


class SourceType(DjangoObjectType):
    """A connection to a source; its settings hold no secret."""

    class Meta:
        model = Connection
        name = "Source"
        convert_choices_to_enum = False
        fields = [
            "id", "name", "connector", "secret_name", "interval_minutes", "is_enabled",
            "next_run_at", "created_at",
        ]  # fmt: skip

    settings = GenericScalar(required=True)


class RunProblemType(DjangoObjectType):
    """Something a run could not use, with the place and the fix."""

    class Meta:
        model = IngestionProblem
        name = "RunProblem"
        convert_choices_to_enum = False
        fields = ["id", "severity", "location", "message"]


class RunType(DjangoObjectType):
    """A run of a connection, with its counts."""

    class Meta:
        model = IngestionRun
        name = "Run"
        convert_choices_to_enum = False
        fields = [
            "id", "state", "is_dry_run", "request_id", "created_at", "started_at", "finished_at",
            "total", "read", "created", "updated", "unchanged", "disappeared", "refused", "error",
        ]  # fmt: skip

    source = relation(
        SourceType, loaders.one(reading.visible_connections, "connection_id"), many=False,
        description="What was read; null for who may not import.",
    )  # fmt: skip
    requested_by = relation(
        PersonType, loaders.one(directory.people, "requested_by_id"), many=False,
        description="Who asked; null for the schedule.",
    )  # fmt: skip
    problems = relation(
        RunProblemType, loaders.many(graph_reading.run_problems, "run_id", order=["id"]),
        description="What it could not use, in the order it came up; for who may import.",
    )  # fmt: skip
    diff = relation(
        GenericScalar, graph_reading.run_diffs, many=False,
        description="What a dry run would change; null for who may not import.",
    )  # fmt: skip


SourceConnection = connection(SourceType)
RunConnection = connection(RunType)


class IngestionQuery(graphene.ObjectType):
    """What there is to ask about ingestion."""

    connectors = graphene.List(
        graphene.NonNull(ConnectorType), required=True, description="What can be connected."
    )
    connections = graphene.Field(
        SourceConnection, **PAGE, required=True, description="Sources, for those who may import."
    )
    runs = graphene.Field(
        RunConnection, **PAGE, connection=graphene.ID(), state=graphene.String(), required=True,
        description="Runs, newest first.",
    )  # fmt: skip
    run = graphene.Field(RunType, id=graphene.ID(required=True), description="One run.")

    @staticmethod
    def resolve_connectors(root: Any, info: GraphQLResolveInfo) -> Any:
        """By label."""
        return reading.known_connectors(principal_of(info))

    @staticmethod
    def resolve_connections(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """Those the caller may import from."""
        rows = reading.visible_connections(principal_of(info))
        return page(info, rows, first=first, after=after)

    @staticmethod
    def resolve_runs(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        connection: str = "",
        state: str = "",
    ) -> Any:
        """Visible runs."""
        rows = reading.visible_runs(
            principal_of(info),
            connection_id=number(connection, "connection") if connection else None,
        )
        if state:
            rows = rows.filter(state=member(RunState, state, "state"))
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_run(root: Any, info: GraphQLResolveInfo, id: str) -> IngestionRun:
        """With its problems and diff, where they are selected."""
        found = reading.run_named(principal_of(info), number(id, "id"))
        plan(info, [found])
        return found


class RunPayload(graphene.ObjectType):
    """The run that was asked for."""

    run = graphene.Field(RunType, required=True)


class SourcePayload(graphene.ObjectType):
    """The connection after the change; null when it was deleted."""

    source = graphene.Field(SourceType)


class IngestionMutation(graphene.ObjectType):
    """What there is to do with sources."""

    request_run = graphene.Field(
        RunPayload, connection=graphene.ID(required=True),
        dry_run=graphene.Boolean(required=True, default_value=False), required=True,
        description="Ask for an import; files are uploaded over REST.",
    )  # fmt: skip
    apply_dry_run = graphene.Field(
        RunPayload, run=graphene.ID(required=True), required=True,
        description="Ask for the real import of what a dry run looked at.",
    )  # fmt: skip
    create_connection = graphene.Field(
        SourcePayload, name=graphene.String(required=True),
        connector=graphene.String(required=True), settings=GenericScalar(required=True),
        secret_name=graphene.String(required=True, default_value=""),
        interval_minutes=graphene.Int(),
        is_enabled=graphene.Boolean(required=True, default_value=True), required=True,
        description="Connect a source.",
    )  # fmt: skip
    change_connection = graphene.Field(
        SourcePayload, connection=graphene.ID(required=True),
        changes=GenericScalar(required=True), required=True,
        description="Change name, settings, secret_name, interval_minutes or is_enabled.",
    )  # fmt: skip
    delete_connection = graphene.Field(
        SourcePayload, connection=graphene.ID(required=True), required=True,
        description="Delete a connection with its runs; the datasets it brought stay.",
    )  # fmt: skip

    @staticmethod
    def resolve_request_run(
        root: Any, info: GraphQLResolveInfo, connection: str, dry_run: bool
    ) -> Any:
        """See `services.ingestion_runs.request_run`."""
        run = ingestion_runs.request_run(
            acting=principal_of(info),
            connection_id=number(connection, "connection"),
            dry_run=dry_run,
        )
        plan(info, [run], "run")
        return {"run": run}

    @staticmethod
    def resolve_apply_dry_run(root: Any, info: GraphQLResolveInfo, run: str) -> Any:
        """See `services.ingestion_runs.apply_dry_run`."""
        applied = ingestion_runs.apply_dry_run(acting=principal_of(info), run_id=number(run, "run"))
        plan(info, [applied], "run")
        return {"run": applied}

    @staticmethod
    def resolve_create_connection(
        root: Any, info: GraphQLResolveInfo, settings: Any, **given: Any
    ) -> Any:
        """See `services.connections.create_connection`."""
        made = connections.create_connection(
            acting=principal_of(info), settings=_object(settings, "settings"), **given
        )
        return {"source": made}

    @staticmethod
    def resolve_change_connection(
        root: Any, info: GraphQLResolveInfo, connection: str, changes: Any
    ) -> Any:
        """See `services.connections.change_connection`."""
        changed = connections.change_connection(
            acting=principal_of(info),
            connection_id=number(connection, "connection"),
            changes=_object(changes, "changes"),
        )
        return {"source": changed}

    @staticmethod
    def resolve_delete_connection(root: Any, info: GraphQLResolveInfo, connection: str) -> Any:
        """See `services.connections.delete_connection`."""
        connections.delete_connection(
            acting=principal_of(info), connection_id=number(connection, "connection")
        )
        return {"source": None}


def _object(value: Any, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{field} is an object.", field=field)
    return value
