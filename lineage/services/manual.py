"""Edges that people draw and take away: kept with author and reason, put into the graph."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import DatasetChanged
from catalog.models import Column, Dataset
from catalog.selectors.datasets import visible_datasets
from catalog.services.curation.locking import take_dataset
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from lineage.models import ManualEdge, Statement
from lineage.services.edges import ColumnFlow, Flow, Reading, write_readings
from lineage.types import (
    ConfidenceReason,
    EdgeKind,
    EdgeSubtype,
    Preparation,
    StatementStatus,
)

FACT = "lineage"
CONFIDENCE = 1.0
MOST_CHARACTERS = 2_000
MOST_EDGES = 1_000  # drawn into one dataset
SUBTYPES = {
    EdgeKind.DIRECT: (EdgeSubtype.IDENTITY, EdgeSubtype.TRANSFORMATION, EdgeSubtype.AGGREGATION),
    EdgeKind.INDIRECT: (
        EdgeSubtype.FILTER,
        EdgeSubtype.JOIN,
        EdgeSubtype.GROUP_BY,
        EdgeSubtype.SORT,
        EdgeSubtype.WINDOW,
        EdgeSubtype.CONDITIONAL,
    ),
}


def draw_edge(
    *,
    acting: Principal,
    source_id: int,
    target_id: int,
    reason: str,
    source_column: str = "",
    target_column: str = "",
    kind: EdgeKind = EdgeKind.DIRECT,
    subtype: EdgeSubtype | None = None,
    masking: bool = False,
    transformation: str = "",
) -> ManualEdge:
    """Say that data flows from one dataset to another, or between their columns (by path).

    Without columns the datasets alone are joined; an INDIRECT edge may name only its source
    column: then it decides the rows of the whole target. The target's stewards may do it. Raises
    InvalidInput naming the field, NotFound for what may not be seen, Conflict when somebody drew
    the same edge already.
    """
    subtype = subtype or SUBTYPES[kind][1 if kind is EdgeKind.DIRECT else 0]
    _check(kind, subtype, source_column, target_column)
    why = _text("reason", reason, required=True)
    expression = _text("transformation", transformation)
    with writing(acting, reason=why):
        target = take_dataset(acting, target_id, facts=[FACT])
        source = visible_datasets(acting).filter(pk=source_id).first()
        if source is None:
            raise NotFound("There is no such dataset to draw the edge from.", field="source")
        if source.pk == target.pk:
            raise InvalidInput("An edge leads to another dataset.", field="source")
        if ManualEdge.objects.filter(target=target).count() >= MOST_EDGES:
            raise Conflict(f"People drew {MOST_EDGES:,} edges into {target.name} already.")
        edge, is_new = ManualEdge.objects.get_or_create(
            source=source,
            source_column=_column(source, source_column, "source_column"),
            target=target,
            target_column=_column(target, target_column, "target_column"),
            kind=kind,
            subtype=subtype,
            defaults={
                "masking": masking,
                "transformation": expression,
                "reason": why,
                "author_id": acting.person_id,
                "author_name": acting.display_name,
            },
        )
        if not is_new:
            raise Conflict(f"{edge.author_name} drew this edge already: {edge.reason}")
        _redraw(target)
        record(DatasetChanged(fields=(FACT,), reason=why), target, acting=acting)
    return edge


def remove_edge(*, acting: Principal, edge_id: int, reason: str) -> Dataset:
    """Take away an edge that somebody drew; the history keeps it. Answers the target.

    Raises NotFound when it is gone or one of its ends may not be seen.
    """
    why = _text("reason", reason, required=True)
    with writing(acting, reason=why):
        visible = visible_datasets(acting)
        edge = ManualEdge.objects.filter(pk=edge_id, source__in=visible, target__in=visible).first()
        if edge is None:
            raise NotFound("This edge is not there any more.")
        target = take_dataset(acting, edge.target_id, facts=[FACT])
        edge.delete()
        _redraw(target)
        record(DatasetChanged(fields=(FACT,), reason=why), target, acting=acting)
    return target


def _redraw(target: Dataset) -> None:
    """Make the graph's edges into a dataset equal to what people drew; see `Statement.Kind`."""
    edges = list(ManualEdge.objects.filter(target=target).order_by("pk"))
    if not edges:
        Statement.objects.filter(dataset=target, kind=Statement.Kind.MANUAL).delete()
        return
    reading = Reading(
        dataset_id=target.pk,
        kind=Statement.Kind.MANUAL,
        connection_id=None,
        sql="",
        digest="",
        status=StatementStatus.PARSED,
    )
    for edge in edges:
        before = reading.datasets.get(edge.source_id)
        is_direct = edge.kind == EdgeKind.DIRECT or (before is not None and before.is_direct)
        reading.datasets[edge.source_id] = Flow(is_direct, CONFIDENCE, ConfidenceReason.MANUAL)
        if edge.source_column_id is None:
            continue
        key = (
            edge.source_column_id,
            edge.target_column_id,
            EdgeKind(edge.kind),
            EdgeSubtype(edge.subtype),
        )
        reading.columns[key] = ColumnFlow(
            source_id=edge.source_id,
            confidence=CONFIDENCE,
            reason=ConfidenceReason.MANUAL,
            masking=edge.masking,
            transformation=edge.transformation,
            preparations=(Preparation.ANONYMIZE,) if edge.masking else (),
        )
    write_readings([reading])


def _check(kind: EdgeKind, subtype: EdgeSubtype, source_column: str, target_column: str) -> None:
    if subtype not in SUBTYPES[kind]:
        raise InvalidInput(f"{kind} edges are one of {_listed(SUBTYPES[kind])}.", field="subtype")
    if target_column and not source_column:
        raise InvalidInput("Name the column that it comes from as well.", field="source_column")
    if kind is EdgeKind.DIRECT and source_column and not target_column:
        raise InvalidInput(
            "A value flows into a column: name it, or leave both columns out.",
            field="target_column",
        )


def _listed(subtypes: Sequence[EdgeSubtype]) -> str:
    return ", ".join(subtype.value for subtype in subtypes)


def _column(dataset: Dataset, path: str, field: str) -> Column | None:
    if not path:
        return None
    column = Column.objects.filter(dataset=dataset, path=path, disappeared_at__isnull=True).first()
    if column is None:
        raise InvalidInput(f"{dataset.name} has no column {path[:200]}.", field=field)
    return column


def _text(field: str, text: str, *, required: bool = False) -> str:
    text = text.strip()
    if required and not text:
        raise InvalidInput("Say why, so that others can judge it later.", field=field)
    if len(text) > MOST_CHARACTERS or "\x00" in text:
        raise InvalidInput(
            f"The {field} has at most {MOST_CHARACTERS:,} characters and no NUL.", field=field
        )
    return text
