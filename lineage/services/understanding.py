"""From an analyzed definition to the edges that should stand: names become datasets, columns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import structlog

from catalog.models import Dataset
from catalog.names import lookup_key
from lineage.models import Statement
from lineage.places import Place
from lineage.selectors.catalog_tables import CatalogSchema, CatalogTable, CatalogTables
from lineage.services.edges import ColumnFlow, ColumnKey, Flow, Reading
from lineage.sql import Readings, render
from lineage.sql.templates.arguments import without_texts
from lineage.sql.templates.rendering import Rendered
from lineage.types import (
    ColumnEdge,
    EdgeKind,
    IndirectDatasetEdge,
    StatementLineage,
    StatementStatus,
    TableName,
)

log = structlog.get_logger(__name__)

_readings = Readings()
MOST_UNRESOLVED = 100  # names kept on a statement for the page that shows them


def definition_digest(sql: str, platform: str, place: Place) -> str:
    """Equal for equal texts that are read the same way."""
    said = [sql, platform, place.default_database, place.default_schema, place.parts]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def schema_digest(tables: CatalogTables, ids: Iterable[int]) -> str:
    """Fingerprint of the columns of some datasets, as they are now."""
    digest = hashlib.sha256()
    for dataset_id in sorted(set(ids)):
        table = tables.by_id(dataset_id)
        spelled = table.spelled if table else json.dumps([dataset_id, None])
        digest.update(spelled.encode())
    return digest.hexdigest()


def understand(
    dataset: Dataset,
    *,
    sql: str,
    platform: str,
    kind: Statement.Kind,
    place: Place,
    digest: str,
    tables: CatalogTables,
) -> Reading:
    """Analyze the definition of a dataset; a text that cannot be understood is kept, with why."""
    schema = CatalogSchema(tables, place)
    tables.prefetch_ids([dataset.pk])
    own = tables.by_id(dataset.pk) or CatalogTable(dataset.pk, dataset.qualified_name)
    reading = Reading(
        dataset_id=dataset.pk,
        kind=kind,
        connection_id=None,
        sql=sql,
        digest=digest,
        status=StatementStatus.PARSED,
        dialect=platform,
    )
    rendered = _without_template(sql, place)
    statements = _analyzed(rendered, platform, place, schema, own, kind)
    fills = filling(statements, place)
    resolution = Resolution(reading, schema, own, fills, from_template=rendered.sql != sql)
    for statement in statements:
        # A statement fills the dataset itself by name, or by naming none.
        if not statement.targets or any(map(fills, statement.targets)):
            resolution.take(statement)
    resolution.believe(rendered)
    reading.unresolved = list(dict.fromkeys(reading.unresolved))[:MOST_UNRESOLVED]
    reading.missing = sorted(schema.in_vain)
    reading.schema_digest = schema_digest(tables, [*reading.datasets, own.id])
    return reading


def _without_template(sql: str, place: Place) -> Rendered:
    """The SQL that a template writes. A model that it refers to stands where this one does, as
    far as anybody here knows; SQL that dbt compiled is always the better text."""
    return render(sql, dialect=place.platform, this=".".join(place.parts) or None)


def _analyzed(
    rendered: Rendered,
    platform: str,
    place: Place,
    schema: CatalogSchema,
    own: CatalogTable,
    kind: Statement.Kind,
) -> Sequence[StatementLineage]:
    # A view's columns stand in the order of its query. A model's may be listed in any order.
    names = [column.name for column in own.columns] if kind is Statement.Kind.VIEW else []
    sql = rendered.sql
    try:
        script = _readings.analyze(
            sql,
            dialect=platform,
            schema=schema,
            default_database=place.default_database,
            default_schema=place.default_schema,
            target=place.target,
            target_columns=names or None,
        )
    except Exception as error:
        log.exception("definition_not_read", dataset=own.name)
        return [_failed(sql, f"Reading this statement failed ({type(error).__name__}).")]
    if not script.statements:
        return [_failed(sql, "The definition holds no statement.")]
    return without_texts(script, rendered).statements


def _failed(sql: str, reason: str) -> StatementLineage:
    return StatementLineage(
        statement_type="",
        sql=sql,
        targets=(),
        sources_read=(),
        sources_mentioned=(),
        output_columns=(),
        column_edges=(),
        indirect_edges=(),
        unresolved=(),
        status=StatementStatus.UNPARSED,
        reason=reason,
        confidence=0.0,
    )


Fills = Callable[[TableName | None], bool]
"""Whether rows that go into a table go into the dataset that is defined."""


def filling(statements: Sequence[StatementLineage], place: Place) -> Fills:
    """Which targets of a script are the dataset at a place: those whose whole names it may have,
    for layers often call a table by one name. Where there is none, as the catalog may have it as
    files, those of its own name."""
    targets = {target for statement in statements for target in statement.targets}
    same = {target for target in targets if _ends_alike(target.parts, place.parts)}
    if not same:
        same = {target for target in targets if _ends_alike(target.parts[-1:], place.parts)}
    return lambda target: target is None or target in same or not place.parts


def _ends_alike(parts: Sequence[str], others: Sequence[str]) -> bool:
    """Whether the shorter of two names is the end of the longer one."""
    pairs = zip(reversed(parts), reversed(others), strict=False)
    return all(lookup_key(one) == lookup_key(other) for one, other in pairs)


_WORSE = (StatementStatus.PARSED, StatementStatus.DEGRADED, StatementStatus.UNPARSED)


class Resolution:
    """Puts datasets and columns in the place of names, one statement after another."""

    def __init__(
        self,
        reading: Reading,
        schema: CatalogSchema,
        own: CatalogTable,
        fills: Fills = lambda target: True,
        *,
        from_template: bool = False,
    ) -> None:
        self._reading = reading
        self._schema = schema
        self._own = own
        self._fills = fills
        self._from_template = from_template

    def believe(self, rendered: Rendered) -> None:
        """Edges are believed less where a part of the template was not understood, or assumed."""
        reading, most = self._reading, rendered.confidence
        if most == 1.0:
            return
        if reading.status is StatementStatus.PARSED:
            reading.reason = (*rendered.doubts, *rendered.assumed)[0]
            if rendered.doubts:
                reading.status = StatementStatus.DEGRADED
        for source, flow in reading.datasets.items():
            reading.datasets[source] = replace(flow, confidence=min(flow.confidence, most))
        for key, column in reading.columns.items():
            reading.columns[key] = replace(column, confidence=min(column.confidence, most))

    def take(self, statement: StatementLineage) -> None:
        """Add a statement's edges to the reading; the worst status of all is the reading's."""
        reading = self._reading
        if _WORSE.index(statement.status) > _WORSE.index(reading.status):
            reading.status = statement.status
            reading.reason = statement.reason or ""
        reading.unresolved.extend(statement.unresolved)
        self._take_datasets(statement)
        start = max(reading.sql.find(statement.sql), 0)
        for edge in statement.column_edges:
            if self._fills(edge.target_table):
                self._take_column(edge, start)
        for condition in statement.indirect_edges:
            if self._fills(condition.target_table):
                self._take_condition(condition)

    def _take_datasets(self, statement: StatementLineage) -> None:
        direct = {e.source_table for e in statement.column_edges if e.kind is EdgeKind.DIRECT}
        for edge in statement.dataset_edges:
            if not self._fills(edge.target):
                continue
            source = self._schema.table(edge.source)
            if source is None:
                self._reading.unresolved.append(edge.source.text)
                continue
            # Only where the columns are known does the absence of a value edge mean anything.
            understood = statement.status is StatementStatus.PARSED and bool(source.columns)
            flow = Flow(
                edge.source in direct or not understood, round(edge.confidence, 4), edge.reason
            )
            before = self._reading.datasets.get(source.id)
            if before is None or _strength(flow) > _strength(before):
                self._reading.datasets[source.id] = flow

    def _take_column(self, edge: ColumnEdge, start: int) -> None:
        if self._is_told_by_others(edge):
            return
        targets = self._own.column_ids(edge.target_column)
        found = self._columns(edge.source_table, edge.source_column)
        if not targets and self._own.columns:
            self._reading.unresolved.append(edge.target_column)
        if not targets or found is None:
            return
        placed = edge.span is not None and not self._from_template
        span = (edge.span[0] + start, edge.span[1] + start) if placed and edge.span else None
        source_id, sources = found
        flow = ColumnFlow(
            source_id=source_id,
            confidence=round(edge.confidence, 4),
            reason=edge.reason,
            masking=edge.masking,
            transformation=edge.transformation,
            span=span,
            preparations=edge.preparations,
        )
        for source, target, is_rollup in with_rollups(sources, targets):
            self._keep(
                (source, target, edge.kind, edge.subtype), replace(flow, is_rollup=is_rollup)
            )

    def _is_told_by_others(self, edge: ColumnEdge) -> bool:
        """Whether an edge at a struct is told by those at its fields, or the other way round where
        the catalog does not know these."""
        if edge.is_rollup:
            return bool(self._own.fields_of(edge.target_column))
        if not edge.is_field or self._own.column_id(edge.target_column) is not None:
            return False
        return not self._own.fields_of(edge.target_column.rpartition(".")[0])

    def _take_condition(self, edge: IndirectDatasetEdge) -> None:
        found = self._columns(edge.source_table, edge.source_column)
        if found is not None:
            source_id, sources = found
            flow = ColumnFlow(
                source_id,
                round(edge.confidence, 4),
                edge.reason,
                preparations=edge.preparations,
            )
            for place, source in enumerate(sources):
                key = (source, None, EdgeKind.INDIRECT, edge.subtype)
                self._keep(key, replace(flow, is_rollup=place > 0))

    def _columns(self, table: TableName, column: str) -> tuple[int, list[int]] | None:
        """The dataset, and the column or field with the columns around it."""
        source = self._schema.table(table)
        if source is None:
            return None
        found = source.column_ids(column)
        if not found:
            if source.columns:
                self._reading.unresolved.append(f"{table.text}.{column}")
            return None
        return source.id, found

    def _keep(self, key: ColumnKey, flow: ColumnFlow) -> None:
        before = self._reading.columns.get(key)
        if before is not None:
            surest = flow if flow.confidence > before.confidence else before
            # Where one of two ways shows the plain value, the value is not masked.
            flow = replace(
                surest,
                masking=flow.masking and before.masking,
                preparations=tuple(p for p in before.preparations if p in flow.preparations),
                is_rollup=flow.is_rollup and before.is_rollup,
            )
        self._reading.columns[key] = flow


def with_rollups(sources: Sequence[int], targets: Sequence[int]) -> list[tuple[int, int, bool]]:
    """The edge between the innermost of each, and, marked as such, those between what they are
    inside of: a change of a column is a change of its fields."""
    return [
        (source, target, bool(from_ or to))
        for from_, source in enumerate(sources)
        for to, target in enumerate(targets)
    ]


def _strength(flow: Flow) -> tuple[bool, float]:
    return flow.is_direct, flow.confidence
