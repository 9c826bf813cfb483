"""Questions, answers, known problems and example queries on a dataset (R-113, R-019)."""

from __future__ import annotations

from django.utils import timezone

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import ConversationHeld
from catalog.mentions import mentioned
from catalog.models import Answer, ExampleQuery, KnownProblem, Question
from catalog.services.actors import person_of
from catalog.services.curation.locking import take_dataset
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal

MAX_TEXT = 10_000


def ask(*, acting: Principal, dataset_id: int, text: str) -> Question:
    """Put a question to the dataset's owners and to everybody who knows."""
    words = checked_words(text)
    with writing(acting):
        dataset = take_dataset(acting, dataset_id, facts=["questions"])
        question = Question.objects.create(dataset=dataset, author=person_of(acting), text=words)
        record(_said("question", words), dataset, acting=acting)
    return question


def answer(*, acting: Principal, question_id: int, text: str) -> Answer:
    """Answer a question; anybody who may see the dataset may."""
    words = checked_words(text)
    with writing(acting):
        question = Question.objects.filter(pk=question_id).first()
        if question is None:
            raise NotFound("There is no such question.")
        dataset = take_dataset(acting, question.dataset_id, facts=["questions"])
        given = Answer.objects.create(question=question, author=person_of(acting), text=words)
        record(_said("answer", words), dataset, acting=acting)
    return given


def report_problem(*, acting: Principal, dataset_id: int, text: str) -> KnownProblem:
    """Put a banner on the dataset until the problem is solved."""
    words = checked_words(text)
    with writing(acting):
        dataset = take_dataset(acting, dataset_id, facts=["questions"])
        problem = KnownProblem.objects.create(dataset=dataset, author=person_of(acting), text=words)
        record(_said("problem", words), dataset, acting=acting)
    return problem


def solve_problem(*, acting: Principal, problem_id: int) -> KnownProblem:
    """Take the banner down; raises Conflict when it is down already."""
    with writing(acting):
        problem = KnownProblem.objects.select_for_update().filter(pk=problem_id).first()
        if problem is None:
            raise NotFound("There is no such problem.")
        dataset = take_dataset(acting, problem.dataset_id, facts=["questions"])
        if problem.solved_at is not None:
            raise Conflict("This problem is marked as solved already.")
        problem.solved_at = timezone.now()
        problem.solved_by = person_of(acting)
        problem.save(update_fields=["solved_at", "solved_by"])
        record(ConversationHeld(what="solved", text=problem.text[:200]), dataset, acting=acting)
    return problem


def add_example_query(
    *, acting: Principal, dataset_id: int, question: str, sql: str
) -> ExampleQuery:
    """Keep a query together with the business question that it answers."""
    words = checked_words(question, field="question", limit=500)
    text = checked_words(sql, field="sql", limit=100_000)
    with writing(acting):
        dataset = take_dataset(acting, dataset_id, facts=["example_queries"])
        example = ExampleQuery.objects.create(
            dataset=dataset, author=person_of(acting), question=words, sql=text
        )
        record(ConversationHeld(what="example_query", text=words[:200]), dataset, acting=acting)
    return example


def remove_example_query(*, acting: Principal, example_id: int) -> None:
    """Remove an example; its author and the dataset's stewards may."""
    with writing(acting):
        example = ExampleQuery.objects.filter(pk=example_id).first()
        if example is None:
            raise NotFound("There is no such example query.")
        own = example.author_id == acting.person_id
        facts = ["example_queries"] if own else ["example_queries_of_others"]
        dataset = take_dataset(acting, example.dataset_id, facts=facts)
        event = ConversationHeld(what="example_query_removed", text=example.question[:200])
        example.delete()
        record(event, dataset, acting=acting)


def _said(what: str, words: str) -> ConversationHeld:
    return ConversationHeld(what=what, text=words[:200], mentions=mentioned(words))


def checked_words(text: str, *, field: str = "text", limit: int = MAX_TEXT) -> str:
    """A text as it is kept; raises InvalidInput for one that is empty, too long or holds NUL."""
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise InvalidInput("Write something first.", field=field)
    if len(words) > limit:
        raise InvalidInput(f"The text is longer than {limit:,} characters.", field=field)
    if "\x00" in words:
        raise InvalidInput("The text holds a NUL character: remove it.", field=field)
    return words
