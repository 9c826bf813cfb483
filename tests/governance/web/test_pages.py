"""Every page of governance answers everybody who may see it, empty and filled."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from catalog.models import Person
from governance.agreements.kinds import kinds
from governance.models import Agreement
from tests.factories import PersonFactory
from tests.governance.kinds.setting import hold
from tests.governance.proposals.world import DAY, MONDAY, World
from tests.governance.web.test_found_and_followed import term

Browser = Callable[[str | Person], Client]
PAGES = (
    "/agreements/", "/agreements/?kind=term&state=active&q=lead&as_of=2026-03-01", "/glossary/",
    "/proposals/", "/proposals/?state=open&q=lead", "/proposals/?mine=1", "/proposals/new/",
    "/council/", "/council/seats/", "/council/seats/?as_of=2025-12-31", "/council/seats/legal/",
    "/council/flows/", "/council/accountability/", "/council/meetings/", "/decisions/",
    "/decisions/?verify=1", "/decisions/chain.json", "/conflicts/", "/conflicts/?state=open",
    "/notifications/", "/notifications/preferences/", "/agreements/schemas/term.json",
    "/agreements/picks/domain/?key=d-domain&d-domain=mar",
)  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_the_page_answers_an_employee(address: str, world: World, browser: Browser) -> None:
    answer = browser(world.author).get(address)

    assert answer.status_code == 200, answer.content.decode()[:500]


@pytest.mark.parametrize("name", kinds.names())
def test_every_kind_has_a_form(name: str, world: World, browser: Browser) -> None:
    page = browser(world.author).get(f"/proposals/new/?kind={name}")

    assert page.status_code == 200
    assert 'value="submit"' in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/agreements/?as_of=yesterday", "/agreements/schemas/dance.json", "/proposals/DGP-9999/",
        "/agreements/?as_of=9999-12-31T23:59:59-12:00", "/glossary/?as_of=0001-01-01T00:00%2B14:00",
    ],
)  # fmt: skip
def test_rubbish_is_refused_politely(address: str, world: World, browser: Browser) -> None:
    assert browser(world.author).get(address).status_code in (400, 404)


def test_columns_and_navigations_have_names_of_their_own(world: World, browser: Browser) -> None:
    for label in ("Qualified lead", "Churn"):
        document = term(world, label).document | {"alt_labels": []}
        hold(kinds.get("term").document_type.model_validate(document), "term", since=MONDAY)
    ends = (MONDAY + 9 * DAY).date()
    Agreement.objects.filter(title="Churn").update(state="deprecated", sunset_on=ends)
    client = browser(world.author)
    assert "Churn</a></th>" in client.get("/council/calendar/").content.decode()

    for address in (*PAGES, "/council/calendar/", "/council/missing-data/"):
        page = client.get(address).content.decode()
        named = re.findall(r'<nav [^>]*aria-label="([^"]+)"', page)

        assert not re.findall(r"<th[^>]*></th>", page), address
        assert len(named) == len(set(named)), address


@pytest.mark.parametrize("page", ["/agreements/", "/decisions/", "/council/seats/"])
def test_a_wrong_day_is_asked_for_anew(page: str, world: World, browser: Browser) -> None:
    answer = browser(world.author).get(f"{page}?q=lead&as_of=2026-13-45")

    said = answer.content.decode()
    assert answer.status_code == 400
    assert "This cannot be shown" in said
    assert "is no day such as 2026-03-31." in unescape(said)
    assert '<input class="input" id="said" name="as_of" type="date"' in said
    assert '<input type="hidden" name="q" value="lead">' in said
    assert '<a class="button" href="?q=lead">Show it without</a>' in said


def test_whoever_left_sees_nothing(world: World) -> None:
    gone = PersonFactory(is_active=False)
    client = Client()
    client.force_login(gone)

    assert client.get("/council/").status_code in (302, 403)


def test_pickers_offer_what_fits(world: World, browser: Browser) -> None:
    answer = browser(world.author).get("/agreements/picks/domain/?key=d-domain&d-domain=mark")

    assert '<option value="marketing">Marketing</option>' in answer.content.decode()
