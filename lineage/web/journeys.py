"""Ways through the graph: between two datasets, and everywhere that a column's values go."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.errors import NotFound
from catalog.pictures.svg import Svg
from catalog.selectors.columns import get_column
from catalog.web.datasets.frame import frame_of
from catalog.web.downloads import csv_response
from lineage.selectors.answers import ColumnClosure, Direction, Paths
from lineage.selectors.catalog_tables import CatalogTables
from lineage.selectors.columns import column_closure, columns_by_dataset
from lineage.selectors.traversal import paths_between
from lineage.types import EdgeKind
from lineage.web.drawing import closure_picture, paths_picture
from lineage.web.wording import belief, how

MOST_DRAWN = 200
CLOSURE_HEADER = ("dataset", "column", "type", "steps")


@require_GET
def paths(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/lineage/paths/?to=<name>&back=1`: the shortest ways to another dataset, or
    with `back` from it."""
    frame = frame_of(request, dataset_id)
    name, is_back = request.GET.get("to", "").strip()[:2_000], request.GET.get("back") == "1"
    other = CatalogTables(frame.principal).named(name) if name else None
    found: Paths | None = None
    if other is not None:
        ends = (other.id, dataset_id) if is_back else (dataset_id, other.id)
        found = paths_between(frame.principal, *ends, at=frame.at)
    context = {
        **frame.context,
        "to": name,
        "is_back": is_back,
        "wrong": "There is no dataset of that name." if name and other is None else "",
        "found": found,
        "sentence": _ways(found) if found is not None else "",
        "picture": _paths_picture(found),
        "picture_label": f"Ways between {frame.dataset.name} and {name}",
        "lineage_href": reverse("lineage:dataset", args=[dataset_id]),
    }
    return render(request, "lineage/paths.html", context)


@require_GET
def column(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/lineage/column/?column=email&direction=down&indirect=1`: where the values of
    a column go, or come from."""
    frame = frame_of(request, dataset_id)
    own = columns_by_dataset(frame.principal, [dataset_id])[dataset_id]
    path = request.GET.get("column", "")[:1000] or (own[0].path if own else "")
    if not path:
        raise NotFound("Concord knows no columns of this dataset.")
    found = _closure(request, frame.principal, dataset_id, path, frame.at)
    nodes = {node.id: node for node in found.datasets}
    incoming: dict[int, str] = {}
    for link in found.links:
        end = link.target_column if found.direction is Direction.DOWN else link.source_column
        if end is not None:
            incoming.setdefault(end.id, how(link.subtype, link.masking, link.preparations))
    reached = [
        (node, nodes[node.dataset_id], far, incoming.get(node.id, ""))
        for node, far in found.columns
        if node.dataset_id in nodes
    ]
    decided = [
        (nodes[link.target_id], link.source_column.path, how(link.subtype, link.masking),
         belief(link.confidence, link.reason))
        for link in found.links
        if link.target_column is None and link.target_id in nodes
    ]  # fmt: skip
    context = {
        **frame.context,
        "closure": found,
        "sentence": _closure_sentence(found, frame.dataset.name),
        "reached": reached,
        "decided": decided,
        "own_columns": own,
        "column": path,
        "direction": found.direction.value,
        "with_indirect": request.GET.get("indirect") == "1",
        "picture": closure_picture(found) if len(found.datasets) <= MOST_DRAWN else Svg(""),
        "picture_label": f"Where the values of {path} go",
        "query": request.GET.urlencode(),
        "lineage_href": reverse("lineage:dataset", args=[dataset_id]),
    }
    return render(request, "lineage/column.html", context)


@require_GET
def column_csv(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The same as CSV."""
    frame = frame_of(request, dataset_id)
    path = request.GET.get("column", "")[:1000]
    found = _closure(request, frame.principal, dataset_id, path, frame.at)
    nodes = {node.id: node for node in found.datasets}
    rows = [
        (nodes[node.dataset_id].qualified_name, node.path, node.physical_type, far)
        for node, far in found.columns
        if node.dataset_id in nodes
    ]
    return csv_response(f"{dataset_id}-column.csv", CLOSURE_HEADER, rows)


def _closure(
    request: HttpRequest, principal: Any, dataset_id: int, path: str, at: Any
) -> ColumnClosure:
    start = get_column(principal, dataset_id, path)
    is_up = request.GET.get("direction") == Direction.UP
    kinds = tuple(EdgeKind) if request.GET.get("indirect") == "1" else (EdgeKind.DIRECT,)
    return column_closure(
        principal, start.pk, Direction.UP if is_up else Direction.DOWN, kinds=kinds, at=at
    )


def _paths_picture(found: Paths | None) -> Svg:
    if found is None or not found.shortest or len(found.between) > MOST_DRAWN:
        return Svg("")
    return paths_picture(found)


def _ways(found: Paths) -> str:
    if not found.shortest:
        return "No way that Concord knows leads from the one to the other."
    count, steps = len(found.shortest), len(found.shortest[0]) - 1
    more = "More than " if found.truncated else ""
    ways = f"{more}{count:,} shortest {'way' if count == 1 else 'ways'}"
    return (
        f"{ways} of {steps:,} {'step' if steps == 1 else 'steps'}, over"
        f" {len(found.between):,} datasets in all."
    )


def _closure_sentence(found: ColumnClosure, dataset: str) -> str:
    name = f"{dataset}.{found.start.path}"
    count = len(found.columns)
    datasets = len({node.dataset_id for node, _ in found.columns})
    if not count:
        return (
            f"The values of {name} go nowhere that Concord knows."
            if found.direction is Direction.DOWN
            else f"Concord knows of nothing that {name} is made from."
        )
    where = (
        f"{count:,} {'column' if count == 1 else 'columns'} in {datasets:,}"
        f" {'dataset' if datasets == 1 else 'datasets'}"
    )
    more = "More than " if found.truncated else ""
    if found.direction is Direction.DOWN:
        return f"The values of {name} reach {more.lower()}{where}."
    return f"{more}{where} {'feeds' if count == 1 else 'feed'} {name}."
