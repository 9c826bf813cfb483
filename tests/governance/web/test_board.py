"""The board says of each proposal what it is and what its clock waits for."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from catalog.dates import exact_time
from catalog.models import Person
from governance.models import AgendaItem, Conflict, Meeting
from governance.permissions.services.emergencies import close_in_emergency
from tests.governance.proposals.world import DAY, HOUR, MONDAY, World, at, in_discussion
from tests.governance.web.test_found_and_followed import term

Browser = Callable[[str | Person], Client]
pytestmark = pytest.mark.django_db


def main_of(client: Client, address: str) -> str:
    page = client.get(address).content.decode().split("<main")[1]
    return " ".join(unescape(page).split())


def test_an_emergency_says_whom_it_waits_for_and_until_which_hour(
    world: World, browser: Browser
) -> None:
    close_in_emergency(
        acting=world.who("Kirsten"),
        dataset=world.datasets["Marketing"].qualified_name,
        reason="Card numbers were found.",
        until=(MONDAY + 7 * DAY).date(),
    )

    page = main_of(browser("Hugo"), "/proposals/")
    listed = main_of(browser("Hugo"), "/proposals/?state=active")

    assert "Lapses unless a second person confirms it: <strong><time" in page
    assert f">{exact_time(MONDAY + 4 * HOUR)}</time></strong>" in page
    assert '<td data-label="Kind">opt-out</td>' in listed


def test_a_discussion_that_lasted_long_enough_promises_no_day_that_is_past(
    world: World, browser: Browser
) -> None:
    proposal = in_discussion(world, term(world))
    assert "at least" in main_of(browser("Hugo"), "/proposals/")

    assert proposal.discussion_until is not None
    at(proposal.discussion_until + DAY)

    page = main_of(browser("Hugo"), "/proposals/")
    assert "at least" not in page
    assert "heard since <time" in page


def test_an_item_of_the_agenda_names_its_proposal_and_its_conflict_once(
    world: World, browser: Browser
) -> None:
    proposal = in_discussion(world, term(world))
    meeting = Meeting.objects.create(starts_at=MONDAY + DAY, minutes_long=60)
    conflict = Conflict.objects.create(
        title="Churn and Churn", kind="homonym", fingerprint="x", found_at=MONDAY
    )
    for position, title in enumerate((f"{proposal.key} {proposal.title}", conflict.title)):
        AgendaItem.objects.create(
            meeting=meeting, position=position, title=title, section="decisions",
            minutes_budget=5, proposal=None if position else proposal,
            conflict=conflict if position else None,
        )  # fmt: skip

    page = main_of(browser("Hugo"), f"/council/meetings/{meeting.pk}/")

    assert page.count(f">{proposal.key}") == 1
    assert page.count("Churn and Churn") == 1
    assert f'href="/conflicts/{conflict.pk}/"' in page


def test_an_agenda_that_stands_is_not_offered_to_be_made_anew(
    world: World, browser: Browser
) -> None:
    meeting = Meeting.objects.create(
        starts_at=MONDAY + DAY, minutes_long=60, agenda_made_at=MONDAY - DAY
    )
    before = main_of(browser("Inés"), f"/council/meetings/{meeting.pk}/")
    at(MONDAY + DAY)
    after = main_of(browser("Inés"), f"/council/meetings/{meeting.pk}/")

    assert "It can be made anew until" in before
    assert "Make it anew" in before
    assert "It stands since" in after
    assert "Make it anew" not in after


def test_who_made_it_is_not_said_to_be_nobody(world: World, browser: Browser) -> None:
    proposal = close_in_emergency(
        acting=world.who("Kirsten"),
        dataset=world.datasets["Marketing"].qualified_name,
        reason="Card numbers were found.",
        until=(MONDAY + 7 * DAY).date(),
    )

    page = main_of(browser("Hugo"), f"/proposals/{proposal.key}/")
    signers = page.split('id="signers"')[1].split("</section>")[0]

    assert "made it or has an interest in it, and nobody stands in" in signers
