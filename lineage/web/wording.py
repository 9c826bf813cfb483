"""Lineage in the words that people use."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.pictures.lineage_shapes import confidence_word
from lineage.types import ConfidenceReason, EdgeSubtype, Preparation, StatementStatus

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
    ConfidenceReason.MANUAL: "drawn by a person",
}
STATUS = {
    StatementStatus.PARSED: "Understood",
    StatementStatus.DEGRADED: "Understood in part: the tables are right, columns are missing",
    StatementStatus.UNPARSED: "Not understood",
}


PREPARED = {
    Preparation.NORMALIZE: "normalized",
    Preparation.DEDUPLICATE: "deduplicated",
    Preparation.ANONYMIZE: "anonymized",
}


def how(
    subtype: str, masking: bool, preparations: Iterable[str] = (), *, is_rollup: bool = False
) -> str:
    """Such as "aggregated" or "computed from it, masked, normalized"."""
    words = [HOW[EdgeSubtype(subtype)]]
    if masking:
        words.append("masked")
    steps = [Preparation(step) for step in preparations]
    words += [PREPARED[s] for s in steps if not (masking and s is Preparation.ANONYMIZE)]
    if is_rollup:
        words.append("by a field inside")
    return ", ".join(words)


def belief(confidence: float, reason: str) -> str:
    """Such as "sure: known from the schema"."""
    return f"{confidence_word(confidence)}: {WHY_BELIEVED[ConfidenceReason(reason)]}"
