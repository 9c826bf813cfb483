"""Lineage in the words that people use."""

from __future__ import annotations

from catalog.pictures.lineage_shapes import confidence_word
from lineage.types import ConfidenceReason, EdgeSubtype, StatementStatus

HOW = {
    EdgeSubtype.IDENTITY: "copied",
    EdgeSubtype.TRANSFORMATION: "computed from it",
    EdgeSubtype.AGGREGATION: "aggregated",
    EdgeSubtype.JOIN: "joined on it",
    EdgeSubtype.GROUP_BY: "grouped by it",
    EdgeSubtype.FILTER: "filtered by it",
    EdgeSubtype.SORT: "sorted by it",
    EdgeSubtype.WINDOW: "ordered or partitioned by it",
    EdgeSubtype.CONDITIONAL: "chosen by a condition on it",
}
WHY_BELIEVED = {
    ConfidenceReason.BY_SCHEMA: "known from the schema",
    ConfidenceReason.SINGLE_SOURCE: "only one source can own it",
    ConfidenceReason.GUESSED: "one of several candidates",
    ConfidenceReason.TOKEN_SCAN: "read from the words of a statement that could not be parsed",
    ConfidenceReason.DECLARED: "stated by the source",
}
STATUS = {
    StatementStatus.PARSED: "Understood",
    StatementStatus.DEGRADED: "Understood in part: the tables are right, columns are missing",
    StatementStatus.UNPARSED: "Not understood",
}


def how(subtype: str, masking: bool) -> str:
    """Such as "aggregated" or "computed from it, masked"."""
    words = HOW[EdgeSubtype(subtype)]
    return f"{words}, masked" if masking else words


def belief(confidence: float, reason: str) -> str:
    """Such as "sure: known from the schema"."""
    return f"{confidence_word(confidence)}: {WHY_BELIEVED[ConfidenceReason(reason)]}"
