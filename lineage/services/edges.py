"""Writing edges as a difference: what did not change is not touched, so history tells the truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from django.db import connection
from django.db.models import Field, JSONField, Model, Q
from django.utils import timezone

from catalog.models.copying import as_json, copy_rows, new_ids, table_of
from lineage.models import ColumnEdge, DatasetEdge, Statement
from lineage.types import (
    ConfidenceReason,
    EdgeKind,
    EdgeSubtype,
    Preparation,
    StatementStatus,
)

ColumnKey: TypeAlias = tuple[int, int | None, EdgeKind, EdgeSubtype]
"""Source column, target column (None for the whole dataset), how."""

ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True, slots=True)
class Flow:
    """What a dataset edge says beside its ends."""

    is_direct: bool
    confidence: float
    reason: ConfidenceReason


@dataclass(frozen=True, slots=True)
class ColumnFlow:
    """What a column edge says beside its ends."""

    source_id: int
    confidence: float
    reason: ConfidenceReason
    masking: bool = False
    transformation: str = ""
    span: tuple[int, int] | None = None
    preparations: tuple[Preparation, ...] = ()
    is_rollup: bool = False


@dataclass(slots=True)
class Reading:
    """One statement as it was understood, with the edges that should stand."""

    dataset_id: int
    kind: Statement.Kind
    connection_id: int | None
    sql: str
    digest: str
    status: StatementStatus
    query_id: int | None = None
    dialect: str = ""
    schema_digest: str = ""
    reason: str = ""
    unresolved: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    datasets: dict[int, Flow] = field(default_factory=dict)
    columns: dict[ColumnKey, ColumnFlow] = field(default_factory=dict)


@dataclass(slots=True)
class Written:
    """How many edges a write added, changed and took away."""

    added: int = 0
    changed: int = 0
    removed: int = 0


_STATEMENT_FIELDS = (
    "sql",
    "digest",
    "status",
    "dialect",
    "schema_digest",
    "reason",
    "unresolved",
    "missing",
)
_COLUMN_FIELDS = (
    "source_id",
    "confidence",
    "reason",
    "masking",
    "transformation",
    "preparations",
    "is_rollup",
    "span_start",
    "span_end",
)


def write_readings(readings: Sequence[Reading]) -> Written:
    """Make the stored statements and edges equal to `readings`; runs inside `writing`."""
    statements = _write_statements(readings)
    written = Written()
    _write_dataset_edges(readings, statements, written)
    _write_column_edges(readings, statements, written)
    return written


def _write_statements(readings: Sequence[Reading]) -> list[Statement]:
    """The stored statement of each reading, in the same order."""
    # A dataset that thousands of queries fill has as many statements: only those asked for.
    standing = Q(
        dataset__in={r.dataset_id for r in readings if r.query_id is None}, query__isnull=True
    ) | Q(query__in={r.query_id for r in readings if r.query_id is not None})
    known = {
        (row.dataset_id, row.kind, row.connection_id, row.query_id): row
        for row in Statement.objects.select_for_update().filter(standing)
    }
    now = timezone.now()
    new: list[Statement] = []
    changed: list[Statement] = []
    rows: list[Statement] = []
    for reading in readings:
        key = (reading.dataset_id, reading.kind, reading.connection_id, reading.query_id)
        row = known.get(key)
        values = {name: getattr(reading, name) for name in _STATEMENT_FIELDS}
        if row is None:
            row = Statement(
                dataset_id=reading.dataset_id,
                kind=reading.kind,
                connection_id=reading.connection_id,
                query_id=reading.query_id,
                read_at=now,
                **values,
            )
            new.append(row)
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.read_at = now
            changed.append(row)
        rows.append(row)
    _insert(Statement, new)
    Statement.objects.bulk_update(changed, [*_STATEMENT_FIELDS, "read_at"], batch_size=500)
    return rows


def _write_dataset_edges(
    readings: Sequence[Reading], statements: Sequence[Statement], written: Written
) -> None:
    stored = {
        (row.statement_id, row.source_id): row
        for row in DatasetEdge.objects.filter(statement__in=_ids(statements)).order_by()
    }
    new: list[DatasetEdge] = []
    changed: list[DatasetEdge] = []
    for reading, statement in zip(readings, statements, strict=True):
        for source_id, flow in reading.datasets.items():
            row = stored.pop((statement.pk, source_id), None)
            if row is None:
                row = DatasetEdge(
                    source_id=source_id, target_id=reading.dataset_id, statement=statement
                )
                new.append(row)
            elif (row.is_direct, row.confidence, row.reason) != (
                flow.is_direct,
                flow.confidence,
                flow.reason,
            ):
                changed.append(row)
            row.is_direct = flow.is_direct
            row.confidence = flow.confidence
            row.reason = flow.reason
    _insert(DatasetEdge, new)
    DatasetEdge.objects.bulk_update(changed, ["is_direct", "confidence", "reason"], batch_size=1000)
    DatasetEdge.objects.filter(pk__in=[row.pk for row in stored.values()]).delete()
    _count(written, new, changed, stored.values())


def _write_column_edges(
    readings: Sequence[Reading], statements: Sequence[Statement], written: Written
) -> None:
    stored = {
        (row.statement_id, row.source_column_id, row.target_column_id, row.kind, row.subtype): row
        for row in ColumnEdge.objects.filter(statement__in=_ids(statements)).order_by()
    }
    new: list[ColumnEdge] = []
    changed: list[ColumnEdge] = []
    for reading, statement in zip(readings, statements, strict=True):
        for (source, target, kind, subtype), flow in reading.columns.items():
            row = stored.pop((statement.pk, source, target, kind, subtype), None)
            values = _column_values(flow)
            if row is None:
                new.append(
                    ColumnEdge(
                        source_column_id=source,
                        target_id=reading.dataset_id,
                        target_column_id=target,
                        kind=kind,
                        subtype=subtype,
                        statement=statement,
                        **values,
                    )
                )
            elif any(getattr(row, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(row, name, value)
                changed.append(row)
    _insert(ColumnEdge, new)
    ColumnEdge.objects.bulk_update(changed, _COLUMN_FIELDS, batch_size=1000)
    ColumnEdge.objects.filter(pk__in=[row.pk for row in stored.values()]).delete()
    _count(written, new, changed, stored.values())


def _column_values(flow: ColumnFlow) -> dict[str, int | float | bool | str | list[str] | None]:
    start, end = flow.span if flow.span is not None else (None, None)
    return {
        "source_id": flow.source_id,
        "confidence": flow.confidence,
        "reason": flow.reason,
        "masking": flow.masking,
        "transformation": flow.transformation,
        "preparations": [str(step) for step in flow.preparations],
        "is_rollup": flow.is_rollup,
        "span_start": start,
        "span_end": end,
    }


def _insert(model: type[ModelT], rows: Sequence[ModelT]) -> None:
    """New rows by COPY, with their ids; a log of queries brings a thousand edges a second."""
    if not rows:
        return
    fields = model._meta.concrete_fields
    now = timezone.now()
    with connection.cursor() as cursor:
        for row, key in zip(rows, new_ids(cursor, model, len(rows)), strict=True):
            row.pk = key
        copy_rows(
            cursor,
            table_of(model),
            [str(field.column) for field in fields],
            ([_stored(field, row, now) for field in fields] for row in rows),
        )
    for row in rows:
        row._state.adding = False


def _stored(field: Field[Any, Any], row: Model, now: dt.datetime) -> object:
    if getattr(field, "auto_now_add", False):
        return now
    value = getattr(row, field.attname)
    return as_json(value) if isinstance(field, JSONField) else value


def _ids(statements: Iterable[Statement]) -> list[int]:
    return [statement.pk for statement in statements]


def _count(
    written: Written,
    added: Sequence[object],
    changed: Sequence[object],
    removed: Iterable[object],
) -> None:
    written.added += len(added)
    written.changed += len(changed)
    written.removed += sum(1 for _ in removed)
