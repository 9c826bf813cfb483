"""What stands beside a table's name: versions of it, ONLY, FINAL and samples move with the table;
what tells of changes or of where rows are stored is refused."""

# ruff: noqa: E501 - a statement is one line
from __future__ import annotations

import pytest

from governance.permissions.native import Asked, check
from tests.governance.permissions.native.company import Company, decide

SNOWFLAKE = "SELECT e.name FROM employees AT (OFFSET => -60) AS e"


@pytest.mark.parametrize(
    ("dialect", "sql", "inside"),
    [
        ("trino", "SELECT name FROM employees FOR VERSION AS OF 5", "employees FOR VERSION AS OF 5 AS"),
        ("trino", "SELECT id FROM employees FOR VERSION AS OF 5 e", "employees FOR VERSION AS OF 5 AS"),
        ("spark", "SELECT name FROM hr.employees VERSION AS OF 5", "hr.employees VERSION AS OF 5 AS"),
        (
            "databricks",
            "SELECT name FROM employees TIMESTAMP AS OF '2026-01-01' e",
            "employees TIMESTAMP AS OF '2026-01-01' AS",
        ),
        ("databricks", "SELECT e.name FROM hr.employees@v5 AS e", "hr.employees VERSION AS OF 5 AS"),
        (
            "spark",
            "SELECT name FROM employees@20260131120000000",
            "employees TIMESTAMP AS OF '2026-01-31 12:00:00.000' AS",
        ),
        (
            "mysql",
            "SELECT id FROM sales.orders FOR SYSTEM_TIME AS OF '2026-01-01' AS o",
            "sales.orders FOR SYSTEM_TIME AS OF '2026-01-01' AS protected_rows WHERE",
        ),
        ("postgres", "SELECT e.name FROM ONLY (hr.employees) AS e", "FROM ONLY hr.employees AS"),
        ("snowflake", SNOWFLAKE, "employees AT (OFFSET => -60) AS"),
        (
            "bigquery",
            "SELECT name FROM employees AS e FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()",
            "employees AS protected_rows FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()",
        ),
        (
            "tsql",
            "SELECT name FROM employees FOR SYSTEM_TIME AS OF '2026-01-01' AS e",
            "employees FOR SYSTEM_TIME AS OF '2026-01-01' AS",
        ),
        ("duckdb", "SELECT name FROM employees AT (VERSION => 5)", "protected_rows AT (VERSION => 5)"),
        (
            "trino",
            "SELECT o.amount FROM sales.orders FOR VERSION AS OF 4 AS o JOIN teams t ON t.id = o.id",
            "sales.orders FOR VERSION AS OF 4 AS protected_rows WHERE (protected_rows.region = 'eu')",
        ),
        ("clickhouse", "SELECT name FROM employees AS e FINAL", "employees AS protected_rows FINAL"),
        ("postgres", "SELECT name FROM ONLY employees AS e", "FROM ONLY employees AS protected_rows"),
        ("postgres", "SELECT sum(rating) FROM ONLY reviews", "FROM ONLY reviews AS protected_rows"),
        ("postgres", "SELECT e.name FROM employees * e WHERE id * 2 > 1", "employees AS protected_rows)"),
        (
            "postgres",
            "SELECT name FROM employees TABLESAMPLE SYSTEM (10) REPEATABLE (3)",
            "protected_rows TABLESAMPLE SYSTEM (10) REPEATABLE (3)",
        ),
        (
            "postgres",
            "SELECT amount FROM sales.orders TABLESAMPLE BERNOULLI (10)",
            "protected_rows TABLESAMPLE BERNOULLI (10) WHERE (protected_rows.region = 'eu')",
        ),
        ("tsql", "SELECT name FROM employees TABLESAMPLE (9 PERCENT)", "TABLESAMPLE (9 PERCENT))"),
    ],
)  # fmt: skip
def test_it_moves_with_the_table_into_the_query_in_its_place(
    dialect: str, sql: str, inside: str
) -> None:
    verdict = check(Asked(sql, dialect, schema="hr"), Company(), decide)
    assert verdict.answer == "rewrite", verdict.reasons
    assert inside in verdict.sql
    # and it is said once
    assert (
        sum(verdict.sql.count(word) for word in ("AS OF", "=>", "ONLY", "SAMPLE", "FINAL", "* e"))
        <= 1
    )


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("trino", "SELECT salary FROM employees FOR VERSION AS OF 5"),
        ("trino", "SELECT name FROM employees FOR VERSION AS OF (SELECT max(id) FROM employees)"),
        # As many rows as a value was changed
        ("tsql", "SELECT id FROM employees FOR SYSTEM_TIME ALL"),
        ("tsql", "SELECT id FROM employees FOR SYSTEM_TIME BETWEEN '2025-01-01' AND '2026-01-01'"),
        ("snowflake", "SELECT id FROM employees CHANGES (INFORMATION => DEFAULT) AT (OFFSET => -9)"),
        # A part that some column says
        ("mysql", "SELECT id FROM employees PARTITION (p0)"),
        ("databricks", "SELECT _metadata.file_path, id FROM employees"),
        ("databricks", "SELECT e._metadata.file_path FROM employees e"),
        ("clickhouse", "SELECT _partition_id FROM employees"),
        ("hive", "SELECT INPUT__FILE__NAME FROM employees"),
        ("trino", 'SELECT "$path" FROM employees'),
        ("hive", "SELECT id FROM employees TABLESAMPLE (BUCKET 1 OUT OF 4)"),
        ("clickhouse", "SELECT id FROM employees SAMPLE 0.1"),
        # Samples that tell of the rows beside those that are seen
        ("postgres", "SELECT amount FROM sales.orders TABLESAMPLE SYSTEM (10)"),
        ("postgres", "SELECT amount FROM sales.orders TABLESAMPLE BERNOULLI (10) REPEATABLE (3)"),
        ("postgres", "SELECT sum(rating) FROM reviews TABLESAMPLE BERNOULLI (10)"),
        ("databricks", "SELECT salary FROM employees@v5"),
        ("databricks", "SELECT name FROM employees@main"),
        ("tsql", "SELECT id FROM staff FOR SYSTEM_TIME AS OF '2026-01-01'"),
        ("clickhouse", "SELECT id FROM staff FINAL"),
    ],
)  # fmt: skip
def test_what_tells_of_more_than_the_rows_that_are_seen_is_refused(dialect: str, sql: str) -> None:
    assert check(Asked(sql, dialect, schema="hr"), Company(), decide).answer == "deny"


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("tsql", "SELECT team FROM teams FOR SYSTEM_TIME ALL"),
        ("mysql", "SELECT team FROM teams PARTITION (p0)"),
        ("databricks", "SELECT _metadata.file_path, id FROM teams@v5"),
        ("postgres", "SELECT id FROM ONLY employees"),
        ("postgres", "SELECT id FROM employees TABLESAMPLE BERNOULLI (10)"),
        ("clickhouse", "SELECT team FROM teams FINAL SAMPLE 0.1"),
        ("oracle", "SELECT 1, SYSDATE FROM DUAL"),
        ("mysql", "SELECT 1 FROM dual"),
        ("tsql", "SELECT j.value FROM teams CROSS APPLY OPENJSON(team) j"),
    ],
)
def test_of_what_is_open_it_may_be_asked(dialect: str, sql: str) -> None:
    assert check(Asked(sql, dialect, schema="hr"), Company(), decide).answer == "allow"


def test_a_column_that_an_older_version_had_under_another_name_is_not_there() -> None:
    # Given a version in which the denied column may have been called otherwise
    sql = "SELECT pay FROM employees FOR VERSION AS OF 5"

    # When it is asked for by that name
    verdict = check(Asked(sql, "trino", schema="hr"), Company(), decide)

    # Then only the columns of today are read of it
    assert verdict.answer == "rewrite"
    assert "protected_rows.pay" not in verdict.sql
    assert "salary" in verdict.sql
