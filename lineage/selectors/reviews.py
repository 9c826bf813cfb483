"""What stewards said to suggested classifications, the newest first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from catalog.selectors.datasets import visible_columns
from catalog.types import Principal
from lineage.models import ClassificationReview
from lineage.selectors.answers import ColumnNode, Node
from lineage.selectors.columns import column_nodes
from lineage.selectors.links import nodes_of

MOST_REVIEWS = 100


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a steward said to a suggestion, and the classification that it put on the column."""

    id: int
    column: ColumnNode
    dataset: Node
    label: str
    verdict: str
    reason: str
    by: str
    at: dt.datetime
    given: str = ""


def reviewed(principal: Principal, *, dataset_id: int | None = None) -> list[Reviewed]:
    """The newest 100 reviews of visible columns, of one dataset or of all."""
    rows = ClassificationReview.objects.filter(column__in=visible_columns(principal))
    if dataset_id is not None:
        rows = rows.filter(column__dataset=dataset_id)
    newest = list(rows.select_related("label", "given")[:MOST_REVIEWS])
    columns = column_nodes(principal, {row.column_id for row in newest})
    nodes = nodes_of(principal, {column.dataset_id for column in columns.values()})
    return [
        Reviewed(
            id=row.pk,
            column=columns[row.column_id],
            dataset=nodes[columns[row.column_id].dataset_id],
            label=row.label.path,
            verdict=row.verdict,
            reason=row.reason,
            by=row.reviewer_name,
            given=row.given.path if row.given is not None else "",
            at=row.reviewed_at,
        )
        for row in newest
    ]
