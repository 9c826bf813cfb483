"""Reporting that one could not get data, anonymous for real, and answering it (R-025).

Whoever reports is known to Concord only while it checks that they may. What is kept names nobody,
neither does what is logged (`governance.culture.silence`), and the event is told on a later day.
"""

from __future__ import annotations

import datetime as dt
import secrets
from hashlib import blake2b

from django.db import transaction
from django.db.models import F

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Dataset, Person
from catalog.selectors.datasets import visible_datasets
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.services.words import needed_text, text_of
from governance.culture.models import DataReport, ReportAnswer, ReportTally
from governance.culture.selectors.reports import (
    may_answer,
    same_thing,
)
from governance.culture.types import ReportPlace
from governance.events import DataReported

GROUP_OF = 25
"""How many people share a tally at least, as far as there are so many."""
MOST_OF_GROUP = 20
"""Reports of such a group on one day."""


def report_missing_data(
    *, acting: Principal, place: str, dataset_id: int | None = None, words: str = ""
) -> None:
    """Report that one could not get data: a dataset, or what `words` say. Returns nothing, for
    there is nothing that whoever reported could be known by.

    Raises InvalidInput for nothing asked for, Conflict when too many were reported today.
    """
    require(acting, Action.PROPOSE)
    if place not in list(ReportPlace):
        raise InvalidInput(f"A place is one of {', '.join(ReportPlace)}.", field="place")
    dataset = None if dataset_id is None else _seen(acting, dataset_id)
    said = text_of(words, field="words", limit=500)
    if dataset is None and not said:
        raise InvalidInput("Write what data you looked for.", field="words")
    day = clock.now().date()
    # No `writing`: it would put who acts, and in which request, into every history of this
    # transaction.
    with transaction.atomic():
        _count(acting, day)
        DataReport.objects.create(day=day, place=place, dataset=dataset, words=said)


def tell_of_reports() -> int:
    """Record the events of reports of earlier days, in the order of their random keys; how many.
    An event of the same instant as a request would tell whose it was."""
    acting = Principal.system("data reports")
    with writing(acting, reason="Reports of earlier days"):
        waiting = DataReport.objects.filter(told=False, day__lt=clock.now().date())
        due = list(waiting.select_for_update(of=("self",)).order_by("pk"))
        for one in due:
            record(DataReported(what="reported", day=str(one.day)), one, acting=acting)
        DataReport.objects.filter(pk__in=[one.pk for one in due]).update(told=True)
        ReportTally.objects.exclude(day=clock.now().date()).delete()
    return len(due)


def answer_reports(*, acting: Principal, report_id: int, subject: str, text: str) -> ReportAnswer:
    """Answer a report and all others that ask for the same, for everybody to read.

    The chair and the secretary of the council may. `subject` says what was asked for, in words
    that give nobody away. Raises NotFound, and Conflict for what is answered.
    """
    require(acting, Action.PROPOSE)
    if not may_answer(acting):
        raise AccessRefused(
            Verdict(
                allowed=False,
                code="not_chair_or_secretary",
                reason="Only the chair and the secretary answer reports.",
                ask="the chair or the secretary",
            )
        )
    one = DataReport.objects.select_related("dataset").filter(pk=report_id).first()
    if one is None:
        raise NotFound("There is no such report.")
    if one.answer_id is not None:
        raise Conflict("This is answered already.", field="report")
    answer = ReportAnswer(
        subject=needed_text(subject, field="subject", what="what was asked for", limit=300),
        dataset=one.dataset,
        text=needed_text(text, field="text", what="what changed, or why nothing does"),
        answered_at=clock.now(),
        answered_by_id=acting.person_id,
    )
    with writing(acting):
        answer.save()
        same_thing(one).update(answer=answer)
        record(DataReported(what="answered", day=str(one.day)), answer, acting=acting)
    return answer


def _seen(acting: Principal, dataset_id: int) -> Dataset:
    found = visible_datasets(acting).filter(pk=dataset_id).first()
    if found is None:
        raise NotFound("There is no such dataset.")
    return found


def _count(acting: Principal, day: dt.date) -> None:
    """Count it for the group that the salt of the day puts whoever acts into."""
    held = ReportTally.objects.filter(day=day).values_list("salt", flat=True).first()
    salt = held or secrets.token_hex(16)
    groups = max(1, Person.objects.filter(is_active=True).count() // GROUP_OF)
    digest = blake2b(f"{salt}\n{acting.person_id}".encode(), digest_size=8).digest()
    group = int.from_bytes(digest) % groups
    ReportTally.objects.get_or_create(day=day, group=group, defaults={"salt": salt})
    kept = ReportTally.objects.select_for_update().get(day=day, group=group)
    if kept.reports >= MOST_OF_GROUP:
        raise Conflict(
            "Many reports came in today: this one was not kept. Report it again tomorrow.",
            field="words",
        )
    ReportTally.objects.filter(pk=kept.pk).update(reports=F("reports") + 1)
