"""Bodies in JSON that hold what is no text."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.config.test_large_numbers import filled
from tests.factories import AdministratorFactory, DatasetFactory

HALF = "\\ud800"


@pytest.fixture
def browser() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(AdministratorFactory())
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "place"),
    [
        (f'{{"kind": "tag", "path": "{HALF}"}}', "path"),
        (f'{{"kind": "tag", "path": "gold", "why": [1, {{"a": "x{HALF}y"}}]}}', "why.1.a"),
        (f'{{"kind": "tag", "{HALF}": 1}}', ""),
        (f'{{"a": {{"{HALF}": 1}}}}', "a"),
        (f'["{HALF}"]', "0"),
        (f'"{HALF}"', ""),
    ],
)
def test_half_a_surrogate_pair_is_refused_by_its_place(
    browser: Client, body: str, place: str
) -> None:
    # given
    dataset = DatasetFactory()

    # when
    address = f"/api/v1/datasets/{dataset.pk}/labels/add/"
    answer = browser.post(address, body, content_type="application/json")

    # then
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "invalid_input")
    assert problem.get("field", "") == place
    assert problem["detail"] == (
        f"{place or 'The body'} holds half of a surrogate pair, which is no character: remove it."
    )
    assert not dataset.labels.exists()


@pytest.mark.django_db
def test_a_whole_pair_is_a_character(browser: Client) -> None:
    # given
    dataset = DatasetFactory()

    # when
    body = '{"changes": {"description": "\\ud83d\\ude00"}, "reason": ""}'
    address = f"/api/v1/datasets/{dataset.pk}/"
    answer = browser.patch(address, body, content_type="application/json")

    # then
    assert answer.status_code == 200
    assert answer.json()["description"] == "\U0001f600"


@pytest.mark.django_db
def test_it_breaks_no_address_that_takes_json(browser: Client) -> None:
    # given
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)
    asked, faults = 0, []

    # when
    for path, item in schema["paths"].items():
        for method in ("post", "put", "patch"):
            content = item.get(method, {}).get("requestBody", {}).get("content", {})
            if "application/json" in content:
                sent = getattr(browser, method)
                answer = sent(filled(path, "1"), f'"{HALF}"', content_type="application/json")
                asked += 1
                if answer.status_code >= 500:
                    faults.append(f"{method} {path}: {answer.status_code}")

    # then
    assert asked > 90
    assert faults == []
