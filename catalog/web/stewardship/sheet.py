"""Editing many datasets in a spreadsheet: give the file, see what it would change, apply."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import Action, require
from catalog.errors import InvalidInput
from catalog.selectors.sheets import preview_sheet
from catalog.services.sheets import apply_sheet
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.stewardship import sheet_files

PER_PAGE = 100


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """`/stewardship/sheet/`: take a file, then show what it would change."""
    require(principal_from(request), Action.EDIT_WIKI)
    if request.method != "POST":
        return render(request, "catalog/stewardship/sheet.html")
    given = request.FILES.get("sheet")
    try:
        if given is None:
            raise InvalidInput("Choose a CSV file first.")
        if given.size is None or given.size > sheet_files.MOST_BYTES:
            largest = sheet_files.MOST_BYTES // 1024**2
            raise InvalidInput(f"The file is larger than {largest} MB: split it.")
        content = given.read()
        sheet_files.read_sheet(content)
        key = sheet_files.keep(content)
    except InvalidInput as error:
        context = {"refusal": error.message}
        return render(request, "catalog/stewardship/sheet.html", context, status=400)
    return redirect(reverse("catalog:sheet_preview", args=[key]))


@require_GET
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """`/stewardship/sheet/<key>/`: cell by cell, before and after; nothing is changed yet."""
    rows = sheet_files.read_sheet(sheet_files.kept(key))
    found = preview_sheet(principal_from(request), rows)
    page = page_of(request, found.allowed, PER_PAGE)
    context = {"preview": found, "page": page, "key": key}
    return render(request, "catalog/stewardship/sheet_preview.html", context)


@require_POST
def apply(request: HttpRequest, key: str) -> HttpResponse:
    """`/stewardship/sheet/<key>/apply/`: apply what the preview showed, then forget the file."""
    rows = sheet_files.read_sheet(sheet_files.kept(key))
    report = apply_sheet(acting=principal_from(request), rows=rows)
    sheet_files.forget(key)
    return render(request, "catalog/stewardship/sheet_report.html", {"report": report})
