"""The pages of access: register, what holds for me, exceptions, glass, openness."""

from __future__ import annotations

import csv
import datetime as dt
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Column, ColumnLabel, Dataset, Label, Person
from catalog.selectors.principals import principal_of
from catalog.types import LabelKind, Origin
from governance.models import (
    Agreement,
    BreakGlassTemplate,
    OpennessMeasure,
    OptOutException,
)
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.answering import answered_by
from governance.permissions.selectors.exceptions import answers_for
from governance.permissions.services.measuring import measure_openness
from tests.factories import PersonFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.pages.visiting import TODAY, Visitor, days, text_of

pytestmark = pytest.mark.django_db

KEY = "permission_policy:oo-1"


def numbers_of(visitor: Client, query: str) -> list[str]:
    answer = visitor.get(f"/access/?format=csv&{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))
    return [row["number"] for row in rows]


def test_the_register_has_every_opt_out_the_soonest_end_first(pay: Dataset, as_: Visitor) -> None:
    shown = text_of(as_("ann"), "/access/")

    assert shown.index(">OO-1</a>") < shown.index(">OO-2</a>") < shown.index(">OO-3</a>")
    assert "Ends in 20 days" in shown
    assert "Pay is private." in shown
    assert "Held by counsel." not in shown
    assert "The reason is withheld." in shown
    assert "Shown as a hash" in shown
    assert "reads nothing, nor does an account of the kind external." in shown


def test_whoever_is_refused_appeals_by_one_click_from_the_reason(
    pay: Dataset, as_: Visitor
) -> None:
    exception = "/access/exceptions/new/?opt_out=permission_policy%3Aoo-1"
    assert f'href="{exception}"' in text_of(as_("ann"), f"/agreements/{KEY}/")
    appeal = "/proposals/new/?agreement=permission_policy%3Aoo-1"
    for page in (f"/datasets/{pay.pk}/access/", "/access/mine/"):
        assert f'href="{appeal}"' in text_of(as_("ann"), page)
    assert as_("ann").get(appeal).status_code == 200


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["OO-1", "OO-2", "OO-3"]),
        ("category=customer", ["OO-2"]),
        ("effect=deny", ["OO-1", "OO-3"]),
        ("dataset=core.dim_employee", ["OO-2", "OO-3"]),
        ("person=pat", ["OO-2"]),
        ("person=bob&effect=deny", ["OO-1", "OO-3"]),
    ],
)
def test_the_register_is_narrowed_and_saved_as_a_file(
    pay: Dataset, as_: Visitor, query: str, numbers: list[str]
) -> None:
    assert numbers_of(as_("ann"), query) == numbers


@pytest.mark.parametrize(
    "query", ["category=taste", "effect=hide", "domain=none", "dataset=no.such", "person=nobody"]
)
def test_a_filter_that_means_nothing_is_said(pay: Dataset, as_: Visitor, query: str) -> None:
    assert 'class="field-error" role="alert"' in text_of(as_("ann"), f"/access/?{query}")


def test_who_is_denied_learns_why_until_when_and_whom_to_ask(pay: Dataset, as_: Visitor) -> None:
    shown = text_of(as_("bob"), f"/datasets/{pay.pk}/access/")

    assert "You may not read its data" in shown
    assert "Pay is private." in shown
    assert "(Legal)" in shown
    assert "/access/exceptions/new/?opt_out=permission_policy%3Aoo-1" in shown
    assert "What others may" not in shown
    assert "You may read its data" in text_of(as_("pat"), f"/datasets/{pay.pk}/access/")


def test_what_is_narrowed_is_told_column_by_column(pay: Dataset, as_: Visitor) -> None:
    people = Dataset.objects.get(name="dim_employee")

    shown = text_of(as_("ann"), f"/datasets/{people.pk}/access/")

    assert "You may read, in part" in shown
    assert "<code>location</code>" in shown
    assert "Shown as a hash" in shown


