"""Classifications that flow along values: suggested downstream, each with the path it came by."""

from __future__ import annotations

import datetime as dt
import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from catalog.access import Action, gate
from catalog.models import ColumnLabel, Dataset
from catalog.selectors.datasets import visible_columns, visible_datasets
from catalog.types import LabelKind, Principal
from lineage.models import ClassificationReview, ColumnEdge
from lineage.selectors.answers import ColumnNode, Direction, Node
from lineage.selectors.columns import column_nodes
from lineage.selectors.links import node_of, nodes_of
from lineage.selectors.walking import id_list, walk_columns
from lineage.types import EdgeKind, EdgeSubtype, Preparation, ReviewVerdict

AGGREGATED = 0.5
"""What is left of the strength where values are aggregated: a sum of salaries is no salary."""
WEAKEST = 0.1
MOST_SUGGESTIONS = 500
MOST_REVIEWS = 100
SEPARATOR = " / "


@dataclass(frozen=True, slots=True)
class PathStep:
    """A column on the way of a classification, with how its value reaches the next one."""

    column: ColumnNode
    dataset: Node


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A classification for a column that gets its values from one that has it.

    `strength` is between 0 and 1: the confidences of the edges multiplied, halved where values
    are aggregated; `weakened` says why it is below 1. `path` starts where the classification is.
    """

    column: ColumnNode
    dataset: Node
    label_id: int
    label: str
    strength: float
    weakened: tuple[str, ...]
    path: tuple[PathStep, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A classification that does not flow on into a column, and why."""

    column: ColumnNode
    dataset: Node
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What lineage suggests, the strongest first; `truncated` says that there is more."""

    suggestions: tuple[Suggestion, ...]
    stopped: tuple[Stopped, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class _Edge:
    source: int
    target: int
    factor: float
    stop: str
    weakened: str


@dataclass(frozen=True, slots=True)
class _Reached:
    strength: float
    path: tuple[int, ...]
    weakened: tuple[str, ...]


def classification_suggestions(
    principal: Principal, *, dataset_id: int | None = None, mine: bool = False
) -> Suggestions:
    """What the values of classified columns reach without being classified alike.

    For one dataset (raises NotFound where it may not be seen), or everywhere; with `mine` only
    for datasets that the principal stewards. What a steward accepted or rejected is not
    suggested again, and nothing flows on through what was rejected.
    """
    if dataset_id is not None:
        node_of(principal, dataset_id)
        columns = visible_columns(principal).filter(dataset=dataset_id, disappeared_at__isnull=True)
        starts, direction = list(columns.values_list("pk", flat=True)), Direction.UP
    else:
        classified = ColumnLabel.objects.filter(
            label__kind=LabelKind.CLASSIFICATION, column__in=visible_columns(principal)
        )
        starts = sorted(set(classified.values_list("column_id", flat=True)))
        direction = Direction.DOWN
    walk = walk_columns(principal, starts, direction, kinds=[EdgeKind.DIRECT])
    labels = _labels(walk.levels)
    edges = _edges(principal, walk.levels)
    reviews = {
        (column, label): verdict
        for column, label, verdict in ClassificationReview.objects.filter(
            column__in=id_list(walk.levels)
        ).values_list("column_id", "label_id", "verdict")
    }
    return _answer(
        principal,
        _wanted(principal, dataset_id, mine),
        _flows(labels, edges, reviews),
        truncated=walk.truncated,
    )


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a steward said to a suggestion."""

    id: int
    column: ColumnNode
    dataset: Node
    label: str
    verdict: str
    reason: str
    by: str
    at: dt.datetime


def reviewed(principal: Principal, *, dataset_id: int | None = None) -> list[Reviewed]:
    """The newest 100 reviews of visible columns, of one dataset or of all."""
    rows = ClassificationReview.objects.filter(column__in=visible_columns(principal))
    if dataset_id is not None:
        rows = rows.filter(column__dataset=dataset_id)
    newest = list(rows.select_related("label")[:MOST_REVIEWS])
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
            at=row.reviewed_at,
        )
        for row in newest
    ]


@dataclass(slots=True)
class _Flows:
    """(column, label id): how it is reached, or why it is not."""

    paths: dict[int, str]
    reached: dict[tuple[int, int], _Reached]
    stopped: dict[tuple[int, int], str]


