"""The stories of the chair (C1 to C6), of an Ops manager (O3) and of a data engineer (E1) in a
real browser, within their clicks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from catalog.models import Dataset, Person
from governance.council.services.meetings.planning import plan_meeting
from governance.models import Conflict, Decision, Meeting, MigrationTask, Position, Proposal
from governance.notifications.services.sending import send_due
from governance.proposals.services.stepping import ask_for_vote
from governance.types import ChangeOp, ChangeSpec, PositionValue
from lineage.models import ColumnEdge, DatasetEdge, Statement
from lineage.types import ConfidenceReason, StatementStatus
from tests.catalog.web.conftest import chromium  # noqa: F401 - a fixture
from tests.factories import ColumnFactory, OwnershipFactory
from tests.feeding import feed_settled
from tests.governance.proposals.world import (
    DAY,
    HOUR,
    MONDAY,
    World,
    adopted,
    at,
    block_fields,
    in_discussion,
    make_world,
    say,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Visit:
    """A page of one person that counts what they press."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.clicks = page, 0
        self._began = time.monotonic()
        page.goto(address)

    @property
    def seconds(self) -> float:
        """Since the first page was asked for."""
        return time.monotonic() - self._began

    def press(self, role: str, name: str, **more: Any) -> None:
        self.clicks += 1
        self.page.get_by_role(role, name=name, **more).first.click()
        self.page.wait_for_load_state()

    def check(self, label: str) -> None:
        self.clicks += 1
        self.page.get_by_label(label, exact=True).first.check()

    @property
    def text(self) -> str:
        return str(self.page.locator("main").inner_text())


Opener = Callable[..., Visit]


@pytest.fixture
def world(settings: Any) -> World:
    settings.STORY_CLOCK = True
    at(MONDAY)
    return make_world()


@pytest.fixture
def visit(chromium: Any, live_server: LiveServer, world: World) -> Iterator[Opener]:  # noqa: F811
    """Opens an address as a member of the council, by first name, or as a person."""
    contexts, complaints = [], []

    def open_page(who: str | Person, address: str, width: int = 1280) -> Visit:
        person = world.council.people[who] if isinstance(who, str) else who
        client = Client()
        client.force_login(person)
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}
        )
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value,
              "url": live_server.url}]
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return Visit(page, address)

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def term(world: World, name: str = "Qualified lead") -> ChangeSpec:
    """A term that the data of Marketing and Sales rests on."""
    bound = [
        {"dataset": world.datasets[domain].qualified_name, "column": ""}
        for domain in ("Marketing", "Sales")
    ]
    document = {
        "label": name,
        "definition": "A lead that Sales has accepted.",
        "examples": ["A lead with score 60 that asked for a demo."],
        "domain": "marketing",
        "bound_to": bound,
    }
    return ChangeSpec(ChangeOp.CREATE, "term", "", document)


def meeting_in(hours: int) -> Meeting:
    from catalog.types import Principal

    return plan_meeting(acting=Principal.system("test"), starts_at=MONDAY + hours * HOUR)


def test_c1_the_agenda_is_made_edited_and_sent(world: World, visit: Opener) -> None:
    in_discussion(world, term(world))
    meeting = meeting_in(40)
    chair = visit("Inés", f"/council/meetings/{meeting.pk}/")

    chair.press("button", "Make it anew")
    assert "Quorum and recusals" in chair.text
    chair.page.get_by_label("New item").fill("Who keeps the list of utilities")
    chair.press("button", "Add")
    chair.press("button", "Send the agenda")

    assert "The agenda is sent to every seat." in chair.text
    assert "Who keeps the list of utilities" in chair.text
    assert chair.clicks == 3
    assert chair.seconds < 60
    meeting.refresh_from_db()
    assert meeting.agenda_sent_at is not None


def test_c2_why_somebody_must_sign_is_one_click_away(world: World, visit: Opener) -> None:
    proposal = in_discussion(world, term(world))
    chair = visit("Inés", f"/proposals/{proposal.key}/")

    chair.clicks += 1
    chair.page.locator(".signer-row summary", has_text="Sales").click()

    assert chair.page.get_by_text("Sales owns", exact=False).first.is_visible()
    assert chair.clicks == 1


