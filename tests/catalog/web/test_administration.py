"""What administrators do in the browser, and what nobody else can."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Event, Invitation, ParkedEvent, Person
from catalog.registries.consumers import Consumer, consumers
from catalog.services import curation
from tests.factories import (
    AdministratorFactory,
    DatasetFactory,
    DomainFactory,
    PersonFactory,
)
from tests.factories import administrator as an_administrator

pytestmark = pytest.mark.django_db

ROOM = "/administration/"
PAGES = ["", "people/", "people.csv", "invitations/", "events/", "events.csv"]


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize("page", PAGES)
def test_only_administrators_come_in(
    administrator: Client, steward: Client, client: Client, page: str
) -> None:
    assert administrator.get(ROOM + page).status_code == 200
    assert steward.get(ROOM + page).status_code == 403
    assert client.get(ROOM + page).status_code == 302


def test_the_places_on_the_left_are_those_one_may_enter(
    administrator: Client, reader: Client
) -> None:
    def places(client: Client) -> list[str]:
        found = re.search(r'class="nav-list".*?</ul>', text(client.get("/stewardship/")), re.S)
        assert found
        return re.findall(r"</svg><span>(\w+)</span>", found[0])

    everybody = ["Home", "Explore", "Agreements", "Council", "Access", "Stewardship"]
    assert places(reader) == everybody
    assert places(administrator) == [*everybody, "Ingestion", "Administration"]


def test_the_style_guide_is_for_staff(administrator: Client, reader: Client) -> None:
    assert administrator.get("/style-guide/").status_code == 200
    assert reader.get("/style-guide/").status_code == 403


def test_a_person_is_changed(administrator: Client) -> None:
    person, boss = PersonFactory(), PersonFactory()
    form = {
        "display_name": "New Name",
        "email": person.email,
        "job_role": "steward",
        "employment_kind": "contractor",
        "manager": str(boss.pk),
        "is_active": "on",
    }

    response = administrator.post(f"{ROOM}people/{person.pk}/", form)

    assert response.status_code == 302
    person.refresh_from_db()
    assert (person.display_name, person.job_role, person.manager) == ("New Name", "steward", boss)
    assert not person.is_superuser
    event = Event.objects.get(subject_type="person", subject_id=person.pk)
    assert set(event.payload["fields"]) == {
        "display_name",
        "job_role",
        "employment_kind",
        "manager",
    }


def test_the_last_administrator_stays(browser_of: Any) -> None:
    only = AdministratorFactory()
    Person.objects.exclude(pk=only.pk).filter(is_superuser=True).update(is_superuser=False)
    form = {
        "display_name": str(only),
        "job_role": only.job_role,
        "employment_kind": "employee",
        "is_active": "on",
    }

    response = browser_of(only).post(f"{ROOM}people/{only.pk}/", form)

    assert response.status_code == 400
    assert "At least one active administrator has to remain." in text(response)
    only.refresh_from_db()
    assert only.is_superuser


def test_nobody_changes_their_own_rights(reader: Client) -> None:
    person = Person.objects.get(display_name="Rita Reader")
    domain = DomainFactory()

    answers = [
        reader.post(f"{ROOM}people/{person.pk}/", {"is_superuser": "on"}),
        reader.post(f"{ROOM}people/{person.pk}/steward/{domain.pk}/"),
        reader.post(f"{ROOM}invitations/", {"email": "x@example.org", "job_role": "analyst"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    person.refresh_from_db()
    assert not person.is_superuser
    assert not person.has_perm("catalog.steward_domain", domain)
    assert not Invitation.objects.exists()


def test_stewardship_is_given_and_ended(administrator: Client) -> None:
    person, domain = PersonFactory(), DomainFactory()
    address = f"{ROOM}people/{person.pk}/steward/{domain.pk}/"

    administrator.post(address)
    assert Person.objects.get(pk=person.pk).has_perm("catalog.steward_domain", domain)
    administrator.post(address, {"end": "1"})
    assert not Person.objects.get(pk=person.pk).has_perm("catalog.steward_domain", domain)


def link_in(page: str) -> str:
    found = re.search(r'data-copy="http://[^/]+(/invitation/[^"]+)"', page)
    assert found
    return found[1]


def test_an_invitation_is_shown_once_renewed_and_taken_back(administrator: Client) -> None:
    domain = DomainFactory()
    form = {"email": "new@example.org", "job_role": "steward", "steward_of": [domain.pk]}

    first = link_in(text(administrator.post(f"{ROOM}invitations/", form)))
    invitation = Invitation.objects.get()
    assert first not in text(administrator.get(f"{ROOM}invitations/"))
    assert Client().get(first).status_code == 200

    second = link_in(text(administrator.post(f"{ROOM}invitations/{invitation.pk}/renew/")))
    renewed = Invitation.objects.get()
    assert list(renewed.steward_of.all()) == [domain]
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)

    administrator.post(f"{ROOM}invitations/{renewed.pk}/revoke/")
    assert Client().get(second).status_code == 404
    assert administrator.post(f"{ROOM}invitations/{renewed.pk}/renew/").status_code == 404


def test_a_wrong_invitation_is_explained(administrator: Client) -> None:
    PersonFactory(email="known@example.org")
    form = {"job_role": "analyst"}

    wrong = administrator.post(f"{ROOM}invitations/", form | {"email": "not an address"})
    known = administrator.post(f"{ROOM}invitations/", form | {"email": "known@example.org"})

    assert (wrong.status_code, known.status_code) == (400, 400)
    assert "not an e-mail address" in text(wrong)
    assert "has an account with this address already" in text(known)
    assert not Invitation.objects.exists()


# --- the event log ---


@pytest.fixture
def flaky() -> Iterator[list[str]]:
    """A consumer that fails while its list is empty, and notes what it digests otherwise."""
    told: list[str] = []

    def digest(events: Sequence[Event]) -> None:
        if not told:
            raise ValueError("the index is closed")
        told.extend(event.type for event in events)

    consumers.add("flaky", Consumer("flaky", digest))
    yield told
    consumers._entries.pop("flaky")


def an_event() -> Event:
    dataset = DatasetFactory()
    curation.change_dataset(
        acting=an_administrator(), dataset_id=dataset.pk, changes={"description": "=Orders"}
    )
    return Event.objects.latest("id")


def test_a_parked_event_is_tried_again(administrator: Client, flaky: list[str]) -> None:
    event = an_event()
    parked = ParkedEvent.objects.create(consumer="flaky", event=event, error="old", attempts=5)
    address = f"{ROOM}events/parked/{parked.pk}/retry/"

    failed = text(administrator.post(address, follow=True))
    flaky.append("ready")
    done = text(administrator.post(address, follow=True))

    assert "the index is closed" in failed
    assert "flaky has taken the event." in done
    assert flaky == ["ready", event.type]
    parked.refresh_from_db()
    assert parked.resolved_at is not None
    assert administrator.post(address).status_code == 404


def test_only_administrators_try_again(reader: Client, flaky: list[str]) -> None:
    parked = ParkedEvent.objects.create(consumer="flaky", event=an_event(), error="old", attempts=5)
    flaky.append("ready")

    assert reader.post(f"{ROOM}events/parked/{parked.pk}/retry/").status_code == 403
    assert flaky == ["ready"]


def test_the_log_shows_how_far_each_consumer_is(administrator: Client, flaky: list[str]) -> None:
    an_event()

    page = text(administrator.get(f"{ROOM}events/"))

    row = page.split('<th scope="row">flaky')[1].split("</tr>")[0]
    assert "Nothing read yet" in row
    assert f'data-label="Behind">{Event.objects.count()}<' in row


def test_the_log_is_narrowed_walked_and_saved(administrator: Client) -> None:
    event = an_event()
    address = f"{ROOM}events/?type={event.type}&find={event.subject_name[-8:]}"

    assert text(administrator.get(address)).count("<summary") >= 1
    assert "Nothing under these conditions" in text(
        administrator.get(f"{address}&before={event.pk}")
    )
    assert administrator.get(f"{ROOM}events/?before=x").status_code == 200
    rows = list(csv.reader(StringIO(text(administrator.get(f"{ROOM}events.csv")))))
    assert len(rows) == 1 + Event.objects.count()


def test_more_people_ask_no_more(administrator: Client) -> None:
    for address in (f"{ROOM}people/", f"{ROOM}events/"):
        an_event()
        administrator.get(address)
        with CaptureQueriesContext(connection) as few:
            administrator.get(address)
        for _ in range(30):
            PersonFactory()
        an_event()
        with CaptureQueriesContext(connection) as many:
            administrator.get(address)

        assert len(many) == len(few)
