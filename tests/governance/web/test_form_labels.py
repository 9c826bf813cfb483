"""Whoever hears a form hears what each of its fields is for; no place of a page is there twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from catalog.models import Person
from governance.types import ChangeOp, ChangeSpec
from tests.governance.proposals.world import World, in_discussion
from tests.governance.web.test_found_and_followed import term

Browser = Callable[[str | Person], Client]
pytestmark = pytest.mark.django_db

_CONTROL = re.compile(r"<(?:input|select|textarea)\b[^>]*>")


def unlabelled(page: str) -> list[str]:
    """The ids of the fields that nothing names."""
    named = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    found = []
    for control in _CONTROL.findall(page):
        key = re.search(r' id="([^"]+)"', control)
        kind = re.search(r' type="(\w+)"', control)
        if kind and kind[1] in ("hidden", "submit"):
            continue
        if not (re.search(r' aria-label="[^"]+"', control) or (key and key[1] in named)):
            found.append(key[1] if key else control)
    return found


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("permission_policy", {"d-purposes-rows": "2"}),
        (
            "data_state",
            {
                "d-states-rows": "1",
                "d-states-0-examples-rows": "1",
                "d-states-0-examples-0-rows": "1",
            },
        ),
    ],
)
def test_every_field_of_a_form_has_a_name(
    world: World, browser: Browser, kind: str, rows: dict[str, str]
) -> None:
    client = browser(world.author)
    address = f"/proposals/new/?kind={kind}"

    blank = client.get(address).content.decode()
    filled = client.post(address, rows | {"action": "check", "p-op": "create"}).content.decode()

    assert unlabelled(blank.split("<main")[1]) == []
    assert unlabelled(filled.split("<main")[1]) == []
    if kind == "data_state":
        assert 'name="d-states-0-examples-0-0-name"' in filled


def test_rows_of_a_list_are_told_apart(world: World, browser: Browser) -> None:
    sent = {"d-purposes-rows": "2", "action": "check", "p-op": "create"}
    page = browser(world.author).post("/proposals/new/?kind=permission_policy", sent)

    labels = re.findall(r'id="d-purposes-\d" [^>]*aria-label="([^"]+)"', page.content.decode())

    assert len(set(map(unescape, labels))) == 2
    assert labels[1].endswith(" 2")


def test_two_terms_in_one_proposal_have_places_of_their_own(world: World, browser: Browser) -> None:
    other = ChangeSpec(
        ChangeOp.CREATE, "term", "", {**term(world).document, "label": "Accepted lead"}
    )
    proposal = in_discussion(world, term(world), other)

    page = browser("Hugo").get(f"/proposals/{proposal.key}/").content.decode()

    places = Counter(re.findall(r'\sid="([^"]+)"', page))
    assert [place for place, count in places.items() if count > 1] == []
    assert {"term-definition", "term-definition1"} <= places.keys()
