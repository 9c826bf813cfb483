"""S3 in a real browser: forty suggested columns on one screen, answered from the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from guardian.shortcuts import assign_perm
from pytest_django.live_server_helper import LiveServer

from catalog.models import ColumnLabel, Dataset, Person
from lineage.models import ClassificationReview
from lineage.selectors.classifications import classification_suggestions
from lineage.services.detecting import detect_classes
from tests.catalog.web.conftest import chromium  # noqa: F401 - a fixture
from tests.factories import DomainFactory, PersonFactory
from tests.lineage.warehouse import READER, read, table

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SERIOUS = {"serious", "critical"}


@pytest.fixture
def wide() -> Dataset:
    """Forty personal columns that nobody classified, one of which is copied elsewhere."""
    domain = DomainFactory()
    made = table("shop.crm.person", [f"email_{number:02}" for number in range(40)])
    copied = table("shop.crm.copied", ("c",), "SELECT email_01 AS c FROM crm.person")
    Dataset.objects.update(domain=domain)
    read(copied)
    detect_classes([made.pk, copied.pk], acting=READER)
    assign_perm("catalog.steward_domain", PersonFactory(username="stella"), domain)
    return made


@pytest.fixture
def steward(chromium: Any, live_server: LiveServer, wide: Dataset) -> Iterator[Any]:  # noqa: F811
    """A page of the steward."""
    client = Client()
    client.force_login(Person.objects.get(username="stella"))
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}
    )
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_s3_forty_columns_from_the_keyboard(steward: Any, wide: Dataset) -> None:
    # Given the page of what waits for the steward
    steward.goto("/lineage/classifications/?mine=1")
    assert steward.locator("[data-review-row]").count() == 40
    found = Axe().run(steward).response["violations"]
    assert [one["id"] for one in found if one["impact"] in SERIOUS] == []

    # When the first is rejected, the second gets another class and the others are accepted,
    # each with a key or two
    steward.keyboard.press("r")
    steward.keyboard.press("c")
    steward.keyboard.type("Personal / Contact")
    steward.keyboard.press("Escape")
    steward.keyboard.press("j")
    for _ in range(38):
        steward.keyboard.press("a")
    assert steward.locator("[data-review-saves]").inner_text() == "Save 40 answers, 0 left"
    steward.keyboard.press("s")
    steward.wait_for_url("**done=40*")

    # Then all of it is remembered, and the copied column is suggested what its source got
    verdicts = ClassificationReview.objects.order_by("column__path").values_list("verdict")
    assert [one for (one,) in verdicts] == ["rejected", "changed", *["accepted"] * 38]
    assert ColumnLabel.objects.count() == 39
    flows = classification_suggestions(READER).suggestions
    assert [(one.column.path, one.label) for one in flows] == [("c", "Personal / Contact")]

    # And one key takes it back
    steward.keyboard.press("u")
    steward.wait_for_function("document.querySelectorAll('[data-review-row]').length === 40")
    assert not ClassificationReview.objects.exists()
    assert not ColumnLabel.objects.exists()


def test_everything_sure_is_one_click_and_the_phone_does_not_scroll_sideways(
    steward: Any, wide: Dataset
) -> None:
    steward.set_viewport_size({"width": 390, "height": 900})
    steward.goto("/lineage/classifications/?mine=1")
    assert steward.evaluate("document.documentElement.scrollWidth") <= 390

    steward.get_by_role("button", name="Accept all so sure").click()
    steward.wait_for_url("**done=40*")

    assert ColumnLabel.objects.count() == 40
