"""Browsers of three people: one who only reads, one who stewards a dataset, an administrator."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.contrib.staticfiles.views import serve
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client

from catalog.models import Dataset, Person
from tests.factories import AdministratorFactory, DatasetFactory, OwnershipFactory, PersonFactory

CHROMIUM = Path(os.environ.get("CONCORD_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-software-rasterizer",  # it would paint in three dimensions what nobody looks at
    "--disable-extensions",
    "--no-first-run",
    "--disable-background-networking",
]


def _serve_to_keep(self: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
    """Browsers ask once for each static file, as they do of the service."""
    answer = serve(request, self.file_path(request.path), insecure=True)
    answer["Cache-Control"] = "max-age=3600"
    return answer


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The system's Chromium; a machine without one skips locally and fails in CI."""
    if not CHROMIUM.exists():
        message = f"There is no Chromium at {CHROMIUM}; name one in CONCORD_CHROMIUM."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        patch.setattr(StaticFilesHandler, "serve", _serve_to_keep)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            yield browser
            browser.close()


@pytest.fixture
def browser_of(db: None) -> Callable[[Person], Client]:
    """A client signed in as the person given."""

    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in


@pytest.fixture
def dataset(db: None) -> Dataset:
    return DatasetFactory(harvested_description="Orders as the shop **took** them.")


@pytest.fixture
def reader(browser_of: Callable[[Person], Client]) -> Client:
    return browser_of(PersonFactory(display_name="Rita Reader"))


@pytest.fixture
def steward(browser_of: Callable[[Person], Client], dataset: Dataset) -> Client:
    person = PersonFactory(display_name="Stella Steward")
    OwnershipFactory(dataset=dataset, person=person)
    return browser_of(person)


@pytest.fixture
def administrator(browser_of: Callable[[Person], Client]) -> Client:
    return browser_of(AdministratorFactory(display_name="Adam Admin"))