def test_who_answers_for_data_sees_who_may_not_and_asks_for_others(
    pay: Dataset, as_: Visitor
) -> None:
    # Given several people, of whom only payroll reads pay
    count = Person.objects.filter(is_active=True).count()
    shown = text_of(as_("admin"), f"/datasets/{pay.pk}/access/")
    assert f"1 may read it as it is, 0 in part, {count - 1} not at all." in shown

    told = text_of(as_("admin"), "/access/who/?dataset=hr.compensation&person=bob")
    assert "may not read" in told
    assert as_("ann").get("/access/who/?dataset=hr.compensation&person=bob").status_code == 403
    assert "You may not read" in text_of(as_("ann"), "/access/who/?dataset=hr.compensation")


def test_my_access_lists_what_is_closed_for_me(pay: Dataset, as_: Visitor) -> None:
    bob, pat = text_of(as_("bob"), "/access/mine/"), text_of(as_("pat"), "/access/mine/")

    assert "3 opt-outs concern you today" in bob
    assert "1 opt-out concerns you today" in pat
    assert "Held by counsel." not in bob
    assert f"/datasets/{pay.pk}/access/" in bob
    assert f"/datasets/{pay.pk}/access/" not in pat


def test_an_exception_is_asked_for_decided_and_ended_on_pages(pay: Dataset, as_: Visitor) -> None:
    # Given the form that a denial leads to
    form = text_of(as_("ann"), f"/access/exceptions/new/?opt_out={KEY}&dataset=hr.compensation")
    assert 'value="hr.compensation"' in form
    given = {"agreement": KEY, "reason": "The yearly audit.", "until": days(10), "datasets": ""}

    assert as_("ann").post("/access/exceptions/new/", given).status_code == 302
    row = OptOutException.objects.get()
    assert row.ends_at.date() == TODAY + dt.timedelta(days=10)

    # When the owner seat sees it at home and in the queue, and approves it
    assert "asks for an exception from OO-1" in text_of(as_("lucian"), "/")
    assert "Waiting for your decision" in text_of(as_("lucian"), "/access/exceptions/")
    assert "Waiting for your decision" not in text_of(as_("ann"), "/access/exceptions/")
    as_("lucian").post(f"/access/exceptions/{row.pk}/change/", {"what": "approve"})
    row.refresh_from_db()
    assert (row.state, row.decided_by and row.decided_by.username) == ("approved", "lucian")
    opt_outs.refresh()
    assert "You may read its data" in text_of(as_("ann"), f"/datasets/{pay.pk}/access/")
    assert "Lifted for you" in text_of(as_("ann"), "/access/mine/")

    # Then ending it closes the data again
    as_("ann").post(
        f"/access/exceptions/{row.pk}/change/", {"what": "end", "words": "Done.", "from": "mine"}
    )
    opt_outs.refresh()
    assert "You may not read its data" in text_of(as_("ann"), f"/datasets/{pay.pk}/access/")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": ""}, "This field is required."),
        ({"until": "2000-01-01"}, "An exception ends after it begins, and after now."),
        ({"username": "nobody"}, "Nobody active has the user name nobody."),
        ({"team": "nobodies"}, "There is no team nobodies."),
    ],
)
def test_a_request_that_does_not_hold_is_said_at_its_field(
    pay: Dataset, as_: Visitor, fields: dict[str, str], said: str
) -> None:
    given = {"agreement": KEY, "reason": "The audit.", "until": days(10), **fields}
    answer = as_("ann").post("/access/exceptions/new/", given)

    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not OptOutException.objects.exists()


def test_a_link_to_a_request_leads_whoever_decides_to_the_decision(
    pay: Dataset, as_: Visitor
) -> None:
    given = {"agreement": KEY, "reason": "The yearly audit.", "until": days(10)}
    as_("ann").post("/access/exceptions/new/", given)
    anchor = f'id="exception-{OptOutException.objects.get().pk}"'

    decides = as_("lucian").get("/access/exceptions/").content.decode()
    asked = as_("ann").get("/access/exceptions/").content.decode()

    # Whoever decides approves or refuses there, and is not offered to withdraw it
    assert decides.count(anchor) == 1
    assert f'<article class="panel stack-small" {anchor}>' in decides
    assert "Withdraw<" not in decides
    # and who asked finds its row
    assert f'<th scope="row" {anchor}>' in asked
    assert "Withdraw<" in asked
    assert anchor in as_("ann").get("/access/mine/").content.decode()


