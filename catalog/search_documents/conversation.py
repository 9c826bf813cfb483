"""The documents of what people said about datasets: found by their words (R-019, R-113)."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Dataset, ExampleQuery, KnownProblem, Question
from catalog.search.answers import HitFacts
from catalog.search.documents import SearchDocument, Term
from catalog.search_documents.naming import place_of


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
