"""Questions, answers, known problems, example queries, and following."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.services import conversation, personal
from catalog.types import Principal
from catalog.web.datasets.confirmations import Confirmation, Undo
from catalog.web.datasets.forms import ExampleForm
from catalog.web.datasets.frame import frame_of
from catalog.web.datasets.overview import overview_context
from catalog.web.datasets.replies import changed, refused, wants_fragment
from catalog.web.middleware import principal_from


@require_POST
def ask(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Put a question to the owners."""
    return _say(
        request,
        dataset_id,
        "questions",
        "Your question stands here; the owners see it on their home page.",
        lambda acting, text: conversation.ask(acting=acting, dataset_id=dataset_id, text=text),
    )


@require_POST
def answer(request: HttpRequest, dataset_id: int, question_id: int) -> HttpResponse:
    """Answer a question."""
    return _say(
        request,
        dataset_id,
        "questions",
        "Your answer stands here and is found by search.",
        lambda acting, text: conversation.answer(acting=acting, question_id=question_id, text=text),
    )


@require_POST
def report_problem(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Put a banner on the dataset."""
    return _say(
        request,
        dataset_id,
        "problems",
        "Everybody who opens this dataset sees the problem now.",
        lambda acting, text: conversation.report_problem(
            acting=acting, dataset_id=dataset_id, text=text
        ),
    )


@require_POST
def solve_problem(request: HttpRequest, dataset_id: int, problem_id: int) -> HttpResponse:
    """Take the banner down; undoing reports the same problem again."""
    try:
        solved = conversation.solve_problem(acting=principal_from(request), problem_id=problem_id)
    except (CatalogError, AccessRefused) as error:
        return refused(request, dataset_id, "problems", error, title="Known problem")
    undo = Undo(reverse("catalog:report_problem", args=[dataset_id]), {"text": solved.text})
    confirmation = Confirmation("problems", "Marked as solved.", undo)
    return changed(request, dataset_id, confirmation)


@require_http_methods(["GET", "POST"])
def add_example(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Keep a query with the question it answers."""
    form = ExampleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            conversation.add_example_query(
                acting=principal_from(request), dataset_id=dataset_id, **form.cleaned_data
            )
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        except (CatalogError, AccessRefused) as error:
            return refused(request, dataset_id, "examples", error, title="Example query")
        else:
            confirmation = Confirmation("examples", "The query stands here and is found by search.")
            return changed(request, dataset_id, confirmation)
    frame = frame_of(request, dataset_id)
    if not frame.rights["example_queries"].allowed:
        raise AccessRefused(frame.rights["example_queries"])
    context: dict[str, Any] = {
        **overview_context(frame),
        "form": form,
        "part": "examples",
        "title": "Example query",
        "fragment": "catalog/dataset/edit/example.html",
    }
    template = context["fragment"] if wants_fragment(request) else "catalog/dataset/edit/page.html"
    return render(request, template, context, status=400 if form.errors else 200)


@require_POST
def remove_example(request: HttpRequest, dataset_id: int, example_id: int) -> HttpResponse:
    """Remove an example query."""
    try:
        conversation.remove_example_query(acting=principal_from(request), example_id=example_id)
    except (CatalogError, AccessRefused) as error:
        return refused(request, dataset_id, "examples", error, title="Example query")
    return changed(request, dataset_id, Confirmation("examples", "The example query is removed."))


@require_POST
def follow(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Follow the dataset."""
    personal.follow(acting=principal_from(request), dataset_id=dataset_id)
    return _following(request, dataset_id, "You follow it: changes stand on your home page.")


@require_POST
def unfollow(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Stop following the dataset."""
    personal.unfollow(acting=principal_from(request), dataset_id=dataset_id)
    return _following(request, dataset_id, "You do not follow it any more.")


def _following(request: HttpRequest, dataset_id: int, text: str) -> HttpResponse:
    if not wants_fragment(request):
        return changed(request, dataset_id, Confirmation("follow", text))
    context = {**frame_of(request, dataset_id).context, "said": text}
    return render(request, "catalog/dataset/parts/follow.html", context)


def _say(
    request: HttpRequest,
    dataset_id: int,
    part: str,
    confirmation: str,
    say: Callable[[Principal, str], object],
) -> HttpResponse:
    text = request.POST.get("text", "")
    try:
        say(principal_from(request), text)
    except (CatalogError, AccessRefused) as error:
        return refused(
            request,
            dataset_id,
            part,
            error,
            template="catalog/dataset/edit/words.html",
            title="Known problem" if part == "problems" else "Question",
            text=text,
            action=request.path,
        )
    return changed(request, dataset_id, Confirmation(part, confirmation))
