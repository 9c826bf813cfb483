"""What was said about an object, and which questions wait for whom (R-113)."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from catalog.access import Action, gate
from catalog.models import Remark
from catalog.registries.subjects import subjects
from catalog.types import Principal, RemarkKind


def remarks_on(principal: Principal, subject_type: str, subject_id: int) -> QuerySet[Remark]:
    """Remarks on one object with their replies, newest first. The object itself has to be asked
    for with `subject_of`, which refuses what may not be seen."""
    replies = Remark.objects.select_related("author").order_by("pk")
    return (
        remarks_seen(principal)
        .filter(subject_type=subject_type, subject_id=subject_id, parent__isnull=True)
        .select_related("author", "solved_by")
        .prefetch_related(Prefetch("replies", replies))
        .order_by("-pk")
    )


def open_problems(principal: Principal, subject_type: str, subject_id: int) -> list[Remark]:
    """The banners that stand on an object, newest first."""
    return list(
        remarks_seen(principal)
        .filter(
            subject_type=subject_type,
            subject_id=subject_id,
            kind=RemarkKind.PROBLEM,
            solved_at__isnull=True,
        )
        .select_related("author")
        .order_by("-pk")
    )


def questions_for(principal: Principal) -> QuerySet[Remark]:
    """Questions without a reply on what the principal answers for, the oldest first; one query.
    Nobody's own questions wait for themselves."""
    ways = (Q(subject_type=kind.name) & kind.owned(principal) for kind in subjects)
    return (
        gate()
        .scope(principal, Action.SEE, unreplied_questions())
        .filter(reduce(or_, ways, Q(pk__in=())))
        .exclude(author=principal.person_id)
        .order_by("pk")
    )


def unreplied_questions() -> QuerySet[Remark]:
    """Questions without a reply, whoever may see them: for those who count, never to be shown."""
    replied = Remark.objects.filter(parent=OuterRef("pk"))
    return Remark.objects.filter(
        ~Exists(replied), kind=RemarkKind.QUESTION, parent__isnull=True
    ).order_by()


def remarks_seen(principal: Principal) -> QuerySet[Remark, Any]:
    """Every remark whose dataset, where it has one, the principal sees."""
    return gate().scope(principal, Action.SEE, Remark.objects.all())
