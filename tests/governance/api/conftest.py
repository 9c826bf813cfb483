"""The council of the tests, a clock that stands still, and clients with tokens of its people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog.models import ApiToken, Event, Person
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import TokenScope
from tests.governance.proposals.world import MONDAY, World, at, make_world


@pytest.fixture(autouse=True)
def _story(settings: Any) -> None:
    settings.STORY_CLOCK = True


@pytest.fixture
def world(db: None) -> World:
    at(MONDAY)
    return make_world()


def secret_of(person: Person, *scopes: TokenScope) -> str:
    """A new token; it may do what its person may unless told otherwise."""
    whole = (TokenScope.READ, TokenScope.WRITE)
    wanted = scopes or ((*whole, TokenScope.ADMIN) if person.is_superuser else whole)
    return create_token(acting=principal_of(person), name="test", scopes=wanted)[1]


@pytest.fixture
def rest(world: World) -> Callable[..., APIClient]:
    """A client with a token of somebody, by first name of a council's member."""

    def signed_in(who: str | Person, *scopes: TokenScope) -> APIClient:
        person = world.council.people[who] if isinstance(who, str) else who
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret_of(person, *scopes)}")
        return client

    return signed_in


@pytest.fixture
def graphql(world: World) -> Callable[..., Any]:
    """Asks a question as somebody, with one token each; returns the whole answer."""
    secrets: dict[int, str] = {}

    def ask(who: str | Person, query: str, **variables: Any) -> Any:
        person = world.council.people[who] if isinstance(who, str) else who
        if person.pk not in secrets:
            secrets[person.pk] = secret_of(person)
        answer = Client().post(
            "/graphql/",
            json.dumps({"query": query, "variables": variables}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secrets[person.pk]}"},
        )
        return answer.json()

    return ask


def everything() -> dict[str, int]:
    """How many rows each table of governance has, and events: what any change adds to."""
    tables = [model._meta.db_table for model in apps.get_app_config("governance").get_models()]
    tables += [
        model._meta.db_table
        for model in apps.get_models()
        if model.__name__.endswith("History") and model._meta.app_label == "governance"
    ]
    counted = sorted({*tables, Event._meta.db_table} - {ApiToken._meta.db_table})
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in counted)
    connection.ensure_connection()
    # Planned once: planning takes longer than counting.
    found = psycopg.Cursor(connection.connection).execute(f"SELECT {counts}", prepare=True)
    return dict(zip(counted, found.fetchone() or (), strict=True))


def cost_of(ask: Callable[[], Any]) -> int:
    """How many queries it takes."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)
