"""One import: its progress, what it did or would do, and what it could not use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.access import Action, gate
from catalog.errors import Conflict
from catalog.models import IngestionRun
from catalog.selectors import ingestion as selector
from catalog.services.ingestion_runs import apply_dry_run
from catalog.types import Principal, RunState
from catalog.web.downloads import csv_response
from catalog.web.ingestion.wording import run_duration, run_sentence, state_words
from catalog.web.middleware import principal_from
from catalog.web.paging import exported, page_of
from catalog.web.presentation.shapes import Link

CHANGES = (
    ("created", "Created"),
    ("changed", "Changed"),
    ("disappeared", "Gone at the source"),
)
PER_PAGE = 25
_WENT_WELL = frozenset({RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_PROBLEMS})


@require_GET
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """`/ingestion/runs/<id>/`"""
    return _run_page(request, run_id)


@require_GET
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part that moves, for a page that watches; tells it to load itself anew at the end."""
    principal = principal_from(request)
    found = selector.run_named(principal, run_id)
    response = render(request, "catalog/ingestion/progress.html", _context(principal, found))
    if selector.is_ended(found):
        response["HX-Refresh"] = "true"
    return response


@require_GET
def diff(request: HttpRequest, run_id: int) -> HttpResponse:
    """`/ingestion/runs/<id>/changes/`: what a dry run would change, dataset by dataset."""
    principal = principal_from(request)
    found = selector.diff_of(principal, run_id)
    chosen = request.GET.get("change", "")
    entries = found.diff.get("entries", [])
    if chosen:
        entries = [entry for entry in entries if entry["change"] == chosen]
    context = {
        **_context(principal, found),
        "chosen": chosen,
        "changes": [(key, label, found.diff.get(key, 0)) for key, label in CHANGES],
        "page": page_of(request, entries, PER_PAGE),
        "is_cut": found.diff.get("is_cut", False),
        "breadcrumb": (*_steps(found), Link("What it would change")),
    }
    return render(request, "catalog/ingestion/diff.html", context)


@require_GET
def diff_csv(request: HttpRequest, run_id: int) -> HttpResponse:
    """`/ingestion/runs/<id>/changes.csv`: one row for each difference."""
    found = selector.diff_of(principal_from(request), run_id)
    rows: list[tuple[object, ...]] = []
    for entry in found.diff.get("entries", []):
        name, change = entry["name"], entry["change"]
        if change != "changed":
            rows.append((name, change, "", "", "", ""))
        for field, (before, after) in entry["fields"].items():
            rows.append((name, change, "", field, before, after))
        for kind in ("added", "disappeared", "returned"):
            rows += [(name, change, path, kind, "", "") for path in entry["columns"][kind]]
        for path, fields in entry["columns"]["changed"].items():
            rows += [(name, change, path, field, b, a) for field, (b, a) in fields.items()]
    header = ("dataset", "change", "column", "what", "before", "after")
    return csv_response(f"import-{run_id}-changes.csv", header, rows)


@require_GET
def problems_csv(request: HttpRequest, run_id: int) -> HttpResponse:
    """`/ingestion/runs/<id>/problems.csv`"""
    principal = principal_from(request)
    found = selector.run_named(principal, run_id)
    rows = exported(selector.problems_of(principal, found))
    return csv_response(
        f"import-{run_id}-problems.csv",
        ("severity", "where", "what"),
        [(row.severity, row.location, row.message) for row in rows],
    )


@require_POST
def apply(request: HttpRequest, run_id: int) -> HttpResponse:
    """Import for real what the dry run has shown."""
    try:
        started = apply_dry_run(acting=principal_from(request), run_id=run_id)
    except Conflict as error:
        return _run_page(request, run_id, error)
    return redirect("catalog:run", started.pk)


def _run_page(request: HttpRequest, run_id: int, refusal: Conflict | None = None) -> HttpResponse:
    principal = principal_from(request)
    found = selector.run_named(principal, run_id)
    context = {
        **_context(principal, found),
        "problems": page_of(request, selector.problems_of(principal, found))
        if selector.may_see_details(principal)
        else None,
        "may_edit": gate().authorize(principal, Action.ADMINISTER).allowed,
        "refusal": refusal.message if refusal else "",
        "systems": selector.systems_of(principal, found)
        if found.state in _WENT_WELL and not found.is_dry_run
        else (),
        "breadcrumb": _steps(found),
    }
    status = refusal.status if refusal else 200
    return render(request, "catalog/ingestion/run.html", context, status=status)


def _context(principal: Principal, run: IngestionRun) -> dict[str, Any]:
    meaning, word = state_words(run)
    is_ended = selector.is_ended(run)
    may_import = selector.may_see_details(principal)
    return {
        "run": run,
        "meaning": meaning,
        "word": word,
        "sentence": run_sentence(run),
        "duration": run_duration(run),
        "is_ended": is_ended,
        "may_import": may_import,
        "may_apply": may_import and run.is_dry_run and run.state in _WENT_WELL,
        "has_changes": bool(run.diff.get("entries")),
    }


def _steps(run: IngestionRun) -> tuple[Link, ...]:
    connection = run.connection
    word = "Dry run" if run.is_dry_run else "Import"
    return (
        Link("Ingestion", reverse("catalog:ingestion")),
        Link(connection.name, reverse("catalog:connection", args=[connection.pk])),
        Link(f"{word} {run.pk}", reverse("catalog:run", args=[run.pk])),
    )
