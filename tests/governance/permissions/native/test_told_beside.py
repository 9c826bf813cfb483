"""What tells of data without naming it: plans, histories, files, programs, variables."""

# ruff: noqa: E501 - a statement is one line
from __future__ import annotations

from collections import Counter

import pytest

from governance.permissions.native import Asked, check
from tests.governance.permissions.native.company import Company, Worlds, decide, verdict_on


@pytest.mark.parametrize(
    ("dialect", "sql", "code"),
    [
        # DESCRIBE is EXPLAIN in MySQL
        ("mysql", "DESC SELECT id FROM sales.orders", "plan"),
        ("mysql", "DESCRIBE FORMAT = TREE SELECT id FROM sales.orders", "plan"),
        ("databricks", "DESCRIBE HISTORY employees", "stricter"),
        ("spark", "DESCRIBE EXTENDED sales.orders", "stricter"),
        ("hive", "DESCRIBE FORMATTED sales.orders", "stricter"),
        # What is meant is only known when it runs
        ("databricks", "SELECT IDENTIFIER(:c) FROM employees", "function"),
        ("databricks", "UPDATE employees SET region = IDENTIFIER(:c)", "function"),
        ("databricks", "SELECT IDENTIFIER('abs')(id) FROM teams", "function"),
        ("snowflake", "SELECT IDENTIFIER(?) FROM employees", "function"),
        ("snowflake", "SELECT IDENTIFIER($c) FROM employees", "function"),
        ("snowflake", "SELECT avg(rating), max(IDENTIFIER('rating')) FROM reviews", "min_group"),
        ("snowflake", "SELECT * FROM VALUES (1), employees", "unresolved"),
        ("druid", "SELECT (TABLE employees)", "unresolved"),
        ("druid", "WITH x AS (TABLE employees) SELECT * FROM x", "unresolved"),
        ("snowflake", "SELECT * FROM VALUES (1), hr.employees", "unresolved"),
        ("postgres", "COPY teams FROM PROGRAM 'cat /data/people'", "unresolved"),
        ("postgres", "COPY teams TO PROGRAM 'tee'", "unresolved"),
        ("postgres", "COPY teams FROM '/data/people'", "unresolved"),
        ("duckdb", "COPY teams FROM 'people.parquet'", "unresolved"),
        ("mysql", "SET @x = (SELECT max(salary) FROM employees)", "denied_column"),
        ("databricks", "SET VAR x = (SELECT max(salary) FROM employees)", "denied_column"),
        ("mysql", "SET @@x = (SELECT max(team) FROM teams)", "session"),
        ("duckdb", "SET VARIABLE x = (SELECT 1) + (SELECT max(salary) FROM employees)", "statement"),
    ],
)  # fmt: skip
def test_what_tells_of_protected_data_is_refused(dialect: str, sql: str, code: str) -> None:
    verdict = check(Asked(sql, dialect, schema="hr"), Company(), decide)
    assert [verdict.answer, *(one.code for one in verdict.reasons)] == ["deny", code]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("mysql", "EXPLAIN FORMAT=TREE SELECT team FROM teams"),
        ("snowflake", "SELECT IDENTIFIER('team') FROM teams"),
        ("snowflake", "SELECT v.column1 FROM (VALUES (1), (2)) v, teams"),
        ("postgres", "SELECT v.a FROM teams t, LATERAL (VALUES (t.id), (t.lead)) v(a)"),
        ("mysql", "DESC employees"),
        ("spark", "DESCRIBE EXTENDED teams"),
        ("databricks", "DESCRIBE HISTORY teams"),
        ("postgres", "COPY teams FROM STDIN WITH CSV"),
        ("mysql", "SET @x := (SELECT max(team) FROM teams)"),
        ("snowflake", "SET x = (SELECT max(team) FROM teams)"),
        ("duckdb", "SET VARIABLE x = (SELECT max(team) FROM teams)"),
        ("duckdb", "SET VARIABLE x = 1; SELECT team FROM teams WHERE id = getvariable('x')"),
    ],
)
def test_what_tells_of_open_data_alone_runs_as_it_is_written(dialect: str, sql: str) -> None:
    verdict = check(Asked(sql, dialect, schema="hr"), Company(), decide)
    assert (verdict.answer, verdict.sql) == ("allow", sql), verdict.reasons


def test_a_variable_holds_what_may_be_seen() -> None:
    # Given a text that sets a variable to masked values and then asks for it
    sql = "SET VARIABLE x = (SELECT max(name) FROM employees); SELECT getvariable('x') AS x FROM teams"

    # When it is checked
    verdict = verdict_on(sql)

    # Then it runs, alike in every world
    assert verdict.answer == "rewrite", verdict.reasons
    worlds = Worlds()
    seen = worlds.run(verdict.sql, "one")
    assert seen == worlds.run(verdict.sql, "other") == Counter({"('car',)": 2})


@pytest.mark.parametrize(
    "sql",
    [
        "SET VARIABLE x = 'employees'; FROM query_table(getvariable('x'))",
        "SET VARIABLE x = 'salary'; SELECT COLUMNS(getvariable('x')) FROM employees",
        "SET search_path = 'sales'; SELECT 1",
    ],
)
def test_a_variable_that_was_not_set_before_or_that_names_something_is_refused(sql: str) -> None:
    assert verdict_on(sql).answer == "deny"


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("DECLARE @x INT, @y VARCHAR(20) = 'a'; SELECT team FROM teams WHERE id = @x", "allow"),
        ("DECLARE @x INT = (SELECT max(id) FROM teams); SELECT @x", "allow"),
        ("DECLARE @x INT; SELECT @x = id FROM sales.orders; SELECT @x", "rewrite"),
        ("DECLARE @x INT = (SELECT max(salary) FROM employees); SELECT @x", "deny"),
        ("DECLARE @t TABLE (a INT); SELECT 1", "deny"),
        ("DECLARE c CURSOR FOR SELECT id FROM teams", "deny"),
        ("DECLARE @s VARCHAR(99) = 'SELECT salary FROM employees'; EXEC(@s)", "deny"),
    ],
)
def test_a_variable_of_a_batch_holds_what_may_be_seen(sql: str, answer: str) -> None:
    verdict = check(Asked(sql, "tsql", schema="hr"), Company(), decide)
    assert verdict.answer == answer, verdict.reasons
    assert "'eu'" in verdict.sql if answer == "rewrite" else True
