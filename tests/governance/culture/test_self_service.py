"""How many reads needed nobody's approval (R-010), counted in the log of access decisions.

What other tests left in the log stays there, so that each test counts what it adds.
"""

from __future__ import annotations

import datetime as dt
import uuid
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from catalog.types import Principal
from governance.audit.blocks import blocks_of, microseconds, write
from governance.audit.chain import without_place
from governance.audit.types import AccessOutcome, AccessRecord, Keeping
from governance.culture.selectors.self_service import Reads, reads_of, self_service
from governance.culture.services.self_service import measure_self_service
from governance.models import SelfServiceMeasure
from tests.factories import PersonFactory
from tests.governance.api.conftest import secret_of

pytestmark = pytest.mark.django_db
_numbers = count(1)


def answered(outcome: AccessOutcome, **more: Any) -> None:
    """A record of the log as of now."""
    at, number = microseconds(dt.datetime.now(dt.UTC)), next(_numbers)
    given: dict[str, Any] = {"keeping": Keeping.RESTRICTED, "datasets": (3,)} | more
    record = AccessRecord(
        gateway="concord", username="ann", action="sample", outcome=outcome, policy_version=1,
        id=str(uuid.uuid4()), at=at, **given,
    )  # fmt: skip
    blocks, _ = blocks_of(given["keeping"], 987654, number, without_place([record]), b"")
    with connection.cursor() as cursor:
        write(cursor, blocks[0], set())


def added(before: Reads, after: Reads) -> tuple[int, int, int]:
    return (
        after.by_itself - before.by_itself,
        after.approved - before.approved,
        after.refused - before.refused,
    )


def test_approved_reads_are_told_from_those_that_nobody_approved() -> None:
    today = dt.datetime.now(dt.UTC).date()
    before = reads_of(today)

    for _ in range(3):
        answered(AccessOutcome.ALLOWED)
    answered(AccessOutcome.PARTIAL, masks=("email:all",))
    answered(AccessOutcome.ALLOWED, exceptions=("7",))
    answered(AccessOutcome.REFUSED)
    answered(AccessOutcome.ALLOWED, keeping=Keeping.OPEN)
    answered(AccessOutcome.ALLOWED, keeping=Keeping.LISTING)
    answered(AccessOutcome.ALLOWED, datasets=())

    assert added(before, reads_of(today)) == (5, 1, 1)
    assert Reads(4, 1, 9).share == 0.8
    assert Reads(0, 0, 9).share is None


def test_it_is_kept_by_day_and_told_at_every_door(client: Client) -> None:
    answered(AccessOutcome.ALLOWED)
    today = dt.datetime.now(dt.UTC).date()
    measure_self_service()
    answered(AccessOutcome.REFUSED)
    measure_self_service()

    found = reads_of(today)
    kept = SelfServiceMeasure.objects.get(day=today)
    stated = {"by_itself": found.by_itself, "approved": found.approved, "refused": found.refused}
    assert (kept.by_itself, kept.approved, kept.refused) == tuple(stated.values())
    assert found.by_itself >= 1
    person = PersonFactory()
    client.force_login(person)
    assert "needed nobody's approval" in client.get("/council/reach/").content.decode()
    rest = APIClient()
    rest.credentials(HTTP_AUTHORIZATION=f"Bearer {secret_of(person)}")
    [first, *_] = rest.get("/api/v1/reach/self-service/").json()["results"]
    assert first == {"day": str(today), **stated}
    asked = rest.post(
        "/graphql/", {"query": "{ selfService(days: 1) { day byItself approved refused } }"},
        format="json",
    ).json()["data"]["selfService"]  # fmt: skip
    assert asked == [
        {"day": str(today), "byItself": found.by_itself, "approved": found.approved,
         "refused": found.refused}
    ]  # fmt: skip
    assert list(self_service(Principal.anonymous())) == []
