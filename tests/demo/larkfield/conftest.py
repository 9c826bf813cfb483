"""Larkfield loaded once for each file of tests, as `load_demo` does it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from catalog.models import Dataset
from catalog.types import Principal, RunState
from config.demo.larkfield import company, connector
from config.demo.sources import DemoSource, import_source
from lineage.services.reading import read_definitions
from tests.factories import PersonFactory

ACTING = Principal.system("demonstration")


def load(name: str = "Larkfield", scale: int = 1) -> None:
    """Everything but the story, through the doors of every other source."""
    connector.register()
    company.make_company(ACTING)
    source = DemoSource(name, "larkfield", {"scale": scale})
    run = import_source(source, acting=ACTING, watch=lambda report: None)
    assert run.state == RunState.SUCCEEDED, run.error
    company.settle_company(ACTING)
    read_definitions(Dataset.objects.values_list("pk", flat=True), acting=ACTING)


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Larkfield, loaded once for all tests of a file.

    It is committed and flushed away after them: a transaction of minutes would keep the consumers
    of tests that run beside these from reading on.
    """
    with django_db_blocker.unblock():
        try:
            # Without an administrator nobody can be made: the demonstration makes its own first.
            PersonFactory.create(username="demo", is_superuser=True)
            load()
            yield
        finally:
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


@pytest.fixture
def larkfield(loaded: None, db: None) -> None:
    """Each test changes its own copy of what was loaded."""
