"""Registers, stewardship and imports in a real browser: with a script and without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from catalog.models import Connection, Dataset, IngestionRun
from catalog.types import RunState
from tests.factories import (
    AdministratorFactory,
    ConnectionFactory,
    DatasetFactory,
    DomainFactory,
    TeamFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a-long-test-password"  # of every person the factories make
Opener = Callable[..., Any]


@pytest.fixture
def opened(chromium: Any, live_server: LiveServer) -> Iterator[Opener]:
    """Opens a page on which an administrator has signed in; its console stays free of errors."""
    AdministratorFactory(username="adam", display_name="Adam Admin")
    complaints: list[str] = []
    contexts = []

    def open_page(*, script: bool = True) -> Any:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": 1280, "height": 900},
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if "Content Security Policy" in said.text else None
            ),
        )
        page.goto("/accounts/login/")
        page.locator("[name=login]").fill("adam")
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Stewardship").first.wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def orders() -> Dataset:
    return DatasetFactory(name="orders", domain=DomainFactory(slug="sales"))


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_top_item_is_owned_in_two_clicks(opened: Opener, orders: Dataset, script: bool) -> None:
    page = opened(script=script)

    page.get_by_role("link", name="Stewardship").first.click()
    page.get_by_role("button", name="Become its owner").click()

    page.get_by_text("You own it now.").wait_for()
    assert str(orders.ownerships.get().owner) == "Adam Admin"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_description_is_written_in_the_row(opened: Opener, orders: Dataset, script: bool) -> None:
    page = opened(script=script)
    page.goto("/stewardship/")

    page.locator("summary", has_text="Describe").click()
    page.get_by_label("What it means").fill("One row per order.")
    page.get_by_role("button", name="Save").first.click()

    page.get_by_text("Described.").wait_for()
    orders.refresh_from_db()
    assert orders.declared_description == "One row per order."


def test_one_tick_takes_all_of_the_page(opened: Opener) -> None:
    for _ in range(3):
        DatasetFactory()
    team = TeamFactory(name="Finance")
    page = opened()
    page.goto("/datasets/")

    page.get_by_label("Tick all on this page").check()
    page.get_by_role("button", name="Change the ticked ones").click()
    page.get_by_role("heading", level=1, name="Change 3 datasets").wait_for()
    page.get_by_label("Person or team").fill("team:Finance")
    page.get_by_role("button", name="Name as owner").click()

    page.get_by_role("heading", level=1, name="3 of 3 datasets have the owner").wait_for()
    assert team.ownerships.count() == 3


def test_a_running_import_is_watched_to_its_end(opened: Opener) -> None:
    run = IngestionRun.objects.create(
        connection=ConnectionFactory(name="Lake"), state=RunState.RUNNING, total=10, read=3
    )
    page = opened()
    page.goto(f"/ingestion/runs/{run.pk}/")
    page.get_by_text("3 datasets read so far.").wait_for()

    IngestionRun.objects.filter(pk=run.pk).update(read=7)
    page.get_by_text("7 datasets read so far.").wait_for()
    IngestionRun.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED, read=10, created=10)

    page.get_by_text("10 created.").wait_for()
    page.get_by_role("link", name="Import again").wait_for()


def test_wrong_settings_get_the_focus_on_their_list(opened: Opener) -> None:
    page = opened()
    page.goto("/ingestion/new/sql/")
    page.get_by_label("Name", exact=True).fill("Sales")
    page.get_by_label("Address").fill("postgresql://me:secret@db/sales")

    page.get_by_role("button", name="Only save").click()

    page.get_by_role("alert").wait_for()
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    assert not Connection.objects.exists()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_phone_reaches_every_place(opened: Opener, script: bool) -> None:
    page = opened(script=script)
    page.set_viewport_size({"width": 390, "height": 700})

    # Given that the bar at the thumb has room for five, on the narrowest phone too
    links = page.locator(".nav-link:visible")
    assert links.count() == 5
    page.set_viewport_size({"width": 320, "height": 700})
    assert all(link.evaluate("one => one.scrollWidth <= one.clientWidth") for link in links.all())
    last = links.last.bounding_box()
    assert last["x"] + last["width"] <= 320
    page.set_viewport_size({"width": 390, "height": 700})
    assert page.locator(".menu-places").is_hidden()

    # When the menu is opened, then the others stand in it, and the last can be pressed
    page.locator(".bar summary").click()
    places = page.locator(".menu-places a")
    assert [word.strip() for word in places.all_inner_texts()] == [
        "Stewardship",
        "Ingestion",
        "Administration",
    ]
    page.get_by_role("button", name="Sign out").scroll_into_view_if_needed()
    plain = page.get_by_role("button", name="Compact").bounding_box()["height"]
    assert page.get_by_role("button", name="Comfortable").bounding_box()["height"] == plain
    places.last.click()
    page.get_by_role("heading", level=1, name="Administration").wait_for()

    # And it says where one is; on a wide screen the menu does not repeat the left side
    page.locator(".bar summary").click()
    assert page.locator(".menu-places a[aria-current=page]").inner_text().strip() == (
        "Administration"
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.locator(".menu-places").is_hidden()
