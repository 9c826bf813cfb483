"""What people say about anything: one page for each object, and a part on the object's own page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from catalog.access import Action, gate
from catalog.errors import CatalogError
from catalog.models import Remark
from catalog.registries.waiting import WaitingItem
from catalog.selectors.remarks import open_problems, questions_for, remarks_on
from catalog.services.remarks import remark, reply, solve_remark, subject_of
from catalog.types import Principal, RemarkKind
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.presentation.shapes import Link

PER_PAGE = 25
SHOWN_ON_PAGES = 5
MOST_WAITING = 20
LABELS = {
    RemarkKind.COMMENT.value: "Comment",
    RemarkKind.QUESTION.value: "Question",
    RemarkKind.PROBLEM.value: "Known problem",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a part of a page shows of the remarks on an object."""

    subject_type: str
    subject_id: int
    problems: list[Remark]
    latest: list[Remark]
    has_more: bool
    may_write: bool


def said_about(
    principal: Principal, subject_type: str, subject_id: int, *, any_known: bool = True
) -> Said:
    """The banners and the latest five remarks, for a page that shows the object anyway; no query
    where the page knows that there are none."""
    remarks = remarks_on(principal, subject_type, subject_id)
    found = list(remarks[: SHOWN_ON_PAGES + 1]) if any_known else []
    has_more = len(found) > SHOWN_ON_PAGES
    # Where all stand on the page anyway, the banners are among them.
    problems = (
        open_problems(principal, subject_type, subject_id)
        if has_more
        else [one for one in found if one.kind == RemarkKind.PROBLEM and one.solved_at is None]
    )
    return Said(
        subject_type,
        subject_id,
        problems,
        found[:SHOWN_ON_PAGES],
        has_more,
        gate().authorize(principal, Action.EDIT_WIKI).allowed,
    )


@require_http_methods(["GET", "POST"])
def remarks(request: HttpRequest, subject_type: str, subject_id: int) -> HttpResponse:
    """`/remarks/<type>/<id>/`: everything said about one object; a POST adds to it."""
    principal = principal_from(request)
    subject = subject_of(principal, subject_type, subject_id)
    refused, text = "", ""
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            kind = RemarkKind(request.POST.get("kind", "comment"))
        except ValueError:
            kind = RemarkKind.COMMENT
        try:
            remark(
                acting=principal,
                subject_type=subject_type,
                subject_id=subject_id,
                kind=kind,
                text=text,
            )
        except CatalogError as error:
            refused = error.message
        else:
            return redirect(reverse("catalog:remarks", args=[subject_type, subject_id]))
    context = {
        "subject": subject,
        "page": page_of(request, remarks_on(principal, subject_type, subject_id), PER_PAGE),
        "problems": open_problems(principal, subject_type, subject_id),
        "may_write": gate().authorize(principal, Action.EDIT_WIKI).allowed,
        "refused": refused,
        "text": text,
        "breadcrumb": (Link(subject.title, subject.address), Link("What people said")),
    }
    return render(request, "catalog/remarks/page.html", context, status=400 if refused else 200)


@require_POST
def reply_to(request: HttpRequest, remark_id: int) -> HttpResponse:
    """Answer a remark."""
    made = reply(
        acting=principal_from(request), remark_id=remark_id, text=request.POST.get("text", "")
    )
    return redirect(_anchor(made))


@require_POST
def solve(request: HttpRequest, remark_id: int) -> HttpResponse:
    """Take the banner of a problem down."""
    return redirect(_anchor(solve_remark(acting=principal_from(request), remark_id=remark_id)))


def waiting_questions(principal: Principal) -> list[WaitingItem]:
    """Questions that wait for the principal's answer, for the home page."""
    return [
        WaitingItem(
            title=found.text[:120],
            href=_anchor(found),
            action="Answer",
            detail=f"A question on a {found.subject_type} that you answer for",
            icon="question",
            since=found.created_at,
        )
        for found in questions_for(principal)[:MOST_WAITING]
    ]


def _anchor(made: Remark) -> str:
    address = reverse("catalog:remarks", args=[made.subject_type, made.subject_id])
    return f"{address}#remark-{made.parent_id or made.pk}"