def test_a_refusal_needs_a_reason_and_the_owner_seat(pay: Dataset, as_: Visitor) -> None:
    given = {"agreement": KEY, "reason": "The yearly audit.", "until": days(10)}
    as_("ann").post("/access/exceptions/new/", given)
    row = OptOutException.objects.get()
    address = f"/access/exceptions/{row.pk}/change/"

    for who, sent in (
        ("lucian", {"what": "refuse"}),
        ("bob", {"what": "approve"}),
        ("ann", {"what": "approve"}),
        ("lucian", {"what": "shred"}),
    ):
        answer = as_(who).post(address, sent, follow=True)
        assert "Nothing was changed." in answer.content.decode(), (who, sent)
        row.refresh_from_db()
        assert row.state == "requested"
    as_("lucian").post(address, {"what": "refuse", "words": "No audit is due."})
    row.refresh_from_db()
    assert (row.state, row.decision_note) == ("refused", "No audit is due.")


def test_glass_is_approved_and_broken_on_pages(pay: Dataset, as_: Visitor) -> None:
    given = {
        "agreement": KEY, "team": "auditors", "minutes": "15", "reason": "Payday fails.",
        "until": days(30),
    }  # fmt: skip
    assert as_("bob").post("/access/break-glass/", given).status_code == 400
    assert f'<option value="{KEY}">' in text_of(as_("lucian"), "/access/break-glass/")
    assert as_("lucian").post("/access/break-glass/", given).status_code == 302
    template = BreakGlassTemplate.objects.get()
    assert "Break the glass" in text_of(as_("ann"), "/access/mine/")
    assert "Break the glass" not in text_of(as_("bob"), "/access/break-glass/")

    use = f"/access/break-glass/{template.pk}/use/"
    as_("bob").post(use, {"words": "Curious."})
    assert not OptOutException.objects.exists()
    as_("ann").post(use, {"words": "Payday fails."})
    row = OptOutException.objects.get()
    assert row.ends_at - row.begins_at == dt.timedelta(minutes=15)
    opt_outs.refresh()
    assert "You may read its data" in text_of(as_("ann"), f"/datasets/{pay.pk}/access/")

    # And its owner ends the template on the page, nobody else
    end = f"/access/break-glass/{template.pk}/end/"
    assert end not in text_of(as_("ann"), "/access/break-glass/")
    as_("ann").post(end, {"words": "Enough."})
    assert "Break the glass" in text_of(as_("ann"), "/access/mine/")
    assert end in text_of(as_("lucian"), "/access/break-glass/")
    as_("lucian").post(end, {"words": "It was for one outage."})
    assert "Break the glass" not in text_of(as_("ann"), "/access/mine/")
    assert end not in text_of(as_("lucian"), "/access/break-glass/")


def test_openness_counts_pairs_and_says_why_not_more(pay: Dataset, as_: Visitor) -> None:
    # Given three datasets; pay is closed to all but Pat, employees are masked for all and closed
    # to Bob, contacts are open
    people = Person.objects.filter(is_active=True).count()
    kept = measure_openness()

    assert (kept.people, kept.datasets, kept.pairs) == (people, 3, 3 * people)
    assert (kept.open_pairs, kept.denied_pairs) == (people + 1, people)
    reasons = {one["number"]: one["pairs"] for one in kept.reasons}
    assert reasons == {"OO-1": people - 1, "OO-2": people, "OO-3": 1}
    measure_openness()
    assert OpennessMeasure.objects.count() == 1
    assert f"{people} pairs of {3 * people} are denied" in text_of(as_("ann"), "/access/openness/")


