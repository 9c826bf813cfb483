"""A schema of a database as records, by SQLAlchemy's reflection of all its tables at once."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.engine.reflection import Inspector, ObjectKind, ObjectScope
from sqlalchemy.exc import CompileError, SAWarning
from sqlalchemy.types import NullType, TypeEngine

from catalog.connectors.source_values import (
    column_path,
    column_text,
    left_out,
    name_of,
    text_of,
)
from catalog.connectors.sql_database.counting import Formats, LookingOver, statistics_of
from catalog.connectors.sql_database.details import Details, read_details
from catalog.names import NameRefused
from catalog.types import (
    ColumnRecord,
    DatasetKind,
    DatasetRecord,
    DefinitionRecord,
    ProblemRecord,
    ProfileRecord,
    RelationRecord,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the datasets of a connection live in the catalog; `database` None leaves it out."""

    platform: str
    instance: str
    database: str | None

    def name(self, schema: str, table: str) -> str:
        """The qualified name of a table; raises NameRefused."""
        return name_of(self.platform, self.instance, (self.database, schema, table))


@dataclass(frozen=True, slots=True)
class _Reflected:
    """Everything known of a schema, by table name."""

    columns: Mapping[str, Sequence[Mapping[str, Any]]]
    keys: Mapping[str, Mapping[str, Any]]
    foreign_keys: Mapping[str, Sequence[Mapping[str, Any]]]
    comments: Mapping[str, Mapping[str, Any]]
    details: Details


def kinds_of_schema(connection: Connection, schema: str) -> dict[str, DatasetKind]:
    """Every table and view of a schema, with its kind."""
    inspector = inspect(connection)
    kinds = dict.fromkeys(inspector.get_table_names(schema), DatasetKind.TABLE)
    kinds |= dict.fromkeys(inspector.get_view_names(schema), DatasetKind.VIEW)
    if connection.dialect.name == "postgresql":
        foreign = inspector.get_foreign_table_names(schema)  # type: ignore[attr-defined]
        kinds |= dict.fromkeys(foreign, DatasetKind.TABLE)
    try:
        materialized = inspector.get_materialized_view_names(schema)
    except NotImplementedError:
        materialized = []
    return kinds | dict.fromkeys(materialized, DatasetKind.MATERIALIZED_VIEW)


def schema_records(
    connection: Connection,
    schema: str,
    kinds: dict[str, DatasetKind],
    place: Place,
    looking: LookingOver | None = None,
) -> Iterator[DatasetRecord | ProblemRecord]:
    """One dataset for each table and view; what cannot be named is a problem. Values of tables are
    looked at where `looking` is given."""
    inspector = inspect(connection)
    with warnings.catch_warnings():
        # It warns of each type it does not know; the exact types come from the database itself.
        warnings.simplefilter("ignore", SAWarning)
        reflected = _reflect(inspector, connection, schema, kinds)
    taken_at = dt.datetime.now(dt.UTC)
    for table, kind in kinds.items():
        try:
            name = place.name(schema, table)
        except NameRefused as error:
            yield left_out(f"{schema}.{table}", error)
            continue
        columns, problems = _columns(connection, schema, table, reflected)
        yield from problems
        details = reflected.details
        formats: Formats = {}
        if looking is not None and kind is DatasetKind.TABLE:
            formats = looking.formats(schema, table, reflected.columns.get(table, ()))
        yield DatasetRecord(
            qualified_name=name,
            kind=kind,
            description=_comment(reflected.comments.get(table), kind),
            columns=columns,
            columns_complete=not problems,
            relations=tuple(_relations(schema, table, reflected, place)),
            definition=_definition(details.definitions.get(table), place, schema),
            profile=_profile(details, table, taken_at, formats),
            source_created_at=details.created.get(table),
            source_modified_at=details.modified.get(table),
        )


def _reflect(
    inspector: Inspector, connection: Connection, schema: str, kinds: dict[str, DatasetKind]
) -> _Reflected:
    everything: dict[str, Any] = {
        "schema": schema,
        "kind": ObjectKind.ANY,
        "scope": ObjectScope.ANY,
    }
    try:
        comments = _by_table(inspector.get_multi_table_comment(**everything))
    except NotImplementedError:
        comments = {}
    extra: dict[str, Any] = {}
    if connection.dialect.name == "postgresql":
        extra["postgresql_ignore_search_path"] = True  # else the schema of a target is left out
    return _Reflected(
        columns=_by_table(inspector.get_multi_columns(**everything)),
        keys=_by_table(inspector.get_multi_pk_constraint(**everything)),
        foreign_keys=_by_table(inspector.get_multi_foreign_keys(**everything, **extra)),
        comments=comments,
        details=read_details(inspector, connection, schema, kinds),
    )


def _by_table(found: Mapping[Any, Any]) -> dict[str, Any]:
    return {table: value for (_, table), value in found.items()}


def _columns(
    connection: Connection, schema: str, table: str, reflected: _Reflected
) -> tuple[tuple[ColumnRecord, ...], list[ProblemRecord]]:
    key = (reflected.keys.get(table) or {}).get("constrained_columns") or ()
    positions = {column: position for position, column in enumerate(key, start=1)}
    columns: list[ColumnRecord] = []
    problems: list[ProblemRecord] = []
    for column in reflected.columns.get(table, ()):
        name = str(column["name"])
        try:
            path = column_path(name)
        except NameRefused as error:
            problems.append(left_out(f"{schema}.{table}", error))
            continue
        exact = reflected.details.types.get((table, name))
        columns.append(
            ColumnRecord(
                path=path,
                physical_type=exact or _type_text(column["type"], connection),
                nullable=column.get("nullable"),
                description=text_of(column.get("comment")),
                default=text_of(column.get("default")),
                key_position=positions.get(name),
            )
        )
    return tuple(columns), problems


def _type_text(column_type: TypeEngine[Any], connection: Connection) -> str | None:
    if isinstance(column_type, NullType):
        return None
    try:
        return str(column_type.compile(dialect=connection.dialect))
    except CompileError:
        return type(column_type).__name__


def _comment(comment: Mapping[str, Any] | None, kind: DatasetKind) -> str | None:
    text = text_of(comment.get("text")) if comment else None
    # MySQL writes the word VIEW where a table has its comment.
    return None if kind is not DatasetKind.TABLE and text == "VIEW" else text


def _relations(
    schema: str, table: str, reflected: _Reflected, place: Place
) -> Iterator[RelationRecord]:
    for key in reflected.foreign_keys.get(table, ()):
        columns = tuple(map(column_text, key.get("constrained_columns") or ()))
        targets = tuple(map(column_text, key.get("referred_columns") or ()))
        if len(columns) != len(targets):
            targets = ()  # SQLite lets a key refer to a table without naming its columns
            columns = ()
        try:
            target = place.name(key.get("referred_schema") or schema, key["referred_table"])
        except NameRefused:
            continue
        label = (text_of(key.get("name")) or "")[:300]
        yield RelationRecord(target, columns=columns, target_columns=targets, name=label)


def _definition(sql: str | None, place: Place, schema: str) -> DefinitionRecord | None:
    if not sql:
        return None
    return DefinitionRecord(sql.strip(), place.platform, "", place.database, schema)


def _profile(
    details: Details, table: str, taken_at: dt.datetime, formats: Formats
) -> ProfileRecord | None:
    rows, size = details.rows.get(table), details.sizes.get(table)
    if rows is None and size is None and not formats:
        return None
    return ProfileRecord(
        taken_at,
        rows,
        size,
        columns=statistics_of(formats),
        estimated=table not in details.counted,
    )
