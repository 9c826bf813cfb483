"""Field mappings on pages: two systems, a pair of datasets, a record made of several systems."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.selectors.directory import systems
from catalog.web.downloads import csv_response
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.whole_numbers import whole
from governance.mappings.selectors.mapping import FieldMapping, field_mapping
from governance.mappings.selectors.pairs import mapped_pairs, system_pair
from governance.mappings.selectors.records import composed_record

_HEADER = ("left", "right", "left_type", "right_type", "known_by", "mismatches")


@require_GET
def mappings(request: HttpRequest) -> HttpResponse:
    """`/mappings/`: `?left=&right=` are two systems by id."""
    principal = principal_from(request)
    left, right = (_number(request, name) for name in ("left", "right"))
    context: dict[str, object] = {
        "systems": list(systems(principal)),
        "left_id": left,
        "right_id": right,
    }
    if left and right and left != right:
        first, second = system_pair(principal, left, right)
        page = page_of(request, mapped_pairs(principal, left, right))
        context |= {"left": first, "right": second, "page": page}
    return render(request, "governance/mappings/mappings.html", context)


@require_GET
def mapping(request: HttpRequest, left_id: int, right_id: int) -> HttpResponse:
    """`/mappings/<left>/<right>/`: `?only=mismatches` leaves out what fits."""
    found = field_mapping(principal_from(request), left_id, right_id)
    only = request.GET.get("only") == "mismatches"
    context = {
        "mapping": found,
        "fields": [one for one in found.fields if one.mismatches or not only],
        "only": only,
    }
    return render(request, "governance/mappings/mapping.html", context)


@require_GET
def mapping_csv(request: HttpRequest, left_id: int, right_id: int) -> HttpResponse:
    """`/mappings/<left>/<right>.csv`: every field of both sides, mapped or missing."""
    found = field_mapping(principal_from(request), left_id, right_id)
    return csv_response("mapping.csv", _HEADER, _rows(found))


@require_GET
def record(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/mappings/record/<dataset>/`"""
    found = composed_record(principal_from(request), dataset_id)
    return render(request, "governance/mappings/record.html", {"record": found})


def _rows(found: FieldMapping) -> Iterator[tuple[str, ...]]:
    for one in found.fields:
        yield (
            one.left.path,
            one.right.path,
            one.left.physical_type,
            one.right.physical_type,
            " ".join(one.grounds),
            " ".join(mismatch.sentence for mismatch in one.mismatches),
        )
    for missing in found.missing_right:
        yield (missing.field.path, "", missing.field.physical_type, "", "", "Missing on the right.")
    for missing in found.missing_left:
        yield ("", missing.field.path, "", missing.field.physical_type, "", "Missing on the left.")


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return whole(text) or 0