def test_c3_a_vote_is_run_with_quorum_and_minutes(world: World, visit: Opener) -> None:
    # given a proposal that Sales blocks and Marketing's author stands aside of
    proposal = in_discussion(world, term(world))
    say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())
    for first in ("Bram", "Nadia", "Farid"):
        ask_for_vote(acting=world.who(first), key=proposal.key, reason="Decide it.")
    proposal.refresh_from_db()
    assert proposal.state == "council_vote"
    meeting = meeting_in(1)
    at(MONDAY + HOUR)
    chair = visit("Inés", f"/council/meetings/{meeting.pk}/")
    # when the meeting opens without a quorum, no vote can be recorded
    chair.press("button", "Open the meeting")
    assert "No quorum" in chair.text
    # when people come, it can
    while chair.page.get_by_role("button", name="Is here").count():
        chair.press("button", "Is here")
    assert "No quorum" not in chair.text
    # and a key leads to the next item, unless somebody types
    first_item = chair.page.locator("h1").inner_text()
    chair.page.locator("#notes").press("n")
    assert chair.page.locator("#notes").input_value() == "n"
    assert chair.page.locator("h1").inner_text() == first_item
    chair.page.locator("#notes").fill("")
    chair.page.locator("h1").click()
    with chair.page.expect_navigation():
        chair.page.keyboard.press("n")
    assert chair.page.locator("h1").inner_text() != first_item
    for first in ("Inés", "Bram", "Suri", "Nadia", "Seun", "Peta", "Farid"):
        say(world.who(first), proposal)
    for _ in range(8):
        if (
            proposal.key in chair.text.split("In the room")[0]
            and chair.page.locator("#vote").count()
        ):
            break
        chair.press("button", "Next item")
    chair.check("Rejected")
    chair.page.locator("#vote-words").fill("The block stands: score 50 is none.")
    chair.press("button", "Record it")
    assert "is recorded" in chair.text
    decision = Decision.objects.get()
    assert (decision.outcome, decision.meeting) == ("rejected", meeting)
    chair.press("button", "Close the meeting")
    assert chair.seconds < 120
    # then the minutes are drafted from the record
    assert decision.key in chair.text
    assert "Draft" in chair.text


def test_c4_one_text_is_drafted_for_two_that_disagree(world: World, visit: Opener) -> None:
    # given a term of Sales in discussion that takes Marketing's word as its synonym
    adopted(world, term(world))
    at(MONDAY + 14 * DAY)
    other = term(world, "Sales lead")
    synonym = {**other.document, "domain": "sales", "alt_labels": ["Qualified lead"]}
    in_discussion(world, replace(other, document=synonym))
    conflict = Conflict.objects.get(state="open")
    chair = visit("Inés", "/council/")

    chair.press("link", conflict.title)
    assert conflict.witness in chair.text
    assert chair.text.count("A lead that Sales has accepted.") == 2
    chair.press("button", "Draft a proposal that keeps “Qualified lead”")

    drafted = Proposal.objects.get(state="draft")
    assert f"{drafted.key} is a draft of yours" in chair.page.content()
    chair.press("button", "Submit it")
    drafted.refresh_from_db()
    assert drafted.state == "triage"
    assert chair.clicks == 3
    assert chair.seconds < 300


def test_c6_the_quarter_is_reported_with_one_click(world: World, visit: Opener) -> None:
    adopted(world, term(world))
    chair = visit("Inés", "/council/")

    chair.press("link", "The quarter in numbers")

    assert chair.clicks == 1
    assert "1 decision, 1 of them with evidence" in chair.text
    assert "From submission to decision" in chair.text
    assert "Nothing was taken back." in chair.text


def test_c5_what_was_valid_and_who_decided(world: World, visit: Opener) -> None:
    adopted(world, term(world))
    chair = visit("Inés", "/glossary/?as_of=2026-03-31")
    assert "Qualified lead" in chair.text

    chair.press("link", "Qualified lead")
    decision = Decision.objects.get()
    chair.press("link", decision.key)
    assert "how it was decided" in chair.text.lower()
    chair.page.goto("/decisions/?verify=1")
    assert "Nothing was changed, left out or moved in 1 decision" in chair.text
    assert chair.clicks == 2
    assert chair.seconds < 10


