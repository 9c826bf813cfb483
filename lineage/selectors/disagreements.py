"""Where a source's column lineage and Concord's own reading of the SQL do not say the same.

Computed from the edges that stand, so it is never out of date. Only values are compared: what
decides about rows is told differently by every producer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.models import ColumnEdge, Statement
from lineage.selectors.edges import column_edges_between_visible
from lineage.types import EdgeKind, StatementStatus

READ_KINDS = (Statement.Kind.VIEW, Statement.Kind.MODEL)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A value's way that one side names and the other does not.

    `said_by` is "facet" for the source's statement and "sql" for Concord's reading.
    """

    target_id: int
    target: str
    target_column: str
    source_id: int
    source: str
    source_column: str
    said_by: str

    @property
    def sentence(self) -> str:
        """Both sides in words."""
        way = f"{self.source}.{self.source_column} → {self.target_column}"
        if self.said_by == "facet":
            return f"{way}: the event says so, the SQL does not."
        return f"{way}: the SQL says so, the event does not."


def disagreements(principal: Principal, dataset_ids: Iterable[int]) -> Sequence[Disagreement]:
    """What is told differently of these datasets, as far as the principal may see both ends.

    Nothing is compared unless both sides name columns and the whole SQL was understood.
    """
    wanted = list(visible_datasets(principal).filter(pk__in=list(dataset_ids)).values("pk"))
    ids = [row["pk"] for row in wanted]
    said: dict[str, dict[int, dict[tuple[int, int], ColumnEdge]]] = {
        side: defaultdict(dict) for side in ("facet", "sql")
    }
    rows = (
        column_edges_between_visible(principal)
        .filter(
            target__in=ids,
            kind=EdgeKind.DIRECT,
            target_column__isnull=False,
            statement__kind__in=[Statement.Kind.OPENLINEAGE, *READ_KINDS],
        )
        .select_related("source", "target", "source_column", "target_column", "statement")
        .order_by("target_column__ordinal", "source", "source_column__ordinal", "pk")
    )
    for row in rows:
        side = "facet" if row.statement.kind == Statement.Kind.OPENLINEAGE else "sql"
        assert row.target_column_id is not None
        said[side][row.target_id][row.source_column_id, row.target_column_id] = row
    understood = set(
        Statement.objects.filter(
            dataset__in=ids, kind__in=READ_KINDS, status=StatementStatus.PARSED
        ).values_list("dataset_id", flat=True)
    )
    found = []
    for dataset_id in ids:
        facet, sql = said["facet"][dataset_id], said["sql"][dataset_id]
        if not facet or not sql or dataset_id not in understood:
            continue
        found += [_told(row, "facet") for key, row in facet.items() if key not in sql]
        found += [_told(row, "sql") for key, row in sql.items() if key not in facet]
    return found


def _told(row: ColumnEdge, said_by: str) -> Disagreement:
    assert row.target_column is not None
    return Disagreement(
        target_id=row.target_id,
        target=row.target.name,
        target_column=row.target_column.path,
        source_id=row.source_id,
        source=row.source.name,
        source_column=row.source_column.path,
        said_by=said_by,
    )
