"""The 150 queries of Larkfield: each runs, and its lineage is what was stated by hand."""

from __future__ import annotations

from collections import Counter

import duckdb
import pytest

from config.demo.larkfield.datasets import datasets
from config.demo.larkfield.people import employees
from config.demo.larkfield.queries import Group, Query, queries
from config.demo.larkfield.text import FOLDER, read_text
from governance.agreements.kinds.data_state.document import TransformationType
from lineage.types import EdgeSubtype, StatementLineage
from tests.demo.larkfield.gold import DIRECT, ROWS, Edge, gold
from tests.demo.larkfield.text_lineage import lineage_of

COUNTS = {
    Group.MODELS: 20,
    Group.DASHBOARDS: 32,
    Group.AD_HOC: 45,
    Group.COMPETING_METRICS: 14,
    Group.MACHINE_LEARNING: 8,
    Group.ACTIONS: 9,
    Group.DATA_QUALITY: 12,
    Group.PATHOLOGICAL: 10,
}
LABELS = {
    (dataset.name, column.name): column.label
    for dataset in datasets()
    for column in dataset.columns
    if column.label.startswith(("pii.", "hr.")) and column.label != "pii.hash"
}
by_name = pytest.mark.parametrize(
    "query", queries(), ids=lambda query: f"{query.group}/{query.file}"
)


# --- what there is ---------------------------------------------------------------------------


def test_there_are_150_queries_in_eight_groups() -> None:
    assert len(queries()) == 150
    assert Counter(query.group for query in queries()) == COUNTS
    assert [query.id for query in queries()] == [f"Q-{number:03}" for number in range(1, 151)]


def test_every_file_is_a_query_and_every_query_has_its_lineage_stated() -> None:
    for group in Group:
        files = {path.stem for path in (FOLDER / "queries" / group).glob("*.sql")}
        assert files == {query.file for query in queries() if query.group is group}
        assert files == gold(group).keys()


def test_no_two_queries_say_the_same() -> None:
    assert len({query.text.name for query in queries()}) == 150
    assert len({query.text.sql for query in queries()}) == 150


def test_authors_and_teams_are_those_of_the_company() -> None:
    company = read_text("company.yaml")
    teams = {domain["team"] for domain in company["domains"]}
    teams |= {department["name"] for department in read_text("people.yaml")["departments"]}
    assert {query.author for query in queries()} <= {employee.username for employee in employees()}
    assert {query.team for query in queries()} <= teams


def test_all_six_types_occur_where_they_belong() -> None:
    types = {group: {q.type for q in queries() if q.group is group} for group in Group}
    assert types == {
        Group.MODELS: {"deterministic", "descriptive"},
        Group.DASHBOARDS: {"descriptive"},
        Group.AD_HOC: {"diagnostic"},
        Group.COMPETING_METRICS: {"descriptive"},
        Group.MACHINE_LEARNING: {"predictive", "prescriptive"},
        Group.ACTIONS: {"cognitive"},
        Group.DATA_QUALITY: {"deterministic"},
        Group.PATHOLOGICAL: {"diagnostic"},
    }
    assert set().union(*types.values()) == set(TransformationType)
    assert Counter(query.type for query in queries())["prescriptive"] == 2


def test_every_query_was_run_before_the_story_begins() -> None:
    begins = read_text("company.yaml")["clock"].date()
    for query in queries():
        assert query.runs > 0
        assert query.mean_milliseconds >= 0
        assert query.last_run <= begins


def test_metrics_compete_by_seven_four_and_three() -> None:
    competing = [q for q in queries() if q.group is Group.COMPETING_METRICS]
    assert Counter(finding for query in competing for finding in query.findings) == {
        "competes:active-customer": 7,
        "competes:mql": 4,
        "competes:churn": 3,
    }


# --- they run --------------------------------------------------------------------------------


