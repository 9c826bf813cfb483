"""Evidence: the statements behind an edge, with the words that name the column, and the run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from catalog.errors import NotFound
from catalog.models import SourceRecord
from catalog.types import Principal
from lineage.models import ColumnEdge, DatasetEdge, Statement
from lineage.selectors.answers import ColumnLink, DrawnEdge, Evidence, EvidenceStatement
from lineage.selectors.columns import links_from
from lineage.selectors.links import node_of
from lineage.selectors.manual import drawn_edges
from lineage.types import StatementStatus

SQL_KINDS = frozenset({Statement.Kind.VIEW, Statement.Kind.MODEL, Statement.Kind.QUERY})


def evidence(
    principal: Principal, source_id: int, target_id: int, *, column_edge_id: int | None = None
) -> Evidence:
    """Why Concord believes that data flows from one dataset to another.

    `column_edge_id` marks the words of that edge in its statement. Raises NotFound when either
    dataset may not be seen, or when nothing says so any more.
    """
    source = node_of(principal, source_id)
    target = node_of(principal, target_id)
    edges = list(
        DatasetEdge.objects.filter(source=source_id, target=target_id)
        .select_related("statement", "statement__connection")
        .order_by("-confidence", "statement__kind", "pk")
    )
    if not edges:
        raise NotFound("No statement says any more that data flows between these datasets.")
    columns: dict[int, list[ColumnLink]] = defaultdict(list)
    spans: dict[int, tuple[int, int] | None] = {}
    rows = (
        ColumnEdge.objects.filter(source=source_id, target=target_id)
        .select_related("source_column", "target_column")
        .order_by("target_column__ordinal", "source_column__ordinal", "pk")
    )
    for row, link in zip(rows, links_from(rows), strict=True):
        columns[row.statement_id].append(link)
        if row.pk == column_edge_id and row.span_start is not None and row.span_end is not None:
            spans[row.statement_id] = (row.span_start, row.span_end)
    edges.sort(key=lambda edge: edge.statement.kind not in SQL_KINDS)  # what can be read first
    records = _records(target_id)
    is_drawn = any(edge.statement.kind == Statement.Kind.MANUAL for edge in edges)
    drawn = [
        edge
        for edge in (drawn_edges(principal, target_id) if is_drawn else ())
        if edge.source.id == source_id and edge.target.id == target_id
    ]
    return Evidence(
        source=source,
        target=target,
        statements=tuple(
            _statement(
                edge,
                tuple(columns[edge.statement_id]),
                spans,
                records,
                drawn if edge.statement.kind == Statement.Kind.MANUAL else (),
            )
            for edge in edges
        ),
    )


def unparsed_statements(principal: Principal, dataset_id: int) -> list[Statement]:
    """The dataset's own statements that were not, or only in part, understood."""
    node_of(principal, dataset_id)
    return list(
        Statement.objects.filter(dataset=dataset_id)
        .exclude(status=StatementStatus.PARSED)
        .order_by("kind", "pk")
    )


def _statement(
    edge: DatasetEdge,
    columns: tuple[ColumnLink, ...],
    spans: dict[int, tuple[int, int] | None],
    records: dict[int, SourceRecord],
    drawn: Sequence[DrawnEdge],
) -> EvidenceStatement:
    statement = edge.statement
    if drawn:
        records = {}  # no source said it
    # A definition belongs to the dataset: the source that spoke last of it is where it is from.
    record = records.get(statement.connection_id or 0) or next(iter(records.values()), None)
    connection = statement.connection or (record.connection if record else None)
    run = record.last_run if record else None
    return EvidenceStatement(
        id=statement.pk,
        kind=statement.kind,
        kind_words=statement.get_kind_display(),
        status=StatementStatus(statement.status),
        reason=statement.reason,
        dialect=statement.dialect,
        sql=statement.sql,
        is_sql=statement.kind in SQL_KINDS,
        is_direct=edge.is_direct,
        confidence=edge.confidence,
        confidence_reason=edge.reason,
        since=edge.since,
        read_at=statement.read_at,
        connection=str(connection) if connection else "",
        run_id=run.pk if run else None,
        run_at=run.started_at if run else None,
        columns=columns,
        span=spans.get(statement.pk),
        drawn=tuple(drawn),
    )


def _records(dataset_id: int) -> dict[int, SourceRecord]:
    """What connections say of the dataset, by connection, the latest run first."""
    rows = (
        SourceRecord.objects.filter(dataset=dataset_id, gone_at__isnull=True)
        .select_related("connection", "last_run")
        .order_by("-last_run_id", "pk")
    )
    return {row.connection_id: row for row in rows}
