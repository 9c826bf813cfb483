"""The columns of a dataset: a table with filter, sort, nested fields and editing in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, NotFound
from catalog.models import Column, Relation
from catalog.names import NameRefused, split_parts
from catalog.registries.pages import dataset_tabs
from catalog.selectors.columns import (
    ColumnQuestion,
    ColumnTable,
    column_table,
    column_version,
    foreign_keys,
    get_column,
    past_column_table,
)
from catalog.selectors.pickers import label_paths
from catalog.services import curation
from catalog.services.curation.revert import revert_column
from catalog.types import LabelKind
from catalog.web.addresses import dataset_address
from catalog.web.datasets.confirmations import Confirmation, Undo
from catalog.web.datasets.frame import Frame, frame_of
from catalog.web.datasets.replies import refusal_status, wants_fragment
from catalog.web.downloads import csv_response
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole

MOST_DEPTH = 4  # deeper fields are indented like the fourth level
CSV_HEADER = ("path", "type", "nullable", "key position", "description", "labels", "gone since")


@dataclass(frozen=True, slots=True)
class Row:
    """A column as a row of the table."""

    column: Column
    depth: int
    description: str
    is_declared: bool
    labels: Sequence[Any]
    references: Sequence[Relation]
    has_children: bool = False
    is_open: bool = False


@require_GET
def columns(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/columns/?q=&sort=&open=&column=&page=`"""
    frame = frame_of(request, dataset_id)
    asked = _asked(request)
    table = _table(frame, asked)
    keys = {} if frame.past else foreign_keys(frame.principal, frame.dataset)
    context = {
        **frame.context,
        "table": table,
        "rows": [_row(column, table, keys) for column in table.page.object_list],
        "asked": asked,
        "lineage_href": _lineage_href(frame),
    }
    return render(request, "catalog/dataset/columns.html", context)


