"""Evidence in words, for the drawer beside the picture."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.selectors.answers import ColumnLink, ColumnNode, Evidence, EvidenceStatement
from lineage.types import StatementStatus
from lineage.web.asked import Asked
from lineage.web.wording import STATUS, belief, how

COLUMNS_SHOWN = 100
COLUMNS_OPEN = 10  # of a statement, which are listed without being asked for


@dataclass(frozen=True, slots=True)
class EvidenceColumn:
    """A column edge of a statement; its address marks the words that name it."""

    text: str
    how: str
    belief: str
    href: str
    transformation: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class EvidenceShown:
    """A statement with its words."""

    statement: EvidenceStatement
    status: str
    meaning: str
    belief: str
    columns: tuple[EvidenceColumn, ...]
    marked: EvidenceColumn | None
    are_open: bool
    hidden_columns: int
    mark_start: int | None
    mark_end: int | None


_MEANING = {
    StatementStatus.PARSED: "agreed",
    StatementStatus.DEGRADED: "contested",
    StatementStatus.UNPARSED: "unknown",
}


def shown(evidence: Evidence, asked: Asked) -> list[EvidenceShown]:
    """Every statement behind a flow, the most certain first."""
    marked = asked.open[2] if asked.open is not None else None
    return [_shown(statement, asked, marked) for statement in evidence.statements]


def _shown(statement: EvidenceStatement, asked: Asked, marked: int | None) -> EvidenceShown:
    start, end = statement.span if statement.span is not None else (None, None)
    links = statement.columns[:COLUMNS_SHOWN]
    chosen = next((link for link in statement.columns if link.id == marked), None)
    return EvidenceShown(
        statement=statement,
        status=STATUS[statement.status],
        meaning=_MEANING[statement.status],
        belief=belief(statement.confidence, statement.confidence_reason),
        columns=tuple(_column(link, asked, marked) for link in links),
        marked=_column(chosen, asked, marked) if chosen is not None else None,
        are_open=len(links) <= COLUMNS_OPEN,
        hidden_columns=max(0, len(statement.columns) - COLUMNS_SHOWN),
        mark_start=start,
        mark_end=end,
    )


def _column(link: ColumnLink, asked: Asked, marked: int | None) -> EvidenceColumn:
    return EvidenceColumn(
        text=f"{link.source_column.path} → {_target(link.target_column)}",
        how=how(link.subtype, link.masking, link.preparations),
        belief=belief(link.confidence, link.reason),
        href=asked.evidence_href(link.source_id, link.target_id, link.id),
        transformation=link.transformation,
        is_marked=link.id == marked,
    )


def _target(column: ColumnNode | None) -> str:
    return column.path if column is not None else "every row"
