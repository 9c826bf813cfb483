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
    """'2 questions and 1 gap wait for you'; the lists below say which."""
    counts = ((imports, "import"), (questions, "question"), (gaps, "gap"))
    words = [f"{count} {noun}{'s' if count > 1 else ''}" for count, noun in counts if count]
    if not words:
        return ""
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    verb = "waits" if questions + gaps + imports == 1 else "wait"
    return f"{listed} {verb} for you"
