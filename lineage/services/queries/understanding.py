"""From what a query says by name to datasets and columns of the catalog."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from catalog.models.copying import as_json
from lineage.models import Query, Statement
from lineage.places import Place
from lineage.queries import Findings
from lineage.selectors.catalog_tables import CatalogSchema, CatalogTable, CatalogTables
from lineage.services.edges import Reading
from lineage.services.understanding import MOST_UNRESOLVED, Resolution, schema_digest
from lineage.types import EdgeSubtype, StatementLineage, StatementStatus, TableKind, TableName

MOST_MISSING = 100  # names that a query waits for
_GROUPING = (EdgeSubtype.GROUP_BY, EdgeSubtype.SORT, EdgeSubtype.WINDOW)


@dataclass(slots=True)
class TableUse:
    """How a query uses a dataset: columns by id, all that it reads and what for."""

    is_read: bool = False
    is_written: bool = False
    columns: set[int] = field(default_factory=set)
    written_columns: set[int] = field(default_factory=set)
    filtered: set[int] = field(default_factory=set)
    joined: set[int] = field(default_factory=set)
    grouped: set[int] = field(default_factory=set)


@dataclass(slots=True)
class QueryReading:
    """A query as it was understood: `joins` as (left, its column, right, its column), `filters`
    as (dataset, column, condition), `edges` one for each dataset that it fills."""

    query: Query
    status: StatementStatus
    statement_type: str
    reason: str
    unresolved: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    tables: dict[int, TableUse] = field(default_factory=dict)
    joins: set[tuple[int, int, int, int]] = field(default_factory=set)
    filters: set[tuple[int, int, str]] = field(default_factory=set)
    edges: list[Reading] = field(default_factory=list)

    @property
    def unresolved_json(self) -> str:
        """The names that nothing was found for, as they are stored."""
        return as_json(self.unresolved)


def understand_query(
    query: Query, findings: Findings, place: Place, tables: CatalogTables
) -> QueryReading:
    """Put datasets and columns in the place of a query's names."""
    return _Understanding(query, findings, CatalogSchema(tables, place), tables).reading()


class _Understanding:
    """One query on its way from names to ids."""

    def __init__(
        self, query: Query, findings: Findings, schema: CatalogSchema, tables: CatalogTables
    ) -> None:
        self._findings = findings
        self._statement = findings.statement
        self._schema = schema
        self._tables = tables
        statement = findings.statement
        self._reading = QueryReading(
            query=query,
            status=statement.status,
            statement_type=statement.statement_type[:40],
            reason=statement.reason or "",
            unresolved=list(statement.unresolved),
        )

    def reading(self) -> QueryReading:
        """The reading, complete."""
        self._take_tables()
        self._take_columns()
        self._take_joins()
        self._take_filters()
        for target in self._statement.targets:
            self._take_edges(target)
        reading = self._reading
        reading.unresolved = list(dict.fromkeys(reading.unresolved))[:MOST_UNRESOLVED]
        reading.missing = sorted(self._schema.in_vain)[:MOST_MISSING]
        return reading

    def _use(self, table: TableName) -> tuple[CatalogTable, TableUse] | None:
        found = self._schema.table(table) if table.kind is TableKind.TABLE else None
        if found is None:
            return None
        return found, self._reading.tables.setdefault(found.id, TableUse())

    def _take_tables(self) -> None:
        for table in self._statement.sources_read:
            if (known := self._use(table)) is not None:
                known[1].is_read = True
            else:
                self._reading.unresolved.append(table.text)
        for table in self._statement.targets:
            if (known := self._use(table)) is not None:
                known[1].is_written = True
            elif table not in self._statement.temporary:
                self._reading.unresolved.append(table.text)

    def _take_columns(self) -> None:
        for edge in self._statement.column_edges:
            self._take_column(edge.source_table, edge.source_column, edge.subtype)
            if edge.target_table is not None:
                self._take_written(edge.target_table, edge.target_column)
        for condition in self._statement.indirect_edges:
            self._take_column(condition.source_table, condition.source_column, condition.subtype)

    def _take_column(self, table: TableName, column: str, subtype: EdgeSubtype) -> None:
        known = self._use(table)
        if known is None:
            return
        use = known[1]
        used = known[0].column_ids(column)  # whoever uses a field uses the column around it
        use.columns.update(used)
        if subtype is EdgeSubtype.FILTER:
            use.filtered.update(used)
        elif subtype is EdgeSubtype.JOIN:
            use.joined.update(used)
        elif subtype in _GROUPING:
            use.grouped.update(used)

    def _take_written(self, table: TableName, column: str) -> None:
        known = self._use(table)
        if known is not None and (column_id := _column(known[0], column)) is not None:
            known[1].written_columns.add(column_id)

    def _take_joins(self) -> None:
        for join in self._findings.joins:
            ends = []
            for name in (join.left, join.right):
                known = self._use(TableName(name.table))
                column_id = _column(known[0], name.column) if known is not None else None
                if known is not None and column_id is not None:
                    known[1].joined.add(column_id)
                    known[1].columns.add(column_id)
                    ends.append((column_id, known[0].id))
            if len(ends) == 2 and ends[0] != ends[1]:
                (left_column, left), (right_column, right) = sorted(ends)
                self._reading.joins.add((left, left_column, right, right_column))

    def _take_filters(self) -> None:
        for each in self._findings.filters:
            known = self._use(TableName(each.column.table))
            column_id = _column(known[0], each.column.column) if known is not None else None
            if known is not None and column_id is not None:
                known[1].filtered.add(column_id)
                known[1].columns.add(column_id)
                self._reading.filters.add((known[0].id, column_id, each.condition))

    def _take_edges(self, target: TableName) -> None:
        own = self._schema.table(target) if target.kind is TableKind.TABLE else None
        if own is None:
            return
        query = self._reading.query
        reading = Reading(
            dataset_id=own.id,
            kind=Statement.Kind.QUERY,
            connection_id=None,
            query_id=query.pk,
            sql=query.text,
            digest=hashlib.sha256(query.text.encode()).hexdigest(),
            status=StatementStatus.PARSED,
            dialect=query.dialect,
        )
        Resolution(reading, self._schema, own).take(_filling(self._statement, target))
        if not reading.datasets:
            return
        reading.unresolved = list(dict.fromkeys(reading.unresolved))[:MOST_UNRESOLVED]
        reading.schema_digest = schema_digest(self._tables, [*reading.datasets, own.id])
        self._reading.edges.append(reading)


def _filling(statement: StatementLineage, target: TableName) -> StatementLineage:
    """What a statement says of one of its targets."""
    return replace(
        statement,
        targets=(target,),
        dataset_edges=tuple(e for e in statement.dataset_edges if e.target == target),
        column_edges=tuple(e for e in statement.column_edges if e.target_table == target),
        indirect_edges=tuple(e for e in statement.indirect_edges if e.target_table == target),
    )


def _column(table: CatalogTable, column: str) -> int | None:
    """A column, a field such as ``payload.user.id``, or the nearest known one around it."""
    return next(iter(table.column_ids(column)), None)
