"""The register of flows (R-098) and the matrix of the five groups (R-014)."""

import pytest
from django.test import Client

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Event, Ownership
from catalog.selectors.principals import principal_of
from catalog.types import Origin, OwnershipKind, Principal, TeamKind
from governance.council.selectors.accountability import FIVE_GROUPS, Duty, matrix
from governance.council.selectors.registers import flows
from governance.council.services.accountability import assign_duty, withdraw_duty
from governance.council.services.flows import change_flow, register_flow, remove_flow
from governance.models import Accountability, Flow
from tests.factories import (
    DatasetFactory,
    OwnershipFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
    administrator,
    principal,
)
from tests.governance.council.chamber import chamber

pytestmark = pytest.mark.django_db


def test_a_member_registers_a_flow_its_owner_changes_it_and_nobody_else() -> None:
    here = chamber()
    crm, warehouse = SystemFactory(instance="crm"), SystemFactory(instance="warehouse")
    owner = PersonFactory()
    flow = register_flow(
        acting=here.principal("Hugo"),
        source_id=crm.pk,
        target_id=warehouse.pk,
        entity="lead",
        method="nightly export",
        cadence="daily",
        owner_id=owner.pk,
    )

    stated = {
        "flow_id": flow.pk,
        "entity": "lead",
        "method": "change stream",
        "cadence": "continuous",
        "owner_id": owner.pk,
    }
    with pytest.raises(AccessRefused, match="Only members of the council"):
        change_flow(acting=principal(), **stated)  # type: ignore[arg-type]
    assert Flow.objects.get().method == "nightly export"
    change_flow(acting=principal_of(owner), **stated)  # type: ignore[arg-type]

    assert Flow.objects.get().method == "change stream"
    assert list(flows(principal(), system_id=crm.pk)) == [flow]
    assert list(flows(principal(), query="STREAM")) == [flow]
    assert list(flows(principal(), query="invoice")) == []
    assert list(flows(Principal.anonymous())) == []
    remove_flow(acting=principal_of(owner), flow_id=flow.pk, reason="The CRM is gone.")
    assert Flow.objects.count() == 0
    changes = Event.objects.filter(subject_type="flow").order_by("pk")
    assert [event.payload["change"] for event in changes] == ["created", "changed", "deleted"]


def test_a_flow_needs_two_systems_and_is_registered_once() -> None:
    crm, warehouse = SystemFactory(), SystemFactory()
    stated = {
        "source_id": crm.pk,
        "target_id": warehouse.pk,
        "entity": "lead",
        "method": "export",
        "cadence": "daily",
        "owner_id": PersonFactory().pk,
    }
    register_flow(acting=administrator(), **stated)  # type: ignore[arg-type]

    for changed, error, message in [
        ({}, Conflict, "This flow is registered already"),
        ({"target_id": crm.pk}, InvalidInput, "A flow leads to another system"),
        ({"entity": " "}, InvalidInput, "Write what flows first"),
        ({"target_id": 0}, InvalidInput, "There is no system 0"),
    ]:
        with pytest.raises(error, match=message):
            register_flow(acting=administrator(), **{**stated, **changed})  # type: ignore[arg-type]
    assert Flow.objects.count() == 1


def test_the_matrix_shows_who_of_the_five_answers_for_what() -> None:
    dataset, bare = DatasetFactory(), DatasetFactory()
    engineers = TeamFactory(name="Pipelines", kind=TeamKind.DATA_ENGINEERING)
    operators = TeamFactory(name="Platform", kind=TeamKind.OPERATIONS)
    Ownership.objects.create(
        dataset=dataset,
        team=engineers,
        kind=OwnershipKind.TECHNICAL_OWNER,
        origin=Origin.DECLARED,
    )
    held = assign_duty(
        acting=administrator(), dataset_id=dataset.pk, team_id=operators.pk, duty="Backups"
    )

    rows = matrix(principal(), [dataset, bare])

    by_group = dict(zip(FIVE_GROUPS, rows[0].cells, strict=True))
    assert by_group[TeamKind.OPERATIONS] == (Duty(held.pk, "Platform", "Backups"),)
    assert by_group[TeamKind.DATA_ENGINEERING] == (Duty(None, "Pipelines", "technical owner"),)
    assert rows[0].gaps == (
        TeamKind.DEVELOPMENT,
        TeamKind.SECURITY_GOVERNANCE,
        TeamKind.DATA_SCIENCE,
    )
    assert rows[1].gaps == FIVE_GROUPS
    assert matrix(Principal.anonymous(), [dataset]) == []


def test_stewards_assign_duties_and_strangers_do_not() -> None:
    ownership = OwnershipFactory()
    team = TeamFactory(kind=TeamKind.OPERATIONS)
    steward = principal_of(ownership.person)

    def assign(acting: Principal, duty: str = "Backups", team_id: int = team.pk) -> int:
        return assign_duty(
            acting=acting, dataset_id=ownership.dataset_id, team_id=team_id, duty=duty
        ).pk

    with pytest.raises(AccessRefused, match="Only the owners and the stewards"):
        assign(principal())
    held = assign(steward)
    with pytest.raises(Conflict, match="answers for this already"):
        assign(steward)
    business = TeamFactory(name="Shop", kind=TeamKind.BUSINESS)
    with pytest.raises(InvalidInput, match="Shop belongs to none of the five groups"):
        assign(steward, team_id=business.pk)
    with pytest.raises(AccessRefused):
        withdraw_duty(acting=principal(), accountability_id=held)
    assert Accountability.objects.count() == 1
    withdraw_duty(acting=steward, accountability_id=held)
    with pytest.raises(NotFound):
        withdraw_duty(acting=steward, accountability_id=held)
    assert Accountability.objects.count() == 0


def test_duties_are_stated_and_withdrawn_on_the_page(client: Client) -> None:
    ownership = OwnershipFactory()
    team = TeamFactory(name="Platform", kind=TeamKind.OPERATIONS)
    client.force_login(ownership.person)
    change = "/council/accountability/change/"

    client.post(
        change,
        {"what": "assign", "dataset": ownership.dataset_id, "team": team.pk, "words": "Backups"},
    )

    held = Accountability.objects.get()
    assert (held.duty, held.team) == ("Backups", team)
    shown = client.get("/council/accountability/").content.decode()
    assert "<strong>Platform</strong> Backups" in shown
    text = client.post(change, {"what": "assign", "dataset": "x"}, follow=True).content.decode()
    assert "Nothing was changed. Say which dataset is meant." in text
    client.post(change, {"what": "withdraw", "duty": held.pk})
    assert Accountability.objects.count() == 0
