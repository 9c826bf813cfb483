"""The main way through the catalog in a real browser, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from catalog.models import Dataset
from catalog.search.indexing import Subject, refresh
from tests.factories import ColumnFactory, DatasetFactory, OwnershipFactory, PersonFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a-long-test-password"  # of every person the factories make


@pytest.fixture
def orders() -> Dataset:
    dataset = DatasetFactory(name="orders", harvested_description="Every order of the shop")
    ColumnFactory(dataset=dataset, name="amount", path="amount")
    OwnershipFactory(dataset=dataset)
    refresh([Subject("dataset", dataset.pk)])
    return dataset


@pytest.fixture
def page(chromium: Any, live_server: LiveServer, orders: Dataset) -> Iterator[Any]:
    """A page whose console stays free of errors, on which nobody has signed in."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}
    )
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type == "error" and "Content Security Policy" in said.text
            else None
        ),
    )
    yield opened
    context.close()
    assert complaints == []


def sign_in(page: Any) -> None:
    person = PersonFactory(username="rita", display_name="Rita Reader")
    page.goto("/")
    page.locator("[name=login]").fill(person.username)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Welcome, Rita Reader").wait_for()


def test_from_sign_in_to_undo_by_keyboard(page: Any, orders: Dataset) -> None:
    sign_in(page)

    page.keyboard.press("/")
    page.keyboard.type("orde")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="orders").wait_for()

    page.locator("#part-description").get_by_role("link", name="Edit").press("Enter")
    words = page.get_by_role("textbox", name="What it means")
    words.wait_for()
    words.fill("One row per **order**.")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_text("Description: saved.").wait_for()
    orders.refresh_from_db()
    assert orders.declared_description == "One row per **order**."
    assert page.locator("#part-description strong").inner_text() == "order"

    page.get_by_role("button", name="Undo").press("Enter")
    page.get_by_text("Taken back. It is as it was.").wait_for()
    orders.refresh_from_db()
    assert orders.declared_description == ""


def test_results_are_walked_with_the_arrows(page: Any, orders: Dataset) -> None:
    sign_in(page)
    page.goto("/search/?q=orders")

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/datasets/{orders.pk}/")
