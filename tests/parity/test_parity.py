"""Law 8: what one door decides, every door decides; and what was refused did not happen."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from catalog.models import Event, Follow, IngestionRun, Question
from tests.parity import doors
from tests.parity.doors import ALLOWED, NOT_SIGNED_IN
from tests.parity.operations import Operation, operations
from tests.parity.world import ASKERS, Asker, World, made_world

pytestmark = pytest.mark.django_db

NOBODY = {
    "external": "not_employee",
    "external administrator": "not_employee",
    "inactive": NOT_SIGNED_IN,
}
CHANGE = {**NOBODY, "read-only token": "token_scope"}
OTHERS = ("steward", "owner", "employee")
# Who is refused, and with which code; everybody else is allowed.
EXPECTED: dict[str, dict[str, str]] = {
    "see": NOBODY,
    "keep": CHANGE,
    "wiki": CHANGE,
    "steward": {**CHANGE, **dict.fromkeys(("employee", "service account"), "not_steward")},
    "administer": {**CHANGE, **dict.fromkeys((*OTHERS, "service account"), "not_administrator")},
    "ingest": {**CHANGE, **dict.fromkeys(OTHERS, "not_administrator")},
}
# Signing in writes its time to the person; that is no change of the catalog.
COUNTED = [model._meta.db_table for model in (Event, Follow, IngestionRun, Question)] + [
    model._meta.db_table
    for model in apps.get_models()
    if model.__name__.endswith("History") and model.__name__ != "PersonHistory"
]
NAMES = [
    "see", "describe", "tag", "set criticality", "add owner", "classify", "change lifecycle",
    "revert", "put first in a search", "follow", "ask", "make team", "request run",
]  # fmt: skip


def through_each_door(asker: Asker, operation: Operation) -> dict[str, str]:
    """The decision of every door that has the operation; each starts from the same world."""
    calls: list[tuple[str, Any, Any]] = [
        ("REST", doors.through_rest, operation.rest),
        ("GraphQL", doors.through_graphql, operation.graphql),
    ]
    if not asker.secret:
        calls += [
            ("web", doors.through_pages, operation.web),
            ("admin", doors.through_pages, operation.admin),
        ]
    decisions, before = {}, everything()
    for door, call, asked in calls:
        if asked is None:
            continue
        with transaction.atomic():
            decisions[door] = call(asker, asked)
            changed = everything() != before
            transaction.set_rollback(True)
        if operation.name != "see":
            assert changed == (decisions[door] == ALLOWED), (door, decisions[door])
    return decisions


def everything() -> dict[str, int]:
    """How many events, rows of history and words there are: what any change adds to."""
    with connection.cursor() as cursor:
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in COUNTED)
        cursor.execute(f"SELECT {counts}")
        return dict(zip(COUNTED, cursor.fetchone(), strict=True))


@pytest.mark.parametrize("who", ASKERS)
@pytest.mark.parametrize("name", NAMES)
def test_every_door_decides_the_same(who: str, name: str) -> None:
    world: World = made_world()
    asker = ASKERS[who](world)
    operation = next(known for known in operations(world) if known.name == name)

    decisions = through_each_door(asker, operation)

    expected = EXPECTED[operation.rule].get(who, ALLOWED)
    if decisions.get("admin") == "refused" and expected != ALLOWED:
        del decisions["admin"]  # Django's admin shows no form at all, and so no reason
    assert decisions == dict.fromkeys(decisions, expected)


def test_the_matrix_is_complete() -> None:
    named = {operation.name for operation in operations(made_world())}

    assert named == set(NAMES)
    assert {operation.rule for operation in operations(made_world())} == set(EXPECTED)