def test_sensitive_columns_without_an_opt_out_are_listed(pay: Dataset, as_: Visitor) -> None:
    # Given a class on a column of contacts, which are open, and on one that is masked
    label = Label.objects.create(kind=LabelKind.CLASSIFICATION, name="Secret", path="Secret")
    for dataset, path in (("contact", "email"), ("dim_employee", "location")):
        column = Column.objects.get(dataset__name=dataset, path=path)
        ColumnLabel.objects.create(column=column, label=label, origin=Origin.DECLARED)
    opt_outs.refresh()

    shown = text_of(as_("ann"), "/access/openness/?classification=Secret")

    assert "1 classified column that no opt-out covers" in shown
    assert "<code>email</code>" in shown
    assert "<code>location</code>" not in shown
    assert "resources.columns[]=email" in shown


def test_whose_opt_outs_are_whose_is_the_same_for_one_and_for_all(pay: Dataset) -> None:
    for person in Person.objects.all():
        principal = principal_of(person)
        at = timezone.now()
        one_by_one = {
            row.key
            for row in map(_agreement, opt_outs.current().parts.rules)
            if answers_for(principal, row, at)
        }
        assert answered_by(principal, at) == one_by_one


def _agreement(key: str) -> Agreement:
    return Agreement.objects.get(key=key)


@pytest.mark.parametrize(
    "address",
    [
        "/access/",
        "/access/mine/",
        "/access/exceptions/",
        "/access/break-glass/",
        "/access/openness/",
    ],
)
def test_pages_take_as_many_queries_for_many_as_for_few(
    pay: Dataset, as_: Visitor, address: str
) -> None:
    visitor = as_("ann")

    def count() -> int:
        visitor.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert visitor.get(address).status_code == 200
        return len(queries)

    OptOutException.objects.create(
        agreement=_agreement(KEY), person=PersonFactory(), reason="An audit.",
        begins_at=timezone.now(), requested_at=timezone.now(),
        ends_at=timezone.now() + dt.timedelta(days=9),
    )  # fmt: skip
    few = count()
    in_force(*(opt_out(number, resources={"dataset": "hr.*"}) for number in range(10, 22)))
    for number in range(12):
        OptOutException.objects.create(
            agreement=_agreement(f"permission_policy:oo-{number + 10}"),
            person=PersonFactory(), reason="An audit.", requested_by=PersonFactory(),
            begins_at=timezone.now(), requested_at=timezone.now(),
            ends_at=timezone.now() + dt.timedelta(days=9),
        )  # fmt: skip
    opt_outs.refresh()

    assert count() <= few


def test_who_looks_at_exceptions_is_led_to_asking_for_one(pay: Dataset, as_: Visitor) -> None:
    # Given an opt-out that concerns Ann
    browser = as_("ann")

    # When she follows the offer of the page of exceptions, or its address without an opt-out
    page = browser.get("/access/exceptions/").content.decode()
    answer = browser.get("/access/exceptions/new/", follow=True)

    # Then she chooses the opt-out where those that concern her stand
    assert '<a class="button" href="/access/mine/">' in page
    assert answer.redirect_chain == [("/access/mine/", 302)]
    assert "Request an exception" in answer.content.decode()
    # and one that does not hold is not found
    assert browser.get("/access/exceptions/new/?opt_out=permission_policy:no").status_code == 404


def test_what_an_opt_out_leaves_open_is_said_with_its_effect(pay: Dataset, as_: Visitor) -> None:
    in_force(
        opt_out(
            4,
            subjects={"all": True},
            resources={"dataset": "crm.contact", "column": "email"},
            actions=["export"],
            purposes=["ml_training"],
            reason="Customers agreed to mail, not to models.",
        )
    )

    said = "Denied when exported for ml training"
    assert said in text_of(as_("bob"), "/access/")
    assert said in text_of(as_("bob"), "/access/mine/")
    assert "Denied when exported" not in text_of(as_("bob"), "/access/?dataset=hr.compensation")


def test_an_owner_is_called_by_name_on_the_page_of_an_agreement(pay: Dataset, as_: Visitor) -> None:
    page = text_of(as_("bob"), f"/agreements/{KEY}/")

    assert "<dt>Owner</dt><dd>Legal</dd>" in page
    assert "seat:" not in page.split("<main")[1]
