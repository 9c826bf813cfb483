"""All that is read from one masked query: its lineage, its joins and its filters.

Runs in a worker process, because no parser can be interrupted; so it takes and gives plain
values that travel between processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lineage.queries.mining import Filter, Join, mine
from lineage.queries.shapes import MOST_STATEMENTS, Shape, shape_of, shape_without_tree
from lineage.sql import MappingSchema, analyze, summarize
from lineage.sql.analysis import statements_of
from lineage.sql.answers import scanned_lineage
from lineage.sql.dialects import dialect_of, rules_of
from lineage.sql.parsing.parse import parse
from lineage.sql.session import Session
from lineage.sql.statements.dispatch import Given
from lineage.sql.token_scan import token_scan
from lineage.types import ScriptLineage, StatementLineage, StatementStatus

_WORSE = (StatementStatus.PARSED, StatementStatus.DEGRADED, StatementStatus.UNPARSED)


@dataclass(frozen=True, slots=True)
class ShapeQuestion:
    """A logged text whose shape is asked for; ``dialect`` is a catalog platform."""

    sql: str
    dialect: str


@dataclass(frozen=True, slots=True)
class Question:
    """A masked query to read; ``schema`` maps the tables it may mean to their columns."""

    sql: str
    dialect: str
    database: str | None
    schema_name: str | None
    schema: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a query says. ``statement`` is the whole text as one: a script's temporary tables are
    composed through; its spans then are left out."""

    statement: StatementLineage
    joins: tuple[Join, ...]
    filters: tuple[Filter, ...]


def answer(question: ShapeQuestion | Question) -> Shape | Findings:
    """What a worker process does with a question."""
    if isinstance(question, ShapeQuestion):
        return shape_of(question.sql, question.dialect)
    return findings_of(question)


def answer_in_place(question: ShapeQuestion | Question, reason: str) -> Shape | Findings:
    """What holds for a question on which a worker process took too long or died."""
    if isinstance(question, ShapeQuestion):
        return shape_without_tree(question.sql, question.dialect)
    rules = rules_of(dialect_of(question.dialect))
    session = Session(rules, None, question.database, question.schema_name)
    scanned = token_scan(question.sql, rules)
    return Findings(scanned_lineage(question.sql, scanned, session, Given(), reason), (), ())


def findings_of(question: Question) -> Findings:
    """The lineage, joins and filters of a masked query."""
    schema = MappingSchema(question.schema) if question.schema else None
    rules = rules_of(dialect_of(question.dialect))
    pieces = statements_of(question.sql, rules)[:MOST_STATEMENTS]
    parsed = [(piece, tree) for piece in pieces if (tree := parse(piece, rules)[0]) is not None]
    # The trees are only looked at here, and each is parsed once.
    mined = mine(
        [tree for _, tree in parsed], rules, schema, question.database, question.schema_name
    )
    script = analyze(
        question.sql,
        dialect=question.dialect,
        schema=schema,
        default_database=question.database,
        default_schema=question.schema_name,
        trees=dict(parsed),
    )
    return Findings(_as_one(question.sql, script), tuple(mined.joins), tuple(mined.filters))


def _as_one(sql: str, script: ScriptLineage) -> StatementLineage:
    if len(script.statements) == 1 and not script.internal:
        return script.statements[0]
    summary = summarize(script)
    worst = max(
        script.statements, key=lambda statement: _WORSE.index(statement.status), default=None
    )
    return StatementLineage(
        statement_type=" ".join(dict.fromkeys(s.statement_type for s in script.statements))[:40],
        sql=sql,
        targets=summary.targets,
        sources_read=summary.sources,
        sources_mentioned=summary.mentioned,
        output_columns=summary.output_columns,
        column_edges=tuple(replace(edge, span=None) for edge in summary.column_edges),
        indirect_edges=summary.indirect_edges,
        unresolved=tuple(dict.fromkeys(name for s in script.statements for name in s.unresolved)),
        status=worst.status if worst is not None else StatementStatus.UNPARSED,
        reason=worst.reason if worst is not None else "The text holds no statement.",
        confidence=min((s.confidence for s in script.statements), default=0.0),
        dataset_edges=summary.dataset_edges,
        temporary=tuple(dict.fromkeys(t for s in script.statements for t in s.temporary)),
    )
