"""A tag or a classification: what it means and what carries it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.models import Label
from catalog.selectors.directory import labeled_columns, labels
from catalog.types import LabelKind, Principal
from catalog.web.addresses import dataset_address
from catalog.web.downloads import csv_response
from catalog.web.middleware import principal_from
from catalog.web.paging import exported
from catalog.web.presentation.shapes import Link
from catalog.web.stewardship.listing import dataset_listing

COLUMNS_SHOWN = 100


@require_GET
def label(request: HttpRequest, label_id: int) -> HttpResponse:
    """`/labels/<id>/`"""
    principal = principal_from(request)
    found = _label(principal, label_id)
    columns = labeled_columns(principal, found)
    register = "tags" if found.kind == LabelKind.TAG else "classifications"
    context = {
        "label": found,
        "register": register,
        "breadcrumb": _breadcrumb(found, register),
        "may_edit": gate().authorize(principal, Action.ADMINISTER, found).allowed,
        "children": list(labels(principal).filter(parent=found)),
        "column_count": columns.count(),
        "columns": [
            (column, dataset_address(column.dataset_id, "columns", column=column.path))
            for column in columns[:COLUMNS_SHOWN]
        ],
        "listing": dataset_listing(request, principal, label=found.pk),
    }
    return render(request, "catalog/directory/label.html", context)


@require_GET
def columns_csv(request: HttpRequest, label_id: int) -> HttpResponse:
    """`/labels/<id>/columns.csv`"""
    principal = principal_from(request)
    columns = exported(labeled_columns(principal, _label(principal, label_id)))
    return csv_response(
        "columns.csv",
        ("dataset", "column", "type"),
        [(c.dataset.qualified_name, c.path, c.physical_type) for c in columns],
    )


def _label(principal: Principal, label_id: int) -> Label:
    found = labels(principal).filter(pk=label_id).first()
    if found is None:
        raise NotFound("There is no such label.")
    return found


def _breadcrumb(label: Label, register: str) -> tuple[Link, ...]:
    above: list[Link] = []
    current = label.parent
    while current is not None and len(above) < 10:
        above.insert(0, Link(current.name, reverse("catalog:label", args=[current.pk])))
        current = current.parent
    words = "Tags" if register == "tags" else "Classifications"
    return (Link(words, reverse(f"catalog:{register}")), *above, Link(label.name))
