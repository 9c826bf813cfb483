"""Owners are paged when glass is broken, and told ahead of what ends."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from catalog.models import Event, Person
from catalog.selectors.principals import principal_of
from governance.clock import now
from governance.models import Agreement, BreakGlassTemplate, Notification, OptOutException
from governance.notifications.consumers import digest_for_people
from governance.permissions.services.break_glass import break_glass
from governance.permissions.services.exceptions import (
    decide_exception,
    end_exception,
    request_exception,
)
from governance.permissions.services.telling import tell_of_ends
from governance.permissions.types import ExceptionState
from tests.factories import PersonFactory, TeamFactory
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreement() -> Agreement:
    PersonFactory(username="olga")
    TeamFactory(name="oncall").members.add(PersonFactory(username="ann"))
    review = dt.date.today() + dt.timedelta(days=200)
    in_force(opt_out(1, owner="person:olga", review_by=review.isoformat()))
    return Agreement.objects.get(key="permission_policy:oo-1")


def told() -> list[tuple[str, str, bool]]:
    """Who was told what, and whether at once."""
    rows = Notification.objects.order_by("pk")
    return list(rows.values_list("person__username", "kind", "is_immediate"))


def test_broken_glass_pages_the_owner_at_once(agreement: Agreement) -> None:
    olga, ann = Person.objects.get(username="olga"), Person.objects.get(username="ann")
    template = BreakGlassTemplate.objects.create(
        agreement=agreement, team=ann.teams.get(), minutes=30, reason="Outages.",
        approved_by=olga, approved_at=now(), ends_at=now() + dt.timedelta(days=90),
    )  # fmt: skip

    break_glass(acting=principal_of(ann), template_id=template.pk, reason="The mart is down.")
    for _ in range(2):  # a repeated job tells nobody twice
        digest_for_people(list(Event.objects.all()))

    assert told() == [("olga", "break_glass", True)]
    message = Notification.objects.get()
    assert message.body.startswith("The mart is down.")
    # Minutes are not announced ahead
    assert tell_of_ends() == 0


def test_whoever_answers_for_an_opt_out_reviews_broken_glass_when_it_is_over(
    agreement: Agreement,
) -> None:
    # Given Ann, who broke the glass for half an hour, and Olga, who answers for the opt-out
    olga, ann = Person.objects.get(username="olga"), Person.objects.get(username="ann")
    template = BreakGlassTemplate.objects.create(
        agreement=agreement, team=ann.teams.get(), minutes=30, reason="Outages.",
        approved_by=olga, approved_at=now(), ends_at=now() + dt.timedelta(days=90),
    )  # fmt: skip
    row = break_glass(acting=principal_of(ann), template_id=template.pk, reason="It is down.")

    # When time passes, then Olga is asked to look at what Ann did once it is over, and once more
    # when a week has passed without a review
    minutes = (10, 29, 31, 60, 60 * 24 * 6, 60 * 24 * 8, 60 * 24 * 40)
    counts = [tell_of_ends(now=row.begins_at + dt.timedelta(minutes=one)) for one in minutes]
    assert counts == [0, 0, 1, 0, 0, 1, 0]
    assert told() == [("olga", "break_glass", True)] * 2
    message, late = Notification.objects.order_by("pk")
    assert late.title == f"Overdue: {message.title[0].lower()}{message.title[1:]}"
    assert message.title == f"Review what ann did while the glass of {agreement.title} was broken"
    assert message.body.startswith("It is down. From ")
    assert message.url.endswith(f"/access/exceptions/#review-{row.pk}")


def test_nobody_reviews_what_they_broke_themselves(agreement: Agreement) -> None:
    olga = Person.objects.get(username="olga")
    oncall = TeamFactory(name="second line")
    oncall.members.add(olga)
    template = BreakGlassTemplate.objects.create(
        agreement=agreement, team=oncall, minutes=30, reason="Outages.",
        approved_at=now(), ends_at=now() + dt.timedelta(days=90),
    )  # fmt: skip
    acting = principal_of(Person.objects.get(username="olga"))
    row = break_glass(acting=acting, template_id=template.pk, reason="It is down.")

    assert tell_of_ends(now=row.ends_at + dt.timedelta(minutes=1)) == 0


def test_an_exception_is_told_of_at_30_7_and_1_days_once_each(agreement: Agreement) -> None:
    at = now()
    ends = at + dt.timedelta(days=60)
    OptOutException.objects.create(
        agreement=agreement, person=Person.objects.get(username="ann"), reason="Audit.",
        begins_at=at, ends_at=ends, state=ExceptionState.APPROVED, requested_at=at,
    )  # fmt: skip

    counts = [
        tell_of_ends(now=ends - dt.timedelta(days=days)) for days in (40, 30, 29, 7, 3, 1, 0.5, 0)
    ]

    assert counts == [0, 2, 0, 2, 0, 2, 0, 0]
    assert {name for name, _, _ in told()} == {"olga", "ann"}


def test_many_that_end_are_told_of_in_as_many_queries_as_few(
    agreement: Agreement, django_assert_max_num_queries: Any
) -> None:
    # Given thirty exceptions that end within a week, some of people and some of a team of two
    at = now()
    ann, team = Person.objects.get(username="ann"), TeamFactory(name="auditors")
    team.members.add(ann, PersonFactory(username="cy"))
    OptOutException.objects.bulk_create(
        OptOutException(
            agreement=agreement, person=None if number % 2 else ann,
            team=team if number % 2 else None, reason="Audit.", begins_at=at,
            ends_at=at + dt.timedelta(days=60), state=ExceptionState.APPROVED, requested_at=at,
        )
        for number in range(30)
    )  # fmt: skip

    with django_assert_max_num_queries(20):
        assert tell_of_ends(now=at + dt.timedelta(days=55)) == 15 * 2 + 15 * 3


def test_an_opt_out_that_ends_is_told_of_to_its_owner() -> None:
    PersonFactory(username="olga")
    begins, ends = dt.date.today() - dt.timedelta(days=300), dt.date.today() + dt.timedelta(days=7)
    when = {"from": begins.isoformat(), "to": ends.isoformat()}
    in_force(opt_out(1, owner="person:olga", when=when))

    assert [tell_of_ends(), tell_of_ends()] == [1, 0]
    assert told() == [("olga", "opt_out_ending", False)]


def test_a_review_is_told_of_at_30_7_and_1_days_and_once_when_it_is_over() -> None:
    PersonFactory(username="olga")
    review = dt.datetime.combine(dt.date.today() + dt.timedelta(days=60), dt.time(), dt.UTC)
    in_force(opt_out(1, owner="person:olga", review_by=review.date().isoformat()))

    counts = [
        tell_of_ends(now=review - dt.timedelta(days=days))
        for days in (40, 30, 29, 7, 3, 1, 0.5, 0, -1, -2, -9)
    ]

    assert counts == [0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0]
    titles = list(Notification.objects.order_by("pk").values_list("title", flat=True))
    assert titles[0].startswith(f"OO-1 comes to review on {review:%d %B %Y}: ")
    assert titles[-1].startswith("OO-1 is overdue for review and keeps denying: ")


def test_what_ends_before_its_review_is_told_of_as_ending_alone() -> None:
    PersonFactory(username="olga")
    begins, ends = dt.date.today() - dt.timedelta(days=300), dt.date.today() + dt.timedelta(days=7)
    when = {"from": begins.isoformat(), "to": ends.isoformat()}
    in_force(opt_out(1, owner="person:olga", when=when, review_by=ends.isoformat()))

    assert tell_of_ends() == 1
    assert "ends on" in Notification.objects.get().title


def test_who_decides_hears_of_a_request_and_who_asked_of_the_answer(agreement: Agreement) -> None:
    bea, olga = PersonFactory(username="bea"), Person.objects.get(username="olga")
    TeamFactory(name="auditors").members.add(PersonFactory(username="cy"))
    # Given Bea asks for the auditors
    row = request_exception(
        acting=principal_of(bea), agreement=agreement.key, team="auditors",
        reason="The yearly audit.", ends_at=now() + dt.timedelta(days=3),
    )  # fmt: skip
    digest_for_people(list(Event.objects.all()))
    assert told() == [("olga", "exception_asked", True)]

    # When Olga approves, and revokes it later
    decide_exception(acting=principal_of(olga), exception_id=row.pk, approve=True)
    end_exception(acting=principal_of(olga), exception_id=row.pk, reason="The audit is over.")
    for _ in range(2):  # a repeated job tells nobody twice
        digest_for_people(list(Event.objects.all()))

    # Then who asked and those excepted hear both, and nobody else
    answers = Notification.objects.filter(kind="exception_answered").order_by("pk")
    assert sorted(one.person.username for one in answers) == ["bea", "bea", "cy", "cy"]
    assert {one.body for one in answers if "revoked" in one.title} == {"The audit is over."}
    assert all(one.url.endswith(f"#exception-{row.pk}") for one in answers)
