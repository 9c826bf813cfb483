"""Every address that can be read, with every number in it too large to be stored: an answer that
says so, and never a failure."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from catalog.errors import UNSTORABLE, InvalidInput
from catalog.whole_numbers import LARGEST, number_of, whole
from tests.catalog.api.test_fuzz import filled_catalog, filled_council
from tests.factories import AdministratorFactory, DatasetFactory

LARGE = "9" * 25
UNREADABLE = "9" * 5_000  # more digits than Python reads
NO_DIGIT = "²"  # that `isdigit` takes for one
PART = re.compile(r"<(?:(\w+):)?(\w+)>")
READ = re.compile(r"""GET(?:\.get|\.getlist)?[(\[]"([a-z_]+)\"""")
OFTEN = {"page", "before", "dataset", "system", "team"}  # read by what many views share
# Sign-in and the framework's own administration answer for themselves.
ELSEWHERE = ("admin/", "accounts/", "api/", "demonstration/")


@pytest.fixture
def keys() -> list[str]:
    return filled_council(AdministratorFactory())[1]


@pytest.fixture
def browser() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(AdministratorFactory())
    return client


def pages(resolver: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    for one in (resolver or get_resolver()).url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from pages(one, route)
        elif isinstance(one, URLPattern) and not route.startswith(ELSEWHERE):
            yield route, inspect.unwrap(one.callback)


def names_read_by(view: Any) -> list[str]:
    """Every name that the view's file looks for in an address."""
    return sorted(OFTEN.union(READ.findall(Path(inspect.getfile(view)).read_text())))


def reads() -> Iterator[tuple[str, list[str]]]:
    """Every address of REST that can be read, with what may be asked."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for path, item in schema["paths"].items():
        if (found := item.get("get")) is not None:
            asked = found.get("parameters", ())
            yield path, [one["name"] for one in asked if one["in"] == "query"]


def filled(path: str, value: str) -> str:
    return re.sub(r"\{\w+\}", value, path)


def fault_of(answer: HttpResponse) -> str:
    """Empty where the answer is one."""
    body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if answer.status_code < 500 and UNSTORABLE.encode() not in body:
        return ""
    return f"{answer.wsgi_request.get_full_path()[:150]} {answer.status_code}"  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_no_number_breaks_what_rest_reads(browser: Client, keys: list[str]) -> None:
    # given
    known = str(filled_catalog(AdministratorFactory())[0])
    asked, faults = 0, []

    # when
    for path, names in reads():
        for number in (LARGE, UNREADABLE, NO_DIGIT):
            answers = [browser.get(filled(path, number))] if "{" in path else []
            answers += [browser.get(filled(path, known), {name: number}) for name in names]
            faults += [fault_of(answer) for answer in answers]
            asked += len(answers)

    # then
    assert asked > 900
    assert [fault for fault in faults if fault] == []


@pytest.mark.django_db(transaction=True)
def test_no_number_breaks_a_page(browser: Client, keys: list[str]) -> None:
    # given
    known = str(filled_catalog(AdministratorFactory())[0])
    words = {"key": keys[0], "slug": keys[2]}
    asked, faults = 0, []

    # when
    for route, view in pages():
        here = "/" + PART.sub(lambda f: known if f[1] == "int" else words.get(f[2], "x"), route)
        far = "/" + PART.sub(lambda f: LARGE if f[1] == "int" else words.get(f[2], "x"), route)
        answers = [browser.get(here, {name: LARGE}) for name in names_read_by(view)]
        answers += [browser.get(far)] if far != here else []
        faults += [fault_of(answer) for answer in answers]
        asked += len(answers)

    # then
    assert asked > 1_000
    assert [fault for fault in faults if fault] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/api/v1/audit/records/?dataset=", "dataset"),
        ("/api/v1/audit/export/?dataset=", "dataset"),
        ("/api/v1/datasets/{dataset}/history/?before=", "before"),
        ("/api/v1/datasets/{dataset}/history/?limit=", "limit"),
        ("/api/v1/remarks/?subject_type=dataset&subject_id=", "subject_id"),
    ],
)
@pytest.mark.parametrize("number", [LARGE, UNREADABLE, str(LARGEST + 1)], ids=len)
def test_the_answer_names_the_field(browser: Client, address: str, field: str, number: str) -> None:
    # given
    dataset = DatasetFactory()

    # when
    answer = browser.get(address.format(dataset=dataset.pk) + number)

    # then
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["field"] == field


@pytest.mark.django_db
def test_a_page_says_what_is_too_large(browser: Client) -> None:
    # when
    answer = browser.get("/audit/", {"dataset": LARGE})

    # then
    assert answer.status_code == 400
    assert f"dataset is too large: the largest number is {LARGEST}." in answer.content.decode()


@pytest.mark.django_db
def test_no_row_has_such_a_key(browser: Client) -> None:
    # when
    page = browser.get(f"/datasets/{LARGE}/")
    problem = browser.get(f"/api/v1/datasets/{LARGE}/lineage/")

    # then
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert (problem.status_code, problem.json()["code"]) == (404, "not_found")
    assert problem["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("0", 0), ("007", 7), ("0" * 30 + "7", 7), (str(LARGEST), LARGEST),
     (str(LARGEST + 1), None), (UNREADABLE, None), (NO_DIGIT, None), ("٣", None), ("-1", None),
     ("1.5", None), ("", None)],
)  # fmt: skip
def test_what_a_number_is(text: str, number: int | None) -> None:
    assert whole(text) == number
    if number is None:
        with pytest.raises(InvalidInput) as refused:
            number_of(text, "team")
        assert refused.value.field == "team"
