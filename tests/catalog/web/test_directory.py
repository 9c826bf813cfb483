"""The registers and the pages of what stands around datasets."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import (
    Column,
    ColumnLabel,
    Container,
    DataProduct,
    Dataset,
    DatasetLabel,
    Domain,
    Event,
    Label,
    Person,
    ProductPort,
    PropertyDefinition,
    System,
    Team,
    TeamMembership,
    Technology,
)
from catalog.types import LabelKind, Origin
from catalog.web.directory.registers import REGISTERS, is_overdue, today
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)

pytestmark = pytest.mark.django_db


def rows_of(client: Client, address: str) -> list[list[str]]:
    text = client.get(address).content.decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def main_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode().split("<main")[1]


@pytest.mark.parametrize("register", [r.key for r in REGISTERS])
def test_an_empty_register_says_what_will_stand_there(reader: Client, register: str) -> None:
    System.objects.all().delete()

    page = reader.get(f"/{register}/")

    assert page.status_code == 200
    assert page.content.decode().count("<h1>") == 1


def make_rows(count: int) -> None:
    person, team, domain = PersonFactory(), TeamFactory(), DomainFactory()
    for n in range(count):
        system = SystemFactory(owner_team=team, operator=person, domain=domain)
        dataset = DatasetFactory(system=system, domain=DomainFactory(owner_team=team))
        member = PersonFactory(manager=person)
        TeamMembership.objects.create(team=TeamFactory(), person=member)
        for kind in LabelKind:
            label = Label.objects.create(kind=kind, name=f"l{n}", path=f"l{n}{kind}")
            DatasetLabel.objects.create(dataset=dataset, label=label, origin=Origin.DECLARED)
        product = DataProduct.objects.create(name=f"p{n}", slug=f"p{n}", owner_team=team)
        ProductPort.objects.create(product=product, dataset=dataset)
        technology = Technology.objects.create(name=f"t{n}", stage="capture", task="reads")
        technology.systems.add(system)
        PropertyDefinition.objects.create(key=f"k{n}", label=f"k{n}", type="text")
        OwnershipFactory(dataset=dataset, person=member)


@pytest.mark.parametrize("register", [*(r.key for r in REGISTERS), "datasets", "stewardship"])
def test_a_register_asks_no_more_for_more_rows(reader: Client, register: str) -> None:
    make_rows(3)
    reader.get(f"/{register}/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        reader.get(f"/{register}/")
    make_rows_more = 27
    Label.objects.all().delete()
    PropertyDefinition.objects.all().delete()
    DataProduct.objects.all().delete()
    Technology.objects.all().delete()
    make_rows(3 + make_rows_more)
    with CaptureQueriesContext(connection) as many:
        reader.get(f"/{register}/")

    assert len(many) <= len(few), "\n".join(q["sql"][:120] for q in many.captured_queries)
    assert len(many) <= 20


def test_a_register_is_found_in_sorted_and_saved_as_a_file(reader: Client) -> None:
    for name in ("alpha", "beta", "gamma"):
        SystemFactory(instance=name, qualified_name=f"postgres://{name}")

    names = [row[0] for row in rows_of(reader, "/systems.csv?sort=-name&find=a")]

    assert names == ["system", "postgres://gamma", "postgres://beta", "postgres://alpha"]
    assert "postgres://beta" not in main_of(reader, "/systems/?find=alp")
    assert rows_of(reader, "/systems.csv?find=nothing")[1:] == []


def test_an_unknown_sort_and_page_are_harmless(reader: Client) -> None:
    SystemFactory()

    assert reader.get("/systems/?sort=password&page=999").status_code == 200
    assert reader.get("/systems/?find=%00%25_").status_code == 200


def test_a_file_neutralizes_formulas(reader: Client) -> None:
    TeamFactory(name="=1+1")

    assert rows_of(reader, "/teams.csv")[1][0] == "'=1+1"


def test_a_system_shows_its_tree_with_counts_that_add_up(reader: Client) -> None:
    system = SystemFactory(availability="99.9%")
    top = container(system, "sales")
    below = container(system, "public", top)
    DatasetFactory(system=system, container=below)
    DatasetFactory(system=system, container=below)
    DatasetFactory(system=system, container=top)
    gone = DatasetFactory(system=system, container=top)
    Dataset.objects.filter(pk=gone.pk).update(disappeared_at=dt.datetime.now(dt.UTC))

    page = main_of(reader, f"/systems/{system.pk}/")

    assert "99.9%" in page
    tree = page.split("<tbody>")[1].split("</tbody>")[0]
    counts = [cell.split("<")[0] for cell in tree.split('class="number">')[1:]]
    assert counts == ["3", "2"]


def container(system: System, name: str, parent: Container | None = None) -> Container:
    above = parent.qualified_name + "." if parent else system.qualified_name + "/"
    return Container.objects.create(
        system=system,
        parent=parent,
        kind="schema" if parent else "database",
        name=name,
        qualified_name=above + name,
        lookup_name=above + name,
    )


def test_a_container_lists_the_datasets_in_it_and_below(reader: Client) -> None:
    system = SystemFactory()
    top = container(system, "sales")
    below = container(system, "public", top)
    inside = DatasetFactory(system=system, container=below)
    other = DatasetFactory(system=system)

    page = main_of(reader, f"/containers/{top.pk}/")

    assert inside.qualified_name.rpartition(".")[2] in page.replace("<wbr>", "")
    assert f'value="{other.pk}"' not in page
    assert f'href="/systems/{system.pk}/"' in page


def test_a_reader_cannot_edit_the_infrastructure_register(reader: Client) -> None:
    system = SystemFactory(availability="")

    got = reader.get(f"/records/system/{system.pk}/edit/")
    posted = reader.post(f"/records/system/{system.pk}/edit/", {"availability": "100%"})

    assert (got.status_code, posted.status_code) == (403, 403)
    system.refresh_from_db()
    assert system.availability == ""
    assert "Edit</a>" not in main_of(reader, f"/systems/{system.pk}/")


def test_an_administrator_edits_the_infrastructure_register(administrator: Client) -> None:
    system = SystemFactory()
    form = {"environment": "staging", "availability": "99.9%", "cost_center": "4711"}

    response = administrator.post(f"/records/system/{system.pk}/edit/", form)

    assert response.status_code == 302
    system.refresh_from_db()
    assert (system.environment, system.availability) == ("staging", "99.9%")
    event = Event.objects.get(subject_type="system", subject_id=system.pk)
    assert set(event.payload["fields"]) == {"environment", "availability", "cost_center"}


def test_a_wrong_field_is_named_and_nothing_is_stored(administrator: Client) -> None:
    response = administrator.post(
        "/records/product/new/", {"name": "Punctuality", "purpose": "", "criticality": "9"}
    )

    page = response.content.decode()
    assert response.status_code == 400
    assert 'href="#id_purpose"' in page
    assert 'href="#id_criticality"' in page
    assert not DataProduct.objects.exists()


def test_a_product_is_made_given_ports_and_deleted(administrator: Client) -> None:
    dataset = DatasetFactory()
    form = {"name": "Flight punctuality", "purpose": "Who is late", "criticality": "2"}
    made = administrator.post("/records/product/new/", form)
    address = "/products/flight-punctuality/"
    assert made["Location"] == address

    added = administrator.post(
        f"{address}ports/", {"dataset": dataset.qualified_name, "side": "output"}
    )
    refused = administrator.post(f"{address}ports/", {"dataset": "postgres://no/where.at.all"})

    port = ProductPort.objects.get()
    assert (added.status_code, refused.status_code) == (302, 302)
    assert (port.dataset, port.is_output) == (dataset, True)
    assert dataset.name in main_of(administrator, address).replace("<wbr>", "")
    administrator.post(f"{address}ports/{port.pk}/")
    assert not ProductPort.objects.exists()
    administrator.post(f"/records/product/{port.product_id}/delete/")
    assert not DataProduct.objects.exists()


def test_a_reader_can_neither_add_nor_delete_records(reader: Client) -> None:
    team = TeamFactory()
    product = DataProduct.objects.create(name="P", slug="p", purpose="x")

    answers = [
        reader.post("/records/team/new/", {"name": "Mine", "kind": "business"}),
        reader.post(f"/records/team/{team.pk}/delete/"),
        reader.post("/products/p/ports/", {"dataset": DatasetFactory().qualified_name}),
        reader.post(f"/teams/{team.pk}/member/", {"username": PersonFactory().username}),
        reader.post(f"/domains/{DomainFactory().slug}/steward/", {"username": "person0"}),
    ]

    assert [a.status_code for a in answers[:4]] == [403, 403, 403, 403]
    assert Team.objects.count() == 1
    assert product.ports.count() == 0
    assert TeamMembership.objects.count() == 0


def test_what_something_rests_on_is_not_deleted(administrator: Client) -> None:
    domain = DomainFactory()
    DomainFactory(parent=domain)

    response = administrator.post(f"/records/domain/{domain.pk}/delete/")

    assert response.status_code == 409
    assert Domain.objects.filter(pk=domain.pk).exists()


def test_an_overdue_technology_is_marked(reader: Client) -> None:
    late = Technology.objects.create(
        name="Old", stage="capture", task="x", end_of_support=today() - dt.timedelta(days=1)
    )
    fine = Technology.objects.create(name="New", stage="capture", task="x", end_of_support=today())

    page = main_of(reader, "/technologies/")

    assert (is_overdue(late), is_overdue(fine)) == (True, False)
    assert page.count("Overdue") == 1
    assert [row[6] for row in rows_of(reader, "/technologies.csv")[1:]] == ["true", "false"]


def test_a_domain_names_its_stewards(
    administrator: Client, browser_of: Callable[[Person], Client]
) -> None:
    domain = DomainFactory()
    person = PersonFactory(display_name="Sam Steward")
    dataset = DatasetFactory(domain=domain)

    administrator.post(f"/domains/{domain.slug}/steward/", {"username": person.username})

    assert "Sam Steward" in main_of(administrator, f"/domains/{domain.slug}/")
    page = main_of(browser_of(person), f"/domains/{domain.slug}/")
    assert "you may change it" in page
    assert "othing agreed" not in page  # what is agreed in a domain is not known to the catalog
    assert f'value="{dataset.pk}"' in page
    administrator.post(f"/domains/{domain.slug}/steward/", {"username": person.username, "end": 1})
    assert "Nobody stewards it yet" in main_of(administrator, f"/domains/{domain.slug}/")


def test_a_person_page_shows_what_they_answer_for(reader: Client) -> None:
    boss = PersonFactory(display_name="Bea Boss")
    person = PersonFactory(username="ada@example.org", manager=boss, department="Finance")
    owned = OwnershipFactory(person=person).dataset
    address = reverse("catalog:person", args=[person.username])

    page = main_of(reader, address)

    assert address == "/people/ada@example.org/"
    assert "Answers for 1 dataset" in page
    assert "Bea Boss" in page
    assert f'value="{owned.pk}"' in page
    assert reader.get("/people/nobody/").status_code == 404


def test_a_team_takes_members_in_and_out(administrator: Client) -> None:
    team, person = TeamFactory(), PersonFactory(display_name="Mia Member")

    administrator.post(f"/teams/{team.pk}/member/", {"username": person.username})
    administrator.post(f"/teams/{team.pk}/member/", {"username": person.username})

    assert TeamMembership.objects.count() == 1
    assert "Mia Member" in main_of(administrator, f"/teams/{team.pk}/")
    administrator.post(f"/teams/{team.pk}/member/", {"username": person.username, "end": "1"})
    assert TeamMembership.objects.count() == 0


def test_a_classification_shows_what_carries_it_or_anything_below_it(reader: Client) -> None:
    top = Label.objects.create(kind="classification", name="Personal", path="Personal")
    below = Label.objects.create(
        kind="classification", name="Contact", path="Personal / Contact", parent=top
    )
    dataset = DatasetFactory()
    DatasetLabel.objects.create(dataset=dataset, label=below, origin=Origin.DECLARED)
    column: Column = ColumnFactory(path="email", name="email")
    ColumnLabel.objects.create(column=column, label=top, origin=Origin.DECLARED)

    page = main_of(reader, f"/labels/{top.pk}/")

    assert f'value="{dataset.pk}"' in page
    assert "email" in page
    assert f'href="/labels/{below.pk}/"' in page
    assert rows_of(reader, f"/labels/{top.pk}/columns.csv")[1][1] == "email"


@pytest.mark.parametrize(
    "address",
    ["/systems/9/", "/containers/9/", "/domains/x/", "/products/x/", "/teams/9/", "/labels/9/"],
)
def test_what_is_not_there_is_a_plain_404(reader: Client, address: str) -> None:
    assert reader.get(address).status_code == 404


def test_strangers_are_led_to_sign_in(client: Client) -> None:
    for register in REGISTERS:
        for ending in ("/", ".csv"):
            assert client.get(f"/{register.key}{ending}").status_code == 302
