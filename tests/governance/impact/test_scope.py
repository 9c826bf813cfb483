"""R-012: local or enterprise, with its proof, in twelve cases; and the copies in a warehouse."""

import pytest

from catalog.models import Dataset, System, TeamMembership
from catalog.types import OwnershipKind
from governance.proposals.rules.scope import Place, decide_scope
from governance.types import Scope
from tests.factories import OwnershipFactory, PersonFactory, TeamFactory
from tests.governance.impact.world import (
    base,
    binding,
    curated,
    domain,
    give,
    system_named,
    touched,
)
from tests.lineage.warehouse import read, table

SALES = frozenset({"Sales"})
MONEY = frozenset({"Finance"})


@pytest.mark.parametrize(
    ("places", "options", "scope", "sentence"),
    [
        pytest.param(
            [Place("lead", "Sales", "CRM", SALES), Place("account", "Sales", "CRM", SALES)], {},
            Scope.LOCAL, "It is local: one domain, one system, one department.",
            id="1 one domain, one system, one department",
        ),
        pytest.param(
            [Place("lead", "Sales", "CRM", SALES), Place("invoice", "Finance", "CRM", SALES)], {},
            Scope.ENTERPRISE,
            "It concerns the whole enterprise. 2 domains: Finance (invoice); Sales (lead).",
            id="2 two domains",
        ),
        pytest.param(
            [Place("lead", "Sales", "CRM", SALES), Place("ad", "Sales", "Pilot", SALES)], {},
            Scope.ENTERPRISE,
            "It concerns the whole enterprise. 2 systems: CRM (lead); Pilot (ad).",
            id="3 two systems",
        ),
        pytest.param(
            [Place("lead", "Sales", "CRM", SALES | MONEY)], {},
            Scope.ENTERPRISE,
            "It concerns the whole enterprise. 2 departments answer for it: Finance, Sales.",
            id="4 two departments",
        ),
        pytest.param(
            [Place("lead", "Sales", "CRM", SALES),
             Place("copy", "Sales", "Warehouse", SALES, copy_of="CRM")], {},
            Scope.LOCAL, "It is local: one domain, one system, one department.",
            id="5 a plain copy in a warehouse is no second system",
        ),
        pytest.param(
            [Place("lead", "Sales", "CRM", SALES),
             Place("ad", "Sales", "Warehouse", SALES, copy_of="Pilot")], {},
            Scope.ENTERPRISE,
            "It concerns the whole enterprise. 2 systems: CRM (lead); Pilot (ad)."
            " Plain copies that do not count: ad.",
            id="6 a copy of a second system counts as that system",
        ),
        pytest.param(
            [Place("lead", "", "CRM", SALES)], {},
            Scope.ENTERPRISE, "It concerns the whole enterprise. No domain is named for lead.",
            id="7 what lies in no domain proves nothing",
        ),
        pytest.param(
            [Place("lead", "Sales", "CRM")], {},
            Scope.LOCAL, "It is local: one domain, one system, one department.",
            id="8 no department known is no second one",
        ),
        pytest.param(
            [], {"own_domains": {"Sales"}},
            Scope.LOCAL, "It is local: one domain, one system, one department.",
            id="9 a definition of one domain that binds nothing",
        ),
        pytest.param(
            [], {},
            Scope.ENTERPRISE,
            "It concerns the whole enterprise. It binds no data and belongs to no domain.",
            id="10 what belongs to nobody is everybody's",
        ),
        pytest.param(
            [Place("lead", "Sales", "CRM", SALES)], {"own_domains": {"Marketing"}},
            Scope.ENTERPRISE,
            "It concerns the whole enterprise. 2 domains: Marketing (the agreement itself);"
            " Sales (lead).",
            id="11 an agreement of one domain over data of another",
        ),
        pytest.param(
            [Place("lead", "Sales", "CRM", SALES)],
            {"is_raised": True, "in_force": Scope.ENTERPRISE},
            Scope.ENTERPRISE,
            "It concerns the whole enterprise: it was raised to the whole enterprise, which is"
            " never taken back and the version in force concerns the whole enterprise.",
            id="12 raised, or in force for all: never lowered",
        ),
        pytest.param(
            [Place(f"t{number}", f"D{number}", f"S{number}", SALES) for number in range(7)], {},
            Scope.ENTERPRISE,
            "It concerns the whole enterprise. 7 domains: D0 (t0); D1 (t1); D2 (t2); D3 (t3);"
            " D4 (t4) and 2 more.",
            id="13 the rest of many is counted",
        ),
    ],
)  # fmt: skip
def test_scope(
    places: list[Place], options: dict[str, object], scope: Scope, sentence: str
) -> None:
    verdict = decide_scope(places, **options)  # type: ignore[arg-type]

    assert (verdict.scope, verdict.sentence) == (scope, sentence)
    assert [each.name for each in verdict.conditions] == ["domain", "system", "department"]
    if not options.get("is_raised"):
        assert verdict.computed is scope


