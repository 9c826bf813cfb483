"""A term goes its whole way through the pages: written, checked, signed, decided, in force."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.test import Client

from catalog.models import Person
from governance.models import Agreement, Decision, Position, Proposal
from tests.governance.proposals.world import DAY, MONDAY, World, later

Browser = Callable[[str | Person], Client]


def term_form(world: World, **more: str) -> dict[str, str]:
    """What a browser sends for a term that Marketing's and Sales's data rest on."""
    names = [world.datasets[domain].qualified_name for domain in ("Marketing", "Sales")]
    return {
        "d-label": "Qualified lead",
        "d-definition": "A lead that Sales has accepted.",
        "d-domain": "marketing",
        "d-language": "en",
        "d-examples-rows": "1",
        "d-examples-0": "A lead with score 60 that asked for a demo.",
        "d-bound_to-rows": "2",
        "d-bound_to-0-dataset": names[0],
        "d-bound_to-0-column": "",
        "d-bound_to-1-dataset": names[1],
        "d-bound_to-1-column": "",
        "p-op": "create",
        "p-rationale": "Two departments count differently.",
        "p-evidence-rows": "1",
        "p-evidence-0-title": "Counts of last month differ by a third",
        "p-evidence-0-url": "https://example.org/counts",
    } | more


def messages_of(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def act(browser: Client, key: str, what: str, **fields: str) -> list[str]:
    answer = browser.post(f"/proposals/{key}/act/", {"what": what, **fields}, follow=True)
    assert answer.status_code in (200, 400, 409)  # refused, the page stands with what was sent
    return messages_of(answer)


def test_a_term_from_the_form_to_the_glossary(world: World, browser: Browser) -> None:
    author = browser(world.author)
    # given an empty form
    page = author.get("/proposals/new/?kind=term").content.decode()
    assert 'name="d-label"' in page
    # when it is checked, it says whom it would touch and writes nothing
    checked = author.post("/proposals/new/?kind=term", term_form(world) | {"action": "check"})
    said = checked.content.decode()
    assert "Nothing stands against submitting it" in said
    assert "Sales" in said
    assert not Proposal.objects.exists()
    # when it is submitted, those it touches are asked
    answer = author.post(
        "/proposals/new/?kind=term", term_form(world) | {"action": "submit"}, follow=True
    )
    proposal = Proposal.objects.get()
    assert answer.redirect_chain[-1][0] == f"/proposals/{proposal.key}/"
    assert (proposal.state, proposal.klass) == ("triage", "S")
    assert act(browser("Inés"), proposal.key, "accept") == ["It is in discussion now."]
    # then both domains must sign, each with its path
    page = browser("Hugo").get(f"/proposals/{proposal.key}/").content.decode()
    assert "0 of 2" in page
    assert "Sign or block" in page
    digest = re.findall(r'name="digest" value="(\w+)"', page)[0]
    for name in ("Hugo", "Mia"):
        said_ = act(browser(name), proposal.key, "take_position", value="consent", digest=digest)
        assert said_ == ["Your position is recorded."]
    # when discussion and final call have passed
    later(MONDAY + 7 * DAY)
    later(MONDAY + 14 * DAY)
    # then it is in force, decided, in the glossary, found as of then and not before
    proposal.refresh_from_db()
    assert proposal.state == "active"
    decision = Decision.objects.get()
    assert "Qualified lead" in browser("Peta").get("/glossary/").content.decode()
    assert "Qualified lead" not in (
        browser("Peta").get("/glossary/?as_of=2026-03-01").content.decode()
    )
    assert decision.sentence in browser("Peta").get("/decisions/").content.decode()
    whole = browser("Peta").get("/decisions/?verify=1").content.decode()
    assert "Nothing was changed, left out or moved in 1 decision" in whole
    agreement = Agreement.objects.get()
    page = browser("Peta").get(f"/agreements/{agreement.key}/").content.decode()
    assert "A lead that Sales has accepted." in page
    assert decision.key in page
    # and stands on the page of what it rests on
    dataset = world.datasets["Sales"]
    assert agreement.key in browser("Peta").get(f"/datasets/{dataset.pk}/").content.decode()


def test_rows_come_and_go_without_a_script(world: World, browser: Browser) -> None:
    author = browser(world.author)
    sent = term_form(world)
    more = author.post("/proposals/new/?kind=term", sent | {"action": "add:d-examples"})
    assert 'name="d-examples-1"' in more.content.decode()
    less = author.post("/proposals/new/?kind=term", sent | {"action": "remove:d-examples-0"})
    assert 'name="d-examples-0"' not in less.content.decode()
    assert "A lead that Sales has accepted." in less.content.decode()


def test_errors_stand_at_their_fields_and_nothing_is_saved(world: World, browser: Browser) -> None:
    answer = browser(world.author).post(
        "/proposals/new/?kind=term", term_form(world) | {"d-label": "", "action": "save"}
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'href="#d-label-field"' in page
    assert not Proposal.objects.exists()


def test_an_unknown_dataset_is_refused_with_the_field(world: World, browser: Browser) -> None:
    sent = term_form(world) | {"d-bound_to-0-dataset": "postgres://nowhere/x.y.z"}
    answer = browser(world.author).post("/proposals/new/?kind=term", sent | {"action": "check"})
    page = answer.content.decode()
    assert "It cannot be submitted yet" in page
    assert "postgres://nowhere/x.y.z" in page


def test_a_draft_is_kept_edited_and_submitted(world: World, browser: Browser) -> None:
    author = browser(world.author)
    author.post("/proposals/new/?kind=term", term_form(world) | {"action": "save"})
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.title) == ("draft", "Qualified lead")
    edit = author.get(f"/proposals/{proposal.key}/edit/")
    assert "A lead that Sales has accepted." in edit.content.decode()
    changed = term_form(world) | {"d-definition": "A lead that Sales accepted in writing."}
    author.post(f"/proposals/{proposal.key}/edit/", changed | {"action": "submit"})
    proposal.refresh_from_db()
    assert proposal.state == "triage"
    assert proposal.current is not None
    assert proposal.current.changes.get().document["definition"].endswith("in writing.")


def test_a_refusal_says_why_and_changes_nothing(world: World, browser: Browser) -> None:
    author = browser(world.author)
    author.post("/proposals/new/?kind=term", term_form(world) | {"action": "submit"})
    proposal = Proposal.objects.get()
    digest = proposal.current.digest if proposal.current else ""
    # when the chair's act is tried by somebody, an own signature by the author, a stale digest
    for who, what, fields in (
        (world.author, "accept", {}),
        (world.author, "dance", {}),
        ("Hugo", "take_position", {"value": "consent", "digest": "0" * 64}),
        ("Hugo", "take_position", {"value": "block", "digest": digest}),
        ("Hugo", "take_position", {"value": "perhaps", "digest": digest}),
    ):
        said = act(browser(who), proposal.key, what, **fields)
        assert said[0].startswith("Nothing was changed."), (what, said)
    assert not Position.objects.exists()
    assert Proposal.objects.get().state == "triage"


def test_hostile_words_are_shown_as_words(world: World, browser: Browser) -> None:
    hostile = "<script>alert(1)</script>"
    sent = term_form(world) | {"d-definition": hostile, "p-rationale": hostile, "p-title": hostile}
    browser(world.author).post("/proposals/new/?kind=term", sent | {"action": "save"})
    key = Proposal.objects.get().key
    for address in (f"/proposals/{key}/", "/proposals/", f"/proposals/{key}/edit/"):
        page = (
            browser("Peta").get(address)
            if "edit" not in address
            else browser(world.author).get(address)
        )
        assert hostile not in page.content.decode()
