"""What is answered where Concord itself fails, or has nothing: problems for programs, pages for
people."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories import PersonFactory

PROBLEM = "application/problem+json"


@pytest.fixture
def browser() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(PersonFactory())
    return client


def fails(*_: Any, **__: Any) -> None:
    raise RuntimeError("The secret of the house")


@pytest.mark.django_db
def test_a_program_is_told_of_a_failure_as_a_problem(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr("catalog.api.views.search.suggest", fails)

    # when
    answer = browser.get("/api/v1/suggest/", {"q": "orders"})

    # then
    assert (answer.status_code, answer["Content-Type"]) == (500, PROBLEM)
    assert answer.json() == {
        "type": "/docs/users/errors/#internal_error",
        "title": "Internal error",
        "status": 500,
        "code": "internal_error",
        "detail": "The service met a fault; it was logged. Nothing is wrong with what you sent.",
    }
    assert answer["X-Request-ID"]


@pytest.mark.django_db
def test_a_person_is_told_of_a_failure_on_a_page(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr("catalog.web.search.views.suggest", fails)

    # when
    answer = browser.get("/search/suggest/", {"q": "orders"})

    # then
    assert answer.status_code == 500
    assert "The service met a fault" in answer.content.decode()
    assert "secret" not in answer.content.decode()
