"""Every page of Concord in a real browser, once: what axe says of it in light, in dark and on a
phone, and whether a phone has to scroll it sideways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from playwright.sync_api import Error
from pytest_django.live_server_helper import LiveServer

from catalog.models import Person
from tests.catalog.web.every_page import plain_addresses, walks
from tests.governance.proposals.world import MONDAY, at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 900}
COLORS = ["color-contrast", "link-in-text-block"]  # all that changes with the scheme
RUN_AXE = """async rules => {
  const options = {resultTypes: ["violations"]};
  if (rules.length) options.runOnly = {type: "rule", values: rules};
  const {violations} = await axe.run(options);
  return violations
    .filter(fault => ["serious", "critical"].includes(fault.impact))
    .map(fault => `${fault.id}: ${fault.nodes[0].html.slice(0, 200)}`);
}"""


class Walker:
    """A page on which somebody is signed in, and what was wrong where they went."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.faults: list[str] = []
        self.visited: set[str] = set()

    def visit(self, address: str, *, tried: bool = False) -> None:
        """Look at the page in every way; one that is only tried may be no page at all: a file,
        a part of a page, a form's bare target."""
        try:
            answer = self.page.goto(address)
        except Error:
            if tried:
                return  # a file
            raise
        if not answer.ok or not self.page.evaluate("document.doctype !== null"):
            if not tried:
                self.faults.append(f"{address} does not open ({answer.status})")
            return
        if self.page.url in self.visited:
            return
        self.visited.add(self.page.url)
        self._ask_axe(address, [])
        self.page.emulate_media(color_scheme="dark")
        self._ask_axe(f"{address} in dark", COLORS)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(PHONE)
        self._ask_axe(f"{address} on a phone", [])
        if self.page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            self.faults.append(f"{address} scrolls sideways on a phone")
        self.page.set_viewport_size(DESK)

    def _ask_axe(self, where: str, rules: list[str]) -> None:
        self.faults += [f"{where}: {fault}" for fault in self.page.evaluate(RUN_AXE, rules)]


@pytest.fixture
def walker_of(chromium: Any, live_server: LiveServer) -> Iterator[Any]:
    contexts = []

    def signed_in(person: Person) -> Walker:
        client = Client()
        client.force_login(person)
        context = chromium.new_context(
            base_url=live_server.url, viewport=DESK, color_scheme="light", reduced_motion="reduce"
        )
        contexts.append(context)
        secret = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": secret, "url": live_server.url}])
        context.add_init_script(AXE_SCRIPT)
        return Walker(context)

    yield signed_in
    for context in contexts:
        context.close()


def test_no_page_has_a_serious_fault_or_is_wider_than_a_phone(
    walker_of: Any, settings: Any
) -> None:
    # given the company, at a moment of its story
    settings.STORY_CLOCK = True
    at(MONDAY)
    faults, taken, plain = [], set(), 0
    # when its people walk to what they have, and an administrator to all the rest
    for person, addresses in walks():
        walker = walker_of(person)
        for address in addresses:
            walker.visit(address)
            taken.add(address)
        if person.is_superuser:
            before = len(walker.visited)
            for address in plain_addresses():
                if address not in taken:
                    walker.visit(address, tried=True)
            plain = len(walker.visited) - before
        faults += walker.faults
    # then no page has a fault
    assert plain >= 30
    assert faults == []
