"""What is let go of queries that nobody ran for long, and what stays."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.access import AccessRefused
from catalog.errors import NotFound
from catalog.models import Dataset, DatasetUse
from catalog.types import Principal
from lineage.models import Query, QueryDay, QueryRunner, QueryTable, Statement
from lineage.selectors.evidence import evidence
from lineage.selectors.queries import (
    column_use,
    frequent_filters,
    frequent_joins,
    queries_of,
    query_shown,
    runs_by_day,
)
from lineage.services.queries.forgetting import forget_queries
from lineage.services.queries.waiting import waiting_queries
from lineage.tasks import forget_old_queries
from tests.factories import PersonFactory
from tests.lineage.queries.logs import ACTING, NOON, import_log, run_of
from tests.lineage.warehouse import dataset_edges, table

pytestmark = pytest.mark.django_db

OLD = (
    "INSERT INTO report (country) SELECT c.country FROM orders o JOIN customers c"
    " ON o.customer_id = c.id WHERE o.state = 'paid'"
)
YOUNG = "SELECT id FROM customers"


@pytest.fixture
def shop(tmp_path: Path) -> dict[str, Dataset]:
    """Two queries by two people; the first did not run for a hundred days."""
    found = {
        "orders": table("shop.public.orders", ("id", "customer_id", "total", "state")),
        "customers": table("shop.public.customers", ("id", "name", "country")),
        "report": table("shop.public.report", ("country", "total")),
    }
    PersonFactory(username="ann")
    rows = [
        run_of(OLD, 1, user="ann"),
        run_of(OLD, 2, user="etl"),
        run_of(YOUNG, 3, user="ann"),
    ]
    import_log(tmp_path, rows)
    Query.objects.exclude(text=YOUNG).update(last_run_at=timezone.now() - dt.timedelta(days=100))
    return found


def facts(dataset: Dataset) -> tuple[object, ...]:
    """Everything that is counted over queries on a dataset."""
    return (
        column_use(ACTING, dataset.pk),
        frequent_joins(ACTING, dataset.pk),
        frequent_filters(ACTING, dataset.pk),
        runs_by_day(ACTING, dataset.pk),
    )


def test_texts_and_people_go_and_sums_stay(shop: dict[str, Dataset]) -> None:
    # Given what is known of the use and the lineage
    orders = shop["orders"]
    before = facts(orders)
    edges = dataset_edges()
    sums = list(Query.objects.order_by("pk").values_list("fingerprint", "runs", "total_ms"))
    uses = set(DatasetUse.objects.values_list("dataset", "person", "day", "reads"))

    # When queries older than ninety days are let go
    assert forget_queries(acting=ACTING, days=90) == 1

    # Then the old one has no text, nobody and no page any more
    old, young = Query.objects.order_by("pk")
    assert (old.text, old.sample, young.text) == ("", "", YOUNG)
    assert list(QueryRunner.objects.values_list("query", "user__name")) == [(young.pk, "ann")]
    assert list(QueryDay.objects.filter(query=old).values_list("user", "runs")) == [(None, 2)]
    assert list(queries_of(ACTING, orders.pk)) == []
    with pytest.raises(NotFound):
        query_shown(ACTING, old.pk)
    assert Statement.objects.get(query=old).sql == ""
    assert waiting_queries() == []

    # And everything that was counted over it, and what it proved, is as before
    assert facts(orders) == before
    assert dataset_edges() == edges
    after = list(Query.objects.order_by("pk").values_list("fingerprint", "runs", "total_ms"))
    assert after == sums
    assert set(DatasetUse.objects.values_list("dataset", "person", "day", "reads")) == uses
    why = evidence(ACTING, orders.pk, shop["report"].pk)
    assert [statement.sql for statement in why.statements] == [""]

    # And a second time there is nothing to do
    assert forget_queries(acting=ACTING, days=90) == 0


def test_a_query_that_runs_again_is_the_same_record(
    tmp_path: Path, shop: dict[str, Dataset]
) -> None:
    forget_queries(acting=ACTING, days=90)

    run = import_log(tmp_path, [run_of(OLD, 9, user="etl")], name="later.jsonl")

    assert (run.created, run.updated) == (0, 1)
    query = Query.objects.get(text=OLD.replace("'paid'", "'?'"))
    assert (query.runs, query.last_run_at) == (3, NOON + dt.timedelta(minutes=9))
    assert query.read_at is not None
    assert Statement.objects.get(query=query).sql == query.text
    assert QueryTable.objects.filter(query=query).count() == 3
    assert list(queries_of(ACTING, shop["orders"].pk)) == [query]


def test_the_job_takes_the_days_of_the_settings(shop: dict[str, Dataset], settings: Any) -> None:
    forget_old_queries()
    assert not Query.objects.filter(text="").exists()

    settings.QUERY_DAYS = 99
    forget_old_queries()
    assert Query.objects.filter(text="").count() == 1


def test_the_command_counts_or_lets_go(shop: dict[str, Dataset]) -> None:
    said = StringIO()

    call_command("forget_queries", days=90, dry_run=True, stdout=said)
    assert said.getvalue() == "1 queries that did not run for 90 days would be let go.\n"
    assert not Query.objects.filter(text="").exists()

    call_command("forget_queries", days=90, stdout=said)
    assert said.getvalue().endswith("1 queries that did not run for 90 days let go.\n")
    assert Query.objects.filter(text="").count() == 1

    with pytest.raises(CommandError, match="--days must be 1 or more"):
        call_command("forget_queries", days=0)


def test_who_may_not_administer_lets_nothing_go(shop: dict[str, Dataset]) -> None:
    with pytest.raises(AccessRefused):
        forget_queries(acting=Principal.anonymous(), days=1)

    assert not Query.objects.filter(text="").exists()
