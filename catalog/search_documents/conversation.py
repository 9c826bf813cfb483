"""The documents of what people said about datasets: found by their words (R-019, R-113)."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Dataset, ExampleQuery, KnownProblem, Question, Remark
from catalog.registries.subjects import subjects
from catalog.search.answers import HitFacts
from catalog.search.documents import SearchDocument, Term
from catalog.search_documents.naming import place_of
from catalog.types import Principal, RemarkKind


def question_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """Questions with their answers, in two queries."""
    documents = []
    for question in (
        Question.objects.filter(pk__in=ids)
        .select_related("dataset__system")
        .prefetch_related("answers")
    ):
        answers = [answer.text for answer in question.answers.all()]
        terms = [] if answers else [Term("is", "unanswered")]
        text = "\n".join(answers)
        documents.append(
            _said("question", question.pk, question.text, text, question.dataset, *terms)
        )
    return documents


def problem_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """Known problems that nobody has solved, in one query."""
    return [
        _said("problem", problem.pk, problem.text, "", problem.dataset)
        for problem in KnownProblem.objects.filter(
            pk__in=ids, solved_at__isnull=True
        ).select_related("dataset__system")
    ]


def example_query_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """Example queries by the question they answer and their SQL, in one query."""
    return [
        _said("example_query", query.pk, query.question, query.sql, query.dataset)
        for query in ExampleQuery.objects.filter(pk__in=ids).select_related("dataset__system")
    ]


def _said(
    kind: str, pk: int, title: str, text: str, dataset: Dataset, *terms: Term
) -> SearchDocument:
    system = dataset.system
    label = system.display_name or system.instance
    return SearchDocument(
        kind=kind,
        id=pk,
        name=title[:500],
        qualified_name=dataset.qualified_name,
        place=(*place_of(dataset.qualified_name), dataset.name),
        parent_id=dataset.pk,
        description=text,
        terms=(
            Term("kind", kind),
            Term("platform", system.platform),
            Term("system", system.qualified_name, label),
            *terms,
        ),
        facts=HitFacts(platform=system.platform, system=label),
    )


def remark_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """Remarks with their replies: questions with answers, comments, and problems that nobody has
    solved, in two queries and one for each object that they are about."""
    everyone = Principal.system("search")
    documents = []
    for remark in Remark.objects.filter(pk__in=ids, parent__isnull=True).prefetch_related(
        "replies"
    ):
        kind = subjects.get(remark.subject_type) if remark.subject_type in subjects else None
        subject = kind.find(everyone, remark.subject_id) if kind else None
        if subject is None or remark.solved_at is not None:
            continue
        replies = [reply.text for reply in remark.replies.all()]
        is_open = remark.kind == RemarkKind.QUESTION and not replies
        documents.append(
            SearchDocument(
                kind="remark",
                id=remark.pk,
                name=remark.text[:500],
                qualified_name=f"{remark.subject_type}/{remark.subject_id}",
                place=(subject.title,),
                parent_id=remark.dataset_id,
                description="\n".join(replies),
                terms=(
                    Term("kind", "remark"),
                    Term("type", remark.kind),
                    *([Term("is", "unanswered")] if is_open else []),
                ),
                changed_at=remark.created_at,
                facts=HitFacts(type=remark.kind),
            )
        )
    return documents
