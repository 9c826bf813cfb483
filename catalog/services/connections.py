"""Connections to sources: made, changed, switched on and off, deleted by administrators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from pydantic import BaseModel, ValidationError

from catalog.access import Action, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import RecordChanged
from catalog.models import Connection
from catalog.registries.connectors import Connector, connectors
from catalog.selectors.connection_secrets import checked_secret_name
from catalog.services import run_files
from catalog.services.connection_lock import is_locked
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal

SHORTEST_INTERVAL = 5  # minutes
LONGEST_INTERVAL = 60 * 24 * 366
CHANGEABLE = frozenset({"name", "settings", "secret_name", "interval_minutes", "is_enabled"})


def create_connection(
    *,
    acting: Principal,
    name: str,
    connector: str,
    settings: Mapping[str, Any],
    secret_name: str = "",
    interval_minutes: int | None = None,
    is_enabled: bool = True,
) -> Connection:
    """A new connection; `interval_minutes` None means that it runs only when asked.

    Raises InvalidInput with a sentence per field ("settings.host") and Conflict for a taken name.
    """
    require(acting, Action.ADMINISTER)
    with writing(acting):
        connection = Connection(
            name=_name(name),
            connector=connector_named(connector).name,
            settings=checked_settings(connector, settings).model_dump(mode="json"),
            secret_name=checked_secret_name(secret_name),
            is_enabled=is_enabled,
        )
        _set_interval(connection, interval_minutes)
        if Connection.objects.filter(name=connection.name).exists():
            raise Conflict(f"There is a connection named {connection.name!r} already.")
        connection.save()
        record(RecordChanged(change="created"), connection, acting=acting)
    return connection


def change_connection(
    *, acting: Principal, connection_id: int, changes: Mapping[str, Any]
) -> Connection:
    """Change what `changes` names; keys of `CHANGEABLE`. The connector of a connection is fixed.

    Raises NotFound, InvalidInput with a sentence per field, or Conflict for a taken name.
    """
    require(acting, Action.ADMINISTER)
    unknown = sorted(set(changes) - CHANGEABLE)
    if unknown:
        raise InvalidInput(f"A connection has no {unknown[0]!r} to change.", field=unknown[0])
    with writing(acting):
        connection = _taken(connection_id)
        before = {field: getattr(connection, field) for field in changes}
        if "name" in changes:
            connection.name = _name(changes["name"])
            others = Connection.objects.exclude(pk=connection.pk)
            if others.filter(name=connection.name).exists():
                raise Conflict(f"There is a connection named {connection.name!r} already.")
        if "settings" in changes:
            checked = checked_settings(connection.connector, changes["settings"])
            connection.settings = checked.model_dump(mode="json")
        if "secret_name" in changes:
            connection.secret_name = checked_secret_name(changes["secret_name"])
        if "interval_minutes" in changes:
            _set_interval(connection, changes["interval_minutes"])
        if "is_enabled" in changes:
            connection.is_enabled = bool(changes["is_enabled"])
        changed = tuple(f for f, value in before.items() if getattr(connection, f) != value)
        if changed:
            connection.save()
            record(RecordChanged(fields=changed), connection, acting=acting)
    return connection


def delete_connection(*, acting: Principal, connection_id: int) -> None:
    """Delete a connection with its runs; the datasets it brought stay.

    Raises Conflict while one of its imports is running.
    """
    require(acting, Action.ADMINISTER)
    with writing(acting):
        connection = _taken(connection_id)
        if is_locked(connection.pk):
            raise Conflict("An import of this connection is running: wait until it has ended.")
        record(RecordChanged(change="deleted"), connection, acting=acting)
        folders = list(connection.runs.exclude(upload="").values_list("upload", flat=True))
        connection.delete()
    for folder in folders:
        run_files.remove(folder)


def checked_settings(connector: str, settings: Mapping[str, Any]) -> BaseModel:
    """The connector's settings model, filled; raises InvalidInput with a sentence per field."""
    model = connector_named(connector).settings
    if not isinstance(settings, Mapping):
        raise InvalidInput("The settings are a JSON object.", field="settings")
    try:
        return model.model_validate(dict(settings))
    except ValidationError as error:
        raise _refusal(error) from error


def _refusal(error: ValidationError) -> InvalidInput:
    fields: dict[str, list[str]] = {}
    for fault in error.errors(include_url=False, include_input=False):
        field = ".".join(["settings", *(str(part) for part in fault["loc"])])
        message = fault["msg"].removeprefix("Value error, ")
        fields.setdefault(field, []).append(message)
    sentences = "; ".join(f"{field}: {', '.join(said)}" for field, said in fields.items())
    return InvalidInput.at_fields(fields, f"The settings do not fit: {sentences}.")


def _taken(connection_id: int) -> Connection:
    connection = Connection.objects.select_for_update().filter(pk=connection_id).first()
    if connection is None:
        raise NotFound("There is no such connection.")
    return connection


def connector_named(name: str) -> Connector:
    """The connector; raises InvalidInput that lists what there is."""
    try:
        return connectors.get(name)
    except LookupError as error:
        raise InvalidInput(str(error), field="connector") from error


def _name(name: str) -> str:
    normal = " ".join(str(name).split())
    if not normal or len(normal) > 200 or not normal.isprintable():
        raise InvalidInput("Give the connection a name of 1 to 200 characters.", field="name")
    return normal


def _set_interval(connection: Connection, minutes: int | None) -> None:
    """The first scheduled run comes at once, the next one after each interval."""
    if minutes is not None and not (
        isinstance(minutes, int) and SHORTEST_INTERVAL <= minutes <= LONGEST_INTERVAL
    ):
        raise InvalidInput(
            f"The interval is {SHORTEST_INTERVAL} minutes to a year, or empty.",
            field="interval_minutes",
        )
    if minutes != connection.interval_minutes:
        connection.interval_minutes = minutes
        connection.next_run_at = timezone.now() if minutes else None


def due_after(connection: Connection, now: dt.datetime) -> dt.datetime | None:
    """When a connection that runs now is due again."""
    minutes = connection.interval_minutes
    return now + dt.timedelta(minutes=minutes) if minutes else None
