"""Suggested classifications: forty columns on one page, each answered with one key, in bulk."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.pictures.lineage_shapes import confidence_word
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from lineage.models import ClassificationReview
from lineage.selectors.classifications import classification_suggestions
from lineage.selectors.detected import (
    NOTHING_ASKED,
    SOURCES,
    asked_for,
    classification_paths,
)
from lineage.selectors.reviews import reviewed
from lineage.services.reviews import (
    Answer,
    accept_surest,
    forget_review,
    review_each,
    undo_reviews,
)
from lineage.types import ReviewVerdict

ON_A_PAGE = 40
LEVELS = (0.95, 0.9, 0.8, 0.7, 0.6)
ANSWERS = (("", "Later"), ("accepted", "Accept"), ("rejected", "Reject"))
_UNDO = "classification_reviews"
"""Where the session keeps what was reviewed last, so that it can be taken back at once."""


@require_http_methods(["GET", "POST"])
def classifications(request: HttpRequest) -> HttpResponse:
    """`/lineage/classifications/?dataset=7&mine=1&least=0.8&source=name&under=pii&text=mail`.

    POST answers the rows that were marked (`answer-<column>-<label>`, with `instead-…` for another
    class), or with `surest` all that are so sure.
    """
    if request.method == "GET":
        return _page(request)
    try:
        reviews = _review(request)
    except (CatalogError, AccessRefused) as refusal:
        status = refusal.status if isinstance(refusal, CatalogError) else 403
        return _page(request, refusal=reason_of(refusal), status=status)
    request.session[_UNDO] = [review.pk for review in reviews]
    query = request.GET.copy()
    query["done"] = str(len(reviews))
    query.pop("page", None)
    return _back(query)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what was reviewed last, with what it put on columns."""
    try:
        undo_reviews(acting=principal_from(request), review_ids=request.session.get(_UNDO) or [])
    except (CatalogError, AccessRefused) as refusal:
        status = refusal.status if isinstance(refusal, CatalogError) else 403
        return _page(request, refusal=reason_of(refusal), status=status)
    request.session.pop(_UNDO, None)
    query = request.GET.copy()
    query.pop("done", None)
    return _back(query)


@require_POST
def forget(request: HttpRequest, review_id: int) -> HttpResponse:
    """Let a classification be suggested again."""
    forget_review(acting=principal_from(request), review_id=review_id)
    return _back(request.GET)


def _review(request: HttpRequest) -> list[ClassificationReview]:
    principal, posted = principal_from(request), request.POST
    reason = posted.get("reason", "")
    if "surest" in posted:
        dataset_id = _dataset(request)
        least = asked_for({"least": posted.get("surest-level", "")}).least
        return accept_surest(
            acting=principal,
            least=least,
            dataset_id=dataset_id,
            asked=asked_for(_plain(request.GET)),
            reason=reason,
        )
    return review_each(acting=principal, answers=_answers(posted), reason=reason)


def _answers(posted: QueryDict) -> list[Answer]:
    answers = []
    for name in posted:
        kind, _, pair = name.partition("-")
        verdict = posted.get(name, "")
        instead = posted.get(f"instead-{pair}", "").strip()
        if kind == "answer" and not verdict and instead:
            verdict = ReviewVerdict.CHANGED  # another class was named, and only that
        if kind != "answer" or not verdict:
            continue
        column, label = _item(pair)
        if verdict not in set(ReviewVerdict):
            raise InvalidInput("A suggestion is accepted, changed or rejected.", field="verdict")
        if verdict == ReviewVerdict.ACCEPTED and instead:
            verdict = ReviewVerdict.CHANGED
        is_changed = verdict == ReviewVerdict.CHANGED
        answers.append(Answer(column, label, ReviewVerdict(verdict), instead if is_changed else ""))
    return answers


def _page(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    principal = principal_from(request)
    dataset_id, mine = _dataset(request), request.GET.get("mine") == "1"
    asked = NOTHING_ASKED
    try:
        asked = asked_for(_plain(request.GET))
    except InvalidInput as error:
        refusal, status = refusal or reason_of(error), max(status, error.status)
    found = classification_suggestions(principal, dataset_id=dataset_id, mine=mine, asked=asked)
    page = Paginator(found.suggestions, ON_A_PAGE).get_page(request.GET.get("page"))
    done = request.GET.get("done", "")
    context = {
        "found": found,
        "page": page,
        "rows": [(row, confidence_word(row.strength)) for row in page.object_list],
        "reviewed": reviewed(principal, dataset_id=dataset_id),
        "dataset_id": dataset_id,
        "mine": mine,
        "asked": asked,
        "is_narrowed": asked != NOTHING_ASKED,
        "sources": SOURCES,
        "levels": LEVELS,
        "answers": ANSWERS,
        "paths": classification_paths(principal),
        "refusal": refusal,
        "done": done if done.isascii() and done.isdigit() and len(done) < 6 else "",
        "may_undo": bool(request.session.get(_UNDO)),
        "query": request.GET.urlencode(),
    }
    return render(request, "lineage/classifications.html", context, status=status)


def _dataset(request: HttpRequest) -> int | None:
    text = request.GET.get("dataset", "")
    return whole(text)


def _plain(given: QueryDict) -> dict[str, str]:
    return {name: given.get(name, "") for name in ("least", "source", "under", "text")}


def _back(query: QueryDict) -> HttpResponse:
    return redirect(f"{reverse('lineage:classifications')}?{query.urlencode()}")


def _item(text: str) -> tuple[int, int]:
    column, _, label = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (column, label)):
        raise InvalidInput("A suggestion is chosen by its numbers.", field="items")
    return int(column), int(label)