def test_o3_an_ops_manager_consents_from_the_link_of_a_mail(
    world: World,
    chromium: Any,  # noqa: F811
    live_server: LiveServer,
    settings: Any,
) -> None:
    # given one mail that asks Sales, whose reader is signed in nowhere
    settings.BASE_URL = live_server.url
    hugo = world.council.people["Hugo"]
    hugo.set_password("a-long-test-password")
    hugo.save()
    proposal = in_discussion(world, term(world))
    feed_settled()
    send_due(instant=MONDAY)
    (asking,) = [sent for sent in mail.outbox if sent.to == [hugo.email]]
    assert asking.subject == f"Sign or block: {proposal.ask}"
    link = next(line for line in str(asking.body).split() if line.startswith(live_server.url))
    context = chromium.new_context()
    manager = Visit(context.new_page(), link)

    manager.page.locator("[name=login]").fill(hugo.username)
    manager.page.locator("[name=password]").fill("a-long-test-password")
    manager.press("button", "Sign in")
    # then the form of the position stands in front of them, with the impact above it
    assert manager.page.url == link
    assert manager.page.locator("#position").evaluate(
        "part => part.getBoundingClientRect().top < innerHeight"
    )
    assert "Your signature is asked for" in manager.text
    manager.check("I consent")
    manager.press("button", "Say it")

    assert "Your position is recorded." in manager.text
    assert manager.clicks == 3
    assert manager.seconds < 120
    assert Position.objects.get().value == "consent"
    context.close()


def test_e1_dropping_a_column_becomes_a_proposal_in_two_clicks(world: World, visit: Opener) -> None:
    source, target = read_by_marketing(world)
    engineer = visit("Bram", f"/datasets/{source.pk}/lineage/impact/?column=score&change=drop")
    assert target.name in engineer.text
    assert "Marketing people" in engineer.text
    assert f"SELECT score FROM {source.name}" in engineer.text
    assert engineer.seconds < 3

    engineer.press("link", "Propose this change")
    engineer.page.locator("#p-no_evidence_reason").fill("Nobody fills it any more.")
    engineer.press("button", "Submit it")

    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.state) == ("schema_change", "triage")
    assert engineer.clicks == 2
    assert "Marketing" in engineer.text


def test_a_page_of_a_dataset_leads_in_two_clicks_to_a_change_and_its_impact(
    world: World, visit: Opener
) -> None:
    source, target = read_by_marketing(world)
    engineer = visit("Bram", f"/datasets/{source.pk}/")

    engineer.press("link", "Propose to drop, rename or change a column")
    engineer.page.locator("#d-action").select_option("drop")
    engineer.page.locator("#d-column").fill("score")
    engineer.page.locator("#p-no_evidence_reason").fill("Nobody fills it any more.")
    engineer.press("button", "Check, and see whom it touches")

    assert engineer.clicks == 2
    assert target.name in engineer.page.content()
    engineer.press("button", "Submit it")
    assert Proposal.objects.get().kind == "schema_change"


def read_by_marketing(world: World) -> tuple[Dataset, Dataset]:
    """A table of Sales and a view of Marketing that rests on its column `score`."""
    source, target = world.datasets["Sales"], world.datasets["Marketing"]
    column = ColumnFactory(dataset=source, name="score", path="score")
    filled = ColumnFactory(dataset=target, name="score", path="score")
    statement = Statement.objects.create(
        dataset=target, kind="view", status=StatementStatus.PARSED, dialect="postgres",
        sql=f"SELECT score FROM {source.name}", digest="d", read_at=MONDAY,
    )  # fmt: skip
    DatasetEdge.objects.create(
        source=source, target=target, statement=statement, confidence=1.0,
        reason=ConfidenceReason.BY_SCHEMA,
    )  # fmt: skip
    ColumnEdge.objects.create(
        source=source, source_column=column, target=target, target_column=filled,
        statement=statement, kind="DIRECT", subtype="IDENTITY", confidence=1.0,
        reason=ConfidenceReason.BY_SCHEMA,
    )  # fmt: skip
    OwnershipFactory(dataset=target, person=None, team=world.teams["Marketing"])
    return source, target


def test_a_deadline_passes_with_the_clock_on_the_page(world: World, visit: Opener) -> None:
    proposal = in_discussion(world, term(world))
    for first in ("Hugo", "Mia"):
        say(world.who(first), proposal)
    chair = visit("Inés", "/council/")

    for _ in range(16):
        chair.press("button", "+1 day")
        if Proposal.objects.get(pk=proposal.pk).state == "active":
            break

    assert Proposal.objects.get(pk=proposal.pk).state == "active"
    assert Decision.objects.count() == 1
    assert not MigrationTask.objects.exists()
