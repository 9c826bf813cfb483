"""Evidence: the statements behind an edge, with the words that name the column, and the run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from catalog.errors import NotFound
from catalog.models import SourceRecord
from catalog.types import Principal
from lineage.models import ColumnEdge, DatasetEdge, Query, Statement
from lineage.selectors.answers import (
    CarryingJob,
    ColumnLink,
    DrawnEdge,
    Evidence,
    EvidenceStatement,
    QueryRuns,
    Runner,
)
from lineage.selectors.columns import links_from
from lineage.selectors.definitions import readable_statements, shown_expression
from lineage.selectors.jobs import jobs_of
from lineage.selectors.links import node_of
from lineage.selectors.manual import drawn_edges
from lineage.selectors.queries import runners_of, visible_queries
from lineage.types import JobUse, StatementStatus

SQL_KINDS = frozenset({Statement.Kind.VIEW, Statement.Kind.MODEL, Statement.Kind.QUERY})
MOST_QUERIES = 20
"""Queries behind one flow that are told of, those that ran most often."""
MOST_JOBS = 10


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
        .exclude(statement__kind=Statement.Kind.QUERY)
        .select_related("statement", "statement__connection")
        .order_by("-confidence", "statement__kind", "pk")
    )
    queries = {query.pk: query for query in _queries(principal, source_id, target_id)}
    ran = DatasetEdge.objects.filter(
        source=source_id, target=target_id, statement__query__in=queries
    ).select_related("statement", "statement__connection")
    edges += sorted(ran, key=lambda edge: list(queries).index(edge.statement.query_id or 0))
    if not edges:
        raise NotFound("No statement says any more that data flows between these datasets.")
    columns: dict[int, list[ColumnLink]] = defaultdict(list)
    spans: dict[int, tuple[int, int] | None] = {}
    rows = (
        ColumnEdge.objects.filter(
            source=source_id, target=target_id, statement__in=[edge.statement_id for edge in edges]
        )
        .annotate(expression=shown_expression(principal))
        .select_related("source_column", "target_column")
        .order_by("target_column__ordinal", "source_column__ordinal", "pk")
    )
    for row, link in zip(rows, links_from(rows), strict=True):
        columns[row.statement_id].append(link)
        if row.pk == column_edge_id and row.span_start is not None and row.span_end is not None:
            spans[row.statement_id] = (row.span_start, row.span_end)
    readable = readable_statements(principal).filter(pk__in={edge.statement_id for edge in edges})
    seen = set(readable.values_list("pk", flat=True))
    edges.sort(key=lambda edge: edge.statement.kind not in SQL_KINDS)  # what can be read first
    records = _records(target_id)
    runners = runners_of(queries)
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
                _ran(queries, runners, edge.statement.query_id),
                # Of queries only those are here that may be seen as a whole.
                edge.statement_id in seen or edge.statement.query_id is not None,
            )
            for edge in edges
        ),
        jobs=tuple(_jobs(principal, source_id, target_id)),
    )


def unparsed_statements(principal: Principal, dataset_id: int) -> list[Statement]:
    """The dataset's own statements that were not, or only in part, understood, as far as their
    texts may be read."""
    node_of(principal, dataset_id)
    return list(
        readable_statements(principal)
        .filter(dataset=dataset_id)
        .exclude(status=StatementStatus.PARSED)
        .exclude(kind=Statement.Kind.QUERY)
        .order_by("kind", "pk")
    )


def _statement(
    edge: DatasetEdge,
    columns: tuple[ColumnLink, ...],
    spans: dict[int, tuple[int, int] | None],
    records: dict[int, SourceRecord],
    drawn: Sequence[DrawnEdge],
    ran: QueryRuns | None,
    may_see_text: bool,
) -> EvidenceStatement:
    statement = edge.statement
    if drawn or ran is not None:
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
        reason=statement.reason if may_see_text else "",
        dialect=statement.dialect,
        sql=statement.sql if may_see_text else "",
        may_see_text=may_see_text,
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
        span=spans.get(statement.pk) if may_see_text else None,
        drawn=tuple(drawn),
        query=ran,
    )


def _jobs(principal: Principal, source_id: int, target_id: int) -> Iterator[CarryingJob]:
    reading = jobs_of(principal, source_id, JobUse.READS)
    carrying = reading & jobs_of(principal, target_id, JobUse.WRITES)
    for job in carrying[:MOST_JOBS]:
        yield CarryingJob(
            job.pk, job.name, job.namespace, job.last_run, job.heard_at, job.last_state
        )


def _queries(principal: Principal, source_id: int, target_id: int) -> list[Query]:
    """The queries that the principal may see of those behind a flow, the most frequent first."""
    behind = Statement.objects.filter(
        dataset=target_id, kind=Statement.Kind.QUERY, dataset_edges__source=source_id
    )
    rows = visible_queries(principal).filter(pk__in=behind.values("query_id"))
    return list(rows.select_related("connection").order_by("-runs", "pk")[:MOST_QUERIES])


def _ran(
    queries: Mapping[int, Query], runners: Mapping[int, tuple[Runner, ...]], query_id: int | None
) -> QueryRuns | None:
    query = queries.get(query_id or 0)
    if query is None:
        return None
    return QueryRuns(
        id=query.pk,
        runs=query.runs,
        errors=query.errors,
        first_run_at=query.first_run_at,
        last_run_at=query.last_run_at,
        runners=runners[query.pk],
    )


def _records(dataset_id: int) -> dict[int, SourceRecord]:
    """What connections say of the dataset, by connection, the latest run first."""
    rows = (
        SourceRecord.objects.filter(dataset=dataset_id, gone_at__isnull=True)
        .select_related("connection", "last_run")
        .order_by("-last_run_id", "pk")
    )
    return {row.connection_id: row for row in rows}