@require_GET
def columns_csv(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Every column, unfolded, as CSV."""
    frame = frame_of(request, dataset_id)
    rows: list[Sequence[object]] = []
    asked = ColumnQuestion(sort="ordinal", page=1)
    while True:
        page = _table(frame, asked).page
        rows += [_csv_row(column) for column in page.object_list]
        if not page.has_next():
            return csv_response(f"{frame.dataset.pk}-columns.csv", CSV_HEADER, rows)
        asked = ColumnQuestion(sort="ordinal", page=page.number + 1)


@require_http_methods(["GET", "POST"])
def edit_column(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The form of one column (`?path=`): its description and its labels."""
    frame = frame_of(request, dataset_id)
    path = (request.POST if request.method == "POST" else request.GET).get("path", "")
    column = get_column(frame.principal, dataset_id, path)
    if not frame.rights["description"].allowed:
        raise AccessRefused(frame.rights["description"])
    if request.method == "GET":
        return _form(request, frame, column)
    before = column_version(frame.principal, column)
    if request.POST.get("version", str(before)) != str(before):
        refusal = "Somebody changed this column meanwhile. Their text stands below the form."
        return _form(request, frame, column, refusal, status=409)
    try:
        saved = curation.change_column(
            acting=frame.principal,
            dataset_id=dataset_id,
            path=path,
            description=request.POST.get("description", ""),
            reason=request.POST.get("reason", "")[:500],
        )
    except NotFound:
        raise
    except (CatalogError, AccessRefused) as error:
        return _form(request, frame, column, reason_of(error), status=refusal_status(error))
    if column_version(frame.principal, saved) == before:
        confirmation = Confirmation("columns", "Nothing was different.", subject=path)
    else:
        undo = Undo(
            reverse("catalog:revert_column", args=[dataset_id]),
            {"history_id": str(before), "path": path},
        )
        confirmation = Confirmation("columns", f"{path}: saved.", undo, path)
    return changed_column(request, dataset_id, path, confirmation)


@require_GET
def column_row(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """One row as it stands, which is what leaving its form brings back."""
    return _shown_row(request, dataset_id, request.GET.get("path", ""), None)


@require_POST
def revert_column_description(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Go back to an earlier description of a column."""
    frame = frame_of(request, dataset_id)
    written = request.POST.get("history_id", "")
    if (number := whole(written)) is None:
        raise NotFound("This version does not belong to a column of the dataset.")
    column = revert_column(acting=frame.principal, dataset_id=dataset_id, history_id=number)
    confirmation = Confirmation("columns", "Taken back. It is as it was.", subject=column.path)
    return changed_column(request, dataset_id, column.path, confirmation)


def changed_column(
    request: HttpRequest, dataset_id: int, path: str, confirmation: Confirmation
) -> HttpResponse:
    """Show the row that changed with its confirmation."""
    if not wants_fragment(request):
        address = dataset_address(dataset_id, "columns", column=path, done=confirmation.token())
        return redirect(f"{address}#part-columns")
    return _shown_row(request, dataset_id, path, confirmation)


def _shown_row(
    request: HttpRequest, dataset_id: int, path: str, confirmation: Confirmation | None
) -> HttpResponse:
    frame = frame_of(request, dataset_id)
    column = get_column(frame.principal, dataset_id, path)
    keys = foreign_keys(frame.principal, frame.dataset)
    table = column_table(frame.principal, frame.dataset, ColumnQuestion(column=path))
    context = {
        **frame.context,
        "row": _row(column, table, keys),
        "confirmation": confirmation,
        "lineage_href": _lineage_href(frame),
        "table": table,
    }
    return render(request, "catalog/dataset/column_row.html", context)


def _form(
    request: HttpRequest, frame: Frame, column: Column, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        **frame.context,
        "column": column,
        "text": request.POST.get("description")
        or column.declared_description
        or column.harvested_description,
        "version": column_version(frame.principal, column),
        "refusal": refusal,
        "row_id": f"column-{column.pk}",
        "part": "columns",
        "title": column.path,
        "fragment": "catalog/dataset/edit/column.html",
        "known_tags": label_paths(frame.principal, LabelKind.TAG),
        "known_classifications": label_paths(frame.principal, LabelKind.CLASSIFICATION),
    }
    page = (
        "catalog/dataset/edit/column_in_table.html"
        if wants_fragment(request)
        else "catalog/dataset/edit/page.html"
    )
    return render(request, page, context, status=status)


def _asked(request: HttpRequest) -> ColumnQuestion:
    page = request.GET.get("page", "")
    return ColumnQuestion(
        text=request.GET.get("q", "").strip()[:200],
        sort=request.GET.get("sort", ""),
        open=frozenset(request.GET.getlist("open")[:200]),
        column=_checked_path(request.GET.get("column", "")),
        page=whole(page) or 0,
    )


def _checked_path(path: str) -> str:
    try:
        return path if path and split_parts(path) else ""
    except NameRefused:
        return ""


def _table(frame: Frame, asked: ColumnQuestion) -> ColumnTable:
    if frame.past:
        return past_column_table(frame.past.columns, asked)
    return column_table(frame.principal, frame.dataset, asked)


def _row(column: Column, table: ColumnTable, keys: Mapping[str, Sequence[Relation]]) -> Row:
    return Row(
        column=column,
        depth=min(len(split_parts(column.path)) - 1, MOST_DEPTH),
        description=column.declared_description or column.harvested_description,
        is_declared=bool(column.declared_description),
        labels=list(column.labels.all()),
        references=keys.get(column.path, ()),
        has_children=table.is_tree and column.path in table.parents,
        is_open=column.path in table.open,
    )


def _csv_row(column: Column) -> Sequence[object]:
    return (
        column.path,
        column.physical_type,
        column.nullable,
        column.key_position,
        column.declared_description or column.harvested_description,
        ", ".join(held.label.path for held in column.labels.all()),
        column.disappeared_at,
    )


def _lineage_href(frame: Frame) -> str:
    """The lineage tab's address, where a package above put one; `column=` follows a column."""
    if "lineage" not in dataset_tabs:
        return ""
    return dataset_tabs.get("lineage").href(frame.dataset)
