"""A small company with brakes in force without a council: tables with sizes, people, a gateway."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.test import Client
from django.utils import timezone

from catalog.models import Column, ColumnLabel, Dataset, Label, Person, Profile
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, LabelKind, Origin, TokenScope
from governance.agreements.kinds.brake.document import BrakeDocument
from governance.permissions.holder import opt_outs
from tests.factories import PersonFactory, TeamFactory
from tests.governance.kinds.setting import hold
from tests.lineage.warehouse import table

URL = "/api/v1/gateway/check"
TERABYTE = 10**12


def brake(name: str = "the-brake", **fields: Any) -> dict[str, Any]:
    """A brake for everybody, over everything."""
    return {
        "brake": name,
        "subjects": {"all": True},
        "reason": "It has hurt before.",
        "owner": "seat:platform",
        "review_by": (dt.date.today() + dt.timedelta(days=90)).isoformat(),
        **fields,
    }


def in_force(*documents: dict[str, Any]) -> None:
    """Hold brakes, and have the process read what its answers rest on."""
    for document in documents:
        hold(BrakeDocument.model_validate(document), "brake")
    opt_outs.install(None)
    opt_outs.refresh()


def measured(name: str, *, days: int = 1, rows: int | None = None, size: int | None = None,
             columns: Mapping[str, Any] | None = None) -> None:  # fmt: skip
    """Measure a dataset some days ago."""
    Profile.objects.create(
        dataset=Dataset.objects.get(name=name.rpartition(".")[2]),
        taken_at=timezone.now() - dt.timedelta(days=days),
        rows=rows, size_bytes=size, columns=columns or {},
    )  # fmt: skip


def company() -> None:
    """Ann of Marketing and Paul, a gateway, a large log and a table with e-mail addresses."""
    TeamFactory(name="Marketing").members.add(PersonFactory(username="ann"))
    PersonFactory(username="paul")
    PersonFactory(username="gate", employment_kind=EmploymentKind.SERVICE)
    PersonFactory(username="other-gate", employment_kind=EmploymentKind.SERVICE)
    table("shop.web.click", ["id", "person_id", "at"])
    person = table("shop.hr.person", ["id", "email"])
    label = Label.objects.create(kind=LabelKind.CLASSIFICATION, name="email", path="pii / email")
    ColumnLabel.objects.create(
        column=Column.objects.get(dataset=person, name="email"),
        label=label,
        origin=Origin.DECLARED,
    )
    table("shop.hr.note", ["id", "text"])
    measured("web.click", rows=10**9, size=2 * TERABYTE,
             columns={"at": {"min": "2020-01-01", "max": "2020-04-09"}})  # fmt: skip
    measured("hr.person", rows=100, size=1_000, days=10)


def client_of(username: str, *scopes: TokenScope) -> Client:
    """Somebody with a token; a gateway has both scopes."""
    person = Person.objects.get(username=username)
    is_gateway = person.employment_kind == EmploymentKind.SERVICE
    usual = (TokenScope.READ, TokenScope.INGEST) if is_gateway else (TokenScope.READ,)
    secret = create_token(acting=principal_of(person), name="test", scopes=scopes or usual)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def asked(username: str, sql: str, **more: Any) -> Any:
    """The answer of the check."""
    body = {"sql": sql, "dialect": "postgres", **more}
    return client_of(username).post(URL, json.dumps(body), "application/json")


def leased(sql: str, subject: str = "ann", holder: str = "gate", **more: Any) -> str:
    """The number of a lease that a gateway is granted."""
    answer = asked(holder, sql, subject=subject, lease=True, **more).json()
    assert answer["lease"] is not None, answer
    return str(answer["lease"]["id"])


def beaten(lease: str, holder: str = "gate", **done: Any) -> Any:
    """The answer to a heartbeat."""
    body = {"bytes": 0, "rows": 0, "elapsed": 0.0, **done}
    url = f"/api/v1/gateway/leases/{lease}/heartbeat"
    return client_of(holder).post(url, json.dumps(body), "application/json")


def ended(lease: str, holder: str = "gate", **done: Any) -> Any:
    """The answer to the end of a query."""
    body = {"bytes": 0, "rows": 0, "elapsed": 0.0, **done}
    url = f"/api/v1/gateway/leases/{lease}"
    return client_of(holder).delete(url, json.dumps(body), "application/json")
