"""Where a source's column lineage and Concord's own reading of the SQL do not say the same.

Computed from the edges that stand, so it is never out of date. Only values are compared: what
decides about rows is told differently by every producer. Who tells of a field and who tells of the
column around it say the same, one of them more closely.
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
    said: dict[str, dict[int, list[ColumnEdge]]] = {
        side: defaultdict(list) for side in ("facet", "sql")
    }
    rows = (
        column_edges_between_visible(principal)
        .filter(
            target__in=ids,
            kind=EdgeKind.DIRECT,
            is_rollup=False,
            target_column__isnull=False,
            statement__kind__in=[Statement.Kind.OPENLINEAGE, *READ_KINDS],
        )
        .select_related("source", "target", "source_column", "target_column", "statement")
        .order_by("target_column__ordinal", "source", "source_column__ordinal", "pk")
    )
    for row in rows:
        side = "facet" if row.statement.kind == Statement.Kind.OPENLINEAGE else "sql"
        said[side][row.target_id].append(row)
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
        found += _alone(facet, sql, "facet") + _alone(sql, facet, "sql")
    return found


def _alone(
    rows: Sequence[ColumnEdge], others: Sequence[ColumnEdge], side: str
) -> list[Disagreement]:
    """What one side tells and the other does not."""
    ways: dict[tuple[int, str], list[ColumnEdge]] = defaultdict(list)
    for other in others:
        ways[_columns(other)].append(other)
    told = {
        (row.source_column_id, row.target_column_id): row
        for row in rows
        if not any(_is_same_way(row, other) for other in ways[_columns(row)])
    }
    return [_told(row, side) for row in told.values()]


def _columns(row: ColumnEdge) -> tuple[int, str]:
    """The source with the column that it fills, without the path inside that."""
    assert row.target_column is not None
    return row.source_id, row.target_column.path.partition(".")[0]


def _is_same_way(row: ColumnEdge, other: ColumnEdge) -> bool:
    assert row.target_column is not None
    assert other.target_column is not None
    return _is_around(row.source_column.path, other.source_column.path) and _is_around(
        row.target_column.path, other.target_column.path
    )


def _is_around(one: str, other: str) -> bool:
    """Whether both are one column, or one of them is a field inside the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


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
