"""Broken glass is reviewed once it is over: by whom, how, and what is seen of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from catalog.access import AccessRefused
from catalog.errors import CatalogError, Conflict, InvalidInput, NotFound
from catalog.models import Dataset, Event, Person
from catalog.selectors.history import history_model
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance.audit.selectors.records import Search
from governance.audit.services.reading import open_rows
from governance.audit.services.recording import flush
from governance.clock import now
from governance.models import (
    Agreement,
    BreakGlassTemplate,
    Delegation,
    Notification,
    OptOutException,
)
from governance.notifications.consumers import digest_for_people
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.answering import waiting_count
from governance.permissions.selectors.exceptions import exceptions_seen, review_state
from governance.permissions.selectors.reviews import to_review
from governance.permissions.services.break_glass import break_glass, review_glass
from governance.permissions.services.telling import tell_of_ends
from governance.permissions.types import ReviewState
from tests.factories import PersonFactory, TeamFactory
from tests.governance.impact.world import seat
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db

KEY = "permission_policy:oo-1"


def who(username: str) -> Principal:
    return principal_of(Person.objects.get(username=username))


def over(row: OptOutException, days: int = 0) -> OptOutException:
    """The same broken glass as it is once it ended so many days ago."""
    ends = now() - dt.timedelta(days=days, minutes=1)
    begins = ends - dt.timedelta(minutes=30)
    OptOutException.objects.filter(pk=row.pk).update(begins_at=begins, ends_at=ends)
    row.refresh_from_db()
    return row


@pytest.fixture
def pay() -> Dataset:
    """Pay is closed to all but payroll; Lucian answers, Cora chairs, Ann and Bob are on call."""
    TeamFactory(name="payroll")
    team = TeamFactory(name="oncall")
    for name in ("ann", "bob"):
        team.members.add(PersonFactory(username=name))
    seat("Legal", PersonFactory(username="lucian"))
    seat("Chair", PersonFactory(username="cora"), is_chair=True)
    data = larkfield("hr.compensation")
    in_force(opt_out(1))
    return data["hr.compensation"]


@pytest.fixture
def broken(pay: Dataset) -> OptOutException:
    """Ann broke the glass; it is not over."""
    return broken_by("ann")


def broken_by(username: str) -> OptOutException:
    template = BreakGlassTemplate.objects.create(
        agreement_id=opt_out_id(), team=Person.objects.get(username=username).teams.first(),
        minutes=30, reason="Outages.", approved_at=now(),
        ends_at=now() + dt.timedelta(days=90),
    )  # fmt: skip
    return break_glass(acting=who(username), template_id=template.pk, reason="Payroll is down.")


def opt_out_id() -> int:
    return Agreement.objects.get(key=KEY).pk


def reviewed(by: str, row: OptOutException, **given: Any) -> OptOutException:
    said = {"outcome": "justified", "note": "Only the run that failed was read.", **given}
    return review_glass(acting=who(by), exception_id=row.pk, **said)


def test_whoever_answers_for_the_opt_out_says_how_it_was(broken: OptOutException) -> None:
    # Given glass that is over, and waits for Lucian alone
    over(broken)
    assert [to_review(who(name), now()) == [broken] for name in ("lucian", "ann", "cora")] == [
        True, False, False,
    ]  # fmt: skip
    assert waiting_count(who("lucian")).waiting == 1

    # When he says what he found
    row = reviewed("lucian", broken, outcome="not_justified", note="Salaries were read, too. ")

    # Then it is kept with the sentence, by whom and when; event and history say it with it
    row.refresh_from_db()
    assert (row.review, row.review_note, row.reviewed_by) == (
        "not_justified", "Salaries were read, too.", Person.objects.get(username="lucian"),
    )  # fmt: skip
    assert row.reviewed_at is not None
    event = Event.objects.get(payload__what="not_justified")
    assert (event.subject_id, event.payload["agreement"], event.actor_name) == (
        row.pk, KEY, str(Person.objects.get(username="lucian")),
    )  # fmt: skip
    kept = history_model(OptOutException).objects.filter(pgh_obj_id=row.pk).order_by("-pgh_id")
    assert kept.first().review == "not_justified"
    # and nothing waits any more, and Ann is told
    assert (to_review(who("lucian"), now()), waiting_count(who("lucian")).waiting) == ([], 0)
    digest_for_people(list(Event.objects.filter(pk=event.pk)))
    told = Notification.objects.get()
    assert (told.person.username, told.body) == ("ann", "Salaries were read, too.")
    assert "found it not justified to break the glass" in told.title


def test_how_much_waits_is_asked_for_all_at_once(
    broken: OptOutException, django_assert_max_num_queries: Any
) -> None:
    # Given forty times that glass was broken, by Ann and by Bob in turn
    over(broken)
    whose = {name: Person.objects.get(username=name).pk for name in ("ann", "bob")}
    for number in range(39):
        broken.pk, broken.person_id = None, whose["ann" if number % 2 else "bob"]
        broken.save(force_insert=True)

    # Then a page asks no more of the database than for one, whoever opens it and whoever reviews
    for name, count in (("lucian", 40), ("cora", 0), ("ann", 0)):
        reader = who(name)
        with django_assert_max_num_queries(10):
            assert len(to_review(reader, now())) == count
    with django_assert_max_num_queries(30):
        assert tell_of_ends(now=now()) == 40


@pytest.mark.parametrize("name", ["ann", "bob", "cora"])
def test_nobody_else_reviews_it(broken: OptOutException, name: str) -> None:
    over(broken)
    with pytest.raises(AccessRefused, match="Only the holder of the opt-out's owner seat"):
        reviewed(name, broken)
    broken.refresh_from_db()
    assert (broken.review, broken.reviewed_at) == ("", None)
    assert not Event.objects.filter(payload__what="justified").exists()


def test_who_broke_it_or_acts_for_them_leaves_it_to_the_chair(pay: Dataset) -> None:
    # Given Lucian, who broke the glass of the opt-out that he answers for
    Person.objects.get(username="lucian").teams.add(TeamFactory(name="second line"))
    row = over(broken_by("lucian"))

    # Then Cora reviews it, who chairs the council
    with pytest.raises(AccessRefused):
        reviewed("lucian", row)
    assert to_review(who("cora"), now()) == [row]
    assert reviewed("cora", row).reviewed_by == Person.objects.get(username="cora")

    # Given Ann's, while Lucian acts for Ann in the council
    other = over(broken_by("ann"))
    Delegation.objects.create(
        giver=Person.objects.get(username="ann"), taker=Person.objects.get(username="lucian"),
        since=now() - dt.timedelta(days=1), until=now() + dt.timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(AccessRefused):
        reviewed("lucian", other)
    assert to_review(who("cora"), now()) == [other]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"outcome": "maybe"}, InvalidInput),
        ({"outcome": ""}, InvalidInput),
        ({"note": "  "}, InvalidInput),
    ],
)
def test_a_review_without_outcome_or_sentence_is_refused(
    broken: OptOutException, given: dict[str, str], error: type[CatalogError]
) -> None:
    over(broken)
    with pytest.raises(error):
        reviewed("lucian", broken, **given)
    broken.refresh_from_db()
    assert broken.review == ""


def test_what_is_not_over_or_not_broken_or_reviewed_is_not_reviewed(
    broken: OptOutException,
) -> None:
    with pytest.raises(Conflict, match="It is not over until"):
        reviewed("lucian", broken)
    usual = OptOutException.objects.create(
        agreement_id=broken.agreement_id, person_id=broken.person_id, reason="Audit.",
        begins_at=now() - dt.timedelta(days=2), ends_at=now() - dt.timedelta(days=1),
        state="approved", requested_at=now(),
    )  # fmt: skip
    with pytest.raises(Conflict, match="Only broken glass"):
        reviewed("lucian", usual)
    with pytest.raises(NotFound):
        review_glass(acting=who("lucian"), exception_id=0, outcome="justified", note="x")
    reviewed("lucian", over(broken))
    with pytest.raises(Conflict, match="done already"):
        reviewed("lucian", broken, outcome="not_justified")
    broken.refresh_from_db()
    assert broken.review == "justified"
    # The database holds it as well: a review of what is no broken glass, or by no instant
    for row, at in ((usual, now()), (over(broken_by("bob")), None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            OptOutException.objects.filter(pk=row.pk).update(review="justified", reviewed_at=at)


def test_a_review_that_is_late_is_seen_as_such_and_told_once_more(
    broken: OptOutException,
) -> None:
    # Given glass whose end is six, then eight days ago
    told: list[tuple[int, set[str]]] = []
    for days in (6, 8, 9):
        over(broken, days=days)
        count = tell_of_ends()
        names = Notification.objects.order_by("-pk")[:count].values_list("person__username")
        told.append((count, {name for (name,) in names}))
        told.append((0, {str(review_state(broken, now()))}))

    # Then it is due, then overdue; Lucian is asked, then asked again with the chair, and no more
    assert told == [
        (1, {"lucian"}), (0, {"due"}), (2, {"lucian", "cora"}), (0, {"overdue"}),
        (0, set()), (0, {"overdue"}),
    ]  # fmt: skip
    narrowed = {state: list(exceptions_seen(who("bob"), review=state)) for state in ReviewState}
    assert narrowed == {
        ReviewState.DUE: [], ReviewState.OVERDUE: [broken], ReviewState.JUSTIFIED: [],
        ReviewState.NOT_JUSTIFIED: [],
    }  # fmt: skip
    reviewed("lucian", broken)
    assert list(exceptions_seen(who("bob"), review="justified")) == [broken]
    assert not exceptions_seen(who("bob"), review="overdue").exists()
    # What was reviewed is asked for no more
    assert tell_of_ends() == 0


def page(username: str, address: str) -> str:
    visitor = Client()
    visitor.force_login(Person.objects.get(username=username))
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.content[:400]
    return " ".join(answer.content.decode().split())


def test_it_is_reviewed_on_its_page_and_shown_to_everybody(
    broken: OptOutException, client: Client
) -> None:
    # Given an overdue review
    over(broken, days=8)
    assert "Broken glass to review" not in page("bob", "/access/exceptions/")
    assert "not reviewed within a week, 1 time<" in page("bob", "/access/")
    assert "Broken glass waits for your review, 1 time<" in page("lucian", "/access/")
    assert 'id="review-' in page("lucian", "/access/exceptions/")
    days = f"since={broken.begins_at:%Y-%m-%d}&amp;until={broken.ends_at:%Y-%m-%d}"
    assert f'/audit/?person=ann&amp;{days}"' in page("lucian", "/access/exceptions/")
    assert "Review overdue" in page("bob", "/access/exceptions/?review=overdue")

    # When Bob and then Lucian send the form, then the latter is kept
    for name in ("bob", "lucian"):
        client.force_login(Person.objects.get(username=name))
        sent = client.post(
            f"/access/exceptions/{broken.pk}/change/",
            {"what": "justified", "words": f"Said by {name}."},
        )
        assert sent.status_code == 302
    shown = page("bob", "/access/exceptions/?review=justified")
    assert "Said by lucian." in shown
    assert "Said by bob." not in shown
    assert "not reviewed within a week" not in page("bob", "/access/")
    assert client.get("/access/exceptions/?review=never").status_code == 400


def test_the_record_of_what_was_read_meanwhile_says_how_it_was_found(
    broken: OptOutException, pay: Dataset, client: Client
) -> None:
    # Given Ann, who reads pay while the glass is broken, and Lucian's review
    opt_outs.refresh()
    client.force_login(Person.objects.get(username="ann"))
    sql = {"sql": "SELECT count(*) FROM hr.compensation", "dialect": "postgres"}
    asked = client.post("/api/v1/gateway/check", sql, content_type="application/json")
    assert asked.json()["decision"] == "allow"
    flush()
    reviewed("lucian", over(broken), note="One count, as was said.")

    # Then the record leads to the exception, and says what the review found
    row = next(iter(open_rows(who("ann"), Search(person="ann")).first(1)))
    shown = page("ann", f"/audit/{row.pk}/")
    assert f'#exception-{broken.pk}">Broken glass {broken.pk}</a>' in shown
    assert "One count, as was said." in shown


def test_it_is_reviewed_over_rest(broken: OptOutException, client: Client) -> None:
    over(broken, days=8)
    address = f"/api/v1/opt-out-exceptions/{broken.pk}/review/"
    given = {"outcome": "not_justified", "note": "Nothing was down."}
    client.force_login(Person.objects.get(username="ann"))
    assert client.post(address, given, content_type="application/json").status_code == 403

    client.force_login(Person.objects.get(username="lucian"))
    listed = client.get("/api/v1/opt-out-exceptions/?review=overdue").json()["results"]
    assert [(one["id"], one["review"]) for one in listed] == [(broken.pk, "")]
    assert dt.datetime.fromisoformat(listed[0]["review_due_at"]) == (
        broken.ends_at + dt.timedelta(days=7)
    )
    assert client.get("/api/v1/opt-out-exceptions/?review=soon").status_code == 400
    wrong = client.post(address, {"outcome": "yes", "note": "x"}, content_type="application/json")
    assert wrong.status_code == 400
    done = client.post(address, given, content_type="application/json")
    assert (done.status_code, done.json()["review"], done.json()["reviewed_by"]) == (
        200, "not_justified", "lucian",
    )  # fmt: skip
    again = client.post(address, given, content_type="application/json")
    assert again.status_code == 409


def test_it_is_reviewed_over_graphql(broken: OptOutException, client: Client) -> None:
    over(broken, days=8)
    client.force_login(Person.objects.get(username="lucian"))
    ask = (
        f'mutation {{ reviewBreakGlass(exception: "{broken.pk}", outcome: "justified",'
        ' note: "As said.") { exception { review reviewNote reviewedBy { username }'
        " isBreakGlass } } }"
    )
    listing = '{ optOutExceptions(review: "overdue") { edges { node { review reviewDueAt } } } }'

    def answer(query: str) -> Any:
        sent = client.post("/graphql/", {"query": query}, content_type="application/json")
        return sent.json()["data"]

    assert answer(listing)["optOutExceptions"]["edges"][0]["node"]["review"] == ""
    assert answer(ask)["reviewBreakGlass"]["exception"] == {
        "review": "justified", "reviewNote": "As said.", "reviewedBy": {"username": "lucian"},
        "isBreakGlass": True,
    }  # fmt: skip
    assert answer(listing)["optOutExceptions"]["edges"] == []
