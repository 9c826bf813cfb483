"""A company whose pay is closed, and whoever looks at its pages."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import Dataset, Person
from tests.factories import PersonFactory, TeamFactory
from tests.governance.impact.world import seat
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.pages.visiting import Visitor, days


@pytest.fixture
def pay() -> Dataset:
    """Pay is closed to all but payroll, places are hashed, the reason for Bob is withheld."""
    TeamFactory(name="payroll").members.add(PersonFactory(username="pat"))
    TeamFactory(name="auditors").members.add(PersonFactory(username="ann"))
    seat("Legal", PersonFactory(username="lucian"))
    PersonFactory(username="bob")
    PersonFactory(username="admin", is_superuser=True)
    data = larkfield("hr.compensation", "core.dim_employee", "crm.contact")
    everybody = {"all": True}
    held = opt_out(1)
    in_force(
        {**held, "when": {**held["when"], "to": days(20)}},
        opt_out(
            2,
            effect="mask(sha256)",
            subjects=everybody,
            resources={"dataset": "core.dim_employee", "column": "location"},
            reason="Places are private.",
            category="customer",
        ),
        opt_out(
            3,
            subjects={"all": False, "people": ["bob"]},
            resources={"dataset": "core.dim_employee"},
            reason="Held by counsel.",
            reason_visibility="legal_only",
            category="legal-hold",
        ),
    )
    return data["hr.compensation"]


@pytest.fixture
def as_(client: Client) -> Visitor:
    def sign_in(username: str) -> Client:
        visitor = Client()
        visitor.force_login(Person.objects.get(username=username))
        return visitor

    return sign_in
