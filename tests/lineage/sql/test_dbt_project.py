"""A dbt project that nobody here wrote: 61 compiled models with their catalog."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from lineage.sql import analyze
from lineage.types import EdgeKind, StatementLineage, StatementStatus, TableName
from tests.lineage.sql.reading import Tables, expected, lines

pytestmark = pytest.mark.fixtures

LITERALS_PER_STAGING_MODEL = {"source_relation"}
"""A constant in every staging model: 'postgres.public'."""
MADE_FROM_NOTHING = {
    "jira__daily_issue_field_history": {"date_day", "date_week"},
    "stg_jira__field_option": {"source_relation", "parent_field_id"},
}
"""A generated calendar and a NULL."""
ONLY_DECIDED_BY = {
    "jira__user_enhanced": {"count_closed_issues", "count_open_issues"},
    "jira__project_enhanced": {
        "count_closed_issues",
        "count_open_issues",
        "count_open_assigned_issues",
    },
    "jira__daily_sprint_issue_history": {
        "is_sprint_active",
        "is_sprint_completed",
        "is_issue_open",
        "is_issue_resolved_in_sprint",
    },
    "jira__issue_status_transitions": {
        "status_sequence",
        "is_current_status",
        "transition_direction",
    },
    "jira__timestamp_issue_field_history": {"is_current_record"},
}
"""CASE over constants and row_number(): columns decide these values, none becomes one."""


@dataclass(frozen=True)
class Model:
    columns: list[str]
    lineage: StatementLineage


@pytest.fixture(scope="module")
def models(fixtures_folder: Path) -> dict[str, Model]:
    folder = fixtures_folder / "dbt-fivetran-jira"
    manifest = json.loads((folder / "manifest.json").read_text())
    catalog = json.loads((folder / "catalog.json").read_text())
    columns = {}
    for node in (*catalog["nodes"].values(), *catalog["sources"].values()):
        names = sorted(node["columns"].values(), key=lambda column: column["index"])
        stored = node["metadata"]
        table = f"{stored['database']}.{stored['schema']}.{stored['name']}"
        columns[table] = [column["name"] for column in names]
    schema = Tables({table: " ".join(names) for table, names in columns.items()})
    found = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model":
            continue
        target = TableName((node["database"], node["schema"], node["alias"]))
        names = columns.get(target.text)
        (statement,) = analyze(
            node["compiled_code"],
            dialect="postgres",
            schema=schema,
            target=target,
            target_columns=names,
        ).statements
        found[node["alias"]] = Model(names or [], statement)
    return found


def test_every_model_is_understood(models: dict[str, Model]) -> None:
    assert len(models) == 61
    for name, model in models.items():
        assert model.lineage.status is StatementStatus.PARSED, name
        assert model.lineage.unresolved == (), name
        assert model.lineage.confidence == 1.0, name


def test_output_columns_are_the_catalogs(models: dict[str, Model]) -> None:
    for name, model in models.items():
        if model.columns:
            assert sorted(model.lineage.output_columns) == sorted(model.columns), name


def test_every_column_has_a_direct_source_unless_it_has_none(models: dict[str, Model]) -> None:
    total = 0
    for name, model in models.items():
        total += len(model.columns)
        direct = {
            edge.target_column
            for edge in model.lineage.column_edges
            if edge.kind is EdgeKind.DIRECT
        }
        staging = name.startswith("stg_") and not name.endswith("_tmp")
        constant = LITERALS_PER_STAGING_MODEL if staging and model.columns else set()
        sourceless = MADE_FROM_NOTHING.get(name, constant) | ONLY_DECIDED_BY.get(name, set())
        assert set(model.columns) - direct == sourceless, name
    assert total == 571


def test_columns_that_are_only_decided_have_indirect_edges(models: dict[str, Model]) -> None:
    for name, columns in ONLY_DECIDED_BY.items():
        indirect = {edge.target_column for edge in models[name].lineage.column_edges}
        assert columns <= indirect, name


def short(model: Model, *columns: str) -> list[str]:
    """The lines of some columns, without database and schema."""
    every = (line.replace("postgres.public_jira_dev.", "") for line in lines(model.lineage))
    return [line for line in every if line.partition(" ")[0].rpartition(".")[2] in columns]


def test_edges_of_a_window_over_a_cte(models: dict[str, Model]) -> None:
    model = models["jira__issue_status_transitions"]
    source, own = "jira__timestamp_issue_field_history", "jira__issue_status_transitions"

    assert short(model, "previous_status", "transition_at", "status_sequence", "(rows)") == (
        expected(
            f"""
            {own}.previous_status <- {source}.status TRANSFORMATION
            {own}.previous_status <- {source}.issue_id WINDOW
            {own}.previous_status <- {source}.valid_from WINDOW
            {own}.transition_at <- {source}.valid_from IDENTITY
            {own}.status_sequence <- {source}.issue_id WINDOW
            {own}.status_sequence <- {source}.valid_from WINDOW
            {own}.(rows) <- {source}.status FILTER
            {own}.(rows) <- {source}.issue_id FILTER
            {own}.(rows) <- {source}.valid_from FILTER
            """
        )
    )


def test_edges_of_an_aggregate_behind_two_joins(models: dict[str, Model]) -> None:
    model = models["jira__user_enhanced"]

    assert short(model, "user_id", "projects", "avg_close_time_days") == expected(
        """
        jira__user_enhanced.user_id <- stg_jira__user.user_id IDENTITY
        jira__user_enhanced.projects <- jira__issue_enhanced.project_name AGGREGATION
        jira__user_enhanced.avg_close_time_days <- jira__issue_enhanced.resolved_at CONDITIONAL
        jira__user_enhanced.avg_close_time_days <- \
jira__issue_enhanced.last_assignment_duration_seconds AGGREGATION
        """
    )


def test_edges_of_a_staging_model(models: dict[str, Model]) -> None:
    model = models["stg_jira__field_option"]

    assert short(model, *model.columns, "(rows)") == expected(
        """
        stg_jira__field_option.field_id <- stg_jira__field_option_tmp.id IDENTITY
        stg_jira__field_option.field_option_name <- stg_jira__field_option_tmp.name IDENTITY
        """
    )
