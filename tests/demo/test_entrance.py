"""One click to be somebody: on a demonstration, from the same machine, as those listed only."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from pytest_django import Settings

from catalog.models import Person
from config.demo.entrance import visitors
from governance.models import StoryClock
from governance.proposals.services import story_clock
from tests.factories import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]
ENTER = "/demonstration/enter/"


MONDAY = dt.datetime(2026, 9, 7, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _a_demonstration(settings: Settings) -> None:
    settings.STORY_CLOCK = True
    story_clock.freeze(MONDAY)


@pytest.fixture
def hugo() -> Person:
    return PersonFactory.create(username="hugo.brandt", is_demonstration=True)


def signed_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_twelve_seats_and_who_else_signs_are_listed_once() -> None:
    names = [visitor.username for visitor in visitors()]
    assert len(names) == len(set(names)) == 21
    assert names[0] == "ines.valdor"
    assert {"rana.whitlow", "jonas.petrov", "ada.quill", "oriol.tamm", "u-0213"} <= set(names)


def test_one_click_signs_in_and_leads_where_the_visitor_wanted_to_go(
    client: Client, hugo: Person
) -> None:
    page = client.get("/accounts/login/?next=/search/")
    assert "Hugo Brandt" in page.content.decode()
    assert "for that, sign in above as <strong>demo</strong>" in page.content.decode()
    answer = client.post(ENTER, {"username": "hugo.brandt", "next": "/search/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/search/")
    assert signed_in(client) == str(hugo.pk)


@pytest.mark.usefixtures("hugo")
def test_a_foreign_address_is_not_followed(client: Client) -> None:
    answer = client.post(ENTER, {"username": "hugo.brandt", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


@pytest.mark.usefixtures("hugo")
@pytest.mark.parametrize(
    "request_of",
    [
        {"REMOTE_ADDR": "10.1.2.3"},
        {"REMOTE_ADDR": "2001:db8::1"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "10.1.2.3"},
        {"HTTP_FORWARDED": "for=10.1.2.3"},
        {"HTTP_X_REAL_IP": "10.1.2.3"},
    ],
)
def test_whoever_comes_from_elsewhere_finds_nothing(
    client: Client, request_of: dict[str, str]
) -> None:
    page = client.get("/accounts/login/", **request_of)
    assert "Hugo Brandt" not in page.content.decode()
    answer = client.post(ENTER, {"username": "hugo.brandt"}, **request_of)
    assert answer.status_code == 404
    assert signed_in(client) is None


@pytest.mark.usefixtures("hugo")
def test_a_real_service_has_no_such_entrance(client: Client, settings: Settings) -> None:
    settings.STORY_CLOCK = False
    assert "Hugo Brandt" not in client.get("/accounts/login/").content.decode()
    assert client.post(ENTER, {"username": "hugo.brandt"}).status_code == 404
    assert signed_in(client) is None


@pytest.mark.usefixtures("hugo")
def test_nobody_comes_in_while_the_story_is_still_told(client: Client) -> None:
    StoryClock.objects.update(instant=MONDAY - dt.timedelta(days=30))
    page = client.get("/accounts/login/").content.decode()
    assert "Hugo Brandt" not in page
    assert "reload this page in a minute" in page
    assert client.post(ENTER, {"username": "hugo.brandt"}).status_code == 404
    assert signed_in(client) is None


@pytest.mark.parametrize(
    ("username", "facts"),
    [
        ("demo", {"is_demonstration": True, "is_superuser": True}),
        ("somebody", {"is_demonstration": True}),
        ("hugo.brandt", {"is_demonstration": False}),
        ("hugo.brandt", {"is_demonstration": True, "is_active": False}),
        ("hugo.brandt", {"is_demonstration": True, "is_superuser": True}),
    ],
)
def test_nobody_else_can_be_taken_over(
    client: Client, username: str, facts: dict[str, bool]
) -> None:
    PersonFactory.create(username=username, **facts)
    assert client.post(ENTER, {"username": username}).status_code == 404
    assert signed_in(client) is None


@pytest.mark.usefixtures("hugo")
def test_it_takes_a_form_of_our_own() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(ENTER, {"username": "hugo.brandt"}).status_code == 403
    assert strict.get(ENTER).status_code == 405
    assert signed_in(strict) is None
