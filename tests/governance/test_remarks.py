"""What people say about anything: comments, questions, known problems, and who hears of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from guardian.shortcuts import assign_perm
from hypothesis import given
from hypothesis import strategies as st

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.mentions import mentioned
from catalog.models import DataProduct, Dataset, Event, Person, Remark, TeamMembership
from catalog.registries.subjects import subjects
from catalog.search.indexing import Subject, refresh
from catalog.selectors.principals import principal_of
from catalog.selectors.remarks import questions_for, remarks_on
from catalog.selectors.search import Page, SearchQuery, search
from catalog.services import conversation
from catalog.services.remarks import remark, reply, solve_remark
from catalog.types import EmploymentKind, RemarkKind
from governance.clock import now
from governance.models import Agreement, Notification
from governance.notifications.consumers import digest_for_people
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
    principal,
)
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada look", ("ada",)),
        ("Ask @Ada.Lind, or @bo.", ("ada.lind", "bo")),
        ("write to ada@example.org", ()),
        ("@ada and @ada again", ("ada",)),
        ("@ nobody", ()),
    ],
)
def test_names_after_an_at_are_mentions(text: str, names: tuple[str, ...]) -> None:
    assert mentioned(text) == names


@given(st.text())
def test_any_text_calls_twenty_people_at_most(text: str) -> None:
    assert len(mentioned(text * 5)) <= 20


def things() -> dict[str, tuple[Any, Any]]:
    """One object of each kind with a person who answers for it."""
    owner = PersonFactory()
    domain = DomainFactory()
    assign_perm("catalog.steward_domain", owner, domain)
    team = TeamFactory()
    TeamMembership.objects.create(team=team, person=owner)
    held = OwnershipFactory(person=owner, dataset__domain=None).dataset
    agreement = Agreement.objects.create(
        key="term:customer", kind="term", title="Customer", domain=domain, created_at=now()
    )
    return {
        "column": (ColumnFactory(dataset=held), owner),
        "system": (SystemFactory(operator=owner), owner),
        "domain": (domain, owner),
        "product": (
            DataProduct.objects.create(name="P", slug="p", purpose="x", owner_team=team), owner),
        "team": (team, owner),
        "person": (owner, owner),
        "agreement": (agreement, owner),
    }  # fmt: skip


def test_a_question_on_anything_reaches_who_answers_for_it() -> None:
    # given an object of every kind that is spoken about, each with somebody who answers for it
    made = things()
    assert {"dataset", *made} == set(subjects.names())
    asker = principal()
    for number, (name, (thing, owner)) in enumerate(made.items(), start=1):
        # when somebody asks about it
        asked = remark(
            acting=asker,
            subject_type=name,
            subject_id=thing.pk,
            kind=RemarkKind.QUESTION,
            text=f"What of the {name}?",
        )
        digest_for_people(
            list(Event.objects.filter(type="catalog.remark.made", subject_id=asked.pk))
        )
        # then it waits for its owner, who is told
        waiting = list(questions_for(principal_of(owner)))
        assert waiting[-1] == asked
        assert len(waiting) == number
        told = Notification.objects.filter(person=owner, kind="question").latest("pk")
        assert told.url.endswith(f"#remark-{asked.pk}")
        # and its page shows it
        client = Client()
        client.force_login(owner)
        page = client.get(f"/remarks/{name}/{thing.pk}/").content.decode()
        assert f"What of the {name}?" in page
        subject = subjects.get(name).find(principal_of(owner), thing.pk)
        assert subject is not None
        assert client.get(subject.address).status_code == 200, name
    # and on the owner's home page all wait, until they are answered
    client = Client()
    client.force_login(owner)
    assert "What of the system?" in client.get("/").content.decode()
    assert client.get("/api/v1/remarks/for-me/").json()["results"][0]["kind"] == "question"
    for asked in Remark.objects.filter(kind="question"):
        reply(acting=principal_of(owner), remark_id=asked.pk, text="So.")
    assert not questions_for(principal_of(owner)).exists()


def test_who_is_named_hears_of_it_once_if_they_may_see_it() -> None:
    # given a system; when somebody names two people and themselves, one of whom asks about it
    system = SystemFactory()
    writer, ada, bo = PersonFactory(), PersonFactory(username="ada"), PersonFactory(username="bo")
    PersonFactory(username="eve", employment_kind=EmploymentKind.EXTERNAL)
    made = remark(
        acting=principal_of(writer),
        subject_type="system",
        subject_id=system.pk,
        kind=RemarkKind.COMMENT,
        text=f"@ada and @Bo, not @nobody, see this. @eve @{writer.username}",
    )
    events = list(Event.objects.filter(type="catalog.remark.made"))
    digest_for_people(events)
    digest_for_people(events)
    # then each of them hears once, and nobody else
    told = Notification.objects.filter(kind="mention")
    assert {row.person_id for row in told} == {ada.pk, bo.pk}
    assert told.count() == 2
    assert (
        told[0].title == f"{writer.display_name} named you in what they wrote on {system.instance}"
    )
    assert told[0].url == f"/remarks/system/{system.pk}/#remark-{made.pk}"
    # and in a question on a dataset they are named the same way
    dataset = DatasetFactory()
    conversation.ask(acting=principal_of(writer), dataset_id=dataset.pk, text="Why, @ada?")
    digest_for_people(list(Event.objects.filter(subject_type="dataset")))
    latest = Notification.objects.filter(person=ada).latest("pk")
    assert latest.url == f"/datasets/{dataset.pk}/#questions"


def test_remarks_on_what_is_hidden_are_told_to_nobody() -> None:
    # given a column of a dataset that a confidential opt-out hides from all but payroll
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    ann = PersonFactory(username="ann")
    pay = larkfield("hr.compensation")["hr.compensation"]
    column = ColumnFactory(dataset=pay, name="extra_pay")
    paul = principal_of(Person.objects.get(username="paul"))
    in_force(opt_out(1, confidential_metadata=True))
    made = remark(
        acting=paul,
        subject_type="column",
        subject_id=column.pk,
        kind=RemarkKind.COMMENT,
        text="Chinchilla bonus, @ann",
    )
    digest_for_people(list(Event.objects.filter(type="catalog.remark.made")))
    refresh([Subject("remark", made.pk)])
    # then Ann is not told, finds nothing, reads nothing and says nothing there
    assert not Notification.objects.exists()
    assert search(principal_of(ann), SearchQuery("chinchilla"), Page(), ()).total == 0
    assert search(paul, SearchQuery("chinchilla"), Page(), ()).total == 1
    assert not remarks_on(principal_of(ann), "column", column.pk).exists()
    with pytest.raises(NotFound):
        reply(acting=principal_of(ann), remark_id=made.pk, text="Me too")
    client = Client()
    client.force_login(ann)
    assert client.get(f"/remarks/column/{column.pk}/").status_code == 404
    rest = client.get(f"/api/v1/remarks/?subject_type=column&subject_id={column.pk}")
    assert rest.status_code == 404


def test_an_answered_question_is_found_and_a_problem_is_a_banner_until_it_is_solved() -> None:
    # given a question with its answer and a problem on a system
    system, who = SystemFactory(), principal()
    say: Callable[[RemarkKind, str], Remark] = lambda kind, text: remark(  # noqa: E731
        acting=who, subject_type="system", subject_id=system.pk, kind=kind, text=text
    )
    asked = say(RemarkKind.QUESTION, "When is the nightly load done?")
    reply(acting=who, remark_id=asked.pk, text="At a quarter past armadillo.")
    broken = say(RemarkKind.PROBLEM, "The clock is wrong.")
    refresh([Subject("remark", asked.pk), Subject("remark", broken.pk)])
    # then the answer's words find it, and it leads to its page
    (hit,) = search(who, SearchQuery("armadillo"), Page(), ()).hits
    assert (hit.kind, hit.name.text) == ("remark", "When is the nightly load done?")
    client = Client()
    client.force_login(PersonFactory())
    page = client.get(f"/systems/{system.pk}/").content.decode()
    assert "The clock is wrong." in page
    assert "notice is-contested" in page
    # and once solved the banner is down and cannot be taken down again
    solved = client.post(f"/remarks/{broken.pk}/solve/")
    assert solved["Location"] == f"/remarks/system/{system.pk}/#remark-{broken.pk}"
    assert "notice is-contested" not in client.get(f"/systems/{system.pk}/").content.decode()
    with pytest.raises(Conflict, match="solved already"):
        solve_remark(acting=who, remark_id=broken.pk)
    with pytest.raises(Conflict, match="Only a known problem"):
        solve_remark(acting=who, remark_id=asked.pk)


def test_every_door_says_and_answers(django_assert_max_num_queries: Any) -> None:
    # given a domain and a person at REST, at GraphQL and in the browser
    domain, person = DomainFactory(), PersonFactory()
    client = Client()
    client.force_login(person)
    # when each says something and one replies
    made = client.post(
        "/api/v1/remarks/",
        {"subject_type": "domain", "subject_id": domain.pk, "kind": "question", "text": "By REST?"},
        content_type="application/json",
    ).json()
    client.post(
        f"/api/v1/remarks/{made['id']}/replies/", {"text": "Yes"}, content_type="application/json"
    )
    mutation = (
        f'mutation {{ makeRemark(subjectType: "domain", subjectId: "{domain.pk}", text: "By graph",'
        ' kind: "problem") { remark { id kind } } }'
    )
    graph = client.post("/graphql/", {"query": mutation}, content_type="application/json").json()
    client.post(f"/remarks/domain/{domain.pk}/", {"kind": "comment", "text": "By page"})
    client.post(f"/remarks/{made['id']}/reply/", {"text": "Indeed"})
    assert graph["data"]["makeRemark"]["remark"]["kind"] == "problem"
    # then all read the same
    rows = client.get(f"/api/v1/remarks/?subject_type=domain&subject_id={domain.pk}").json()
    assert [(row["kind"], row["text"]) for row in rows["results"]] == [
        ("comment", "By page"), ("problem", "By graph"), ("question", "By REST?")]  # fmt: skip
    assert [answer["text"] for answer in rows["results"][2]["replies"]] == ["Yes", "Indeed"]
    asked = (
        f'{{ remarks(subjectType: "domain", subjectId: "{domain.pk}") {{ text author {{ username }}'
        " replies { text } } }"
    )
    answer = client.post("/graphql/", {"query": asked}, content_type="application/json").json()
    assert answer["data"]["remarks"][2] == {
        "text": "By REST?",
        "author": {"username": person.username},
        "replies": [{"text": "Yes"}, {"text": "Indeed"}],
    }
    # and a page costs the same for few and many
    for number in range(30):
        Remark.objects.create(
            kind="comment", subject_type="domain", subject_id=domain.pk, author=person,
            text=str(number),
        )  # fmt: skip
    with django_assert_max_num_queries(20):
        client.get(f"/remarks/domain/{domain.pk}/")


@pytest.mark.parametrize(
    ("about", "kind", "text", "says"),
    [
        ("ghost", RemarkKind.COMMENT, "x", "There is nothing to say about a 'ghost'"),
        ("dataset", RemarkKind.QUESTION, "x", "written on its own page"),
        ("dataset", RemarkKind.COMMENT, "  ", "Write something first"),
        ("dataset", RemarkKind.COMMENT, "x" * 10_001, "longer than 10,000"),
    ],
)
def test_what_cannot_be_said_is_refused_and_changes_nothing(
    about: str, kind: RemarkKind, text: str, says: str
) -> None:
    dataset: Dataset = DatasetFactory()

    with pytest.raises(InvalidInput, match=says):
        remark(acting=principal(), subject_type=about, subject_id=dataset.pk, kind=kind, text=text)
    with pytest.raises(AccessRefused):
        remark(
            acting=principal(employment_kind=EmploymentKind.EXTERNAL),
            subject_type="dataset",
            subject_id=dataset.pk,
            kind=RemarkKind.COMMENT,
            text="x",
        )

    assert not Remark.objects.exists()
