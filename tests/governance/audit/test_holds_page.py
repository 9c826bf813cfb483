"""The page of legal holds: what was typed stays where something of it is wrong."""

from __future__ import annotations

import pytest
from django.test import Client

from governance.models import AuditHold, Seat
from governance.types import VetoClass
from tests.factories import PersonFactory
from tests.governance.impact.world import seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> Client:
    """Sina sits on the seat of security."""
    sina = PersonFactory(username="sina")
    seat("Security", sina)
    Seat.objects.filter(name="Security").update(veto_classes=[VetoClass.SECURITY])
    client.force_login(sina)
    return client


def test_a_hold_about_nothing_known_is_refused_at_its_field_and_nothing_typed_is_lost(
    auditor: Client,
) -> None:
    given = {"reason": "Case 12", "dataset": "crm.nothing", "since": "2026-01-02"}

    answer = auditor.post("/audit/holds/", given)

    assert answer.status_code == 400
    page = answer.content.decode()
    assert '<a href="#dataset">There is no dataset called &#x27;crm.nothing&#x27;.</a>' in page
    for value in given.values():
        assert f'value="{value}"' in page
    assert page.count('aria-invalid="true"') == 1
    assert not AuditHold.objects.exists()


def test_a_hold_that_ends_before_it_begins_is_refused_at_its_end(auditor: Client) -> None:
    given = {"reason": "Case 12", "since": "2026-01-02", "until": "2026-01-01"}

    answer = auditor.post("/audit/holds/", given)

    assert answer.status_code == 400
    assert '<a href="#until">A hold ends after it begins.</a>' in answer.content.decode()
    assert not AuditHold.objects.exists()


def test_who_does_not_answer_for_the_log_holds_nothing(client: Client) -> None:
    client.force_login(PersonFactory(username="ann"))

    answer = client.post("/audit/holds/", {"reason": "Case 12"})

    assert answer.status_code == 403
    assert not AuditHold.objects.exists()
