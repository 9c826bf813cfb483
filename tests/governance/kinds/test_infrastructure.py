"""Changes of infrastructure: their systems, their flows, who decides them, what adopting writes."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from pydantic import ValidationError

from catalog.models import System
from catalog.types import Principal
from governance.agreements.kinds import kinds
from governance.agreements.kinds.infrastructure import KIND
from governance.agreements.kinds.infrastructure.document import InfrastructureDocument
from governance.models import Committee, Flow
from governance.proposals.services.drafting import create_draft
from governance.types import BindingRole, BindingSpec, ChangeOp, ChangeSpec, ConflictKind
from tests.factories import PersonFactory, SystemFactory, principal
from tests.governance.kinds.setting import asking, finding, found, hold

pytestmark = pytest.mark.django_db
SYSTEM = Principal.system("adoption")


@pytest.fixture(autouse=True)
def _systems() -> None:
    for instance in ("pulse", "warehouse"):
        SystemFactory(instance=instance)
    PersonFactory(username="owner")


def flow(**fields: str) -> dict[str, str]:
    base = {
        "source": "postgres://pulse",
        "target": "postgres://warehouse",
        "entity": "events",
        "method": "stream",
    }
    return base | fields


def new_flow(**fields: str) -> dict[str, str]:
    return flow(cadence="at once", owner="owner") | fields


def change(**fields: Any) -> InfrastructureDocument:
    base = {
        "infrastructure": "pulse-for-tests",
        "system": "postgres://pulse",
        "change": "A second cluster with a tenth of the capacity.",
    }
    return InfrastructureDocument.model_validate(base | fields)


def register(entity: str = "events") -> Flow:
    return Flow.objects.create(
        source=System.objects.get(instance="pulse"),
        target=System.objects.get(instance="warehouse"),
        entity=entity,
        method="stream",
        cadence="at once",
        owner=PersonFactory(),
    )


def test_a_complete_change_has_nothing_against_it() -> None:
    register("old events")
    document = change(adds_flows=[new_flow()], ends_flows=[flow(entity="old events")])

    assert found(KIND, document, asking()) == []


@pytest.mark.parametrize(
    ("fields", "check", "field"),
    [
        ({"change": ""}, "change_missing", "change"),
        ({"system": "postgres://none"}, "unknown_system", "system"),
        ({"system": "", "failover": "A twin."}, "system_missing", "system"),
        ({"domain": "none"}, "unknown_domain", "domain"),
        ({"committee": "none"}, "unknown_committee", "committee"),
        (
            {"adds_flows": [new_flow(source="postgres://none")]},
            "unknown_system",
            "adds_flows.0.source",
        ),
        (
            {"adds_flows": [new_flow(target="postgres://pulse")]},
            "flow_to_itself",
            "adds_flows.0.target",
        ),
        ({"adds_flows": [new_flow(owner="nobody")]}, "unknown_owner", "adds_flows.0.owner"),
        ({"adds_flows": [new_flow(), new_flow()]}, "flow_twice", "adds_flows.1"),
        ({"ends_flows": [flow()]}, "flow_unknown", "ends_flows.0"),
        ({"ends_flows": [flow(target="postgres://none")]}, "unknown_system", "ends_flows.0.target"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(
    fields: dict[str, Any], check: str, field: str
) -> None:
    assert found(KIND, change(**fields), asking()) == [(f"infrastructure.{check}", "error", field)]


def test_a_flow_begins_once_and_does_not_end_at_the_same_time() -> None:
    register()

    assert finding(KIND, change(adds_flows=[new_flow()]), asking()).check == (
        "infrastructure.flow_exists"
    )
    both = change(adds_flows=[new_flow()], ends_flows=[flow()])
    assert finding(KIND, both, asking()).check == "infrastructure.flow_begins_and_ends"


def test_a_flow_that_this_agreement_brought_is_no_obstacle_to_its_next_version() -> None:
    register()
    base = change(adds_flows=[new_flow()], ends_flows=[flow(entity="gone")])
    context = asking(op=ChangeOp.REPLACE, base=base.model_dump(mode="json"))
    following = change(
        change="Two clusters.", adds_flows=[new_flow()], ends_flows=[flow(entity="gone")]
    )

    assert found(KIND, following, context) == []


def test_a_committee_decides_what_it_is_for_and_gets_the_proposal() -> None:
    Committee.objects.create(
        name="Operations Council", slug="operations", purpose="Flows", kinds=["infrastructure"]
    )
    Committee.objects.create(name="Words", slug="words", purpose="Terms", kinds=["term"])

    refused = finding(KIND, change(committee="words"), asking())
    assert (refused.check, refused.message) == (
        "infrastructure.other_committee",
        "Words does not decide about infrastructure.",
    )

    document = change(committee="operations")
    assert found(KIND, document, asking()) == []
    proposal = create_draft(
        acting=principal(),
        title="A stream for tests",
        ask="Run a second stream.",
        changes=[
            ChangeSpec(ChangeOp.CREATE, "infrastructure", "", document.model_dump(mode="json"))
        ],
    )
    assert proposal.committee is not None
    assert proposal.committee.slug == "operations"


def test_it_rests_on_every_system_it_names_once() -> None:
    pulse, warehouse = System.objects.order_by("instance")

    assert list(KIND.bindings(change(adds_flows=[new_flow()]), asking())) == [
        BindingSpec(BindingRole.TARGET, system_id=pulse.pk),
        BindingSpec(BindingRole.TARGET, system_id=warehouse.pk),
    ]


def test_two_promises_for_one_system_contradict() -> None:
    hold(change(availability="99.9 %"), "infrastructure")
    other = change(infrastructure="pulse-at-night", availability="office hours")

    (conflict,) = KIND.conflicts(other, asking(key="infrastructure:pulse-at-night"))

    assert conflict.kind is ConflictKind.RULE_CONTRADICTION
    assert conflict.witness == (
        "The availability of postgres://pulse would be 'office hours' and is agreed as '99.9 %'."
    )
    same = change(infrastructure="pulse-at-night", availability="99.9 %")
    assert list(KIND.conflicts(same, asking(key="infrastructure:pulse-at-night"))) == []


def test_adopting_writes_both_registers_and_a_second_time_nothing() -> None:
    register("old events")
    version = hold(
        change(
            availability="99.9 %", adds_flows=[new_flow()], ends_flows=[flow(entity="old events")]
        ),
        "infrastructure",
    )

    told = KIND.activate(version, acting=SYSTEM)

    assert told == (
        "postgres://pulse has its availability in the register."
        " The flow of old events left the register. The flow of events is in the register."
    )
    assert System.objects.get(instance="pulse").availability == "99.9 %"
    assert list(Flow.objects.values_list("entity", "cadence", "owner__username")) == [
        ("events", "at once", "owner")
    ]
    assert KIND.activate(version, acting=SYSTEM) == "Recorded."
    assert Flow.objects.count() == 1


def test_an_owner_who_left_meanwhile_does_not_stop_the_adoption() -> None:
    version = hold(change(adds_flows=[new_flow()]), "infrastructure")
    PersonFactory._meta.model.objects.filter(username="owner").update(is_active=False)

    told = KIND.activate(version, acting=SYSTEM)

    assert told.startswith("The register of flows was not written:")
    assert not Flow.objects.exists()


def test_flows_are_written_all_or_none() -> None:
    register("old events")
    version = hold(
        change(adds_flows=[new_flow()], ends_flows=[flow(entity="old events")]), "infrastructure"
    )
    PersonFactory._meta.model.objects.filter(username="owner").update(is_active=False)

    told = KIND.activate(version, acting=SYSTEM)

    assert told.startswith("The register of flows was not written:")
    assert list(Flow.objects.values_list("entity", flat=True)) == ["old events"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"infrastructure": "Not Plain"},
        {"infrastructure": "x", "adds_flows": [flow()]},
        {"infrastructure": "x", "ends_flows": [{"source": "a", "target": "b"}]},
        {"infrastructure": "x", "text": "y"},
    ],
)
def test_what_is_no_change_never_becomes_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InfrastructureDocument.model_validate(wrong)


def test_it_is_named_told_and_shown() -> None:
    document = change(
        why="Load tests.", availability="office hours", adds_flows=[new_flow()],
        ends_flows=[flow(entity="a"), flow(entity="b")],
    )  # fmt: skip

    assert (KIND.slug(document), KIND.title(document)) == ("pulse-for-tests", "Pulse for tests")
    assert KIND.sentence(document) == (
        "A second cluster with a tenth of the capacity; availability office hours;"
        " 1 flow begins; 2 flows end."
    )
    assert kinds.get("infrastructure") is KIND
    page = render_to_string(KIND.template, {"document": document, "agreement": None})
    for shown in ("A second cluster", "Load tests.", "office hours", "events", "begins", "ends"):
        assert shown in page
