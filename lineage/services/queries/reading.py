"""Reading query records: what they read and write, what they join and filter by, and the edges
of those that write.

What a query says is kept per record and replaced whole when it is read again; only edges are
written as a difference, because their history is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.utils import timezone

from catalog.access import Action, require
from catalog.models.copying import copy_rows, table_of, update_rows
from catalog.services.transaction import writing
from catalog.types import Principal
from lineage.models import Query, QueryFilter, QueryJoin, QueryTable, Statement
from lineage.places import Place
from lineage.queries import Findings, Question
from lineage.selectors.catalog_tables import CatalogTables
from lineage.services.edges import Reading, write_readings
from lineage.services.queries.crew import QueryCrew, query_crew
from lineage.services.queries.understanding import QueryReading, understand_query
from lineage.services.queries.waiting import take_turns
from lineage.sql.dialects import dialect_of, rules_of
from lineage.sql.token_scan import token_scan
from lineage.types import TableName

BATCH = 256
"""Queries of one transaction; few enough that the workers stay busy meanwhile."""
_LOOKED_AHEAD = 1_024
_REMEMBERED = 8 * _LOOKED_AHEAD
"""Queries after which tables are looked up anew."""


def read_queries(
    query_ids: Iterable[int],
    *,
    acting: Principal,
    crew: QueryCrew | None = None,
    note_progress: Callable[[int], None] | None = None,
) -> int:
    """Read these records again and store what they say; returns how many were read.

    Idempotent. A query that cannot be understood is kept with the reason and harms no other.
    `crew` lends worker processes that run already. `note_progress` hears how many are done.
    """
    require(acting, Action.INGEST)
    ids = list(query_ids)
    if not ids:
        return 0
    if crew is None:
        with query_crew() as own:
            return _read(ids, acting, own, note_progress)
    return _read(ids, acting, crew, note_progress)


def _read(
    ids: Sequence[int],
    acting: Principal,
    crew: QueryCrew,
    note_progress: Callable[[int], None] | None,
) -> int:
    done = 0
    tables = CatalogTables(acting)
    is_stale = False
    for start in range(0, len(ids), _LOOKED_AHEAD):
        # Names and columns change while a long reading goes on.
        if is_stale or start % _REMEMBERED == 0:
            tables, is_stale = CatalogTables(acting), False
        queries = _queries(ids[start : start + _LOOKED_AHEAD], tables)
        named = [query for query, _ in queries]
        found = iter(zip(named, crew.findings(_questions(queries, tables)), strict=True))
        while batch := list(islice(found, BATCH)):
            is_stale |= _write(batch, tables, acting)
            done += len(batch)
            if note_progress is not None:
                note_progress(done)
    return done


def place_of_query(query: Query) -> Place:
    """Where the names of a query are looked for."""
    return Place(
        platform=query.system.platform,
        instance=query.system.instance,
        default_database=query.database or None,
        default_schema=query.schema_name or None,
    )


def _queries(ids: Sequence[int], tables: CatalogTables) -> list[tuple[Query, list[TableName]]]:
    """The records with what their words may name, and those tables at hand."""
    rows = Query.objects.filter(pk__in=ids).select_related("system").order_by("pk")
    found = [(query, _named(query)) for query in rows]
    tables.prefetch(
        name
        for query, named in found
        for table in named
        for name in place_of_query(query).candidates(table)
    )
    return found


def _named(query: Query) -> list[TableName]:
    """The tables that the words of a query may name, completed by its defaults."""
    scanned = token_scan(query.text, rules_of(dialect_of(query.dialect)))
    return [TableName(_completed(parts, query)) for parts in (*scanned.sources, *scanned.targets)]


def _completed(parts: tuple[str, ...], query: Query) -> tuple[str, ...]:
    if len(parts) == 1 and query.schema_name:
        parts = (query.schema_name, *parts)
    if query.database and (len(parts) == 2 or (len(parts) == 1 and not query.schema_name)):
        parts = (query.database, *parts)
    return parts


def _questions(
    queries: Sequence[tuple[Query, list[TableName]]], tables: CatalogTables
) -> Iterator[Question]:
    for query, named in queries:
        place = place_of_query(query)
        schema = {}
        for name in named:
            table, _ = tables.find(place, name)
            if table is not None and table.columns:
                schema[name.text] = [column.name for column in table.columns]
        yield Question(
            sql=query.text,
            dialect=query.dialect,
            database=query.database or None,
            schema_name=query.schema_name or None,
            schema=schema,
        )


def _write(
    batch: Sequence[tuple[Query, Findings]], tables: CatalogTables, acting: Principal
) -> bool:
    """Store what the queries say; whether some have to be read again, because the catalog
    changed since their tables were looked up."""
    readings = [
        understand_query(query, findings, place_of_query(query), tables)
        for query, findings in batch
    ]
    with writing(acting, reason="Lineage read from a query that ran"):
        take_turns()
        stale = _stale(readings, tables)
        with connection.cursor() as cursor:
            known = _read_before(cursor, readings)
            _replace_findings(cursor, known, readings, stale)
        edges = [edge for reading in readings for edge in reading.edges]
        if known:
            _withdraw(known, edges)
        if edges:
            write_readings(edges)
    return bool(stale)


def _stale(readings: Sequence[QueryReading], tables: CatalogTables) -> set[int]:
    """Queries that use a dataset whose columns changed, or miss a name that is there by now."""
    changed = tables.changed(pk for reading in readings for pk in reading.tables)
    appeared = tables.appeared(name for reading in readings for name in reading.missing)
    return {
        reading.query.pk
        for reading in readings
        if not (changed.isdisjoint(reading.tables) and appeared.isdisjoint(reading.missing))
    }


def _read_before(cursor: Any, readings: Sequence[QueryReading]) -> list[int]:
    """Those of the queries of which something may be stored."""
    cursor.execute(
        f"SELECT id FROM {table_of(Query)} WHERE id = ANY(%s) AND status <> ''",  # noqa: S608
        [[reading.query.pk for reading in readings]],
    )
    return [pk for (pk,) in cursor.fetchall()]


def _withdraw(known: Sequence[int], edges: Sequence[Reading]) -> None:
    """Take away the statements of queries that no longer fill what they filled."""
    standing = {(edge.query_id, edge.dataset_id) for edge in edges}
    rows = Statement.objects.filter(query__in=known).values_list("pk", "query_id", "dataset_id")
    gone = [pk for pk, *filled in rows if tuple(filled) not in standing]
    if gone:
        Statement.objects.filter(pk__in=gone).delete()


def _replace_findings(
    cursor: Any, known: list[int], readings: Sequence[QueryReading], stale: set[int]
) -> None:
    for model in (QueryTable, QueryJoin, QueryFilter) if known else ():
        cursor.execute(
            f"DELETE FROM {table_of(model)} WHERE query_id = ANY(%s)",  # noqa: S608 - our own name
            [known],
        )
    now = timezone.now()
    copy_rows(
        cursor,
        table_of(QueryTable),
        (
            "query_id", "dataset_id", "is_read", "is_written", "columns", "written_columns",
            "filtered", "joined", "grouped",
        ),
        (
            (
                reading.query.pk, dataset_id, use.is_read, use.is_written, sorted(use.columns),
                sorted(use.written_columns), sorted(use.filtered), sorted(use.joined),
                sorted(use.grouped),
            )
            for reading in readings
            for dataset_id, use in sorted(reading.tables.items())
        ),
    )  # fmt: skip
    copy_rows(
        cursor,
        table_of(QueryJoin),
        ("query_id", "left_id", "left_column_id", "right_id", "right_column_id"),
        ((reading.query.pk, *join) for reading in readings for join in sorted(reading.joins)),
    )
    copy_rows(
        cursor,
        table_of(QueryFilter),
        ("query_id", "dataset_id", "column_id", "condition"),
        ((reading.query.pk, *each) for reading in readings for each in sorted(reading.filters)),
    )
    update_rows(
        cursor,
        Query,
        ("id", "statement_type", "status", "reason", "unresolved", "missing", "read_at"),
        [
            (
                reading.query.pk, reading.statement_type, reading.status.value, reading.reason,
                reading.unresolved_json, reading.missing,
                None if reading.query.pk in stale else now,
            )
            for reading in readings
        ],
    )  # fmt: skip
