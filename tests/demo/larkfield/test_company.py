"""Larkfield in the catalog: through the doors of every other source, the same every time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db.models import F, Max

from catalog.events import RunFinished
from catalog.models import (
    Column,
    ColumnLabel,
    Dataset,
    DatasetUse,
    Event,
    ExampleQuery,
    Person,
    Relation,
    System,
    Team,
)
from catalog.types import DatasetKind, Lifecycle
from config.demo.larkfield.connector import Company, logged
from config.demo.larkfield.queries import Group, Query, queries
from config.demo.larkfield.running import runs_of
from lineage.models import ColumnEdge, DatasetEdge, QueryDay, Statement
from lineage.models import Query as QueryRecord
from lineage.types import EdgeSubtype, StatementStatus
from tests.demo.larkfield.conftest import load
from tests.demo.larkfield.gold import DIRECT, ROWS, gold


@pytest.mark.usefixtures("larkfield")
def test_the_catalog_holds_what_the_text_says() -> None:
    assert Dataset.objects.count() == 92
    assert Column.objects.exclude(dataset__kind=DatasetKind.DASHBOARD).count() == 600
    assert Relation.objects.count() == 68
    assert Person.objects.filter(is_demonstration=True).count() == 420
    lead = Dataset.objects.get(qualified_name="postgres://saleshub/crm.lead")
    assert (lead.domain and lead.domain.slug, lead.system.display_name) == ("sales", "SalesHub")
    assert list(lead.columns.filter(key_position=1).values_list("name", flat=True)) == ["lead_id"]
    email = ColumnLabel.objects.get(column__dataset=lead, column__name="email")
    assert email.label.path == "pii / email"
    assert lead.ownerships.count() == 2


@pytest.mark.usefixtures("larkfield")
def test_systems_have_operators_and_teams_have_members() -> None:
    ledger = System.objects.get(display_name="LedgerCore")
    assert ledger.operator is not None
    assert (ledger.operator.username, ledger.is_system_of_record) == ("farid.noor", True)
    assert not System.objects.get(display_name="Warehouse").is_system_of_record
    assert Team.objects.get(name="Product engineering").members.count() == 104
    assert Team.objects.get(name="finance").members.count() == 30
    hugo = Person.objects.get(username="hugo.brandt")
    assert hugo.manager is not None
    assert hugo.manager.username == "gideon.marlow"


@pytest.mark.usefixtures("larkfield")
def test_sixteen_datasets_are_curated() -> None:
    curated = Dataset.objects.filter(lifecycle=Lifecycle.CURATED)
    assert curated.count() == 16
    assert curated.filter(kind=DatasetKind.DASHBOARD).get().name == "sales_renewals_at_risk"


@pytest.mark.usefixtures("larkfield")
def test_every_query_becomes_lineage_across_systems() -> None:
    read = Statement.objects.all()
    assert read.count() == 52
    assert set(read.values_list("status", flat=True)) == {StatementStatus.PARSED}
    assert all(statement.unresolved == [] for statement in read)
    edges = DatasetEdge.objects.filter(target__qualified_name="duckdb://warehouse/stg.lead")
    assert edges.get().source.qualified_name == "postgres://saleshub/crm.lead"
    digest = ColumnEdge.objects.get(target_column__name="email_sha256", kind="DIRECT")
    assert (digest.source_column.name, digest.masking) == ("email", True)


@pytest.mark.usefixtures("larkfield")
@pytest.mark.parametrize("group", [Group.MODELS, Group.DASHBOARDS])
def test_the_graph_holds_the_lineage_that_was_stated_by_hand(group: Group) -> None:
    """Between datasets of eight systems, under the names that these have at home."""
    for query in queries():
        if query.group is group:
            assert _graph(query) == _stated(query), query.id


@pytest.mark.usefixtures("larkfield")
def test_queries_that_answer_a_question_are_kept_with_it_by_their_authors() -> None:
    examples = ExampleQuery.objects.select_related("author", "dataset")
    assert examples.count() == 45 + 14 + 8 + 12
    tail = examples.get(question__startswith="The long tail: ")
    assert tail.author.username == "tomas.ferrell"
    assert str(tail.dataset.qualified_name) == "duckdb://warehouse/core.fct_subscription_day"
    assert tail.sql.startswith("with ranked as (")
    ledger = Dataset.objects.get(qualified_name="postgres://ledgercore/billing.customer")
    active = ledger.example_queries.filter(question__startswith="Active customers")
    assert active.count() == 4


@pytest.mark.usefixtures("larkfield")
def test_the_queries_that_ran_are_known_with_how_often_and_by_whom() -> None:
    records = {record.sample: record for record in QueryRecord.objects.all()}
    # Each of the 32 dashboards is read by whoever looks at it, beside its own query.
    assert len(records) == QueryRecord.objects.count() == 141 + 32
    today = QueryDay.objects.aggregate(last=Max("day"))["last"]  # the models run every day
    for query in logged():
        record = records[query.text.sql.strip()]
        ran = runs_of(query, until=today)
        assert (record.runs, record.rows) == (ran.total(), ran.total() * query.rows)
        assert record.total_ms == ran.total() * query.mean_milliseconds
        assert record.last_run_at is not None
        assert record.last_run_at.date() == max(day for day, _ in ran) >= query.last_run
        by_user = {one.user.person.username: one.runs for one in record.runners.all()}
        assert by_user.keys() == {username for _, username in ran}
        assert query.author in by_user


@pytest.mark.usefixtures("larkfield")
def test_the_use_of_a_dashboard_is_known_by_day_and_person() -> None:
    (query,) = (query for query in logged() if query.file == "finance_arr")
    arr = Dataset.objects.get(qualified_name="duckdb://warehouse/dashboard.finance_arr")
    today = QueryDay.objects.aggregate(last=Max("day"))["last"]

    looked = DatasetUse.objects.filter(dataset=arr, reads__gt=0)

    told = looked.values_list("day", "person__username", "reads")
    assert {(day, username): reads for day, username, reads in told} == runs_of(query, until=today)


@pytest.mark.usefixtures("larkfield")
def test_the_columns_that_a_query_uses_are_those_that_were_stated_by_hand() -> None:
    records = {record.sample: record for record in QueryRecord.objects.all()}
    company = Company()
    columns = dict(Column.objects.values_list("pk", "name"))
    for query in logged():
        stated = gold(query.group)[query.file]
        used = {(str(company.name(dataset)), column) for _, dataset, column, _, _ in stated.edges}
        used -= {("postgres://ledgercore/billing.invoice", "amount_due")}
        if query.file == "two_regions_one_account":
            # A record keeps no literal, not even the names of a struct's fields: all of it is used.
            used.add(("duckdb://warehouse/core.dim_customer", "account_id"))
        tables = records[query.text.sql.strip()].tables.filter(is_read=True)
        found = {
            (table.dataset.qualified_name, columns[pk])
            for table in tables.select_related("dataset")
            for pk in table.columns
        }
        assert found == used, query.id


@pytest.mark.usefixtures("larkfield")
def test_loading_again_changes_nothing() -> None:
    before = _events(), _picture()
    load()
    assert (_events(), _picture()) == before


@pytest.mark.usefixtures("larkfield")
def test_a_scale_multiplies_the_systems() -> None:
    load("Larkfield, twice", scale=2)
    assert Dataset.objects.count() == 184
    assert System.objects.filter(instance__endswith="-2").count() == 8
    edges = DatasetEdge.objects.filter(target__system__instance="warehouse-2")
    assert edges.exclude(source__system__instance__endswith="-2").count() == 0
    assert edges.count() == DatasetEdge.objects.count() / 2


Edge = tuple[str, str, str, str, bool]


def _stated(query: Query) -> set[Edge]:
    company = Company()
    return {
        (column, str(company.name(dataset)), source, how, masked)
        for column, dataset, source, how, masked in gold(query.group)[query.file].edges
    }


def _graph(query: Query) -> set[Edge]:
    """The edges of a dataset's own definition."""
    rows = ColumnEdge.objects.filter(
        target__qualified_name=str(Company().name(query.text.name)),
        statement__dataset=F("target"),
    ).values_list(
        "target_column__name",
        "source__qualified_name",
        "source_column__name",
        "subtype",
        "masking",
        "kind",
    )
    found: set[Edge] = set()
    for column, dataset, source, how, masked, kind in rows:
        assert (EdgeSubtype(how) in DIRECT) == (kind == "DIRECT")
        found.add((column or ROWS, dataset, source, how, masked))
    return found


def _events() -> int:
    """How many changes were written down, runs left out."""
    return Event.objects.exclude(type=RunFinished.name).count()


def _picture() -> str:
    """Everything that was loaded, without keys and times."""
    rows = [
        *Dataset.objects.order_by("qualified_name").values_list(
            "qualified_name", "kind", "domain__slug", "lifecycle", "harvested_description",
            "definition_sql",
        ),
        *Column.objects.order_by("dataset__qualified_name", "ordinal").values_list(
            "dataset__qualified_name", "path", "physical_type", "key_position"
        ),
        *Person.objects.order_by("username").values_list(
            "username", "display_name", "department", "location", "manager__username"
        ),
        *DatasetEdge.objects.order_by("source__qualified_name", "target__qualified_name")
        .values_list("source__qualified_name", "target__qualified_name"),
    ]  # fmt: skip
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_two_processes_read_the_same_records() -> None:
    script = (
        "import datetime, hashlib; from config.demo.larkfield.connector import Company\n"
        "rows = list(Company().records(datetime.date(2026, 11, 28)))\n"
        "print(hashlib.sha256(repr(rows).encode()).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