def test_what_is_in_force_locally_is_no_floor_and_order_does_not_matter() -> None:
    places = [Place("b", "Sales", "CRM", SALES), Place("a", "Sales", "CRM", SALES)]

    verdict = decide_scope(places, in_force=Scope.LOCAL)

    assert verdict.scope is Scope.LOCAL
    assert verdict == decide_scope(reversed(places), in_force=Scope.LOCAL)


def _copy(sql: str, lead: Dataset, **warehouse: object) -> Dataset:
    """A curated dataset of the lead's domain on another system, made by `sql`."""
    system = system_named("Lakehouse", **warehouse)
    copy = table("shop.stg.lead", ["id", "score"], sql)
    give(copy, domain=lead.domain, lifecycle="curated")
    read(copy)
    return give(copy, system=system)


PLAIN = "SELECT id, score FROM crm.lead"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "warehouse", "scope"),
    [
        (PLAIN, {"platform": "duckdb"}, Scope.LOCAL),
        (PLAIN, {"platform": "postgres"}, Scope.LOCAL),  # it is called a lakehouse
        (PLAIN, {"platform": "duckdb", "is_system_of_record": True}, Scope.ENTERPRISE),
        ("SELECT id, score + 1 AS score FROM crm.lead", {"platform": "duckdb"}, Scope.ENTERPRISE),
        (f"{PLAIN} WHERE id > 3", {"platform": "duckdb"}, Scope.ENTERPRISE),
        (
            "SELECT l.id, o.score FROM crm.lead l CROSS JOIN crm.other o", {"platform": "duckdb"},
            Scope.ENTERPRISE,
        ),
    ],
)  # fmt: skip
def test_only_an_unchanged_copy_of_one_dataset_in_a_warehouse_is_plain(
    sql: str, warehouse: dict[str, object], scope: Scope
) -> None:
    sales = domain("Sales")
    lead = base("shop.crm.lead", ["id", "score"], sales)
    base("shop.crm.other", ["score"], sales)
    _copy(sql, lead, **warehouse)

    assert touched(binding((lead, ""))).scope is scope


@pytest.mark.django_db
def test_a_copy_elsewhere_is_a_second_system() -> None:
    lead = base("shop.crm.lead", ["id", "score"], domain("Sales"))
    copy = _copy(PLAIN, lead)
    System.objects.filter(pk=copy.system_id).update(display_name="Pilot", instance="pilot")

    impact = touched(binding((lead, "")))

    assert impact.scope is Scope.ENTERPRISE
    assert impact.verdict.conditions[1].values == ("Pilot", "postgres://warehouse")


@pytest.mark.django_db
def test_departments_are_those_of_business_owners_else_of_whoever_owns_it() -> None:
    sales = domain("Sales")
    lead = base("shop.crm.lead", ["id"], sales)
    engineer = PersonFactory(department="Data")
    OwnershipFactory(dataset=lead, person=engineer, kind=OwnershipKind.TECHNICAL_OWNER)
    change = binding((lead, "id"))
    assert touched(change).verdict.conditions[2].values == ("Data",)

    seller = PersonFactory(department="Sales")
    OwnershipFactory(dataset=lead, person=seller, kind=OwnershipKind.BUSINESS_OWNER)
    assert touched(change).verdict.conditions[2].values == ("Sales",)
    assert touched(change).scope is Scope.LOCAL

    accountant = PersonFactory(department="Finance")
    OwnershipFactory(dataset=lead, person=accountant, kind=OwnershipKind.BUSINESS_OWNER)
    assert touched(change).scope is Scope.ENTERPRISE


@pytest.mark.django_db
def test_without_owners_the_domains_team_tells_the_department() -> None:
    team = TeamFactory()
    TeamMembership.objects.create(team=team, person=PersonFactory(department="Sales"))
    TeamMembership.objects.create(team=team, person=PersonFactory(department="Finance"))
    sales = domain("Sales")
    sales.owner_team = team
    sales.save()
    lead = base("shop.crm.lead", ["id"], sales)

    verdict = touched(binding((lead, "id"))).verdict

    assert verdict.sentence == (
        "It concerns the whole enterprise. 2 departments answer for it: Finance, Sales."
    )


@pytest.mark.django_db
def test_an_ungoverned_consumer_elsewhere_leaves_it_local() -> None:
    lead = base("shop.crm.lead", ["id"], domain("Sales"))
    used = curated("shop.mart.leads", ["id"], "SELECT id FROM crm.lead", domain("Finance"))
    change = binding((lead, "id"))
    assert touched(change).scope is Scope.ENTERPRISE

    give(used, lifecycle="published")
    assert touched(change).scope is Scope.LOCAL
