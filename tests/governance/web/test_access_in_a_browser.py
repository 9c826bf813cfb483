"""Access in a real browser: A5 (why am I denied, and ask for an exception) within two clicks and
by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from catalog.models import Dataset, Person
from governance.models import Notification, OptOutException
from tests.catalog.web.conftest import chromium  # noqa: F401 - a fixture
from tests.factories import PersonFactory, TeamFactory
from tests.governance.impact.world import seat
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pay() -> Dataset:
    """Pay is closed to all but payroll."""
    TeamFactory(name="payroll")
    seat("Legal", PersonFactory(username="lucian"))
    PersonFactory(username="ann")
    data = larkfield("hr.compensation")
    in_force(opt_out(1))
    return data["hr.compensation"]


@pytest.fixture
def ann(chromium: Any, live_server: LiveServer, pay: Dataset) -> Iterator[Any]:  # noqa: F811
    """A page of somebody whom the opt-out concerns."""
    client = Client()
    client.force_login(Person.objects.get(username="ann"))
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}
    )
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_a5_from_a_denial_to_a_request_in_two_clicks(ann: Any, pay: Dataset) -> None:
    ann.goto(f"/datasets/{pay.pk}/access/")
    assert "Pay is private." in ann.locator("main").inner_text()

    ann.get_by_role("link", name="Request an exception").click()
    ann.get_by_label("Why").fill("The yearly audit.")
    ann.get_by_label("Why").press("Tab")
    ann.get_by_role("button", name="Ask", exact=True).focus()
    ann.keyboard.press("Enter")
    ann.wait_for_url("**/access/mine/")

    assert "Asked for" in ann.locator("main").inner_text()
    assert OptOutException.objects.get().reason == "The yearly audit."


@pytest.mark.parametrize("width", [390, 1280])
def test_a_word_without_an_end_widens_no_page(ann: Any, pay: Dataset, width: int) -> None:
    # Given a request and a message of five thousand letters without a blank
    endless = "x" * 5_000
    ann.set_viewport_size({"width": width, "height": 900})
    ann.goto(f"/datasets/{pay.pk}/access/")
    ann.get_by_role("link", name="Request an exception").click()
    ann.get_by_label("Why").fill(endless)
    ann.get_by_role("button", name="Ask", exact=True).click()
    ann.wait_for_url("**/access/mine/")
    Notification.objects.create(
        person=Person.objects.get(username="ann"), kind="digest", title=endless[:300], body=endless,
        url="/", dedupe="endless", created_at=timezone.now(),
    )  # fmt: skip

    # When somebody looks at the pages that show it
    for address in ("/access/mine/", "/access/exceptions/", "/notifications/", "/"):
        ann.goto(address)
        wide = ann.evaluate("document.documentElement.scrollWidth")
        tables = ann.locator("table").evaluate_all(
            "all => Math.max(0, ...all.map(t => t.offsetWidth))"
        )

        # Then no page is wider than the window, and no table is scrolled for ever
        assert wide <= width, address
        assert tables < 2 * 1280, address


@pytest.mark.parametrize("width", [390, 1024, 1280])
def test_every_tab_of_access_is_seen_whole(ann: Any, pay: Dataset, width: int) -> None:
    ann.set_viewport_size({"width": width, "height": 900})

    ann.goto("/access/mine/")

    clipped = ann.locator(".tabs .tab").evaluate_all(
        "all => all.filter(tab => tab.getBoundingClientRect().right > window.innerWidth)"
        ".map(tab => tab.innerText)"
    )
    row = ann.locator(".tabs-list").evaluate("row => row.scrollWidth - row.clientWidth")
    assert (clipped, row) == ([], 0)


def test_on_a_phone_every_line_of_a_value_stands_beside_its_label(ann: Any, pay: Dataset) -> None:
    ann.set_viewport_size({"width": 390, "height": 900})

    ann.goto("/access/mine/")

    # The label takes 7.5rem; "Where" and "Ask" have values of several lines
    lines = ann.locator("td[data-label] > :not(br)").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().left"
        " - one.closest('td').getBoundingClientRect().left)"
    )
    assert len(lines) >= 4
    assert min(lines) >= 120
