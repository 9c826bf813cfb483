"""The lineage tab of a dataset, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.errors import NotFound
from catalog.web.datasets.frame import Frame, frame_of
from catalog.web.datasets.replies import wants_fragment
from catalog.web.downloads import csv_response
from lineage.registries import lineage_panels
from lineage.selectors.disagreements import disagreements
from lineage.selectors.evidence import evidence, unparsed_statements
from lineage.selectors.jobs import jobs_of
from lineage.selectors.maps import LineageMap, lineage_map
from lineage.selectors.openlineage import dataset_events
from lineage.selectors.sentences import sentence_of
from lineage.types import JobUse, StatementStatus
from lineage.web.asked import Asked, asked
from lineage.web.drawing import picture
from lineage.web.evidence import shown
from lineage.web.rows import HEADER, edge_page, file_rows
from lineage.web.wording import STATUS

JOBS_SHOWN = 20


@require_GET
def lineage(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/lineage/`: where it comes from and goes; see `Asked` for its address."""
    frame, question = frame_of(request, dataset_id), asked(request)
    if wants_fragment(request) and request.headers.get("HX-Target") == "drawer":
        return render(request, "lineage/evidence.html", _evidence(frame, question))
    found = _map(frame, question)
    page, rows = edge_page(frame.principal, dataset_id, question, frame.at)
    context = {
        **frame.context,
        "map": found,
        "picture": picture(found, question),
        "sentences": [sentence_of(found.upstream), sentence_of(found.downstream)],
        "more_up": question.href(up=question.up + 1)
        if len(found.upstream.levels) > question.up
        else "",
        "more_down": question.href(down=question.down + 1)
        if len(found.downstream.levels) > question.down
        else "",
        "neighbours": _neighbours(found, question, is_past=frame.past is not None),
        "page": page,
        "rows": rows,
        "picture_label": f"Lineage of {found.start.name}",
        "unparsed": [
            {
                "title": STATUS[StatementStatus(statement.status)],
                "reason": statement.reason,
                "sql": statement.sql,
            }
            for statement in (
                [] if frame.past else unparsed_statements(frame.principal, dataset_id)
            )
        ],
        **({} if frame.past else _jobs(frame)),
        **_evidence(frame, question),
        "parts": [] if frame.past else _parts(frame),
        "query": request.GET.urlencode(),
        "impact_href": reverse("lineage:impact", args=[dataset_id]),
    }
    return render(request, "lineage/lineage.html", context)


@require_GET
def lineage_svg(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The picture as a file that opens anywhere."""
    frame, question = frame_of(request, dataset_id), asked(request)
    drawn = picture(_map(frame, question), question, standalone=True)
    return HttpResponse(
        drawn,
        content_type="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="{dataset_id}-lineage.svg"'},
    )


@require_GET
def lineage_json(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The map as data: nodes, links, and the column edges of the dataset."""
    frame, question = frame_of(request, dataset_id), asked(request)
    found = _map(frame, question)
    rows = file_rows(frame.principal, dataset_id, frame.at)
    return JsonResponse(
        {
            "dataset": found.start.qualified_name,
            "as_of": frame.at,
            "nodes": [asdict(node) for node in found.nodes],
            "links": [asdict(link) for link in found.links],
            "column_edges": [dict(zip(HEADER, row, strict=True)) for row in rows],
        },
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers={"Content-Disposition": f'attachment; filename="{dataset_id}-lineage.json"'},
    )


@require_GET
def lineage_csv(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The column edges of the dataset as CSV."""
    frame = frame_of(request, dataset_id)
    rows = file_rows(frame.principal, dataset_id, frame.at)
    return csv_response(f"{dataset_id}-lineage.csv", HEADER, rows)


@require_GET
def lineage_openlineage(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The map in OpenLineage's words: one DatasetEvent for each dataset that is drawn."""
    frame, question = frame_of(request, dataset_id), asked(request)
    drawn = [node.id for node in _map(frame, question).nodes]
    return JsonResponse(
        dataset_events(frame.principal, drawn, at=frame.at),
        safe=False,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers={"Content-Disposition": f'attachment; filename="{dataset_id}-openlineage.json"'},
    )


def _map(frame: Frame, question: Asked) -> LineageMap:
    with_columns = set(question.columns)
    if question.column:
        with_columns.add(frame.dataset.pk)
    return lineage_map(
        frame.principal,
        frame.dataset.pk,
        up=question.up,
        down=question.down,
        opened=question.expand,
        with_columns=with_columns,
        at=frame.at,
    )


def _evidence(frame: Frame, question: Asked) -> dict[str, Any]:
    """The evidence asked for, or that it is gone meanwhile; nothing when none is asked for."""
    if question.open is None or frame.past:
        return {"asked": question}
    source, target, edge = question.open
    try:
        found = evidence(frame.principal, source, target, column_edge_id=edge)
    except NotFound as error:
        return {"asked": question, "evidence_gone": error.message}
    return {
        "asked": question,
        "evidence": found,
        "statements": shown(found, question),
        "close_href": question.href(open=None),
    }


def _parts(frame: Frame) -> list[tuple[str, Mapping[str, Any]]]:
    """What others say here: their templates, each with what it shows."""
    panels = sorted(lineage_panels, key=lambda panel: panel.order)
    return [
        (panel.template, shown)
        for panel in panels
        if (shown := panel.context(frame.principal, frame.dataset)) is not None
    ]


def _jobs(frame: Frame) -> dict[str, Any]:
    """The jobs that fill the dataset, and where their events and their SQL disagree."""
    return {
        "jobs": jobs_of(frame.principal, frame.dataset.pk, JobUse.WRITES)[:JOBS_SHOWN],
        "disagreements": disagreements(frame.principal, [frame.dataset.pk]),
    }


def _neighbours(found: LineageMap, question: Asked, *, is_past: bool) -> list[dict[str, Any]]:
    """The links of the dataset itself, as rows."""
    nodes = {node.id: node for node in found.nodes}
    return [
        {
            "source": nodes[link.source],
            "target": nodes[link.target],
            "how": "values" if link.is_direct else "only which rows there are",
            "is_upstream": link.target == found.start.id,
            "evidence_href": "" if is_past else question.evidence_href(link.source, link.target),
        }
        for link in found.links
        if found.start.id in (link.source, link.target)
    ]
