"""Reading a database that SQLAlchemy opens, schema by schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from catalog.connectors.sql_database.connecting import (
    explain,
    host_of,
    is_disconnected,
    open_engine,
)
from catalog.connectors.sql_database.counting import LookingOver
from catalog.connectors.sql_database.duckdb_file import duckdb_records
from catalog.connectors.sql_database.reflection import Place, kinds_of_schema, schema_records
from catalog.connectors.sql_database.settings import SqlDatabaseSettings
from catalog.names import NameRefused, qualified_name
from catalog.registries.connectors import ReadContext, SourceUnreadable, Yielded
from catalog.types import DatasetKind, ExpectedTotal, ProblemRecord, Severity, SystemRecord

_FILE_DATABASES = {"sqlite", "duckdb"}
_SCHEMA_IS_DATABASE = {"mysql", "mariadb", "sqlite", "oracle"}  # no level above the schema
_DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}


def database_records(settings: SqlDatabaseSettings, context: ReadContext) -> Iterator[Yielded]:
    """Yield the system, then the datasets of each schema. Raises SourceUnreadable.

    A server that goes away while it is read ends the run with an ERROR problem: what came before
    holds, and nothing counts as disappeared.
    """
    url = settings.address
    place = _place(settings, url)
    yield SystemRecord(place.platform, place.instance)
    if url.get_backend_name() == "duckdb":
        yield from duckdb_records(settings, url, place)
        return
    engine = open_engine(url, context.secret, context.limits)
    try:
        with engine.connect() as connection, _looking(engine, settings) as looking:
            yield from _read_connected(connection, settings, context, place, looking)
    except SQLAlchemyError as error:
        raise SourceUnreadable(explain(error, url, context.secret)) from None
    finally:
        engine.dispose()


def _place(settings: SqlDatabaseSettings, url: URL) -> Place:
    backend = url.get_backend_name()
    if backend in _FILE_DATABASES:
        stem = Path(url.database or "").stem
        instance, database = settings.instance or stem, stem
    else:
        host = host_of(url)
        if url.port and url.port != _DEFAULT_PORTS.get(backend):
            host = f"{host}:{url.port}"
        instance, database = settings.instance or host, url.database or ""
    try:
        system = qualified_name(backend, instance)
    except NameRefused as error:
        raise SourceUnreadable(str(error)) from None
    has_database = backend not in _SCHEMA_IS_DATABASE
    return Place(system.platform, system.instance, database if has_database else None)


@contextmanager
def _looking(engine: Engine, settings: SqlDatabaseSettings) -> Iterator[LookingOver | None]:
    """Has a connection of its own, since what may not be read would end the transaction of the
    other; None where no value is looked at."""
    if not settings.look_at_values:
        yield None
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield LookingOver(connection)


def _read_connected(
    connection: Connection,
    settings: SqlDatabaseSettings,
    context: ReadContext,
    place: Place,
    looking: LookingOver | None,
) -> Iterator[Yielded]:
    """Errors before the first record are raised; later ones become problems."""
    kinds: dict[str, dict[str, DatasetKind]] = {}
    names = [s for s in _schemas(connection, settings) if settings.wants_schema(s)]
    for position, schema in enumerate(names):
        kinds[schema] = kinds_of_schema(connection, schema)
        context.note_progress(position + 1, len(names))
    yield ExpectedTotal(sum(map(len, kinds.values())))
    for schema, tables in kinds.items():
        try:
            yield from schema_records(connection, schema, tables, place, looking)
        except SQLAlchemyError as error:
            sentence = explain(error, settings.address, context.secret)
            yield ProblemRecord(f"schema {schema}", sentence, Severity.ERROR)
            if is_disconnected(error) or not _recovered(connection):
                return
    if looking is not None:
        yield from looking.problems()


def _schemas(connection: Connection, settings: SqlDatabaseSettings) -> list[str]:
    """A MySQL address that names a database means that one, unless schemas are listed."""
    database = settings.address.database
    is_mysql = connection.dialect.name in {"mysql", "mariadb"}
    if is_mysql and database and not settings.include_schemas:
        return [database]
    if connection.dialect.name == "postgresql":  # SQLAlchemy leaves pg_catalog out
        names = connection.exec_driver_sql("SELECT nspname FROM pg_namespace ORDER BY nspname")
        return list(names.scalars())
    return inspect(connection).get_schema_names()


def _recovered(connection: Connection) -> bool:
    """Whether the connection is of use after an error; a failed transaction is rolled back."""
    try:
        connection.rollback()
    except DBAPIError:
        return False
    return True
