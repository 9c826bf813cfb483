"""The documentation that comes with this version, readable where people work."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.web.presentation.documents import document_of

FOLDERS = ("users", "operators", "adr")


def page(request: HttpRequest, name: str, folder: str = "") -> HttpResponse:
    """One document; the names are plain words, so no path leads out of the folder."""
    if folder and folder not in FOLDERS:
        raise Http404("There is no such part of the documentation.")
    path = Path(settings.BASE_DIR, "docs", folder, f"{name}.md")
    if not path.is_file():
        raise Http404("There is no such page in the documentation.")
    document = document_of(path.read_text(encoding="utf-8"), folder=folder)
    return render(request, "catalog/documentation.html", {"document": document})


def index(request: HttpRequest) -> HttpResponse:
    """Where to start."""
    return page(request, "index")


@require_GET
def graphql_schema(request: HttpRequest) -> HttpResponse:
    """`/docs/schema.graphql`: the schema, as a text to read or to keep."""
    path = Path(settings.BASE_DIR, "docs", "schema.graphql")
    return HttpResponse(path.read_text(encoding="utf-8"), content_type="text/plain; charset=utf-8")