@by_name
def test_a_query_runs_unless_it_is_marked(
    query: Query, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.begin()
    try:
        if query.is_executable:
            warehouse.execute(query.text.sql)
        else:
            with pytest.raises(duckdb.Error):
                warehouse.execute(query.text.sql)
    finally:
        warehouse.rollback()


def test_half_of_the_pathological_queries_cannot_run() -> None:
    marked = {query.file for query in queries() if not query.is_executable}
    assert marked == {
        "ambiguous_column", "in_bigquery", "in_snowflake", "unfinished", "unknown_column",
    }  # fmt: skip


def test_the_engine_names_the_columns_that_duckdb_names(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for query in queries():
        if query.is_executable and query.group not in (Group.ACTIONS, Group.PATHOLOGICAL):
            made = warehouse.execute(f"describe {query.text.sql}").fetchall()
            names = tuple(name for name, *_ in made)
            assert lineage_of(query.text).output_columns == names, query.id


# --- their lineage ---------------------------------------------------------------------------


@by_name
def test_the_lineage_is_what_was_stated_by_hand(query: Query) -> None:
    stated = gold(query.group)[query.file]
    read = lineage_of(query.text, query.dialect)
    assert sorted(_edges(read)) == sorted(stated.edges)
    assert read.status == stated.status
    assert read.unresolved == stated.unresolved
    assert {".".join(table.parts) for table in read.targets} == {stated.target} - {""}


@by_name
def test_only_what_nobody_can_know_is_less_than_certain(query: Query) -> None:
    stated = gold(query.group)[query.file]
    read = lineage_of(query.text, query.dialect)
    doubtful = {edge.target_column for edge in read.column_edges if edge.confidence < 1}
    assert doubtful == stated.guessed
    assert all(edge.confidence == 1 for edge in read.indirect_edges)


@by_name
def test_the_datasets_read_are_those_that_were_stated(query: Query) -> None:
    """A target that only gets values is not read; neither is one whose values are only replaced."""
    stated = gold(query.group)[query.file]
    read = lineage_of(query.text, query.dialect)
    names = {".".join(table.parts).lower() for table in read.sources_read}
    assert names - {stated.target} == (stated.sources or stated.datasets) - {stated.target}


def test_stated_columns_are_columns_of_the_company() -> None:
    """The text of the answer key itself holds no typing error."""
    known = {(dataset.name, column.name) for dataset in datasets() for column in dataset.columns}
    for query in queries():
        stated = gold(query.group)[query.file]
        used = {(dataset, column) for _, dataset, column, _, _ in stated.edges}
        unknown = {("billing.invoice", "amount_due")} if query.file == "unknown_column" else set()
        assert used - known == unknown, query.id


# --- what is found in them -------------------------------------------------------------------


def test_findings_of_personal_data_follow_from_the_stated_lineage() -> None:
    """Written by hand beside the SQL; the lineage, written by hand as well, must agree."""
    for query in queries():
        stated = gold(query.group)[query.file]
        said = {finding for finding in query.findings if finding.startswith(("carries:", "sorts:"))}
        expected = {f"carries:{label}" for label in stated.labels_shown(LABELS)}
        expected |= {f"sorts:{label}" for label in stated.labels_sorted_by(LABELS)}
        assert said == expected, query.id


def test_every_pathological_query_has_a_finding_of_its_own() -> None:
    found = {
        q.file: q.findings[-1].partition(":")[0] for q in queries() if q.group is Group.PATHOLOGICAL
    }
    assert found == {
        "ambiguous_column": "ambiguous",
        "contacts_with_everything": "star",
        "every_event_ever": "unbounded",
        "every_lead_with_every_campaign": "cross",
        "in_bigquery": "dialect",
        "in_snowflake": "dialect",
        "ranking_by_salary": "sorts",
        "twelve_hundred_columns": "wide",
        "unfinished": "syntax",
        "unknown_column": "unknown",
    }  # fmt: skip


def _edges(read: StatementLineage) -> set[Edge]:
    edges: set[Edge] = set()
    for edge in read.column_edges:
        dataset = ".".join(edge.source_table.parts).lower()
        names = (edge.target_column.lower(), dataset, edge.source_column.lower())
        assert (edge.subtype in DIRECT) == (edge.kind == "DIRECT")
        edges.add((*names, EdgeSubtype(edge.subtype), edge.masking))
    for row in read.indirect_edges:
        dataset = ".".join(row.source_table.parts).lower()
        edges.add((ROWS, dataset, row.source_column.lower(), EdgeSubtype(row.subtype), False))
    return edges
