"""From what was resolved to the records that callers get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from lineage.sql.commands.words import UNKNOWN
from lineage.sql.resolving.inputs import Inputs, StructInputs
from lineage.sql.resolving.resolve import Resolver
from lineage.sql.resolving.structs import named_fields
from lineage.sql.resolving.transformations import Transformations
from lineage.sql.session import NOWHERE, Session
from lineage.sql.statements.dispatch import Given
from lineage.sql.statements.writes import Write
from lineage.sql.summary import keeps_rows
from lineage.sql.token_scan import TOKEN_SCAN_CONFIDENCE, Scanned
from lineage.types import (
    AmbiguousColumn,
    ColumnEdge,
    ConfidenceReason,
    DatasetEdge,
    IndirectDatasetEdge,
    StatementLineage,
    StatementStatus,
    TableName,
)

T = TypeVar("T")

DEGRADED_CONFIDENCE = 0.5


def resolved(sql: str, kind: str, resolver: Resolver, writes: Sequence[Write]) -> StatementLineage:
    """A statement that was followed to its columns."""
    edges: list[ColumnEdge] = []
    indirect: list[IndirectDatasetEdge] = []
    read: set[TableName] = set()
    texts = Transformations(resolver.rules)
    for write in writes:
        read |= write.sources
        for name, inputs in write.columns:
            _add_column_edges(edges, write.target, name, inputs, texts)
        _add_indirect_edges(indirect, write)
    unknown = (name for write in writes for name in write.unknown)
    unresolved = tuple(dict.fromkeys((*resolver.unresolved, *unknown)))
    shown = next((write for write in writes if write.target is None), *writes[:1] or (None,))
    targets = dict.fromkeys(write.target for write in writes if write.target is not None)
    session = resolver.session
    mentioned = [t for t in resolver.mentioned if t in read or t not in targets]
    return StatementLineage(
        statement_type=kind,
        sql=sql,
        targets=tuple(targets),
        sources_read=tuple(table for table in resolver.mentioned if table in read),
        sources_mentioned=tuple(mentioned),
        output_columns=tuple(name for name, _ in shown.columns) if shown is not None else (),
        column_edges=tuple(edges),
        indirect_edges=tuple(indirect),
        unresolved=unresolved,
        status=StatementStatus.PARSED,
        reason=None,
        confidence=_confidence(edges, len(unresolved)),
        dataset_edges=tuple(
            DatasetEdge(source, write.target, 1.0, ConfidenceReason.BY_SCHEMA)
            for write in writes
            for source in resolver.mentioned
            if source in write.sources
        ),
        ambiguous=tuple(AmbiguousColumn(*entry) for entry in resolver.ambiguous.items()),
        temporary=tuple(t for t in targets if t in session.temporary or session.is_variable(t)),
    )


def _confidence(edges: Sequence[ColumnEdge], unresolved: int) -> float:
    """The mean over the column edges; a reference that could not be followed counts as zero."""
    count = len(edges) + unresolved
    return round(sum(edge.confidence for edge in edges) / count, 4) if count else 1.0


def _add_column_edges(
    edges: list[ColumnEdge],
    target: TableName | None,
    name: str,
    inputs: Inputs,
    texts: Transformations,
    is_field: bool = False,
) -> None:
    fields = named_fields(inputs) if type(inputs) is StructInputs else {}
    for origin in inputs.values():
        usage = origin.usage
        span = origin.span
        edges.append(
            ColumnEdge(
                origin.table,
                origin.column,
                target,
                name,
                usage.kind,
                usage.subtype,
                origin.confidence,
                origin.reason,
                usage.masking,
                texts.text(origin.text) if origin.text is not None else "",
                None if span == NOWHERE else span,
                usage.preparations,
                bool(fields),
                is_field,
            )
        )
    for field, inside in fields.items():
        _add_column_edges(edges, target, f"{name}.{field}", inside, texts, True)


def _add_indirect_edges(edges: list[IndirectDatasetEdge], write: Write) -> None:
    for origin in write.rows.values():
        edges.append(
            IndirectDatasetEdge(
                origin.table,
                origin.column,
                write.target,
                origin.usage.subtype,
                origin.confidence,
                origin.reason,
                origin.usage.preparations,
            )
        )


def gathered(
    sql: str,
    kind: str,
    inner: Sequence[tuple[int | None, StatementLineage]],
    reason: str | None = None,
    calls: Sequence[TableName] = (),
) -> StatementLineage:
    """One statement made of those inside it; each comes with its place in the text, if known.

    What a query inside only shows or puts into variables is left out where others fill tables.
    """
    lineages = [lineage for _, lineage in inner]
    edges: list[ColumnEdge] = []
    indirect: list[IndirectDatasetEdge] = []
    hidden = {table for lineage in lineages for table in lineage.temporary}
    fills = any(target not in hidden for lineage in lineages for target in lineage.targets)
    for start, lineage in inner:
        edges.extend(
            _placed(edge, start)
            for edge in lineage.column_edges
            if _counts(edge.target_table, hidden, fills)
        )
        indirect.extend(
            edge for edge in lineage.indirect_edges if _counts(edge.target_table, hidden, fills)
        )
    lacking = [lineage for lineage in lineages if lineage.status is not StatementStatus.PARSED]
    unresolved = _united(lineage.unresolved for lineage in lineages)
    status = StatementStatus.DEGRADED if lacking or reason else StatementStatus.PARSED
    confidence = _confidence(edges, len(unresolved))
    return StatementLineage(
        statement_type=kind,
        sql=sql,
        targets=_united([t for t in x.targets if t not in hidden] for x in lineages),
        sources_read=_united(lineage.sources_read for lineage in lineages),
        sources_mentioned=_united(lineage.sources_mentioned for lineage in lineages),
        output_columns=next((x.output_columns for x in lineages if _shows(x, hidden)), ()),
        column_edges=tuple(dict.fromkeys(edges)),
        indirect_edges=tuple(dict.fromkeys(indirect)),
        unresolved=unresolved,
        status=status,
        reason=reason or (lacking[0].reason if lacking else None),
        confidence=confidence
        if status is StatementStatus.PARSED
        else min(confidence, DEGRADED_CONFIDENCE),
        dataset_edges=_united(
            [e for e in lineage.dataset_edges if _counts(e.target, hidden, fills)]
            for lineage in lineages
        ),
        ambiguous=_united(lineage.ambiguous for lineage in lineages),
        calls=_united([calls, *(lineage.calls for lineage in lineages)]),
        filled_before=_filled_before(lineages),
    )


def _filled_before(lineages: Sequence[StatementLineage]) -> tuple[TableName, ...]:
    """What is only read after a statement before it brought its rows."""
    filled: set[TableName] = set()
    outside: set[TableName] = set()
    brought: dict[TableName, None] = {}
    for lineage in lineages:
        for table in lineage.sources_read:
            if table in filled or table in lineage.filled_before:
                brought[table] = None
            else:
                outside.add(table)
        if not keeps_rows(lineage):
            filled.update(lineage.targets)
    return tuple(table for table in brought if table not in outside)


def without_result(lineage: StatementLineage) -> StatementLineage:
    """The lineage of a query whose rows only go into variables: what it reads, nothing shown."""
    return replace(
        lineage,
        output_columns=(),
        column_edges=tuple(e for e in lineage.column_edges if e.target_table is not None),
        indirect_edges=tuple(e for e in lineage.indirect_edges if e.target_table is not None),
    )


def without_unknown(lineage: StatementLineage) -> StatementLineage:
    """The lineage of a text with parts that only its run knows: what does not name any of them,
    and that is no more than a guess."""

    def known(*names: str | TableName | None) -> bool:
        texts = (name.text if isinstance(name, TableName) else name or "" for name in names)
        return not any(UNKNOWN in text for text in texts)

    return replace(
        lineage,
        targets=tuple(filter(known, lineage.targets)),
        sources_read=tuple(filter(known, lineage.sources_read)),
        sources_mentioned=tuple(filter(known, lineage.sources_mentioned)),
        output_columns=tuple(filter(known, lineage.output_columns)),
        column_edges=tuple(
            _guessed(e)
            for e in lineage.column_edges
            if known(e.source_table, e.source_column, e.target_table, e.target_column)
        ),
        indirect_edges=tuple(
            _guessed(e)
            for e in lineage.indirect_edges
            if known(e.source_table, e.source_column, e.target_table)
        ),
        dataset_edges=tuple(e for e in lineage.dataset_edges if known(e.source, e.target)),
        unresolved=tuple(filter(known, lineage.unresolved)),
        ambiguous=tuple(a for a in lineage.ambiguous if known(a.name)),
    )


E = TypeVar("E", ColumnEdge, IndirectDatasetEdge)


def _guessed(edge: E) -> E:
    if edge.confidence <= DEGRADED_CONFIDENCE:
        return edge
    return replace(edge, confidence=DEGRADED_CONFIDENCE, reason=ConfidenceReason.GUESSED)


def _shows(lineage: StatementLineage, hidden: set[TableName]) -> bool:
    """Whether it has columns that are not only those of a temporary table."""
    kept = not lineage.targets or any(target not in hidden for target in lineage.targets)
    return bool(lineage.output_columns) and kept


def _counts(target: TableName | None, hidden: set[TableName], fills: bool) -> bool:
    return target not in hidden and (target is not None or not fills)


def _placed(edge: ColumnEdge, start: int | None) -> ColumnEdge:
    if edge.span is None or start == 0:
        return edge
    span = None if start is None else (edge.span[0] + start, edge.span[1] + start)
    return replace(edge, span=span)


def _united(several: Iterable[Iterable[T]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(item for items in several for item in items))


def table_lineage(
    sql: str, kind: str, sources: list[TableName], targets: list[TableName], reason: str
) -> StatementLineage:
    """A statement whose tables are right and whose columns are missing."""
    status = StatementStatus.DEGRADED
    return _without_columns(sql, kind, sources, targets, status, reason)


def scanned_lineage(
    sql: str, scanned: Scanned, session: Session, given: Given, reason: str
) -> StatementLineage:
    """A statement that was not understood; its tables come from a scan of the words."""
    sources = list(dict.fromkeys(session.complete(parts) for parts in scanned.sources))
    targets = [session.complete(parts) for parts in scanned.targets] or given_targets(given)
    status = StatementStatus.UNPARSED
    return _without_columns(sql, scanned.first_word, sources, targets, status, reason)


def given_targets(given: Given) -> list[TableName]:
    return [given.target] if given.target is not None else []


def _without_columns(
    sql: str,
    kind: str,
    sources: list[TableName],
    targets: list[TableName],
    status: StatementStatus,
    reason: str,
) -> StatementLineage:
    scanned = status is StatementStatus.UNPARSED
    confidence = TOKEN_SCAN_CONFIDENCE if scanned else 1.0
    why = ConfidenceReason.TOKEN_SCAN if scanned else ConfidenceReason.BY_SCHEMA
    ends: list[TableName | None] = [*targets] if targets else [None]
    return StatementLineage(
        statement_type=kind,
        sql=sql,
        targets=tuple(targets),
        sources_read=tuple(sources),
        sources_mentioned=tuple(sources),
        output_columns=(),
        column_edges=(),
        indirect_edges=(),
        unresolved=(),
        status=status,
        reason=reason,
        confidence=TOKEN_SCAN_CONFIDENCE if scanned else DEGRADED_CONFIDENCE,
        dataset_edges=tuple(
            DatasetEdge(source, target, confidence, why) for target in ends for source in sources
        ),
    )
