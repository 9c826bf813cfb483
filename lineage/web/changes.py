"""What a change reaches: the impact of a dataset or column, and the SQL that has to follow."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.errors import InvalidInput
from catalog.selectors.columns import get_column
from catalog.web.datasets.frame import Frame, frame_of
from catalog.web.downloads import csv_response
from catalog.web.presentation.shapes import Link
from lineage.registries import change_actions
from lineage.selectors.answers import Impact
from lineage.selectors.column_change import ColumnChangeAnswer, column_change
from lineage.selectors.columns import columns_by_dataset
from lineage.selectors.impact import column_impact, dataset_impact
from lineage.types import ColumnChange

IMPACT_HEADER = ("dataset", "effect", "steps", "path", "columns", "owners")
COLUMNS_SHOWN = 8


@require_GET
def impact(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/lineage/impact/?column=&change=&to=`: what a change reaches, by which path;
    with a change of a column also the statements that have to follow it."""
    frame = frame_of(request, dataset_id)
    wrong, answer = "", None
    try:
        answer = _change(frame, request)
    except InvalidInput as error:
        wrong = error.message
    found = answer.impact if answer is not None else _impact(frame, request)
    context = {
        **frame.context,
        "impact": found,
        "answer": answer,
        "statements": [
            (statement, [(line[:1], line[1:]) for line in statement.diff])
            for statement in (answer.statements if answer is not None else ())
        ],
        "wrong": wrong,
        "actions": _actions(frame, answer),
        "changes": [(change.value, change.value.capitalize()) for change in ColumnChange],
        "chosen": {name: request.GET.get(name, "") for name in ("column", "change", "to")},
        "own_columns": columns_by_dataset(frame.principal, [dataset_id])[dataset_id],
        "columns_shown": COLUMNS_SHOWN,
        "query": request.GET.urlencode(),
        "lineage_href": reverse("lineage:dataset", args=[dataset_id]),
    }
    return render(request, "lineage/impact.html", context)


@require_GET
def impact_csv(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The same as CSV."""
    found = _impact(frame_of(request, dataset_id), request)
    rows = [
        (
            item.node.qualified_name,
            item.effect.value,
            item.distance,
            " > ".join(node.qualified_name for node in item.path),
            ", ".join(column.path for column in item.columns),
            ", ".join(item.owners),
        )
        for item in found.affected
    ]
    return csv_response(f"{dataset_id}-impact.csv", IMPACT_HEADER, rows)


def _impact(frame: Frame, request: HttpRequest) -> Impact:
    path = request.GET.get("column", "")[:1000]
    if not path:
        return dataset_impact(frame.principal, frame.dataset.pk)
    column = get_column(frame.principal, frame.dataset.pk, path)
    return column_impact(frame.principal, column.pk)


def _change(frame: Frame, request: HttpRequest) -> ColumnChangeAnswer | None:
    """The change that the address asks for; None where it asks for none."""
    path, word = request.GET.get("column", "")[:1000], request.GET.get("change", "")
    if not word:
        return None
    if word not in set(ColumnChange):
        raise InvalidInput("A column can be dropped, renamed or retyped.", field="change")
    if not path:
        raise InvalidInput("Choose the column that changes.", field="column")
    column = get_column(frame.principal, frame.dataset.pk, path)
    return column_change(frame.principal, column.pk, ColumnChange(word), request.GET.get("to", ""))


def _actions(frame: Frame, answer: ColumnChangeAnswer | None) -> list[Link]:
    """What other packages offer to do with a change, such as proposing it."""
    if answer is None or answer.impact.column is None:
        return []
    made: Any = (
        make(frame.dataset.qualified_name, answer.impact.column.path, answer.change, answer.to)
        for make in change_actions
    )
    return [link for link in made if link is not None]
