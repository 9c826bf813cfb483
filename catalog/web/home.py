"""The home page: what waits for me, what changed, where I was, what I asked and keep."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.models import Dataset
from catalog.registries.pages import PagePart, home_parts
from catalog.selectors import home as selector
from catalog.types import JobRole, Principal
from catalog.web.datasets.wording import event_sentence
from catalog.web.middleware import principal_from

QUESTIONS_SHOWN = 5
# Who answers for data sees first what waits; who looks for data sees first where they were.
_WORK_FIRST = frozenset({JobRole.STEWARD, JobRole.DATA_ENGINEER, JobRole.DEVELOPER, ""})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """`/`"""
    principal = principal_from(request)
    questions, open_count = selector.first_questions(principal, QUESTIONS_SHOWN)
    gaps = selector.gaps(principal)
    imports = selector.troubled_imports(principal)
    visits = selector.recent_visits(principal)
    changes = [
        {"dataset": change.dataset, "events": [(event_sentence(e), e) for e in change.events]}
        for change in selector.changed_in_followed(principal)
    ]
    elsewhere = selector.waiting_elsewhere(principal)
    waits = bool(questions or gaps or imports or elsewhere)
    # What somebody asked for is counted, here as in the bar; work that is there to be found is not.
    asked = [
        *((source.noun, len(items), 0) for source, items in elsewhere if source.is_asked),
        ("question", open_count, 0),
    ]
    found = [
        *((source.noun, len(items), 0) for source, items in elsewhere if not source.is_asked),
        ("failed import", len(imports), selector.LISTED),
        ("gap", len(gaps), selector.LISTED),
    ]
    return render(
        request,
        "catalog/home.html",
        {
            "questions": questions,
            "gaps": gaps,
            "imports": imports,
            "waits": waits,
            "elsewhere": elsewhere,
            "asked": _sentence(asked, "waits for you", "wait for you"),
            "found": _sentence(found, "to work on", "to work on"),
            "visits": visits,
            "changes": changes,
            "my_questions": selector.my_questions(principal),
            "saved_searches": list(selector.saved_searches(principal)[:20]),
            "begin": None if visits else _begin(principal),
            "first_parts": PagePart.shown((one for one in home_parts if one.order < 50), principal),
            "last_parts": PagePart.shown((one for one in home_parts if one.order >= 50), principal),
            "is_new": not (visits or waits or changes),
            "work_first": waits
            and getattr(request.user, "job_role", JobRole.ANALYST) in _WORK_FIRST,
        },
    )


def _begin(principal: Principal) -> tuple[str, Sequence[Dataset]]:
    """Where somebody who opened nothing yet can begin, and what that is."""
    if used := selector.often_used(principal):
        return "Often used here", used
    return "Curated here", selector.curated_here(principal)


def _sentence(counts: Sequence[tuple[str, int, int]], of_one: str, of_many: str) -> str:
    """'2 signatures and a question wait for you'; the lists below say which. Of some only the
    first few are read (`most`, else 0), so a full list is not counted."""
    said = [word for noun, count, most in counts if (word := _counted(count, noun, most))]
    if not said:
        return ""
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    verb = of_one if sum(count for _, count, _ in counts) == 1 else of_many
    return f"{listed[:1].upper()}{listed[1:]} {verb}"


def _counted(count: int, noun: str, most: int) -> str:
    if most and count >= most:
        return f"{noun}s"
    return f"{count} {noun}{'s' if count > 1 else ''}" if count else ""
