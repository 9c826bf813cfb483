"""Classifications that lineage suggests: a list for stewards, accepted or rejected in bulk."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.pictures.lineage_shapes import confidence_word
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from lineage.selectors.classifications import classification_suggestions, reviewed
from lineage.services.reviews import forget_review, review_classifications
from lineage.types import ReviewVerdict

ON_A_PAGE = 100


@require_http_methods(["GET", "POST"])
def classifications(request: HttpRequest) -> HttpResponse:
    """`/lineage/classifications/?dataset=7&mine=1`: what is suggested; POST reviews the ticked."""
    if request.method == "GET":
        return _page(request)
    try:
        items = [_item(text) for text in request.POST.getlist("item")]
        review_classifications(
            acting=principal_from(request),
            items=items,
            verdict=_verdict(request.POST.get("verdict", "")),
            reason=request.POST.get("reason", ""),
        )
    except (CatalogError, AccessRefused) as refusal:
        status = refusal.status if isinstance(refusal, CatalogError) else 403
        return _page(request, refusal=reason_of(refusal), status=status)
    query = request.GET.copy()
    query["done"] = str(len(items))
    return redirect(f"{reverse('lineage:classifications')}?{query.urlencode()}")


@require_POST
def forget(request: HttpRequest, review_id: int) -> HttpResponse:
    """Let a classification be suggested again."""
    forget_review(acting=principal_from(request), review_id=review_id)
    return redirect(f"{reverse('lineage:classifications')}?{request.GET.urlencode()}")


def _page(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    principal = principal_from(request)
    dataset = request.GET.get("dataset", "")
    dataset_id = (
        int(dataset) if dataset.isascii() and dataset.isdigit() and len(dataset) < 19 else None
    )
    mine = request.GET.get("mine") == "1"
    found = classification_suggestions(principal, dataset_id=dataset_id, mine=mine)
    page = Paginator(found.suggestions, ON_A_PAGE).get_page(request.GET.get("page"))
    done = request.GET.get("done", "")
    context = {
        "found": found,
        "page": page,
        "rows": [(row, confidence_word(row.strength)) for row in page.object_list],
        "reviewed": reviewed(principal, dataset_id=dataset_id),
        "dataset_id": dataset_id,
        "mine": mine,
        "refusal": refusal,
        "done": done if done.isascii() and done.isdigit() and len(done) < 6 else "",
        "query": request.GET.urlencode(),
    }
    return render(request, "lineage/classifications.html", context, status=status)


def _item(text: str) -> tuple[int, int]:
    column, _, label = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (column, label)):
        raise InvalidInput("A suggestion is chosen by its numbers.", field="items")
    return int(column), int(label)


def _verdict(word: str) -> ReviewVerdict:
    if word not in set(ReviewVerdict):
        raise InvalidInput("A suggestion is accepted or rejected.", field="verdict")
    return ReviewVerdict(word)
