"""From an SQL text to its lineage: split, parse, resolve, and step down where that fails."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlglot import exp

from lineage.sql.budget import Budget, BudgetExceededError
from lineage.sql.dialects import DialectRules, dialect_of, rules_of
from lineage.sql.parse import parse
from lineage.sql.relations import Inputs
from lineage.sql.resolve import Resolver
from lineage.sql.schema import SchemaProvider
from lineage.sql.split import split
from lineage.sql.statements import Given, is_followed, statement_type, writes_of
from lineage.sql.table_level import tables_of
from lineage.sql.token_scan import TOKEN_SCAN_CONFIDENCE, token_scan
from lineage.sql.writes import Write
from lineage.types import (
    ColumnEdge,
    ConfidenceReason,
    DatasetEdge,
    IndirectDatasetEdge,
    ScriptLineage,
    StatementLineage,
    StatementStatus,
    TableName,
)

logger = logging.getLogger(__name__)

DEGRADED_CONFIDENCE = 0.5


def analyze(
    sql: str,
    *,
    dialect: str,
    schema: SchemaProvider | None = None,
    default_database: str | None = None,
    default_schema: str | None = None,
    target: TableName | None = None,
    target_columns: Sequence[str] | None = None,
) -> ScriptLineage:
    """The lineage of every statement of a script. Never raises for what the text contains.

    ``dialect`` is a catalog platform or an sqlglot dialect; an unknown one is read as standard
    SQL. ``default_database`` and ``default_schema`` complete table names; ``schema`` is asked
    for completed names. ``target`` is the view or model that a bare SELECT defines, and
    ``target_columns`` its columns in order.

    Names come back with their case folded: in lower case unless they were quoted (or, where an
    engine stores unquoted names in upper case, quoted in another case than that); in engines
    that ignore case always in lower case, in those that never do as written.
    """
    rules = rules_of(dialect_of(dialect))
    columns = tuple(target_columns) if target_columns is not None else None
    statements = []
    for text in split(sql, rules):
        resolver = Resolver(rules, schema, (default_database, default_schema), Budget())
        statements.append(_statement(text, rules, resolver, Given(target, columns)))
    return ScriptLineage(tuple(statements))


def _statement(sql: str, rules: DialectRules, resolver: Resolver, given: Given) -> StatementLineage:
    tree, reason = parse(sql, rules)
    if tree is None:
        return _scanned(sql, rules, resolver, given, reason)
    if not is_followed(tree):
        reason = f"{statement_type(tree)} statements are followed to their tables only."
        return _table_level(sql, tree, resolver, given, reason)
    try:
        writes = writes_of(resolver, tree, given)
    except BudgetExceededError as error:
        return _table_level(sql, tree, resolver, given, str(error))
    except RecursionError:
        reason = "Column lineage was given up because queries are nested too deeply."
        return _table_level(sql, tree, resolver, given, reason)
    except Exception:  # an unforeseen tree costs its columns, never the script
        logger.exception("lineage_columns_failed")
        reason = "Column lineage failed on this statement; its tables are complete."
        return _table_level(sql, tree, resolver, given, reason)
    return _resolved(sql, tree, resolver, writes)


def _resolved(
    sql: str, tree: exp.Expr, resolver: Resolver, writes: list[Write]
) -> StatementLineage:
    edges: list[ColumnEdge] = []
    indirect: list[IndirectDatasetEdge] = []
    read: set[TableName] = set()
    for write in writes:
        read |= write.sources
        for name, inputs in write.columns:
            edges.extend(_column_edges(write.target, name, inputs))
        indirect.extend(_indirect_edges(write))
    unknown = (name for write in writes for name in write.unknown)
    unresolved = tuple(dict.fromkeys((*resolver.unresolved, *unknown)))
    targets = dict.fromkeys(write.target for write in writes if write.target is not None)
    mentioned = [t for t in resolver.mentioned if t in read or t not in targets]
    return StatementLineage(
        statement_type=statement_type(tree),
        sql=sql,
        targets=tuple(targets),
        sources_read=tuple(table for table in resolver.mentioned if table in read),
        sources_mentioned=tuple(mentioned),
        output_columns=tuple(name for name, _ in writes[0].columns) if writes else (),
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
    )


def _confidence(edges: list[ColumnEdge], unresolved: int) -> float:
    """The mean over the column edges; a reference that could not be followed counts as zero."""
    count = len(edges) + unresolved
    return round(sum(edge.confidence for edge in edges) / count, 4) if count else 1.0


def _column_edges(target: TableName | None, name: str, inputs: Inputs) -> list[ColumnEdge]:
    return [
        ColumnEdge(
            source_table=origin.table,
            source_column=origin.column,
            target_table=target,
            target_column=name,
            kind=origin.usage.kind,
            subtype=origin.usage.subtype,
            confidence=origin.confidence,
            reason=origin.reason,
            masking=origin.usage.masking,
            transformation=origin.text,
            span=origin.span,
        )
        for origin in inputs.values()
    ]


def _indirect_edges(write: Write) -> list[IndirectDatasetEdge]:
    return [
        IndirectDatasetEdge(
            source_table=origin.table,
            source_column=origin.column,
            target_table=write.target,
            subtype=origin.usage.subtype,
            confidence=origin.confidence,
            reason=origin.reason,
        )
        for origin in write.rows.values()
    ]


def _table_level(
    sql: str, tree: exp.Expr, resolver: Resolver, given: Given, reason: str
) -> StatementLineage:
    sources, targets = tables_of(tree, resolver)
    return _without_columns(
        sql,
        statement_type(tree),
        sources,
        targets or _given_target(given),
        StatementStatus.DEGRADED,
        reason,
    )


def _scanned(
    sql: str, rules: DialectRules, resolver: Resolver, given: Given, reason: str
) -> StatementLineage:
    scanned = token_scan(sql, rules)
    return _without_columns(
        sql,
        scanned.first_word,
        list(dict.fromkeys(resolver.complete(parts) for parts in scanned.sources)),
        [resolver.complete(parts) for parts in scanned.targets] or _given_target(given),
        StatementStatus.UNPARSED,
        reason,
    )


def _given_target(given: Given) -> list[TableName]:
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
