"""Suggested classifications: what names and values say, and what flows along values by a path."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from catalog.access import Action, gate
from catalog.models import ColumnLabel, Dataset
from catalog.selectors.datasets import visible_columns, visible_datasets
from catalog.types import LabelKind, Principal
from lineage.classes import Evidence, Source
from lineage.models import ClassificationReview, ColumnEdge
from lineage.selectors.answers import ColumnNode, Direction, Node
from lineage.selectors.columns import column_nodes
from lineage.selectors.definitions import shown_expression
from lineage.selectors.detected import (
    NOTHING_ASKED,
    Asked,
    DetectedClass,
    detected,
    together,
)
from lineage.selectors.links import node_of, nodes_of
from lineage.selectors.walking import id_list, walk_columns
from lineage.types import EdgeKind, EdgeSubtype, Preparation, ReviewVerdict

AGGREGATED = 0.5
"""What is left of the strength where values are aggregated: a sum of salaries is no salary."""
WEAKEST = 0.1
MOST_SUGGESTIONS = 500
SEPARATOR = " / "


@dataclass(frozen=True, slots=True)
class PathStep:
    """A column on the way of a classification, with how its value reaches the next one."""

    column: ColumnNode
    dataset: Node


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A classification for a column that gets its values from one that has it, or whose name or
    values say so.

    `strength` is between 0 and 1: the confidences of the edges multiplied, halved where values
    are aggregated; `weakened` says why it is below 1. `path` starts where the classification is,
    and is empty where no lineage says it. `evidence` is what names, types, keys and counts of
    values say for it (a weight above 0) and against it; together with lineage it adds up.
    """

    column: ColumnNode
    dataset: Node
    label_id: int
    label: str
    strength: float
    weakened: tuple[str, ...]
    path: tuple[PathStep, ...]
    evidence: tuple[Evidence, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Where it comes from: lineage, name, values; what speaks against it is no source."""
        found = {one.source.value for one in self.evidence if one.weight > 0}
        return tuple(sorted(found | ({Source.LINEAGE.value} if self.path else set())))


@dataclass(frozen=True, slots=True)
class Stopped:
    """A classification that does not flow on into a column, and why."""

    column: ColumnNode
    dataset: Node
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is suggested, the strongest first; `truncated` says that there is more."""

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


@dataclass(frozen=True, slots=True, order=True)
class _Reached:
    """Ordered, so that of two ways that are equally good always the same one is told."""

    strength: float
    path: tuple[int, ...]
    weakened: tuple[str, ...]


def classification_suggestions(
    principal: Principal,
    *,
    dataset_id: int | None = None,
    mine: bool = False,
    asked: Asked = NOTHING_ASKED,
) -> Suggestions:
    """What the values of classified columns reach without being classified alike, and what names
    and counts of values suggest.

    For one dataset (raises NotFound where it may not be seen), or everywhere; with `mine` only
    for datasets that the principal stewards. What a steward accepted or rejected is not
    suggested again, and nothing flows on through what was rejected.
    """
    if dataset_id is not None:
        node_of(principal, dataset_id)
        starts, direction = _columns_of(principal, [dataset_id]), Direction.UP
    else:
        classified = ColumnLabel.objects.filter(
            label__kind=LabelKind.CLASSIFICATION, column__in=visible_columns(principal)
        )
        starts = sorted(set(classified.values_list("column_id", flat=True)))
        direction = Direction.DOWN
    wanted = _wanted(principal, dataset_id, mine)
    found, stopped, is_cut = _found(
        principal, starts, direction, wanted, asked, MOST_SUGGESTIONS + 1
    )
    return Suggestions(
        suggestions=tuple(found[:MOST_SUGGESTIONS]),
        stopped=stopped[:MOST_SUGGESTIONS],
        truncated=is_cut or len(found) > MOST_SUGGESTIONS,
    )


def suggestions_of(principal: Principal, dataset_ids: Collection[int]) -> list[Suggestion]:
    """Everything that is suggested for the columns of some datasets, as far as they may be seen."""
    starts = _columns_of(principal, dataset_ids)
    found, _, _ = _found(
        principal, starts, Direction.UP, set(dataset_ids), NOTHING_ASKED, len(starts)
    )
    return found


def _columns_of(principal: Principal, dataset_ids: Collection[int]) -> list[int]:
    columns = visible_columns(principal).filter(
        dataset__in=list(dataset_ids), disappeared_at__isnull=True
    )
    return list(columns.values_list("pk", flat=True))


def _found(
    principal: Principal,
    starts: list[int],
    direction: Direction,
    wanted: set[int] | None,
    asked: Asked,
    most: int,
) -> tuple[list[Suggestion], tuple[Stopped, ...], bool]:
    """What lineage from some columns says and what was detected, the strongest first; where a
    classification ends; and whether the walk was cut."""
    walk = walk_columns(principal, starts, direction, kinds=[EdgeKind.DIRECT])
    reviews = {
        (column, label): verdict
        for column, label, verdict in ClassificationReview.objects.filter(
            column__in=id_list(walk.levels)
        ).values_list("column_id", "label_id", "verdict")
    }
    labels, edges = _labels(walk.levels), _edges(principal, walk.levels)
    told = _answer(principal, wanted, _flows(labels, edges, reviews))
    stored = detected(principal, wanted, asked, most)
    found = [one for one in _together(principal, told.suggestions, stored) if fits(one, asked)]
    return sorted(found, key=_order), told.stopped, walk.truncated


def fits(suggestion: Suggestion, asked: Asked) -> bool:
    """Whether a suggestion is among what was asked for."""
    name = f"{suggestion.dataset.qualified_name}.{suggestion.column.path}".lower()
    below = asked.under + SEPARATOR
    return (
        suggestion.strength >= asked.least
        and (not asked.source or asked.source in suggestion.sources)
        and (
            not asked.under or suggestion.label == asked.under or suggestion.label.startswith(below)
        )
        and asked.text.lower() in name
    )


def _order(one: Suggestion) -> tuple[float, int, str, str, str]:
    return -one.strength, len(one.path), one.dataset.qualified_name, one.column.path, one.label


def _together(
    principal: Principal, told: Iterable[Suggestion], stored: Iterable[DetectedClass]
) -> list[Suggestion]:
    """What lineage says and what was detected: one suggestion where both say the same."""
    found = {(one.column.id, one.label_id): one for one in told}
    rest: list[DetectedClass] = []
    for row in stored:
        same = found.get((row.column_id, row.label_id))
        if same is None:
            rest.append(row)
        else:
            strength = max(same.strength, together(same.strength, row.confidence))
            found[row.column_id, row.label_id] = replace(
                same, strength=round(strength, 4), evidence=row.evidence
            )
    columns = column_nodes(principal, {row.column_id for row in rest})
    nodes = nodes_of(principal, {column.dataset_id for column in columns.values()})
    alone = [
        Suggestion(
            column=columns[row.column_id],
            dataset=nodes[columns[row.column_id].dataset_id],
            label_id=row.label_id,
            label=row.label,
            strength=round(row.confidence, 4),
            weakened=tuple(one.text for one in row.evidence if one.weight < 0),
            path=(),
            evidence=row.evidence,
        )
        for row in rest
        if row.column_id in columns
    ]
    return [*found.values(), *alone]


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
    rows = (
        edges.annotate(expression=shown_expression(principal))
        .order_by()
        .values_list(
            "source_column_id",
            "target_column_id",
            "subtype",
            "masking",
            "preparations",
            "confidence",
            "expression",
        )
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
                elif verdict in (ReviewVerdict.REJECTED, ReviewVerdict.CHANGED):
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


def _answer(principal: Principal, wanted: set[int] | None, flows: _Flows) -> Suggestions:
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
    stopped = [
        Stopped(columns[column], nodes[columns[column].dataset_id], flows.paths[label], reason)
        for (column, label), reason in flows.stopped.items()
        if is_asked(column)
    ]
    stopped.sort(key=lambda s: (s.dataset.qualified_name, s.column.path, s.label))
    return Suggestions(suggestions=tuple(found), stopped=tuple(stopped), truncated=False)
