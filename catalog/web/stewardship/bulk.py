"""One change on many datasets: choose them in a list, choose the change, read the report."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from catalog.errors import InvalidInput
from catalog.selectors.dataset_lists import DatasetFilter, listed_datasets
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.owner_references import known_references
from catalog.selectors.pickers import label_paths
from catalog.services.curation import change_many
from catalog.services.curation.bulk import MAX_DATASETS
from catalog.types import LabelKind, Principal
from catalog.web.middleware import principal_from
from catalog.web.stewardship.bulk_changes import CHANGES, BulkChange
from catalog.web.stewardship.returning import back_to

NAMED = 12


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """`/datasets/change/`: what shall happen to the datasets that were ticked, or to all of the
    list when the button for all was pressed. Nothing is changed here."""
    principal = principal_from(request)
    if request.POST.get("which") == "all":
        conditions = DatasetFilter.from_query(_values(request.POST.get("state", "")))
        ids = list(
            listed_datasets(principal, conditions).values_list("pk", flat=True)[: MAX_DATASETS + 1]
        )
    else:
        ids = _ids(request.POST.getlist("dataset"))
    return _form_page(request, principal, ids)


@require_POST
def change(request: HttpRequest, key: str) -> HttpResponse:
    """`/datasets/change/<what>/`: do it on each dataset on its own, and say how it went."""
    principal = principal_from(request)
    chosen = next((known for known in CHANGES if known.key == key), None)
    if chosen is None:
        raise InvalidInput("There is no such change of many datasets.")
    ids = _ids(request.POST.get("datasets", "").split(","))
    form: Any = chosen.make(principal, request.POST)
    if not form.is_valid():
        return _form_page(request, principal, ids, chosen, form)
    try:
        report = change_many(ids, form.change(principal))
    except InvalidInput as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _form_page(request, principal, ids, chosen, form)
    known = visible_datasets(principal).in_bulk([*report.changed, *report.refused])
    return render(
        request,
        "catalog/stewardship/bulk_report.html",
        {
            "change": chosen,
            "changed": [known[pk] for pk in report.changed if pk in known],
            "refused": [(known.get(pk), reason) for pk, reason in report.refused.items()],
            "total": len(ids),
            "back": back_to(request),
        },
    )


def _form_page(
    request: HttpRequest,
    principal: Principal,
    ids: list[int],
    wrong: BulkChange | None = None,
    wrong_form: forms.Form | None = None,
) -> HttpResponse:
    if len(ids) > MAX_DATASETS:
        raise InvalidInput(
            f"These are more than {MAX_DATASETS:,} datasets, the most that can be changed at once:"
            " narrow the list."
        )
    seen = visible_datasets(principal).filter(pk__in=ids).order_by("qualified_name")
    count = seen.count()
    changes = [
        (known, wrong_form if known is wrong else known.make(principal)) for known in CHANGES
    ]
    return render(
        request,
        "catalog/stewardship/bulk.html",
        {
            "named": list(seen[:NAMED]),
            "count": count,
            "more": max(0, count - NAMED),
            "ids": ",".join(str(pk) for pk in ids),
            "changes": changes,
            "wrong_form": wrong_form,
            "known_owners": known_references(principal),
            "known_tags": label_paths(principal, LabelKind.TAG),
            "known_classifications": label_paths(principal, LabelKind.CLASSIFICATION),
            "back": back_to(request),
        },
        status=400 if wrong_form is not None else 200,
    )


def _ids(written: list[str]) -> list[int]:
    numbers = [text.strip() for text in written if text.strip()]
    if any(not (n.isascii() and n.isdigit() and len(n) < 19) for n in numbers):
        raise InvalidInput("A dataset is chosen by its number.", field="dataset")
    ids = list(dict.fromkeys(int(n) for n in numbers))
    if not ids:
        raise InvalidInput("No dataset was chosen: tick at least one in the list.", field="dataset")
    return ids


def _values(query_string: str) -> dict[str, str]:
    query = QueryDict(query_string[:4000])
    return {key: query.get(key) or "" for key in query}
