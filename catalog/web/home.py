"""The home page: what waits for me, what changed, where I was, what I asked and keep."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.selectors import home as selector
from catalog.types import JobRole
from catalog.web.datasets.wording import event_sentence
from catalog.web.middleware import principal_from

QUESTIONS_SHOWN = 5
# Who answers for data sees first what waits; who looks for data sees first where they were.
_WORK_FIRST = frozenset({JobRole.STEWARD, JobRole.DATA_ENGINEER, JobRole.DEVELOPER, ""})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """`/`"""
    principal = principal_from(request)
    questions = list(selector.open_questions(principal)[:QUESTIONS_SHOWN])
    gaps = selector.gaps(principal)
    imports = selector.troubled_imports(principal)
    visits = selector.recent_visits(principal)
    changes = [
        {"dataset": change.dataset, "events": [(event_sentence(e), e) for e in change.events]}
        for change in selector.changed_in_followed(principal)
    ]
    waits = bool(questions or gaps or imports)
    return render(
        request,
        "catalog/home.html",
        {
            "questions": questions,
            "gaps": gaps,
            "imports": imports,
            "waits": waits,
            "waiting_sentence": _sentence(len(questions), len(gaps), len(imports)),
            "visits": visits,
            "changes": changes,
            "my_questions": selector.my_questions(principal),
            "saved_searches": list(selector.saved_searches(principal)[:20]),
            "often_used": () if visits else selector.often_used(principal),
            "is_new": not (visits or waits or changes),
            "work_first": waits
            and getattr(request.user, "job_role", JobRole.ANALYST) in _WORK_FIRST,
        },
    )


def _sentence(questions: int, gaps: int, imports: int) -> str:
    """'An import, 2 questions and gaps wait for you'; the lists below say which. Only the first
    few are read, so a full list is not counted."""
    words = [
        _counted(imports, "import", selector.LISTED),
        _counted(questions, "question", QUESTIONS_SHOWN),
        _counted(gaps, "gap", selector.LISTED),
    ]
    said = [word for word in words if word]
    if not said:
        return ""
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    verb = "waits" if questions + gaps + imports == 1 else "wait"
    return f"{listed[:1].upper()}{listed[1:]} {verb} for you"


def _counted(count: int, noun: str, most: int) -> str:
    if count >= most:
        return f"{noun}s"
    return f"{count} {noun}{'s' if count > 1 else ''}" if count else ""
