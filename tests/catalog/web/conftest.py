"""Browsers of three people: one who only reads, one who stewards a dataset, an administrator."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import Dataset, Person
from tests.factories import AdministratorFactory, DatasetFactory, OwnershipFactory, PersonFactory


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
