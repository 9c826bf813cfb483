"""The lineage tab: picture, sentence, table, drawer, files; all state in the address."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import Column, Dataset
from lineage.models import ColumnEdge
from lineage.services.manual import draw_edge
from tests.factories import PersonFactory, administrator
from tests.lineage.warehouse import read, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    browser = Client()
    browser.force_login(PersonFactory())
    return browser


@pytest.fixture
def shop() -> dict[str, Dataset]:
    """raw -> orders -> paid -> report, and customers that only filter."""
    made = {
        "raw": table("shop.public.raw", ("id", "amount", "state")),
        "customers": table("shop.public.customers", ("id",)),
        "orders": table(
            "shop.public.orders", ("id", "amount", "state"), "SELECT id, amount, state FROM raw"
        ),
        "paid": table(
            "shop.public.paid",
            ("id", "total"),
            "SELECT o.id, sum(o.amount) AS total FROM orders o JOIN customers c ON c.id = o.id"
            " WHERE o.state = 'paid' GROUP BY o.id",
        ),
        "report": table("shop.public.report", ("total",), "SELECT total FROM paid"),
    }
    read(*made.values())
    return made


def address(dataset: Dataset, query: str = "", part: str = "lineage/") -> str:
    return f"/datasets/{dataset.pk}/{part}{query}"


def test_the_tab_draws_says_and_lists(client: Client, shop: dict[str, Dataset]) -> None:
    # When somebody opens the lineage of orders
    page = client.get(address(shop["orders"])).content.decode()

    # Then one level each way is drawn, more is offered, and the sentence and table stand there
    assert "2 datasets in 1 system depend on this." in page
    assert "1 dataset in 1 system feeds this." in page
    for name, drawn in (("raw", True), ("paid", True), ("report", False), ("customers", False)):
        assert (f'id="node-{shop[name].pk}"' in page) is drawn, name
    assert "expand=d" + str(shop["paid"].pk) in page
    assert "aggregated" in page
    assert "sure: known from the schema" in page
    assert 'aria-current="page">Lineage' in page


def test_levels_columns_and_expansion_live_in_the_address(
    client: Client, shop: dict[str, Dataset]
) -> None:
    # When two levels down, the columns of paid and one more level above it are asked for
    paid = shop["paid"].pk
    query = f"?down=2&columns={paid}&expand=u{paid}"
    page = client.get(address(shop["orders"], query)).content.decode()

    # Then they are drawn
    assert f'id="node-{shop["report"].pk}"' in page
    assert f'id="node-{shop["customers"].pk}"' in page
    assert f'data-node="node-{paid}" data-column="total"' in page or 'data-column="total"' in page

    # And values that make no sense fall back quietly
    for wrong in ("?up=-1&down=x&columns=a&expand=zz&open=1-x&page=0", "?up=99999999999999999999"):
        assert client.get(address(shop["orders"], wrong)).status_code == 200


def test_every_dataset_of_the_picture_unfolds_and_every_column_can_be_followed(
    client: Client, shop: dict[str, Dataset]
) -> None:
    # Given the page as it opens, without any column
    orders, raw = shop["orders"], shop["raw"]
    page = client.get(address(orders)).content.decode()
    assert 'class="column"' not in page

    # Then each dataset offers its own
    assert "<title>Show the 3 columns of orders</title>" in page
    assert f'href="?columns={raw.pk}" class="node-toggle"' in page

    # And when one is unfolded, it can be folded again and its columns lead on by the keyboard
    page = client.get(address(orders, f"?columns={orders.pk}")).content.decode()
    assert "<title>Hide the 3 columns of orders</title>" in page
    assert f'href="/datasets/{orders.pk}/lineage/column/?column=amount"' in page

    # A file leaves the service, so it leads nowhere
    file = client.get(address(orders, f"?columns={orders.pk}", "lineage.svg")).content.decode()
    assert 'class="column"' in file
    assert "href=" not in file


def test_evidence_marks_the_words_of_the_column(client: Client, shop: dict[str, Dataset]) -> None:
    # Given the edge that sums amounts
    edge = ColumnEdge.objects.get(target=shop["paid"], subtype="AGGREGATION")
    opened = f"?open={edge.source_id}-{edge.target_id}-{edge.pk}"

    # When its evidence is opened as a page, and by a script
    page = client.get(address(shop["orders"], opened)).content.decode()
    drawer = client.get(
        address(shop["orders"], opened), headers={"HX-Request": "true", "HX-Target": "drawer"}
    ).content.decode()

    # Then the statement stands there with the word marked, in the drawer alone without the page
    for shown in (page, drawer):
        assert "<mark>amount</mark>" in shown
        assert "Why this edge" in shown
        assert "<mark>amount → total</mark> aggregated" in shown
        assert "SUM(o.amount)" in shown
        assert shown.index('id="evidence-1"') < shown.index("column edges</summary>")
    assert "<html" not in drawer
    assert "<h1" not in drawer


def test_a_flow_that_is_gone_is_said(client: Client, shop: dict[str, Dataset]) -> None:
    opened = f"?open={shop['report'].pk}-{shop['raw'].pk}"
    page = client.get(address(shop["orders"], opened))
    assert page.status_code == 200
    assert "No statement says any more" in page.content.decode()


def test_a_statement_nobody_understood_is_shown_with_its_reason(client: Client) -> None:
    # Given a view that cannot be parsed
    table("shop.public.raw", ("id",))
    broken = table("shop.public.broken", ("id",), "SELECT id FROM raw WHERE ((( <b>x</b>")
    read(broken)

    # When its page is opened
    page = client.get(address(broken)).content.decode()

    # Then state, reason and text are there, the text escaped, and its node is hatched
    assert "Not understood" in page
    assert "node-unparsed" in page
    assert "<b>x</b>" not in page


def test_a_dataset_without_lineage_says_how_to_get_some(client: Client) -> None:
    page = client.get(address(table("shop.public.lonely", ("id",)))).content.decode()
    assert "No lineage yet" in page


def test_the_files(client: Client, shop: dict[str, Dataset]) -> None:
    # Given a column whose name a spreadsheet would run
    Column.objects.filter(dataset=shop["raw"], name="amount").update(path="=1+1", name="=1+1")

    # When the files are asked for
    svg = client.get(address(shop["orders"], part="lineage.svg"))
    csv = client.get(address(shop["orders"], part="lineage.csv")).content.decode()
    data = json.loads(client.get(address(shop["orders"], part="lineage.json")).content)

    # Then the picture stands alone, cells are neutral, and the data is whole
    assert svg["Content-Type"] == "image/svg+xml"
    assert svg.content.startswith(b"<svg")
    assert b"href" not in svg.content
    assert "'=1+1" in csv
    assert ",=1+1" not in csv
    assert {node["name"] for node in data["nodes"]} == {"raw", "orders", "paid"}
    assert len(data["links"]) == 2
    assert len(data["column_edges"]) == csv.count("\n") - 1


def test_impact_tells_paths_and_owners(client: Client, shop: dict[str, Dataset]) -> None:
    page = client.get(address(shop["customers"], part="lineage/impact/")).content.decode()
    assert "2 datasets in 1 system depend on this, only through filters." in page
    column = client.get(
        address(shop["raw"], "?column=amount", part="lineage/impact/")
    ).content.decode()
    assert "3 datasets in 1 system depend on raw.amount." in column
    csv = client.get(address(shop["raw"], "?column=amount", part="lineage/impact.csv"))
    assert "shop.public.raw > postgres://warehouse/shop.public.orders" in csv.content.decode()
    assert client.get(address(shop["raw"], "?column=no", part="lineage/impact/")).status_code == 404


def test_what_is_hidden_is_on_no_page(
    client: Client, shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    # Given that nobody may see `paid`
    hide(shop["paid"])

    # When the lineage of its neighbours is asked for in every way
    answers = [
        client.get(address(shop["orders"])),
        client.get(address(shop["orders"], f"?down=5&expand=d{shop['paid'].pk}")),
        client.get(address(shop["orders"], part="lineage.svg")),
        client.get(address(shop["orders"], part="lineage.csv")),
        client.get(address(shop["orders"], part="lineage.json")),
        client.get(address(shop["orders"], part="lineage/impact/")),
        client.get(address(shop["orders"], f"?open={shop['orders'].pk}-{shop['paid'].pk}")),
        client.get(address(shop["report"])),
    ]

    # Then it is on none of them, not even as a number
    for answer in answers:
        assert answer.status_code == 200
        assert "paid" not in answer.content.decode()
    assert "Nothing that Concord knows depends on this." in answers[0].content.decode()
    assert client.get(address(shop["paid"])).status_code == 404


def test_the_page_costs_a_bounded_number_of_queries(
    client: Client, shop: dict[str, Dataset], django_assert_max_num_queries: Callable[..., object]
) -> None:
    client.get(address(shop["orders"]))
    with django_assert_max_num_queries(45):  # type: ignore[attr-defined]
        client.get(address(shop["orders"], f"?down=3&columns={shop['paid'].pk}"))


def test_what_is_in_motion_and_what_is_at_rest_share_one_picture(client: Client) -> None:
    # Given a topic whose events a sink writes into a table, as an event of the sink says
    topic = table("orders.v1", ("id", "amount"), at="kafka://pulse")
    Dataset.objects.filter(pk=topic.pk).update(
        kind="topic", motion="in_motion", topic="orders.v1", retention="P7D", lateness="PT5M"
    )
    orders = table("shop.public.orders", ("id", "amount"))
    draw_edge(
        acting=administrator(), source_id=topic.pk, target_id=orders.pk, reason="A sink writes it."
    )

    # When somebody opens the lineage of the table and the page of the topic
    picture = client.get(address(orders)).content.decode()
    overview = client.get(address(topic, part="")).content.decode()

    # Then one picture holds both with the edge between, and the topic says what a stream says
    assert f'id="node-{topic.pk}"' in picture
    assert f'id="node-{orders.pk}"' in picture
    assert f"{topic.pk}-{orders.pk}" in picture
    assert "1 dataset in 1 system feeds this." in picture
    assert "Topic <code>orders.v1</code>, events stay for 7 days" in overview
    assert "come at most 5 minutes late" in overview
