"""The council in the Django admin: the same services, the same refusals."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from governance.models import Committee, Delegation, Flow, Membership, Seat
from tests.factories import AdministratorFactory, PersonFactory, SystemFactory
from tests.governance.council.chamber import chamber

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in() -> Client:
    client = Client()
    client.force_login(AdministratorFactory(display_name="Admin"))
    return client


def post(client: Client, page: str, **fields: Any) -> str:
    """Send a form of the admin; the sentences shown afterwards."""
    answer = client.post(f"/admin/governance/{page}/", fields, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def test_a_seat_is_made_filled_changed_and_closed(signed_in: Client) -> None:
    person = PersonFactory()
    stated = {"name": "Ops", "slug": "ops", "kind": "hub", "is_voting": "on", "duties": ""}
    post(signed_in, "seat/add", **stated)
    seat = Seat.objects.get()
    since = timezone.now()
    post(
        signed_in, "membership/add", seat=seat.pk, person=person.pk,
        since_0=f"{since:%Y-%m-%d}", since_1=f"{since:%H:%M:%S}",
    )  # fmt: skip
    post(signed_in, f"seat/{seat.pk}/change", **{**stated, "duties": "Keeps it running."})

    seat.refresh_from_db()
    assert (seat.slug, seat.duties, seat.is_voting) == ("ops", "Keeps it running.", True)
    assert Membership.objects.get().person == person
    post(signed_in, "seat", action="close", _selected_action=seat.pk)
    seat.refresh_from_db()
    assert seat.closed_at is not None
    assert Membership.objects.get().until == seat.closed_at


def test_a_refusal_is_told_and_changes_nothing(signed_in: Client) -> None:
    here = chamber()

    told = post(
        signed_in, "seat/add", name="Second chair", slug="second", kind="hub", is_chair="on"
    )

    assert "VP Data is the chair: take that away there first." in told
    assert Seat.objects.count() == 12
    since = timezone.now()
    told = post(
        signed_in, "membership/add", seat=here.seats["Legal"].pk, person=here.people["Mia"].pk,
        since_0=f"{since + dt.timedelta(days=1):%Y-%m-%d}", since_1="10:00:00",
    )  # fmt: skip
    assert "Mia Castellane sits on MarketingOps and would have two votes." in told
    assert Membership.objects.count() == 12


def test_sitters_leave_and_delegations_end_by_an_action(signed_in: Client) -> None:
    here = chamber()
    now = timezone.now()
    given = Delegation.objects.create(
        giver=here.people["Tomas"], taker=here.people["Bram"], since=now,
        until=now + dt.timedelta(days=3),
    )  # fmt: skip
    legal = Membership.objects.get(seat=here.seats["Legal"])

    post(signed_in, "membership", action="leave_seat", _selected_action=legal.pk)
    post(signed_in, "delegation", action="end", _selected_action=given.pk)

    legal.refresh_from_db()
    given.refresh_from_db()
    assert legal.until is not None
    assert given.ended_at is not None


def test_one_gives_only_ones_own_vote(signed_in: Client) -> None:
    here = chamber()
    end = timezone.now() + dt.timedelta(days=3)
    start = timezone.now() + dt.timedelta(days=1)

    post(
        signed_in, "delegation/add", taker=here.people["Bram"].pk, reason="",
        since_0=f"{start:%Y-%m-%d}", since_1="10:00:00",
        until_0=f"{end:%Y-%m-%d}", until_1="10:00:00",
    )  # fmt: skip

    assert str(Delegation.objects.get().giver) == "Admin"


def test_committees_and_flows(signed_in: Client) -> None:
    crm, warehouse, owner = SystemFactory(), SystemFactory(), PersonFactory()
    post(
        signed_in, "committee/add", name="Operations Council", slug="ops", purpose="Flows.",
        kinds="infrastructure",
    )  # fmt: skip
    flow = {
        "entity": "lead",
        "method": "export",
        "cadence": "daily",
        "owner": owner.pk,
        "note": "",
    }
    post(signed_in, "flow/add", source=crm.pk, target=warehouse.pk, **flow)
    made = Flow.objects.get()
    post(signed_in, f"flow/{made.pk}/change", **{**flow, "cadence": "hourly"})

    assert Committee.objects.get().kinds == ["infrastructure"]
    assert Flow.objects.get().cadence == "hourly"
    post(signed_in, f"flow/{made.pk}/delete", post="yes")
    assert Flow.objects.count() == 0
