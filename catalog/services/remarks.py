"""Comments, questions and known problems on anything (R-113)."""

from __future__ import annotations

from django.utils import timezone

from catalog.access import Action, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import RemarkMade
from catalog.mentions import mentioned
from catalog.models import Remark
from catalog.registries.subjects import Subject, subjects
from catalog.services.actors import person_of
from catalog.services.conversation import checked_words
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal, RemarkKind


def remark(
    *, acting: Principal, subject_type: str, subject_id: int, kind: RemarkKind, text: str
) -> Remark:
    """Say something about an object that one may see. People named with @ hear of it, and of a
    question those who answer for the object. Raises NotFound, InvalidInput."""
    words = checked_words(text)
    subject = subject_of(acting, subject_type, subject_id)
    if subject.type == "dataset" and kind is not RemarkKind.COMMENT:
        raise InvalidInput(
            "Questions and problems of a dataset are written on its own page, where its owners"
            " look; here it takes comments.",
            field="kind",
        )
    with writing(acting):
        require(acting, Action.EDIT_WIKI)
        made = Remark.objects.create(
            kind=kind,
            subject_type=subject.type,
            subject_id=subject.id,
            dataset_id=subject.dataset_id,
            author=person_of(acting),
            text=words,
        )
        _tell(made, kind.value, acting)
    return made


def reply(*, acting: Principal, remark_id: int, text: str) -> Remark:
    """Answer a remark; the reply to a question takes it out of the queue."""
    words = checked_words(text)
    with writing(acting):
        parent = _take(acting, remark_id)
        made = Remark.objects.create(
            kind=RemarkKind.COMMENT,
            subject_type=parent.subject_type,
            subject_id=parent.subject_id,
            dataset_id=parent.dataset_id,
            parent=parent,
            author=person_of(acting),
            text=words,
        )
        _tell(made, "reply", acting)
    return made


def solve_remark(*, acting: Principal, remark_id: int) -> Remark:
    """Take the banner of a problem down; raises Conflict when it is down, or no problem."""
    with writing(acting):
        problem = _take(acting, remark_id)
        if problem.kind != RemarkKind.PROBLEM:
            raise Conflict("Only a known problem is solved; a question is answered.")
        if problem.solved_at is not None:
            raise Conflict("This problem is marked as solved already.")
        problem.solved_at = timezone.now()
        problem.solved_by = person_of(acting)
        problem.save(update_fields=["solved_at", "solved_by"])
        _tell(problem, "solved", acting)
    return problem


def subject_of(principal: Principal, subject_type: str, subject_id: int) -> Subject:
    """The object; raises InvalidInput for a type nobody registered, NotFound for what is not there
    or may not be seen."""
    if subject_type not in subjects:
        raise InvalidInput(
            f"There is nothing to say about a {subject_type[:40]!r}; there is"
            f" {', '.join(subjects.names())}.",
            field="subject_type",
        )
    require(principal, Action.SEE)
    found = subjects.get(subject_type).find(principal, subject_id)
    if found is None:
        raise NotFound(f"There is no such {subjects.get(subject_type).label.lower()}.")
    return found


def _take(acting: Principal, remark_id: int) -> Remark:
    """The remark itself, locked, for a reply the one that is replied to."""
    found = Remark.objects.select_for_update(of=("self",)).filter(pk=remark_id).first()
    if found is not None and found.parent_id is not None:
        found = Remark.objects.select_for_update(of=("self",)).filter(pk=found.parent_id).first()
    if found is None:
        raise NotFound("There is no such remark.")
    subject_of(acting, found.subject_type, found.subject_id)
    require(acting, Action.EDIT_WIKI)
    return found


def _tell(made: Remark, what: str, acting: Principal) -> None:
    event = RemarkMade(
        what=what,
        text=made.text[:200],
        about=made.subject_type,
        about_id=made.subject_id,
        mentions=() if what == "solved" else mentioned(made.text),
    )
    record(event, made.parent if made.parent is not None else made, acting=acting)
