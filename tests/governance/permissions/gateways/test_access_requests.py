"""From a denial to an exception over AuthZEN, and back to an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.utils import timezone

from catalog.models import Person
from catalog.selectors.principals import principal_of
from catalog.types import EmploymentKind, TokenScope
from governance.models import OptOutException
from governance.permissions.gateways.keeping import Keeper
from governance.permissions.holder import opt_outs
from governance.permissions.services.exceptions import decide_exception
from tests.factories import DatasetFactory, PersonFactory, SystemFactory
from tests.governance.impact.world import seat
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.gateways.asking import Door
from tests.lineage.openlineage.sending import bearer

pytestmark = pytest.mark.django_db(transaction=True)


class Looking(Keeper):
    """A keeper that looks when it is told to."""

    def start(self) -> None:
        """No thread."""


class App:
    """A service account that asks."""

    def __init__(self, keeper: Keeper, *scopes: TokenScope) -> None:
        person = PersonFactory(employment_kind=EmploymentKind.SERVICE)
        self._headers = bearer(*scopes, person=person)
        self._door = Door(keeper)
        keeper.look()

    def __call__(self, path: str, body: Any = None, method: str = "POST") -> tuple[int, Any]:
        """Status and body."""
        data = b"" if body is None else msgspec.json.encode(body)
        return self._door.post(f"/access/v1/{path}", data, self._headers, method)[:2]


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Looking]:
    """Pay is closed; Lucian holds the owner seat."""
    opt_outs.install(None)
    seat("Legal", PersonFactory(username="lucian"))
    PersonFactory(username="ann")
    DatasetFactory(
        system=SystemFactory(platform="trino", instance="lake"),
        qualified_name="trino://lake/hr.pay.comp",
    )
    in_force(opt_out(1, resources={"dataset": "hr.pay.comp"}))
    yield Looking(tmp_path / "bundle")
    opt_outs.install(None)


ASKED = {
    "subject": {"type": "user", "id": "ann"},
    "action": {"name": "read"},
    "resource": {"type": "dataset", "id": "trino://lake/hr.pay.comp"},
}


def request(denial: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """The request that answers a denial."""
    until = (timezone.now() + dt.timedelta(days=5)).isoformat()
    return {
        **ASKED,
        "context": {"business_justification": "The yearly audit."},
        "requested_access": {"requested_until": until},
        "denial": {"binding_token": denial["access_request"]["binding_token"]},
        **rest,
    }


def test_a_denial_becomes_a_request_and_an_approval_an_answer(keeper: Looking) -> None:
    # Given a denial
    app = App(keeper, TokenScope.READ, TokenScope.WRITE)
    denial = app("evaluation", ASKED)[1]["context"]
    form = denial["access_request"]["form_url"]
    assert form.endswith("/access/exceptions/new/?opt_out=permission_policy%3Aoo-1")

    # When the client asks for an exception
    status, made = app("requests", request(denial))
    number = made["task"]["id"]

    # Then it waits for the owner, and is bound to what was denied
    assert (status, made["task"]["status"]) == (201, "pending")
    row = OptOutException.objects.get()
    assert (row.person.username, row.reason) == ("ann", "The yearly audit.")
    assert row.datasets == ["trino://lake/hr.pay.comp"]
    assert app("evaluation", ASKED)[1]["decision"] is False

    # And when the owner approves it, the next question is allowed
    decide_exception(
        acting=principal_of(Person.objects.get(username="lucian")),
        exception_id=row.pk,
        approve=True,
    )
    assert app(f"requests/{number}", method="GET")[1]["task"]["status"] == "approved"
    keeper.look()
    assert app("evaluation", ASKED)[1]["decision"] is True

    # And when it is withdrawn, it is denied again
    assert app(f"requests/{number}", method="DELETE")[1]["task"]["status"] == "revoked"
    keeper.look()
    assert app("evaluation", ASKED)[1]["decision"] is False
    assert App(keeper, TokenScope.READ)(f"requests/{number}", method="GET")[0] == 404
    # And what nothing denies needs none, what is bound elsewhere serves nothing here
    other = {"resource": {"type": "dataset", "id": "trino://lake/hr.pay.open"}}
    assert app("requests", request(denial, **other))[0] == 409
    wrong = {"access_request": {"binding_token": "1.00"}}
    assert app("requests", request(wrong))[0] == 400
    assert app("requests", request(denial, requested_access={}))[0] == 400
    assert app("requests", request(denial, context={}))[0] in (400, 422)
    # And a token that only reads asks for none
    assert App(keeper, TokenScope.READ)("requests", request(denial))[0] == 403
    assert OptOutException.objects.count() == 1
