"""What a steward reads in the Django admin: no more than the service's own pages show them."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import (
    ApiToken,
    Connection,
    ConsumerOffset,
    Event,
    IngestionProblem,
    IngestionRun,
    Invitation,
    ParkedEvent,
    RefusedDocument,
    SearchGeneration,
)
from lineage.models import ParkedRunEvent, RunEventOffset
from tests.factories import AdministratorFactory, ConnectionFactory, PersonFactory

pytestmark = pytest.mark.django_db

FOR_ADMINISTRATORS = (
    ApiToken, ConsumerOffset, Event, Invitation, ParkedEvent, ParkedRunEvent, RefusedDocument,
    RunEventOffset, SearchGeneration,
)  # fmt: skip
FOR_THOSE_WHO_IMPORT = (Connection, IngestionProblem, IngestionRun)


def steward() -> Client:
    client = Client()
    client.force_login(PersonFactory(is_staff=True))
    return client


@pytest.mark.parametrize(
    "model", [*FOR_ADMINISTRATORS, *FOR_THOSE_WHO_IMPORT], ids=lambda model: model.__name__
)
def test_a_steward_does_not_open_what_administrators_and_importers_read(model: Any) -> None:
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"

    assert steward().get(address).status_code == 403
    assert address not in steward().get("/admin/").content.decode()


def test_a_steward_opens_no_row_of_it_either() -> None:
    # given a token, an invitation and a connection of others
    administrator = AdministratorFactory()
    token = ApiToken.objects.create(
        person=administrator, name="nightly", prefix="cat_x", digest="y", scopes=["admin"]
    )
    invitation = Invitation.objects.create(
        email="ida@example.org", digest="x", job_role="analyst", invited_by=administrator,
        expires_at=timezone.now(),
    )  # fmt: skip
    connection = ConnectionFactory(settings={"host": "inside.example.org"})
    client = steward()

    # then each is as if it were not there
    for row in (token, invitation, connection):
        name = row._meta.model_name
        answer = client.get(f"/admin/catalog/{name}/{row.pk}/change/", follow=True)
        assert answer.status_code in (403, 200), name
        text = answer.content.decode()
        for said in ("nightly", "ida@example.org", "inside.example.org"):
            assert said not in text
