"""Lineage that a source states itself: dbt's dependencies, run events, contracts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from catalog.models import IngestionRun
from catalog.names import lookup_key
from catalog.registries.connectors import connectors
from catalog.services.transaction import writing
from catalog.types import DatasetRecord, Principal
from lineage.models import Statement
from lineage.selectors.catalog_tables import CatalogTable, CatalogTables
from lineage.services.edges import ColumnFlow, Flow, Reading, write_readings
from lineage.services.understanding import MOST_UNRESOLVED, schema_digest, with_rollups
from lineage.types import (
    ConfidenceReason,
    EdgeKind,
    EdgeSubtype,
    Preparation,
    StatementStatus,
)

DECLARED_KINDS = (Statement.Kind.DECLARED, Statement.Kind.OPENLINEAGE)
CONFIDENCE = 1.0
STATEMENTS_PER_BATCH = 1_000
_DIRECT = (EdgeSubtype.IDENTITY, EdgeSubtype.TRANSFORMATION, EdgeSubtype.AGGREGATION)


def store_declared(
    run: IngestionRun, stored: Sequence[tuple[int, DatasetRecord]], acting: Principal
) -> None:
    """Keep what the records of a run state of their lineage, as far as names are known.

    A record that states nothing keeps what stood, unless its connector lists everything there
    is: then nothing stated means that there is none any more.
    """
    kind = _kind(run.connection.connector)
    said = {pk: _document(record) for pk, record in stored if record.upstream or record.lineage}
    if _lists_everything(run.connection.connector):
        silent = [pk for pk, _ in stored if pk not in said]
        Statement.objects.filter(
            dataset__in=silent, kind=kind, connection=run.connection_id
        ).delete()
    _write({(pk, kind, run.connection_id): document for pk, document in said.items()}, acting)


def withdraw_declared(dataset_ids: Iterable[int], *, connection_id: int) -> None:
    """Take back what a connection stated of datasets of which it states nothing any more."""
    Statement.objects.filter(
        dataset__in=list(dataset_ids), kind__in=DECLARED_KINDS, connection=connection_id
    ).delete()


def resolve_run(run: IngestionRun, acting: Principal) -> None:
    """Look again for the names that a run's earlier chunks could not know yet."""
    waiting = Statement.objects.filter(connection=run.connection_id).exclude(missing=[])
    resolve_declared(waiting.values_list("pk", flat=True), acting=acting)


def resolve_declared(statement_ids: Iterable[int], *, acting: Principal) -> None:
    """Resolve the names of declared statements anew; edges that stay are not touched."""
    rows = Statement.objects.filter(pk__in=list(statement_ids), kind__in=DECLARED_KINDS)
    documents = {
        (row.dataset_id, Statement.Kind(row.kind), row.connection_id): json.loads(row.sql)
        for row in rows
    }
    keys = list(documents)
    with writing(acting, reason="Declared lineage resolved"):
        for start in range(0, len(keys), STATEMENTS_PER_BATCH):
            batch = keys[start : start + STATEMENTS_PER_BATCH]
            _write({key: documents[key] for key in batch}, acting)


def _kind(connector: str) -> Statement.Kind:
    return Statement.Kind.OPENLINEAGE if connector == "openlineage" else Statement.Kind.DECLARED


def _lists_everything(connector: str) -> bool:
    return connector in connectors and connectors.get(connector).is_complete


def _document(record: DatasetRecord) -> dict[str, Any]:
    """What is kept of a record, in a stable order: the evidence, and what is resolved again."""
    return {
        "upstream": sorted(set(record.upstream)),
        "columns": [
            {
                "source": edge.source,
                "source_column": edge.source_column,
                "target_column": edge.target_column,
                "kind": edge.kind,
                "subtype": edge.subtype,
                "transformation": edge.transformation,
                "masking": edge.masking,
            }
            for edge in sorted(
                set(record.lineage),
                key=lambda e: (e.target_column, e.source, e.source_column, e.kind, e.subtype),
            )
        ],
    }


