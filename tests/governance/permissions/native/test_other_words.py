"""Statements that are answered in other words: names in texts, enumerations, tables that are
emptied, defaults, and stars and fields that a change returns."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.native_check.company import POLICIES, Known, decide_by, index_of
from governance.permissions.native import Asked, CheckAnswer, check
from tests.governance.permissions.native.company import Company, Worlds, decide, verdict_on


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return Worlds()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM query_table('employees') AS e WHERE e.id < 3",
        "SELECT n FROM teams JOIN query('SELECT id, name AS n FROM hr.employees') USING (id)",
        "SELECT name FROM query('SELECT ''it''''s '' || name AS name FROM employees') ORDER BY 1",
        "SELECT count(*) FROM query_table(['teams', 'teams'])",
        "TRUNCATE sales.orders",
        "PIVOT_WIDER employees ON region USING max(name) GROUP BY id",
        "SELECT apply([name], lambda n: n || 'x'), reduce([1], lambda a, b: a + b) FROM employees",
        "PREPARE p AS SELECT name FROM employees WHERE id = $who; EXECUTE p(who := 1)",
        "CREATE TYPE called AS ENUM (SELECT DISTINCT name FROM employees);",
        "DELETE FROM employees RETURNING * EXCLUDE (salary, profile)",
        "UPDATE employees e SET region = 'x' RETURNING e.* EXCLUDE (profile, salary), e.id AS n",
        "SELECT id FROM sales.orders TABLESAMPLE 100% (bernoulli)",
        "SELECT hr.employees.name FROM employees ORDER BY hr.employees.id",
        "SELECT o.id FROM sales.orders o JOIN employees ON hr.employees.id = o.id",
        "SELECT name, x'6162' AS a, X'' AS b, b'01' AS c FROM employees",
        "SELECT id FROM employees WHERE id > 9 AND error(name) IS NULL",
        "SELECT o.id FROM sales.orders o WHERE id < 0 AND error(note) IS NULL AND amount > 1",
        "UPDATE employees SET (region, name) = ('x', 'y') RETURNING name, email",
        "DELETE FROM employees RETURNING list_transform(['x'], lambda name: name || email) AS l",
        "DELETE FROM employees RETURNING list_transform([1], lambda name: name) AS l, id",
    ],
)
def test_they_run_over_what_may_be_seen(sql: str, worlds: Worlds) -> None:
    verdict = verdict_on(sql)
    assert verdict.answer is CheckAnswer.REWRITE, verdict.reasons
    first = worlds.run(verdict.sql, "one")
    assert isinstance(first, Counter), (first, verdict.sql)
    assert first == worlds.run(verdict.sql, "other"), verdict.sql


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TYPE regions AS ENUM (SELECT DISTINCT region FROM employees)",
        "ALTER TABLE employees ALTER name SET DEFAULT 'x'",
        "ALTER TABLE employees ALTER COLUMN name DROP DEFAULT",
        "TRUNCATE employees",
        "CREATE TABLE t (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL)",
        "SELECT x'6162'",
        "ALTER VIEW staff_names RENAME TO crew_names",
    ],
)
def test_what_tells_of_no_value_runs_as_it_is_written(sql: str) -> None:
    verdict = verdict_on(sql)
    assert (verdict.answer, verdict.sql) == (CheckAnswer.ALLOW, sql), verdict.reasons


@pytest.mark.parametrize(
    "sql",
    [
        "FROM query('SELECT salary FROM employees')",
        "FROM query('SELECT id FROM employees -- all')",
        "FROM query('SELECT id FROM employees; SELECT 1')",
        "FROM query_table('secret.plans')",
        "FROM query_table('plans')",
        "FROM query_table('straße')",
        "FROM query_table('secret.plans, teams')",
        # The text may mean the query of that name or the table, by the release of DuckDB
        "WITH employees AS (SELECT 1 AS id) SELECT * FROM query_table('employees')",
        "FROM query('WITH employees AS (SELECT 1 AS salary) SELECT salary FROM employees')",
        "CREATE TYPE pay AS ENUM (SELECT salary::VARCHAR FROM employees)",
        "ALTER TABLE employees ALTER name SET NOT NULL",
        "ALTER TABLE employees ALTER name TYPE INTEGER",
        "DELETE FROM employees RETURNING * EXCLUDE (salary)",
        "DELETE FROM employees RETURNING * EXCLUDE (name) REPLACE (salary AS id)",
        "SELECT id FROM sales.orders TABLESAMPLE 50%",
        "ANALYZE employees",
        "ALTER VIEW staff_names RENAME TO teams",
        "ALTER VIEW staff_names RENAME TO crew_names; SELECT 1",
        "ALTER TABLE employees RENAME TO crew",
    ],
)
def test_what_they_may_tell_of_protected_values_is_refused(sql: str) -> None:
    assert verdict_on(sql).answer is CheckAnswer.DENY


def test_upkeep_of_one_table_is_open_to_whom_no_name_is_hidden_from() -> None:
    for sql in ("ANALYZE hr.employees", "VACUUM ANALYZE employees (name)", "VACUUM employees"):
        asked = Asked(sql, "duckdb", schema="hr", knows_all=True)
        assert check(asked, Company(), decide).answer is CheckAnswer.ALLOW


def test_a_sequence_tells_its_numbers_to_whom_no_name_is_hidden_from() -> None:
    sql = "SELECT nextval('numbers'), currval('hr.numbers') FROM teams"
    asked = Asked(sql, "duckdb", schema="hr", knows_all=True)
    assert check(asked, Company(), decide).answer is CheckAnswer.ALLOW
    assert verdict_on(sql).reasons[0].code == "function"
    chosen = Asked("SELECT nextval(team) FROM teams", "duckdb", schema="hr", knows_all=True)
    assert check(chosen, Company(), decide).reasons[0].code == "function"


def test_a_field_of_a_changed_row_is_returned_as_it_is_seen() -> None:
    # Given a struct that is masked, of which a statement returns a field
    (policy,) = (one for one in POLICIES if one.name == "structs and rows")
    known = Known()
    asked = Asked("DELETE FROM customers RETURNING extra.x", "duckdb", schema="main")

    # When it is checked
    verdict = check(asked, known, decide_by(index_of(policy, known)))

    # Then the field is one of what is seen in its place
    assert verdict.answer is CheckAnswer.REWRITE, verdict.reasons
    assert verdict.sql == (
        "DELETE FROM customers RETURNING (CAST(NULL AS STRUCT(x INT, y TEXT))).x AS x"
    )


@pytest.mark.parametrize(
    ("dialect", "sql", "answer"),
    [
        ("spark", "SELECT /*+ BROADCAST(t) */ t.team FROM teams t", "allow"),
        ("spark", "SELECT /*+ BROADCAST(e) */ e.name FROM employees e", "rewrite"),
        ("mysql", "DELETE t FROM teams t JOIN employees e ON e.id = t.lead", "allow"),
        ("mysql", "DELETE e FROM employees e WHERE e.id = 1", "allow"),
        ("mysql", "DELETE e FROM employees e WHERE e.name = 'ann'", "deny"),
        ("mysql", "DELETE o FROM sales.orders o", "deny"),
        ("mysql", "DELETE FROM e USING employees e WHERE e.email IS NULL", "deny"),
        ("mysql", "UPDATE teams t JOIN employees e ON e.id = t.lead SET e.region = 'x'", "allow"),
        (
            "mysql",
            "UPDATE teams t JOIN employees e ON e.id = t.lead SET t.team = e.region",
            "allow",
        ),
        ("mysql", "UPDATE teams t, employees e SET t.lead = 1, e.region = e.name", "deny"),
        ("mysql", "UPDATE teams t, employees e SET lead = 1, region = e.name", "deny"),
        ("mysql", "UPDATE teams t, sales.orders o SET o.amount = 1 WHERE t.id = o.id", "deny"),
        ("mysql", "UPDATE teams t, sales.regions r SET r.title = 'x'", "deny"),
        ("tsql", "UPDATE e SET region = 'x' FROM employees e WHERE e.id = 1", "allow"),
        ("tsql", "UPDATE e SET region = e.name FROM employees e WHERE e.id = 1", "deny"),
        ("tsql", "DELETE o FROM sales.orders o WHERE o.id = 1", "deny"),
        (
            "tsql",
            "MERGE teams AS t USING employees AS e ON e.id = t.lead"
            " WHEN MATCHED THEN UPDATE SET team = e.region WHEN NOT MATCHED BY SOURCE THEN DELETE;",
            "allow",
        ),
        ("tsql", "SELECT e.name FROM employees AS e WITH (NOLOCK) WHERE e.id = 1", "rewrite"),
        ("mysql", "SELECT name FROM employees USE INDEX (by_id)", "rewrite"),
        ("trino", "SHOW COLUMNS FROM hr.employees", "allow"),
        ("trino", "SHOW COLUMNS FROM secret.plans", "deny"),
        ("trino", "PREPARE p FROM SELECT name FROM employees", "rewrite"),
        ("trino", "PREPARE p FROM SELECT salary FROM employees", "deny"),
    ],
)
def test_other_engines_name_tables_in_hints_and_changes(
    dialect: str, sql: str, answer: str
) -> None:
    verdict = check(Asked(sql, dialect, schema="hr"), Company(), decide)
    assert (verdict.answer, sql) == (answer, sql), verdict.reasons
    assert ("NOLOCK" in verdict.sql, "INDEX" in verdict.sql) == (False, False)