def _labels(columns: Collection[int]) -> dict[int, dict[int, str]]:
    """The classifications of columns: label id to path."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    rows = ColumnLabel.objects.filter(
        column__in=id_list(columns), label__kind=LabelKind.CLASSIFICATION
    )
    for column, label, path in rows.values_list("column_id", "label_id", "label__path"):
        found[column][label] = path
    return found


def _edges(principal: Principal, columns: Collection[int]) -> dict[int, list[_Edge]]:
    visible = visible_datasets(principal)
    wanted = id_list(columns)
    edges = ColumnEdge.objects.filter(
        kind=EdgeKind.DIRECT,
        source_column__in=wanted,
        target_column__in=wanted,
        source__in=visible,
        target__in=visible,
    )
    rows = edges.order_by().values_list(
        "source_column_id",
        "target_column_id",
        "subtype",
        "masking",
        "preparations",
        "confidence",
        "transformation",
    )
    found: dict[int, list[_Edge]] = defaultdict(list)
    for source, target, subtype, masking, preparations, confidence, text in rows:
        if target is None or source == target:
            continue
        stop, weakened, factor = "", "", confidence
        if masking or Preparation.ANONYMIZE in preparations:
            how = f" by {text}" if text else ""
            stop = f"The value is masked{how}, so it can no longer be read."
        elif subtype == EdgeSubtype.AGGREGATION:
            factor *= AGGREGATED
            weakened = f"Aggregated{f' by {text}' if text else ''}: single values are gone."
        if not stop and confidence < 1:
            weakened = f"{weakened} The edge is not sure ({confidence:.0%}).".strip()
        found[source].append(_Edge(source, target, factor, stop, weakened))
    return found


def _flows(
    labels: Mapping[int, Mapping[int, str]],
    edges: Mapping[int, Iterable[_Edge]],
    reviews: Mapping[tuple[int, int], str],
) -> _Flows:
    """For each classification the strongest path to every column; see `classification_...`."""
    paths = {label: path for held in labels.values() for label, path in held.items()}
    flows = _Flows(paths, {}, {})
    for label, path in paths.items():
        below = path + SEPARATOR
        holders = {
            column
            for column, held in labels.items()
            if any(other == path or other.startswith(below) for other in held.values())
        }
        starts = [column for column, held in labels.items() if label in held]
        best: dict[int, _Reached] = {}
        heap = [(-1.0, 1, column, _Reached(1.0, (column,), ())) for column in sorted(starts)]
        heapq.heapify(heap)
        while heap:
            _, _, column, reached = heapq.heappop(heap)
            if column in best:
                continue
            best[column] = reached
            verdict = reviews.get((column, label))
            if column not in holders:
                if verdict is None:
                    flows.reached[(column, label)] = reached
                elif verdict == ReviewVerdict.REJECTED:
                    continue
            for edge in edges.get(column, ()):
                if edge.target in best:
                    continue
                if edge.stop:
                    flows.stopped.setdefault((edge.target, label), edge.stop)
                    continue
                strength = reached.strength * edge.factor
                if strength < WEAKEST:
                    flows.stopped.setdefault((edge.target, label), "The way there is too unsure.")
                    continue
                weakened = (*reached.weakened, edge.weakened) if edge.weakened else reached.weakened
                onward = _Reached(strength, (*reached.path, edge.target), weakened)
                heapq.heappush(heap, (-strength, len(onward.path), edge.target, onward))
        for column in best.keys() | holders:
            flows.stopped.pop((column, label), None)
    return flows


def _wanted(principal: Principal, dataset_id: int | None, mine: bool) -> set[int] | None:
    """The datasets that are asked for; None for all."""
    if dataset_id is not None:
        return {dataset_id}
    if not mine:
        return None
    stewarded = gate().scope(principal, Action.STEWARD, Dataset.objects.all())
    return set(stewarded.values_list("pk", flat=True))


def _answer(
    principal: Principal, wanted: set[int] | None, flows: _Flows, *, truncated: bool
) -> Suggestions:
    columns = column_nodes(
        principal,
        {
            *(pk for reached in flows.reached.values() for pk in reached.path),
            *(column for column, _ in flows.stopped),
        },
    )
    nodes = nodes_of(principal, {column.dataset_id for column in columns.values()})

    def is_asked(column: int) -> bool:
        return column in columns and (wanted is None or columns[column].dataset_id in wanted)

    found = [
        Suggestion(
            column=columns[column],
            dataset=nodes[columns[column].dataset_id],
            label_id=label,
            label=flows.paths[label],
            strength=round(reached.strength, 4),
            weakened=reached.weakened,
            path=tuple(PathStep(columns[pk], nodes[columns[pk].dataset_id]) for pk in reached.path),
        )
        for (column, label), reached in flows.reached.items()
        if is_asked(column) and all(pk in columns for pk in reached.path)
    ]
    found.sort(
        key=lambda s: (
            -s.strength,
            len(s.path),
            s.dataset.qualified_name,
            s.column.path,
            s.label,
        )
    )
    stopped = [
        Stopped(columns[column], nodes[columns[column].dataset_id], flows.paths[label], reason)
        for (column, label), reason in flows.stopped.items()
        if is_asked(column)
    ]
    stopped.sort(key=lambda s: (s.dataset.qualified_name, s.column.path, s.label))
    return Suggestions(
        suggestions=tuple(found[:MOST_SUGGESTIONS]),
        stopped=tuple(stopped[:MOST_SUGGESTIONS]),
        truncated=truncated or len(found) > MOST_SUGGESTIONS,
    )
