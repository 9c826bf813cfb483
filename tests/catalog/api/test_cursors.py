"""Cursors of every REST list: its own lead on, and those of another list are told as such."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from tests.catalog.api.test_fuzz import filled_catalog, filled_council
from tests.config.test_large_numbers import filled, reads
from tests.factories import AdministratorFactory

PLACES = ["7", "2026-11-21", "2026-11-21 08:00:00+00:00", "orders", "", "1.5", "٣", "0001-01-01"]


def cursor(place: str, **more: str) -> str:
    """As the framework writes one, with a place that another list may have."""
    return b64encode(urlencode({"p": place, **more}).encode()).decode()


@pytest.mark.django_db(transaction=True)
def test_no_cursor_of_another_list_breaks_one() -> None:
    # given
    person = AdministratorFactory()
    key = filled_council(person)[1][0]
    known = str(filled_catalog(person)[0])
    browser = Client(raise_request_exception=False)
    browser.force_login(person)
    asked, faults = 0, []

    # when
    for path, names in reads():
        if "cursor" not in names or path.endswith("/search/"):
            continue
        here = filled(path.replace("{key}", key), known)
        for given in [*map(cursor, PLACES), cursor("7", r="1"), cursor("7", o="9" * 30)]:
            answer = browser.get(f"{here}?cursor={quote(given)}")
            asked += 1
            if answer.status_code >= 500:
                faults.append((here, given, answer.status_code))
            elif answer.status_code == 404:
                assert answer["Content-Type"] == "application/problem+json"

    # then
    assert asked > 400
    assert faults == []
