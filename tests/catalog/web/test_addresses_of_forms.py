"""What a browser finds at an address that only takes a form: the way back to that form."""

import pytest
from django.test import Client

from tests.catalog.web.test_documentation import reader

__all__ = ["reader"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/missing-data/", "/"),
        ("/notifications/read/", "/notifications/"),
        ("/datasets/change/owner/", "/datasets/change/"),
        ("/administration/events/parked/3/retry/", "/administration/events/"),
    ],
)
def test_a_browser_is_led_to_the_form(reader: Client, address: str, page: str) -> None:
    answer = reader.get(address, headers={"Accept": "text/html,application/xhtml+xml"})

    assert (answer.status_code, answer["Location"]) == (302, page)


def test_a_program_is_told_that_the_method_is_wrong(reader: Client) -> None:
    assert reader.get("/missing-data/").status_code == 405
    asked = {"Accept": "text/html"}
    assert reader.delete("/missing-data/", headers=asked).status_code == 405
