"""Documents follow what stands around them: whoever renames, deletes or joins something finds every
document that says so as it is now."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.models import Container, Dataset, Domain, Event, Label, Team, TeamMembership
from catalog.search.indexing import Subject, digest, heal, rebuild, refresh
from catalog.selectors.search import SearchAnswer
from catalog.services.curation.labels import add_label
from catalog.services.curation.owners import add_owner
from catalog.services.records import add_members, delete_record, save_record
from catalog.types import LabelKind, OwnershipKind, Principal
from tests.catalog.search.conftest import Find, dataset_names, names
from tests.factories import PersonFactory, principal

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]
Follow = Callable[[], None]


@pytest.fixture
def admin(db: None) -> Principal:
    return principal(is_superuser=True)


@pytest.fixture
def follow(search_backend: str) -> Follow:
    """Let the index read the events that were written since it was last called."""
    told = [0]

    def run() -> None:
        events = list(Event.objects.filter(pk__gt=told[0]).order_by("pk"))
        told[0] = max((event.pk for event in events), default=told[0])
        digest(events)

    return run


def facet(answer: SearchAnswer, field: str) -> list[tuple[str, int]]:
    (found,) = [facet for facet in answer.facets if facet.field == field]
    return [(value.label, value.count) for value in found.values]


@pytest.mark.parametrize("column_path", ["", "email"])
def test_a_deleted_label_is_on_nothing_any_more(
    dataset: MakeDataset, find: Find, follow: Follow, admin: Principal, column_path: str
) -> None:
    customers = dataset("customers", columns=("id", "email"))
    add_label(
        acting=admin,
        dataset_id=customers.pk,
        kind=LabelKind.TAG,
        path="secretive",
        column_path=column_path,
    )
    follow()
    assert dataset_names(find("tag:secretive")) == ["customers"]

    delete_record(Label.objects.get(path="secretive"), acting=admin)
    follow()

    assert find("tag:secretive").total == 0
    assert facet(find("customers", facets=("tag",)), "tag") == []


def test_a_new_label_is_found_itself(
    dataset: MakeDataset, find: Find, follow: Follow, admin: Principal
) -> None:
    orders = dataset("orders")
    add_label(acting=admin, dataset_id=orders.pk, kind=LabelKind.CLASSIFICATION, path="pii / email")
    follow()

    assert [hit.qualified_name for hit in find("pii kind:label").hits] == [
        "classification/pii",
        "classification/pii / email",
    ]


def test_a_deleted_domain_holds_nothing_any_more(
    dataset: MakeDataset, find: Find, follow: Follow, admin: Principal
) -> None:
    sales = Domain.objects.create(name="Sales", slug="sales")
    made = dataset("orders", domain=sales)
    made.system.domain = sales
    save_record(made.system, acting=admin)
    follow()
    assert find("domain:Sales kind:dataset").total == 1
    assert find("domain:Sales kind:system").total == 1

    delete_record(sales, acting=admin)
    follow()

    assert find("domain:Sales").total == 0


def test_a_renamed_domain_is_renamed_everywhere(
    dataset: MakeDataset, find: Find, follow: Follow, admin: Principal
) -> None:
    sales = save_record(Domain(name="Sales", slug="sales"), acting=admin)
    save_record(Domain(name="Retail", slug="retail", parent=sales), acting=admin)
    made = dataset("orders", domain=sales)
    made.system.domain = sales
    save_record(made.system, acting=admin)
    follow()

    sales.name = "Commerce"
    save_record(sales, acting=admin)
    follow()

    assert sorted(hit.kind for hit in find("domain:Commerce").hits) == [
        "dataset",
        "domain",
        "system",
    ]
    assert find("domain:Sales").total == 0
    assert find("Retail kind:domain").hits[0].place == ("Commerce",)


def test_a_renamed_team_and_its_people_are_named_as_they_are(
    dataset: MakeDataset, find: Find, follow: Follow, admin: Principal
) -> None:
    ada = PersonFactory(display_name="Ada Byron")
    team = save_record(Team(name="Quokkas"), acting=admin)
    save_record(Domain(name="Sales", slug="sales", owner_team=team), acting=admin)
    add_members(team, [ada], acting=admin)
    follow()
    assert [hit.id for hit in find("quokkas kind:person").hits] == [ada.pk]
    assert [hit.id for hit in find("byron kind:team").hits] == [team.pk]

    team.name = "Wombats"
    save_record(team, acting=admin)
    follow()
    assert {hit.kind for hit in find("wombats").hits} == {"team", "person", "domain"}
    assert find("quokkas").total == 0

    delete_record(TeamMembership.objects.get(), acting=admin)
    follow()
    assert find("wombats kind:person").total == find("byron kind:team").total == 0


def test_a_deleted_team_owns_nothing_any_more(
    dataset: MakeDataset, find: Find, follow: Follow, admin: Principal
) -> None:
    team = Team.objects.create(name="Quokkas")
    team.members.add(PersonFactory())
    orders = dataset("orders")
    add_owner(acting=admin, dataset_id=orders.pk, kind=OwnershipKind.STEWARD, team_id=team.pk)
    save_record(Domain(name="Sales", slug="sales", owner_team=team), acting=admin)
    refresh([Subject("team", team.pk)])
    follow()
    assert find("owner:Quokkas").total == 2

    delete_record(team, acting=admin)
    follow()

    assert find("owner:Quokkas").total == 0
    assert find("quokkas").total == 0


def test_what_stands_in_a_deleted_container_goes_with_it(
    dataset: MakeDataset, find: Find, follow: Follow, admin: Principal
) -> None:
    system = dataset("orders").system
    parts = [("quokka", "database"), ("quokka.burrow", "schema"), ("quokka.burrow.den", "folder")]
    parent = None
    for path, kind in parts:
        name = f"{system.qualified_name}/{path}"
        parent = Container.objects.create(
            system=system,
            parent=parent,
            name=path.split(".")[-1],
            kind=kind,
            qualified_name=name,
            lookup_name=name,
        )
        refresh([Subject("container", parent.pk)])
    assert find("quokka kind:container").total == 3

    delete_record(Container.objects.get(name="quokka"), acting=admin)
    follow()

    assert find("quokka kind:container").total == 0


def test_a_renamed_system_is_named_so_in_facets_and_containers(
    dataset: MakeDataset, find: Find, follow: Follow, admin: Principal
) -> None:
    system = dataset("orders").system
    name = f"{system.qualified_name}/shop"
    container = Container.objects.create(
        system=system, name="shop", kind="database", qualified_name=name, lookup_name=name
    )
    refresh([Subject("container", container.pk)])
    assert facet(find("orders", facets=("system",)), "system") == [("warehouse", 1)]

    system.display_name = "Big barn"
    save_record(system, acting=admin)
    follow()

    assert facet(find("orders", facets=("system",)), "system") == [("Big barn", 1)]
    assert find("kind:container").hits[0].facts.system == "Big barn"
    assert dataset_names(find('system:"Big barn" kind:dataset')) == ["orders"]


def test_healing_mends_contents_that_differ(shop: dict[str, Dataset], find: Find) -> None:
    # Given a dataset of which search was not told that it changed, as one whose time has come
    heal()
    Dataset.objects.filter(name="orders").update(
        declared_description="All about the zebra", usage_score=7
    )
    assert find("zebra").total == 0

    # When the index is compared with the database
    assert heal() == 1

    # Then it says what is, and nothing is left to mend
    assert names(find("zebra")) == ["orders"]
    assert heal() == 0
    rebuild()
    assert heal() == 0
