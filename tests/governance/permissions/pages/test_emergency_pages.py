"""The emergency form: five fields, in force at once, and all that is wrong told at once."""

from __future__ import annotations

import pytest

from catalog.models import Dataset, Person
from governance.models import Proposal
from governance.permissions.holder import opt_outs
from tests.governance.permissions.pages.visiting import Visitor, days, text_of

pytestmark = pytest.mark.django_db


def test_an_emergency_closes_to_everybody_but_who_looks_into_it(pay: Dataset, as_: Visitor) -> None:
    # Given the form as it is offered
    people = Dataset.objects.get(name="dim_employee")
    given = {
        "dataset": "core.dim_employee", "column": "tenure_days", "concerned": "everybody",
        "effect": "deny", "reason": "It leaks.", "until": days(5),
    }  # fmt: skip

    # When the administrator closes a column with it
    answer = as_("admin").post("/access/emergency/", given)

    # Then it is closed to everybody else at once
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    opt_outs.refresh()
    index = opt_outs.current()
    for name, is_open in (("admin", True), ("pat", False), ("lucian", False)):
        person = Person.objects.get(username=name).pk
        decision = index.decide(person, "read", people.pk, ("tenure_days",))
        assert decision.effect_on("tenure_days").denied is not is_open


def test_an_emergency_of_five_fields_is_in_force_at_once(pay: Dataset, as_: Visitor) -> None:
    people = Dataset.objects.get(name="dim_employee")
    assert "You may read its data" not in text_of(as_("pat"), f"/datasets/{people.pk}/access/")
    given = {
        "dataset": "core.dim_employee", "column": "", "concerned": "payroll", "effect": "deny",
        "reason": "It leaks.", "until": days(5),
    }  # fmt: skip
    refused = as_("bob").post("/access/emergency/", given)
    assert refused.status_code == 400
    assert "Only Security, Legal and platform administrators" in refused.content.decode()

    answer = as_("admin").post("/access/emergency/", given)

    assert answer.status_code == 302, answer.content.decode()[-3000:]
    proposal = Proposal.objects.get(is_emergency=True)
    assert (proposal.is_emergency, proposal.state) == (True, "active")
    opt_outs.refresh()
    shown = text_of(as_("pat"), f"/datasets/{people.pk}/access/")
    assert "You may not read its data" in shown
    assert "It leaks." in shown
    assert ">OO-04</a>" in text_of(as_("pat"), "/access/")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dataset", "no.such"),
        ("column", "none"),
        ("concerned", "martians"),
        ("until", "2000-01-01"),
    ],
)
def test_an_emergency_that_cannot_be_read_changes_nothing(
    pay: Dataset, as_: Visitor, field: str, value: str
) -> None:
    given = {
        "dataset": "core.dim_employee", "column": "", "concerned": "everybody", "effect": "deny",
        "reason": "It leaks.", "until": days(5), field: value,
    }  # fmt: skip
    answer = as_("admin").post("/access/emergency/", given)

    assert answer.status_code == 400
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert not Proposal.objects.filter(is_emergency=True).exists()


def test_an_emergency_tells_all_that_is_wrong_at_once(pay: Dataset, as_: Visitor) -> None:
    wrong = {
        "dataset": "core.dim_employee", "column": "none", "concerned": "martians",
        "effect": "deny", "reason": "It leaks.", "until": "2000-01-01",
    }  # fmt: skip

    read = as_("admin").post("/access/emergency/", wrong).content.decode()
    # and where a field is empty, which no rule reads, the others are told, too
    empty = as_("admin").post("/access/emergency/", wrong | {"reason": ""}).content.decode()

    for field in ("column", "concerned", "until"):
        assert f'id="id_{field}-error"' in read
        assert f'id="id_{field}-error"' in empty
    assert 'id="id_reason-error"' not in read
    assert 'id="id_reason-error"' in empty
    assert not Proposal.objects.filter(is_emergency=True).exists()


def test_who_may_declare_no_emergency_is_offered_no_form(pay: Dataset, as_: Visitor) -> None:
    assert "Close it now" in as_("admin").get("/access/emergency/").content.decode()
    assert "Close it now" not in as_("bob").get("/access/emergency/").content.decode()
