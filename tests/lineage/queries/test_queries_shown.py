"""Queries through every door: the same answers, paged, and nothing of what may not be seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.access import Action, Verdict, gate, install_gate
from catalog.models import Dataset
from lineage.models import Query, QueryDay
from tests.factories import PersonFactory
from tests.lineage.queries.logs import SETTINGS, import_log, run_of
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db

JOINED = (
    "SELECT c.country, sum(o.total) FROM orders o JOIN customers c ON o.customer_id = c.id"
    " WHERE o.state = 'paid' GROUP BY 1"
)
PLAIN = "SELECT total FROM orders WHERE total > 5"
WRITING = "INSERT INTO report (total) SELECT total FROM orders"


@pytest.fixture
def shop(tmp_path: Path) -> dict[str, Dataset]:
    made = {
        "orders": table("shop.public.orders", ("id", "customer_id", "total", "state")),
        "customers": table("shop.public.customers", ("id", "name", "country")),
        "report": table("shop.public.report", ("total",)),
    }
    PersonFactory(username="ann", display_name="Ann Gray")
    rows = [run_of(JOINED, number, user="ann", duration_ms=number) for number in range(1, 6)]
    rows += [run_of(PLAIN, number, user="etl") for number in range(10, 13)]
    rows += [run_of(WRITING, 20, user="etl")]
    import_log(tmp_path, rows, settings={**SETTINGS, "keep_literals": True})
    return made


@pytest.fixture
def client() -> Client:
    browser = Client()
    browser.force_login(PersonFactory())
    return browser


def rest(client: Client, path: str) -> Any:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def graph(client: Client, query: str) -> Any:
    answer = client.post("/graphql/", json.dumps({"query": query}), "application/json").json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_the_most_used_come_first_with_who_ran_them(
    client: Client, shop: dict[str, Dataset]
) -> None:
    found = rest(client, f"datasets/{shop['orders'].pk}/queries/")
    assert found["count"] == 3
    first, second, third = found["results"]
    assert (first["runs"], first["mean_ms"], first["max_ms"]) == (5, 3, 5)
    assert first["text"] == JOINED
    assert first["has_literals"] is True
    assert [(r["name"], r["username"], r["runs"]) for r in first["runners"]] == [
        ("Ann Gray", "ann", 5)
    ]
    assert [(r["name"], r["username"], r["runs"]) for r in second["runners"]] == [("etl", "", 3)]
    assert (third["is_read"], third["is_written"]) == (True, False)
    one = rest(client, f"datasets/{shop['orders'].pk}/queries/?limit=1&offset=1")
    assert (one["count"], [q["runs"] for q in one["results"]]) == (3, [3])
    written = rest(client, f"datasets/{shop['report'].pk}/queries/")["results"]
    assert [(q["is_read"], q["is_written"]) for q in written] == [(False, True)]
    assert rest(client, f"queries/{first['id']}/")["runs"] == 5


def test_columns_joins_filters_and_days(client: Client, shop: dict[str, Dataset]) -> None:
    use = rest(client, f"datasets/{shop['orders'].pk}/query-use/")
    columns = {c["path"]: (c["runs"], c["filtered"], c["joined"]) for c in use["columns"]}
    assert columns == {"total": (9, 3, 0), "state": (5, 5, 0), "customer_id": (5, 0, 5)}
    assert [c["path"] for c in use["columns"]] == ["total", "customer_id", "state"]
    (join,) = use["joins"]
    assert (join["column"], join["other"], join["other_column"]) == (
        "customer_id", "customers", "id",
    )  # fmt: skip
    assert (join["queries"], join["runs"]) == (1, 5)
    assert [(f["condition"], f["runs"]) for f in use["filters"]] == [
        ("state = ?", 5),
        ("total > ?", 3),
    ]
    assert (len(use["days"]), sum(day["runs"] for day in use["days"])) == (90, 9)


def test_graphql_says_the_same(client: Client, shop: dict[str, Dataset]) -> None:
    pk = shop["orders"].pk
    told = graph(
        client,
        f"""{{ ranQueries(dataset: {pk}, first: 2) {{ totalCount items {{ id runs text
            runners {{ name runs }} }} }}
        queryUse(dataset: {pk}) {{ columns {{ path runs }} joins {{ column other runs }}
            filters {{ condition runs }} days {{ day runs }} }} }}""",
    )
    listed = rest(client, f"datasets/{pk}/queries/?limit=2")
    assert told["ranQueries"]["totalCount"] == listed["count"]
    assert [(q["id"], q["runs"], q["text"]) for q in told["ranQueries"]["items"]] == [
        (q["id"], q["runs"], q["text"]) for q in listed["results"]
    ]
    use = rest(client, f"datasets/{pk}/query-use/")
    for name in ("columns", "joins", "filters", "days"):
        keys = told["queryUse"][name][0].keys()
        assert told["queryUse"][name] == [{key: row[key] for key in keys} for row in use[name]]
    key = listed["results"][0]["id"]
    assert graph(client, f"{{ ranQuery(id: {key}) {{ runs }} }}") == {"ranQuery": {"runs": 5}}


def test_the_tab_and_the_page_of_a_query(client: Client, shop: dict[str, Dataset]) -> None:
    page = client.get(reverse("lineage:queries", args=[shop["orders"].pk])).content.decode()
    assert "Queries on it ran 9 times in 90 days" in page
    assert "Ann Gray" in page
    assert "<code>state = ?</code>" in page
    query = Query.objects.get(runs=5)
    shown = client.get(reverse("lineage:query", args=[query.pk])).content.decode()
    assert reverse("lineage:queries", args=[shop["customers"].pk]) in shown
    empty = client.get(reverse("lineage:queries", args=[table("shop.public.new").pk]))
    assert "No query on it is known" in empty.content.decode()


def test_runs_that_a_log_counted_without_days_are_not_denied(
    client: Client, shop: dict[str, Dataset]
) -> None:
    # Given counters, which know neither the days nor how long the longest took
    QueryDay.objects.all().delete()
    Query.objects.update(max_ms=0)
    Query.objects.filter(runs=3).update(total_ms=0)

    page = client.get(reverse("lineage:queries", args=[shop["orders"].pk])).content.decode()

    assert "Queries on it ran 9 times; on which days is not known" in page
    assert "No query on it ran" not in page
    assert "3 ms on average." in page
    assert "at most" not in page
    assert "How long it takes is not known." in page


def test_a_page_of_queries_takes_few_questions_to_the_database(
    client: Client, shop: dict[str, Dataset], tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    # Given fifty queries more
    rows = [
        run_of(f"SELECT id AS a{n} FROM orders WHERE state = 'x'", 100 + n, user=f"user{n}")
        for n in range(50)
    ]
    import_log(tmp_path, rows)

    # When a page of fifty is asked for, then that takes no more questions than one of three
    with django_assert_max_num_queries(12):
        found = rest(client, f"datasets/{shop['orders'].pk}/queries/?limit=50")
    assert (found["count"], len(found["results"])) == (53, 50)
    with django_assert_max_num_queries(40):
        assert client.get(reverse("lineage:queries", args=[shop["orders"].pk])).status_code == 200


def test_a_query_that_names_hidden_data_is_absent_everywhere(
    client: Client, shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    # Given that customers may not be seen
    joined = Query.objects.get(runs=5)
    hide(shop["customers"])
    pk = shop["orders"].pk

    # Then the query that joins them is in no list, no count, no use and has no page
    found = rest(client, f"datasets/{pk}/queries/")
    assert (found["count"], [q["runs"] for q in found["results"]]) == (2, [3, 1])
    use = rest(client, f"datasets/{pk}/query-use/")
    assert use["joins"] == []
    assert [c["path"] for c in use["columns"]] == ["total"]
    assert [f["condition"] for f in use["filters"]] == ["total > ?"]
    assert sum(day["runs"] for day in use["days"]) == 4
    assert client.get(f"/api/v1/queries/{joined.pk}/").status_code == 404
    assert client.get(reverse("lineage:query", args=[joined.pk])).status_code == 404
    assert client.get(f"/api/v1/datasets/{shop['customers'].pk}/queries/").status_code == 404
    page = client.get(reverse("lineage:queries", args=[pk])).content.decode()
    assert "customers" not in page
    assert "Ann Gray" not in page


class NoReading:
    """Everybody may see; nobody may read the data of some datasets."""

    def __init__(self, *hidden: Dataset) -> None:
        self._inner = gate()
        self._ids = [dataset.pk for dataset in hidden]

    def authorize(self, principal: Any, action: Action, subject: Any = None) -> Verdict:
        return self._inner.authorize(principal, action, subject)

    def scope(self, principal: Any, action: Action, queryset: Any) -> Any:
        found = self._inner.scope(principal, action, queryset)
        if action is Action.READ and queryset.model is Dataset:
            return found.exclude(pk__in=self._ids)
        return found


def test_literals_are_shown_only_to_whoever_may_read_all_the_data(
    client: Client, shop: dict[str, Dataset]
) -> None:
    before = gate()
    install_gate(NoReading(shop["customers"]))
    try:
        found = rest(client, f"datasets/{shop['orders'].pk}/queries/")["results"]
    finally:
        install_gate(before)
    assert [(q["has_literals"], "paid" in q["text"], "5" in q["text"]) for q in found] == [
        (False, False, False),
        (True, False, True),
        (True, False, False),
    ]


def test_evidence_tells_of_the_runs(client: Client, shop: dict[str, Dataset]) -> None:
    found = rest(client, f"lineage/evidence/?source={shop['orders'].pk}&target={shop['report'].pk}")
    (statement,) = found["statements"]
    assert statement["kind"] == "query"
    assert (statement["query"]["runs"], statement["query"]["runners"][0]["name"]) == (1, "etl")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("datasets/999999999/queries/", 404),
        ("datasets/999999999/query-use/", 404),
        ("queries/999999999/", 404),
        ("datasets/{orders}/queries/?limit=1000", 400),
        ("datasets/{orders}/queries/?offset=-1", 400),
    ],
)
def test_refusals_are_problems(
    client: Client, shop: dict[str, Dataset], path: str, status: int
) -> None:
    answer = client.get(f"/api/v1/{path.format(orders=shop['orders'].pk)}")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_nobody_unknown_is_answered(shop: dict[str, Dataset]) -> None:
    answer = Client().get(f"/api/v1/datasets/{shop['orders'].pk}/queries/")
    assert answer.status_code in {401, 403}
