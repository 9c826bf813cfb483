"""Access in a real browser: A5 (why am I denied, and ask for an exception) within two clicks and
by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from catalog.models import Dataset, Person
from governance.models import OptOutException
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
