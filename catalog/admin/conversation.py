"""Questions, answers, problems and examples: read here, written on the dataset's page."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.admin import action, register
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin, ServiceAdmin, acting_in
from catalog.admin.site import site
from catalog.models import Answer, ExampleQuery, KnownProblem, Question, Remark
from catalog.selectors.directory import visible
from catalog.services.conversation import remove_example_query, solve_problem
from catalog.services.remarks import solve_remark
from catalog.web.middleware import principal_from


@register(Question, site=site)
class QuestionAdmin(ReadOnlyAdmin):
    """Questions people asked."""

    list_display = ["text", "dataset", "author", "created_at"]
    list_select_related = ["dataset", "author"]


@register(Answer, site=site)
class AnswerAdmin(ReadOnlyAdmin):
    """Answers people gave."""

    list_display = ["text", "question", "author", "created_at"]
    list_select_related = ["question", "author"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Answers to the questions that the person may see: an answer names no dataset itself."""
        questions = visible(principal_from(request), Question)
        return super().get_queryset(request).filter(question__in=questions)


@register(KnownProblem, site=site)
class KnownProblemAdmin(ReadOnlyAdmin):
    """Banners on datasets."""

    list_display = ["text", "dataset", "author", "created_at", "solved_at"]
    list_select_related = ["dataset", "author"]
    actions = ["solve"]

    @action(description="Mark as solved")
    def solve(self, request: HttpRequest, queryset: QuerySet[KnownProblem]) -> None:
        """One by one; each refusal is told."""
        for problem in queryset:
            self.each(
                request,
                problem,
                partial(solve_problem, acting=acting_in(request), problem_id=problem.pk),
            )


@register(Remark, site=site)
class RemarkAdmin(ReadOnlyAdmin):
    """Comments, questions and problems on anything else."""

    list_display = ["text", "kind", "subject_type", "subject_id", "author", "created_at"]
    list_filter = ["kind", "subject_type"]
    list_select_related = ["author"]
    actions = ["solve"]

    @action(description="Mark as solved")
    def solve(self, request: HttpRequest, queryset: QuerySet[Remark]) -> None:
        """One by one; each refusal is told."""
        for remark in queryset:
            self.each(
                request,
                remark,
                partial(solve_remark, acting=acting_in(request), remark_id=remark.pk),
            )


@register(ExampleQuery, site=site)
class ExampleQueryAdmin(ServiceAdmin):
    """Example queries; stewards may remove a misleading one."""

    may_add = False
    list_display = ["question", "dataset", "author", "created_at"]
    list_select_related = ["dataset", "author"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Written on the dataset's page only."""
        return False

    def erase(self, request: HttpRequest, obj: ExampleQuery) -> None:
        """Through the service."""
        remove_example_query(acting=acting_in(request), example_id=obj.pk)
