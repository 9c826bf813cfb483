"""A pasted statement finds the tables that it names; who asks who owns something finds that."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from catalog.models import Dataset
from catalog.search.indexing import Subject, refresh
from catalog.search.statements import names_in
from catalog.selectors.search import Band
from tests.catalog.search.conftest import Find, dataset_names
from tests.factories import principal

STATEMENTS = {
    "SELECT o.id FROM orders o JOIN customers c ON c.id = o.c WHERE c.email IS NOT NULL OR 1": (
        "orders",
        "customers",
    ),
    "select * from orders": ("orders",),
    'select a from "shop"."public"."orders";': ("shop.public.orders",),
    "WITH x AS (SELECT * FROM a.b) SELECT x.c FROM x": ("a.b",),
    "insert into `shop`.`big orders` values (1)": ("shop.big orders",),
    "delete from [dbo].[Orders];": ("dbo.Orders",),
    "update orders set a = 1": ("orders",),
    "CREATE TABLE IF NOT EXISTS orders(id int)": ("orders",),
    "select a from b where c = 'from d'": ("b",),
    "FROM crm.account a JOIN crm.contact c": ("crm.account", "crm.contact"),
}
QUESTIONS = (
    "select the best from the list",
    "from orders to invoices",
    "updates on orders",
    "tables with email",
    "create orders",
    "join",
    "",
)


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_names_its_tables(text: str) -> None:
    assert names_in(text) == STATEMENTS[text]


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_is_no_statement(text: str) -> None:
    assert names_in(text) == ()


@pytest.mark.parametrize(
    "part", ["from ", "select ", "'", '"', "as (", "with ", "a.", "[", "join a"]
)
def test_a_long_text_is_soon_read(part: str) -> None:
    began = time.monotonic()
    for beginning in ("", "select * from ", "with a as (", "update "):
        names_in((beginning + part * 2000)[:2000])
    assert time.monotonic() - began < 1


@pytest.mark.django_db
def test_a_pasted_statement_finds_what_it_names(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("SELECT o.id FROM orders o JOIN customers c ON c.id = o.c WHERE NOT c.gone OR 1")
    assert [notice.code for notice in answer.notices] == ["statement"]
    assert {"orders", "customers"} <= set(dataset_names(answer)[:5])
    assert {hit.kind for hit in answer.hits} == {"dataset"}

    answer = find('SELECT * FROM "public"."shipments" WHERE carrier IS NOT NULL;')
    assert dataset_names(answer)[0] == "shipments"
    assert answer.hits[0].band is Band.QUALIFIED_NAME


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["who owns shipments", "Who is the owner of shipments?", "owner of shipments"]
)
def test_who_owns_it_is_answered_by_what_is_owned(
    shop: dict[str, Dataset], find: Find, text: str
) -> None:
    assert dataset_names(find(text))[0] == "shipments"
    assert find("who owns").total == find("owns").total == 0


@pytest.mark.django_db
def test_what_is_said_of_a_dataset_does_not_come_before_it(
    dataset: Callable[..., Dataset], find: Find
) -> None:
    made = dataset("orders")
    author = principal()
    asked = made.questions.create(author_id=author.person_id, text="What are orders?")
    refresh([Subject("dataset", made.pk)])

    hits = find(made.qualified_name).hits
    assert (hits[0].kind, hits[0].band) == ("dataset", Band.QUALIFIED_NAME)
    assert [(hit.kind, hit.id) for hit in hits if hit.band is Band.QUALIFIED_NAME] == [
        ("dataset", made.pk)
    ]
    assert find("What are orders?").hits[0].id == asked.pk
