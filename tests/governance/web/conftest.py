"""The council of the tests, a clock that stands still, and browsers of its people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.models import Person
from tests.governance.proposals.world import MONDAY, World, at, make_world


@pytest.fixture(autouse=True)
def _story(settings: Any) -> None:
    settings.STORY_CLOCK = True


@pytest.fixture
def world(db: None) -> World:
    at(MONDAY)
    return make_world()


@pytest.fixture
def browser(world: World) -> Callable[[str | Person], Client]:
    """A client signed in as somebody, by first name of a council's member."""

    def signed_in(who: str | Person) -> Client:
        client = Client()
        client.force_login(world.council.people[who] if isinstance(who, str) else who)
        return client

    return signed_in