def _write(
    documents: dict[tuple[int, Statement.Kind, int | None], dict[str, Any]], acting: Principal
) -> None:
    tables = CatalogTables(acting)
    tables.prefetch_ids(dataset_id for dataset_id, _, _ in documents)
    tables.prefetch(name for document in documents.values() for name in _names(document))
    readings = []
    for (dataset_id, kind, connection_id), document in documents.items():
        own = tables.by_id(dataset_id)
        if own is not None:
            readings.append(_reading(own, kind, connection_id, document, tables))
    write_readings(readings)


def _names(document: dict[str, Any]) -> list[str]:
    return [*document["upstream"], *(edge["source"] for edge in document["columns"])]


def _reading(
    own: CatalogTable,
    kind: Statement.Kind,
    connection_id: int | None,
    document: dict[str, Any],
    tables: CatalogTables,
) -> Reading:
    text = msgspec.json.format(msgspec.json.encode(document), indent=1).decode()
    reading = Reading(
        dataset_id=own.id,
        kind=kind,
        connection_id=connection_id,
        sql=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        status=StatementStatus.PARSED,
    )
    missing: dict[str, None] = {}
    for name in document["upstream"]:
        source = tables.named(name)
        if source is None:
            missing[name] = None
        else:
            reading.datasets[source.id] = _flow(is_direct=True)
    valued = {edge["source"] for edge in document["columns"] if _how(edge)[0] is EdgeKind.DIRECT}
    for edge in document["columns"]:
        source = tables.named(edge["source"])
        if source is None:
            missing[edge["source"]] = None
            continue
        reading.datasets[source.id] = _flow(is_direct=edge["source"] in valued)
        _take_column(reading, edge, source, own)
    reading.missing = sorted({lookup_key(name) for name in missing})
    reading.unresolved = list(dict.fromkeys([*missing, *reading.unresolved]))[:MOST_UNRESOLVED]
    reading.schema_digest = schema_digest(tables, [*reading.datasets, own.id])
    return reading


def _flow(*, is_direct: bool) -> Flow:
    return Flow(is_direct, CONFIDENCE, ConfidenceReason.DECLARED)


def _take_column(
    reading: Reading, edge: dict[str, Any], source: CatalogTable, own: CatalogTable
) -> None:
    sources = source.column_ids(edge["source_column"])
    targets = own.column_ids(edge["target_column"])
    if not sources:
        reading.unresolved.append(f"{source.name}#{edge['source_column']}")
        return
    if not targets and edge["target_column"]:
        reading.unresolved.append(edge["target_column"])
        return
    kind, subtype = _how(edge)
    flow = ColumnFlow(
        source_id=source.id,
        confidence=CONFIDENCE,
        reason=ConfidenceReason.DECLARED,
        masking=edge["masking"],
        transformation=edge["transformation"],
        preparations=(Preparation.ANONYMIZE,) if edge["masking"] else (),
    )
    pairs: list[tuple[int, int | None, bool]] = [*with_rollups(sources, targets)]
    if not edge["target_column"]:
        pairs = [(source_column, None, place > 0) for place, source_column in enumerate(sources)]
    for source_column, target, is_rollup in pairs:
        key = (source_column, target, kind, subtype)
        known = reading.columns.get(key)
        if known is None or known.is_rollup:
            reading.columns[key] = replace(flow, is_rollup=is_rollup)


def _how(edge: dict[str, Any]) -> tuple[EdgeKind, EdgeSubtype]:
    """The stated kind and subtype; a word that the facet does not know counts as the widest one."""
    kind = str(edge["kind"]).upper()
    word = str(edge["subtype"]).upper()
    known = EdgeSubtype(word) if word in EdgeSubtype.__members__ else None
    if known is not None and kind not in EdgeKind.__members__:
        kind = EdgeKind.DIRECT if known in _DIRECT else EdgeKind.INDIRECT
    if kind == EdgeKind.INDIRECT:
        is_condition = known is not None and known not in _DIRECT
        return EdgeKind.INDIRECT, known if is_condition and known else EdgeSubtype.CONDITIONAL
    return EdgeKind.DIRECT, known if known in _DIRECT and known else EdgeSubtype.TRANSFORMATION
