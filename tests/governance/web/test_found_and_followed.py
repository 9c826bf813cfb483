"""Agreements, proposals and decisions are found by search, followed, and wait for people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Person
from governance.agreements.kinds import kinds
from governance.models import Notification, Proposal, Watch
from governance.notifications.selectors.inbox import bar_count
from governance.permissions.services.emergencies import close_in_emergency
from governance.types import ChangeOp, ChangeSpec
from tests.feeding import feed_settled
from tests.governance.kinds.setting import hold
from tests.governance.proposals.world import DAY, MONDAY, World, adopted, in_discussion, say

Browser = Callable[[str | Person], Client]
pytestmark = pytest.mark.django_db(transaction=True)


def term(world: World, label: str = "Qualified lead") -> ChangeSpec:
    bound = [{"dataset": world.datasets["Sales"].qualified_name, "column": ""}]
    document = {
        "label": label, "definition": "A lead that Sales has accepted.", "domain": "marketing",
        "examples": ["Score 60."], "alt_labels": ["SAL"], "bound_to": bound,
    }  # fmt: skip
    return ChangeSpec(ChangeOp.CREATE, "term", "", document)


def test_a_term_is_found_by_its_synonym_and_leads_to_its_page(
    world: World, browser: Browser
) -> None:
    adopted(world, term(world))
    feed_settled()

    page = browser("Peta").get("/search/?q=SAL").content.decode()

    assert "/agreements/term:qualified-lead/" in page
    assert "DR-0001" in browser("Peta").get("/search/?q=DR-0001").content.decode()


def waiting_of(world: World, who: str) -> int:
    return bar_count(world.who(who)).waiting


def test_whoever_must_sign_is_told_once_and_led_to_the_form(world: World, browser: Browser) -> None:
    proposal = in_discussion(world, term(world))
    feed_settled()
    feed_settled()

    hugo = world.council.people["Hugo"]
    (message,) = Notification.objects.filter(person=hugo, kind="must_sign")
    assert message.title == f"Sign or block: {proposal.ask}"
    assert message.url == f"/proposals/{proposal.key}/#position"
    assert waiting_of(world, "Hugo") == 1
    home = browser("Hugo").get("/").content.decode()
    assert "Consent for Sales, or block." in home
    # when it is signed, nothing waits any more
    say(world.who("Hugo"), proposal)
    assert waiting_of(world, "Hugo") == 0


def test_the_bar_counts_what_home_lists(world: World, browser: Browser) -> None:
    # Given a concern about a proposal, which its author has to answer in writing
    proposal = in_discussion(world, term(world))
    feed_settled()
    browser("Hugo").post(
        f"/proposals/{proposal.key}/act/",
        {"what": "raise_concern", "title": "Scores", "kind": "harm", "text": "Not comparable."},
    )

    # When the author opens the home page and another one
    home = browser(world.author).get("/").content.decode()
    elsewhere = browser(world.author).get("/council/").content.decode()

    # Then both say how much waits, and the same
    assert "1 council matter waits for you" in home
    assert "<strong>1</strong> waiting" in home
    assert "<strong>1</strong> waiting" in elsewhere

    # And a proposal that waits for its vote is the chair's
    before = waiting_of(world, "Inés"), waiting_of(world, "Hugo")
    Proposal.objects.update(state="council_vote")
    assert waiting_of(world, "Inés") == before[0] + 1
    assert waiting_of(world, "Hugo") == before[1] - 1


def test_the_bar_counts_an_emergency_that_waits_for_a_second_person(
    world: World, browser: Browser
) -> None:
    before = {who: waiting_of(world, who) for who in ("Kirsten", "Lucian", "Hugo")}
    close_in_emergency(
        acting=world.who("Kirsten"),
        dataset=world.datasets["Marketing"].qualified_name,
        reason="Card numbers were found.",
        until=(MONDAY + 7 * DAY).date(),
    )

    # Whoever declared it waits for another who guards, and nobody else is asked
    after = {who: waiting_of(world, who) for who in before}
    assert after == before | {"Lucian": before["Lucian"] + 1}
    home = " ".join(browser("Lucian").get("/").content.decode().split())
    assert "1 council matter waits for you" in home
    assert "<strong>1</strong> waiting" in home
    assert "due <time datetime" in home


def test_the_menu_tells_how_many_messages_are_unread(world: World, browser: Browser) -> None:
    # Given a proposal that waits for a signature, of which its signer was told once
    in_discussion(world, term(world))
    feed_settled()

    # When they open any page, the entry of the menu says so, and costs no query of its own
    with CaptureQueriesContext(connection) as asked:
        page = browser("Hugo").get("/council/").content.decode()
    entry = page.split('href="/notifications/"')[1].split("</a>")[0]

    assert '1<span class="visually-hidden"> unread</span>' in entry
    assert sum('FROM "governance_notification"' in one["sql"] for one in asked) == 1
    assert (bar_count(world.who("Hugo")).waiting, bar_count(world.who("Hugo")).unread) == (1, 1)

    # And once they are read, nothing is counted there
    Notification.objects.update(read_at=MONDAY)
    page = browser("Hugo").get("/council/").content.decode()
    entry = page.split('href="/notifications/"')[1].split("</a>")[0]
    assert "unread" not in entry
    assert waiting_of(world, "Hugo") == 1


def test_the_register_sorts_words_as_people_do(world: World, browser: Browser) -> None:
    since = MONDAY - DAY
    for label in ("CSAT", "Campaign"):
        document = term(world, label).document | {"alt_labels": []}
        hold(kinds.get("term").document_type.model_validate(document), "term", since=since)

    register = browser("Peta").get("/agreements/").content.decode()
    glossary = browser("Peta").get("/glossary/").content.decode()

    for page in (register, glossary):
        main = page.split("<main")[1]
        assert main.index("Campaign") < main.index("CSAT")


def test_who_follows_a_term_hears_of_its_adoption(world: World, browser: Browser) -> None:
    peta = world.council.people["Peta"]
    browser(peta).post(
        "/notifications/watch/",
        {"subject_type": "agreement", "subject_key": "term:qualified-lead", "back": "//evil"},
    )
    assert Watch.objects.get().person == peta
    adopted(world, term(world))
    feed_settled()

    titles = Notification.objects.filter(person=peta).values_list("title", flat=True)
    assert "In force: Qualified lead (DR-0001)" in list(titles)


def test_following_leads_back_inside_only(world: World, browser: Browser) -> None:
    answer = browser("Peta").post(
        "/notifications/watch/",
        {"subject_type": "council", "subject_key": "decisions", "back": "//evil.example/"},
    )
    assert answer["Location"] == "/notifications/preferences/"
