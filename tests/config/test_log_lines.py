"""What the log says of mistakes of callers."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from tests.factories import PersonFactory

RUBBISH = "rubbish" * 1_500


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(PersonFactory())
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "query", "status"),
    [
        ("/audit/", {"person": RUBBISH}, 400),
        ("/api/v1/audit/records/", {"person": RUBBISH}, 400),
        ("/api/v1/datasets/", {"tag": f"{RUBBISH}\x00"}, 400),
        (f"/nowhere/{RUBBISH}/", {}, 404),
    ],
)
def test_a_mistake_is_told_shortly_and_without_what_was_sent(
    browser: Client,
    caplog: pytest.LogCaptureFixture,
    address: str,
    query: dict[str, str],
    status: int,
) -> None:
    # when
    with caplog.at_level(logging.WARNING):
        answer = browser.get(address, query, headers={"user-agent": RUBBISH})

    # then
    assert answer.status_code == status
    lines = [str(record.msg) for record in caplog.records]
    assert 1 <= len(lines) <= 2
    assert max(map(len, lines)) < 500
    assert not any(record.exc_info for record in caplog.records)
    assert not any("Traceback" in line or RUBBISH[:300] in line for line in lines)


@pytest.mark.django_db
def test_a_failure_keeps_what_leads_to_its_reason(
    browser: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    def fails(*_: object) -> None:
        raise RuntimeError("Out of order")

    monkeypatch.setattr("catalog.web.search.views.suggest", fails)
    browser.raise_request_exception = False

    # when
    browser.get("/search/suggest/", {"q": "orders"})

    # then
    [line] = [str(one.msg) for one in caplog.records if "request_failed" in str(one.msg)]
    assert "GET /search/suggest/?q=orders" in line
    assert "RuntimeError: Out of order" in line
