"""The log of access decisions, one decision, who could read on a day and who did, and holds."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from io import StringIO
from itertools import chain, islice
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.web.downloads import neutral
from catalog.web.middleware import principal_from
from catalog.web.paging import PER_PAGE
from catalog.web.refusals import reason_of
from governance.audit.selectors.past import names_now
from governance.audit.selectors.records import (
    AuditRecords,
    Search,
    holds,
    is_auditor,
    record_in,
    search_of,
    used_by_dataset,
)
from governance.audit.services.holding import lift_hold, place_hold
from governance.audit.services.reading import (
    COLUMNS,
    export_cells,
    export_json_lines,
    open_readers,
    open_row,
    open_rows,
)
from governance.audit.types import ABOUT_THE_LOG, AccessOutcome, AccessRecord
from governance.models import AuditRow
from governance.permissions.selectors.exceptions import exceptions_called

_MOST_READERS = 500


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """`/audit/`: everything of the search narrows it, `?before=` goes on."""
    principal = principal_from(request)
    context: dict[str, Any] = {
        "given": request.GET,
        "outcomes": list(AccessOutcome),
        "is_auditor": is_auditor(principal),
    }
    try:
        search = search_of(request.GET)
        rows = open_rows(principal, search)
        before = request.GET.get("before", "")
        if before:
            rows = rows.before(_key(before))
        found = rows.first(PER_PAGE + 1)
    except InvalidInput as error:
        context |= {"error": error.message, "field": error.field, "records": []}
        return render(request, "governance/audit/log.html", context, status=400)
    shown = found[:PER_PAGE]
    filters = {name: value for name, value in request.GET.items() if name != "before" and value}
    context |= {
        "records": [(row, record_in(row)) for row in shown],
        "filters": urlencode(filters),
        "is_narrowed": bool(filters),
        "older": urlencode(filters | {"before": str(shown[-1].pk)})
        if len(found) > PER_PAGE
        else "",
    }
    return render(request, "governance/audit/log.html", context)


@require_GET
def record(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
    """`/audit/<id>/`"""
    principal = principal_from(request)
    row = open_row(principal, str(record_id))
    found = record_in(row)
    context = {
        "row": row,
        "record": found,
        "used": used_by_dataset(found),
        "exceptions": exceptions_called(principal, found.exceptions),
        "digest": bytes(row.digest).hex(),
    }
    return render(request, "governance/audit/record.html", context)


@require_GET
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """`/audit/audit.csv`: everything that is found, safe to open in a spreadsheet."""
    cells = export_cells(principal_from(request), search_of(request.GET))
    return StreamingHttpResponse(
        _csv(cells),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )


@require_GET
def as_json_lines(request: HttpRequest) -> StreamingHttpResponse:
    """`/audit/audit.jsonl`: the canonical rows with their digests."""
    lines = export_json_lines(principal_from(request), search_of(request.GET))
    return StreamingHttpResponse(
        lines,
        content_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="audit.jsonl"'},
    )


def _of_the_data(rows: AuditRecords) -> Iterator[tuple[AuditRow, AccessRecord]]:
    """Without those that read the log itself: they saw nothing of the data."""
    for row in rows:
        record = record_in(row)
        if record.action not in ABOUT_THE_LOG:
            yield row, record


@require_GET
def readers(request: HttpRequest) -> HttpResponse:
    """`/audit/readers/`: `?dataset=`, `?day=` and `?column=`; who could read it, and who did."""
    principal = principal_from(request)
    dataset, day = request.GET.get("dataset", ""), request.GET.get("day", "")
    column = request.GET.get("column", "")
    context: dict[str, Any] = {"dataset": dataset, "day": day, "column": column}
    status = 200
    if dataset and day:
        try:
            found = open_readers(principal, dataset=dataset, day=day, column=column)
            days = search_of({"since": day, "until": day})
            search = Search(dataset=str(found.dataset), since=days.since, until=days.until)
            shown = {
                answer: list(
                    islice((r for r in found.readers if r.answer == answer), _MOST_READERS)
                )
                for answer in ("whole", "part", "nothing")
            }
            names = names_now(chain.from_iterable(shown.values()))
            context |= {
                "found": found,
                "groups": [
                    (answer, [(one, names.get(one.person, "")) for one in listed],
                     found.count(answer))
                    for answer, listed in shown.items()
                ],
                "did": list(islice(_of_the_data(open_rows(principal, search)), PER_PAGE)),
                "did_href": urlencode({"dataset": found.dataset, "since": day, "until": day}),
            }  # fmt: skip
        except CatalogError as error:
            context |= {"error": error.message, "field": error.field}
            status = error.status
    return render(request, "governance/audit/readers.html", context, status=status)


@require_http_methods(["GET", "POST"])
def hold_list(request: HttpRequest) -> HttpResponse:
    """`/audit/holds/`: what is held, and a form for one more."""
    principal = principal_from(request)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            given = search_of(request.POST)
            place_hold(
                acting=principal,
                reason=request.POST.get("reason", ""),
                person=given.person,
                dataset=given.dataset,
                since=given.since,
                until=given.until,
            )
        except AccessRefused as error:
            context, status = {"error": reason_of(error)}, 403
        except CatalogError as error:
            context = {"error": reason_of(error), "error_field": error.field, "given": request.POST}
            status = error.status
        else:
            messages.success(request, "The rows are held.")
            return redirect("governance:audit_holds")
    context |= {"holds": list(holds(principal)[:200]), "is_auditor": is_auditor(principal)}
    return render(request, "governance/audit/holds.html", context, status=status)


@require_POST
def lift(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Let held rows age again."""
    try:
        lift_hold(acting=principal_from(request), hold_id=hold_id)
        messages.success(request, "The hold is lifted.")
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    return redirect("governance:audit_holds")


def _csv(rows: Iterator[list[object]]) -> Iterator[str]:
    yield "\ufeff" + ",".join(COLUMNS) + "\r\n"
    for cells in rows:
        text = StringIO()
        csv.writer(text).writerow([neutral(cell) for cell in cells])
        yield text.getvalue()


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidInput("before is the id of a decision.", field="before") from error
