"""The expression of an edge is a part of a statement: it names nothing that is hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Dataset
from lineage.models import ColumnEdge
from lineage.selectors.columns import column_closure
from lineage.selectors.evidence import evidence
from lineage.selectors.history import edges_as_of, past_column_links
from lineage.selectors.openlineage import dataset_event
from lineage.services.manual import draw_edge
from tests.factories import PersonFactory, administrator
from tests.lineage.warehouse import READER, read, table

pytestmark = pytest.mark.django_db

SQL = """
    SELECT t.a + (SELECT max(p.salary) FROM public.secret_pay p WHERE p.id = t.id) AS y,
        upper(t.b) AS z
    FROM public.t
"""


@pytest.fixture
def shop() -> dict[str, Dataset]:
    """A view that puts a value of `secret_pay` beside one of `t`."""
    made = {
        "t": table("shop.public.t", ["id", "a", "b"]),
        "secret_pay": table("shop.public.secret_pay", ["id", "salary"]),
        "v": table("shop.public.v", ["y", "z"], SQL),
    }
    read(*made.values())
    return made


def told(shop: dict[str, Dataset], at: dt.datetime | None = None) -> str:
    """Everything that is said of the edges of `t` and `v`."""
    start = shop["t"].columns.get(path="a").pk
    then = at or timezone.now()
    return " ".join(
        map(
            str,
            (
                column_closure(READER, start, at=at),
                edges_as_of(READER, shop["v"].pk, then),
                past_column_links(READER, shop["t"].pk, then),
                evidence(READER, shop["t"].pk, shop["v"].pk),
                dataset_event(READER, shop["v"].pk, at=at),
            ),
        )
    )


def pages(client: Client, shop: dict[str, Dataset]) -> str:
    """The same through the doors."""
    v, column = shop["v"].pk, shop["v"].columns.get(path="y").pk
    question = (
        f'{{ dataset(id: "{v}") {{ columns {{ upstreamEdges {{ subtype transformation }} }} }} }}'
    )
    answers = [
        client.get(f"/datasets/{v}/lineage/"),
        client.get(f"/datasets/{v}/lineage.csv"),
        client.get(f"/datasets/{v}/lineage.json"),
        client.get(f"/api/v1/datasets/{v}/lineage/?columns=1"),
        client.get(f"/api/v1/columns/{column}/lineage/?direction=up"),
        client.post("/graphql/", {"query": question}, content_type="application/json"),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return " ".join(
        (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        for answer in answers
    )


def test_an_expression_that_names_what_is_hidden_is_not_told(
    shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    # Given who may see everything
    assert "secret_pay" in told(shop)
    # When one of the tables is hidden
    hide(shop["secret_pay"])
    # Then the edge between the others is there, and its words are not
    found = told(shop)
    assert "TRANSFORMATION" in found
    assert "secret_pay" not in found
    assert "salary" not in found


def test_what_a_statement_read_then_counts_for_its_expressions_of_then(
    shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    # Given a view that reads the hidden table no more
    before = timezone.now()
    shop["v"].definition_sql = "SELECT t.a + 1 AS y, upper(t.b) AS z FROM public.t"
    shop["v"].save()
    read(shop["v"])
    hide(shop["secret_pay"])
    # Then it may be told how it is made now, not how it was
    assert "t.a + 1" in told(shop)
    past = str(column_closure(READER, shop["t"].columns.get(path="a").pk, at=before))
    past += str(edges_as_of(READER, shop["v"].pk, before))
    assert "TRANSFORMATION" in past
    assert "secret_pay" not in past


def test_no_door_tells_it(
    client: Client, shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    client.force_login(PersonFactory.create())
    assert "secret_pay" in pages(client, shop)
    hide(shop["secret_pay"])
    found = pages(client, shop)
    assert "TRANSFORMATION" in found
    assert "secret_pay" not in found
    assert "salary" not in found


def test_what_a_person_wrote_beside_an_edge_of_theirs_is_told(
    shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    # Given edges that somebody drew, from a table that is hidden and from one that is not
    for name, column in (("secret_pay", "id"), ("t", "b")):
        draw_edge(
            acting=administrator(), source_id=shop[name].pk, source_column=column,
            target_id=shop["v"].pk, target_column="z", transformation="by hand", reason="Known.",
        )  # fmt: skip
    hide(shop["secret_pay"])
    start = shop["t"].columns.get(path="b").pk
    texts = {link.transformation for link in column_closure(READER, start).links}
    assert texts == {"", "by hand"}
    assert ColumnEdge.objects.filter(transformation="by hand").count() == 2
