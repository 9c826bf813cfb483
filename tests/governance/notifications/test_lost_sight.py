"""Messages to people who left, or from whom what they speak of was hidden since."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail

from catalog.models import Dataset, Person
from catalog.selectors.principals import principal_of
from governance.models import Notification
from governance.notifications.kinds import MENTION, MUST_SIGN
from governance.notifications.selectors.inbox import bar_count, inbox, unread_count
from governance.notifications.services.messages import Message, write_messages
from governance.notifications.services.sending import send_due
from tests.factories import ColumnFactory, PersonFactory, TeamFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 9, 7, 9, tzinfo=dt.UTC)


def message(person: Person, title: str, subject_type: str = "", subject_key: str = "") -> Message:
    return Message(
        person_id=person.pk, kind=MENTION if subject_type else MUST_SIGN, title=title,
        url="/notifications/", dedupe=title, subject_type=subject_type, subject_key=subject_key,
    )  # fmt: skip


def test_nothing_leaves_for_who_left_before_it_was_sent() -> None:
    person = PersonFactory()
    write_messages([message(person, "Sign: one")])
    Person.objects.filter(pk=person.pk).update(is_active=False)

    assert send_due(instant=MONDAY) == 0
    assert mail.outbox == []
    assert Notification.objects.get().settled_at == MONDAY


def test_a_message_about_what_is_hidden_by_now_is_neither_shown_nor_sent() -> None:
    # given messages about a dataset and its column, about others and about none
    TeamFactory(name="payroll")
    person = PersonFactory()
    secret: Dataset = table("hr.zebrapay", ["id"])
    column = ColumnFactory(dataset=secret)
    other = table("fin.open", ["id"])
    write_messages(
        [
            message(person, "Ada named you on zebrapay", "dataset", str(secret.pk)),
            message(person, "Ada named you on zebrapay.id", "column", str(column.pk)),
            message(person, "Ada named you on open", "dataset", str(other.pk)),
            message(person, "Ada named you on a term", "agreement", "term:revenue"),
            message(person, "Sign: one"),
        ]
    )
    who = principal_of(person)
    assert unread_count(who) == 5

    # when an opt-out hides the dataset from them before anything was sent
    in_force(opt_out(1, resources={"dataset": "hr.zebrapay"}, confidential_metadata=True))

    # then nothing speaks of it
    titles = ["Ada named you on a term", "Ada named you on open", "Sign: one"]
    assert sorted(inbox(who).values_list("title", flat=True)) == titles
    assert unread_count(who) == 3
    assert bar_count(who).unread == 3
    send_due(instant=MONDAY)
    assert len(mail.outbox) == 3
    assert "zebrapay" not in "".join(f"{sent.subject}{sent.body}" for sent in mail.outbox)
    assert Notification.objects.filter(settled_at=None).count() == 0
