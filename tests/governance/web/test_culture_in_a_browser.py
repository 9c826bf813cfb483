"""The way of a new tenant to its first word in a real browser, in few clicks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from catalog.models import Person
from governance.models import Agreement, Decision, Proposal
from governance.proposals.services.timers import run_timers
from tests.catalog.web.conftest import chromium  # noqa: F401 - a fixture
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    DatasetFactory,
    PersonFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Opener = Callable[..., Any]


@pytest.fixture
def page_of(chromium: Any, live_server: LiveServer) -> Iterator[Opener]:  # noqa: F811
    """Opens an address as somebody."""
    contexts = []

    def open_page(person: Person, address: str) -> Any:
        client = Client()
        client.force_login(person)
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": 1280, "height": 900}
        )
        secret = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": secret, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def press(page: Any, role: str, name: str) -> None:
    page.get_by_role(role, name=name).first.click()
    page.wait_for_load_state()


def test_a_new_tenant_agrees_on_its_first_word_in_seven_clicks(page_of: Opener) -> None:
    admin, otto = AdministratorFactory(), PersonFactory(username="otto", display_name="Otto")
    dataset = DatasetFactory(name="subscriptions")
    ColumnFactory(
        dataset=dataset, name="subscriptionStatus", harvested_description="Whether somebody pays."
    )
    page = page_of(admin, "/")

    press(page, "link", "Agree on a first word")
    press(page, "link", "Take a word from it")
    page.get_by_label("Domain").fill("Sales")
    page.get_by_label("A colleague who knows it").fill("otto")
    press(page, "button", "It belongs there")
    press(page, "link", "subscriptionStatus")
    assert page.get_by_label("Word").input_value() == "Subscription status"
    assert "Otto" in page.locator("main").inner_text()
    press(page, "button", "Propose it")
    second = page_of(otto, "/")
    press(second, "link", "Open")
    press(second, "button", "Agree for the domain")
    second.get_by_text("Agreed within the domain.").wait_for()
    second.goto("/")
    assert "It is adopted, and holds from" in second.locator("main").inner_text()
    decided = Decision.objects.get()
    assert (decided.outcome, decided.klass) == ("adopted", "L")
    run_timers(now=timezone.now() + dt.timedelta(hours=73))  # nobody blocked it

    assert Agreement.objects.get().key == "term:subscription-status"
    assert Proposal.objects.get().state == "active"
