"""Reading a statement against the catalog without keeping it: "where does this query read?" """

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from catalog.access import Action, require
from catalog.errors import InvalidInput
from catalog.names import NameRefused, parse_name
from catalog.types import Principal
from lineage.places import Place
from lineage.selectors.catalog_tables import CatalogSchema, CatalogTables
from lineage.sql import MappingSchema, Readings, dialect_of, render
from lineage.sql.report import report
from lineage.sql.templates.arguments import without_texts
from lineage.sql.templates.rendering import Rendered
from lineage.types import StatementLineage, StatementStatus, TableName

MOST_CHARACTERS = 1_000_000
_readings = Readings()


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table as the statement names it, with the dataset that it means, if any may be seen."""

    name: str
    dataset_id: int | None
    qualified_name: str | None


@dataclass(frozen=True, slots=True)
class SqlReading:
    """A statement's lineage and what its table names mean in the catalog."""

    statement: StatementLineage
    sources: tuple[NamedTable, ...]
    mentioned: tuple[NamedTable, ...]
    targets: tuple[NamedTable, ...]


def read_sql(
    principal: Principal,
    sql: str,
    *,
    dialect: str,
    system: str = "",
    default_database: str | None = None,
    default_schema: str | None = None,
    tables: Mapping[str, Any] | None = None,
) -> list[SqlReading]:
    """The lineage of every statement of a script, resolved against what the principal may see, or
    without a `system` against the columns that come as `tables`.

    `dialect` is a platform such as postgres; `system` is the qualified name of the system whose
    datasets the names mean (platform://instance), without which names stay names. Raises
    InvalidInput for a system that is no name, an unknown dialect or more than 1,000,000
    characters; never for what the text says. A template of dbt is executed first; then the
    places of edges are those in the SQL that it writes, which each statement holds.
    """
    require(principal, Action.SEE)
    if not sql.strip():
        raise InvalidInput("Give a statement to read.", field="sql")
    if len(sql) > MOST_CHARACTERS:
        raise InvalidInput(
            f"The text has {len(sql):,} characters; at most {MOST_CHARACTERS:,} are read.",
            field="sql",
        )
    if "\x00" in sql:
        raise InvalidInput("The text holds a NUL character; remove it.", field="sql")
    if dialect and dialect_of(dialect) is None:
        raise InvalidInput(
            f"Concord knows no SQL dialect {dialect[:50]!r}; write a platform such as postgres.",
            field="dialect",
        )
    schema = _catalog(principal, system, default_database, default_schema)
    rendered = render(sql, dialect=dialect or "")
    script = _readings.analyze(
        rendered.sql,
        dialect=dialect,
        schema=schema or _given(tables),
        default_database=default_database,
        default_schema=default_schema,
    )
    script = without_texts(script, rendered)
    return [
        SqlReading(
            statement=_believed(statement, rendered),
            sources=_named(statement.sources_read, schema),
            mentioned=_named(statement.sources_mentioned, schema),
            targets=_named(statement.targets, schema),
        )
        for statement in script.statements
    ]


def report_sql(
    principal: Principal, request: Mapping[str, Any], *, system: str = ""
) -> dict[str, Any]:
    """The same in the form in which tools exchange it (`lineage.sql.report`), for a request that
    `read_sql` accepts."""
    require(principal, Action.SEE)
    names = (request.get("default_db"), request.get("default_schema"))
    return report(request, _catalog(principal, system, *names))


def _catalog(
    principal: Principal, system: str, default_database: str | None, default_schema: str | None
) -> CatalogSchema | None:
    if not system:
        return None
    return CatalogSchema(CatalogTables(principal), _place(system, default_database, default_schema))


def _given(tables: Mapping[str, Any] | None) -> MappingSchema | None:
    try:
        return MappingSchema(tables) if tables else None
    except (TypeError, AttributeError):
        raise InvalidInput(
            "schema maps tables to their columns: {table: [columns] or {column: type}}.",
            field="schema",
        ) from None


def _believed(statement: StatementLineage, rendered: Rendered) -> StatementLineage:
    """A statement of a template is believed less where a part was not understood, or assumed."""
    most = rendered.confidence
    if most == 1.0:
        return statement
    parsed = statement.status is StatementStatus.PARSED
    return replace(
        statement,
        status=StatementStatus.DEGRADED if parsed and rendered.doubts else statement.status,
        reason=statement.reason or (*rendered.doubts, *rendered.assumed)[0],
        confidence=min(statement.confidence, most),
        column_edges=tuple(
            replace(edge, confidence=min(edge.confidence, most)) for edge in statement.column_edges
        ),
    )


def _place(system: str, default_database: str | None, default_schema: str | None) -> Place:
    try:
        name = parse_name(system)
    except NameRefused as error:
        raise InvalidInput(str(error), field="system") from None
    return Place(
        platform=name.platform,
        instance=name.instance,
        default_database=default_database,
        default_schema=default_schema,
    )


def _named(tables: tuple[TableName, ...], schema: CatalogSchema | None) -> tuple[NamedTable, ...]:
    named = []
    for table in tables:
        found = schema.table(table) if schema is not None else None
        named.append(
            NamedTable(table.text, found.id if found else None, found.name if found else None)
        )
    return tuple(named)
