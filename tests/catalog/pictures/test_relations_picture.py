"""The picture of relations: containment with whole lines, everything else with dashes."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.test import Client

from catalog.models import Container, Dataset, Relation
from catalog.pictures.relations_picture import MOST, Related, relations_picture
from tests.factories import DatasetFactory, PersonFactory

SPACE = "{http://www.w3.org/2000/svg}"


def classes(svg: str) -> list[str]:
    return [e.get("class", "") for e in ElementTree.fromstring(svg).iter()]


def test_both_kinds_of_relations_are_told_apart() -> None:
    drawn = classes(
        relations_picture(
            "orders",
            ["warehouse", "shop", "public"],
            [
                Related("customers", "table", "/datasets/2/", "foreign key: buyer", False),
                Related("invoices", "table", "/datasets/3/", "same as", True),
            ],
        )
    )

    assert drawn.count("edge-contains") == 3
    assert drawn.count("edge-related") == 2
    assert drawn.count("node-container") == 3
    assert drawn.count("node node-focus") == 1


def test_a_relation_leads_from_its_source_to_its_target() -> None:
    picture = relations_picture("a", [], [Related("b", "table", "/b", "same as", True)])
    path = next(
        e for e in ElementTree.fromstring(picture).iter(f"{SPACE}path")
    ).get("d", "")  # fmt: skip

    start, end = float(path[1:].split(" ")[0]), float(path.split(" ")[-2])
    assert start < end
    assert 'aria-label="b, table"' in picture


def test_hostile_names_are_text_and_many_are_cut() -> None:
    many = [Related(f"<script>{n}", 'a "b"', "/x?a=1&b=2", "&", n % 2 == 0) for n in range(100)]

    picture = relations_picture("<i>", ["&"], many)

    assert "<script>" not in picture
    assert classes(picture).count("edge-related") == 2 * MOST


@pytest.mark.django_db
def test_the_page_draws_what_contains_a_dataset_and_what_it_is_related_to() -> None:
    orders: Dataset = DatasetFactory(name="orders")
    shop = Container.objects.create(
        system=orders.system, kind="schema", name="shop", lookup_name="x",
        qualified_name=f"{orders.system.qualified_name}/shop",
    )  # fmt: skip
    Dataset.objects.filter(pk=orders.pk).update(container=shop)
    other = DatasetFactory(name="accounts")
    Relation.objects.create(source=orders, target=other, kind="responsible_for", name="pays")
    client = Client()
    client.force_login(PersonFactory())

    page = client.get(f"/datasets/{orders.pk}/uses/").content.decode()
    bare = client.get(f"/datasets/{DatasetFactory().pk}/uses/").content.decode()

    assert page.count('class="edge-contains"') == 2
    assert page.count('class="edge-related"') == 1
    assert "responsible for: pays" in page
    assert f'<a href="/datasets/{other.pk}/" aria-label="accounts, table">' in page
    assert "edge-related" not in bare
