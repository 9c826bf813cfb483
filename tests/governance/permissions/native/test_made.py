"""Tables that a text makes and uses: they hold what may be seen, and stand for no other table."""

from __future__ import annotations

import pytest

from governance.permissions.native import Asked, CheckAnswer, Verdict, check
from tests.governance.permissions.native.company import Company, decide, verdict_on


def in_secret(sql: str) -> Verdict:
    """The answer where names are completed by the schema of a hidden table."""
    return check(Asked(sql, "duckdb", schema="secret"), Company(), decide)


def in_hr(sql: str) -> Verdict:
    """The answer where names are completed by the schema of the tables of `company`."""
    return check(Asked(sql, "duckdb", schema="hr"), Company(), decide)


def test_a_temporary_table_is_named_with_its_schema() -> None:
    # Given a text that makes a table of masked values, and fills and reads it
    verdict = verdict_on(
        "CREATE TEMP TABLE t (a INTEGER); INSERT INTO t SELECT id FROM teams; SELECT t.a FROM t"
    )

    # Then were it never made, no other table of its name would be read
    assert verdict.sql == (
        "CREATE TEMP TABLE t (a INTEGER);\n"
        "INSERT INTO temp.t SELECT id FROM teams;\n"
        "SELECT t.a FROM temp.t;\n"
    )
    assert {change.sentence for change in verdict.changes} == {
        "It uses temporary tables of this text alone."
    }


@pytest.mark.parametrize("name", ["plans", "plonk"])
def test_a_temporary_table_does_not_tell_of_a_hidden_one(name: str) -> None:
    # Given a temporary table called like a hidden table, and one that is called like none
    made = in_secret(f"CREATE TEMP TABLE {name} AS SELECT error('x') AS a; SELECT a FROM {name}")
    dropped = in_secret(
        f"CREATE TEMP TABLE {name} AS SELECT 1 AS a; DROP TABLE {name}; SELECT a FROM {name}"
    )

    # Then both are answered alike, and nothing is read of the hidden one
    assert f"FROM temp.{name};" in made.sql
    assert (dropped.answer, dropped.reasons[0].code) == (CheckAnswer.DENY, "unknown_table")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE IF NOT EXISTS fresh (a INTEGER); SELECT a FROM fresh",
        "CREATE TABLE if  not exists fresh AS SELECT title AS a FROM sales.regions; FROM fresh",
        "CREATE VIEW IF NOT EXISTS hr.fresh AS SELECT id FROM teams; SELECT id FROM hr.fresh",
    ],
)
def test_a_table_made_unless_it_is_there_is_made_for_certain(text: str) -> None:
    # Given a text that would go on with whatever table of that name there is
    verdict = in_hr(text)

    # Then the one that is run makes it, or fails
    assert verdict.answer is CheckAnswer.REWRITE, verdict.reasons
    assert "exists" not in verdict.sql.lower()
    alone = in_hr(text.partition(";")[0])
    assert alone.answer is CheckAnswer.ALLOW


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE fresh AS SELECT 1 AS a; SELECT a FROM hr.fresh",
        "CREATE TABLE hr.fresh AS SELECT 1 AS a; SELECT a FROM fresh",
        "CREATE VIEW fresh AS SELECT id FROM teams; DROP VIEW hr.fresh",
    ],
)
def test_a_table_is_the_same_with_the_schema_of_the_session_and_without(text: str) -> None:
    assert in_hr(text).answer is CheckAnswer.ALLOW


def test_nothing_is_known_of_a_name_in_another_schema() -> None:
    verdict = in_hr("CREATE TABLE fresh AS SELECT 1 AS a; SELECT a FROM sales.fresh")
    assert (verdict.answer, verdict.reasons[0].code) == (CheckAnswer.DENY, "unknown_table")


def test_postgres_knows_a_temporary_table_by_another_schema() -> None:
    sql = "CREATE TEMP TABLE t AS SELECT id FROM teams; SELECT id FROM t"
    verdict = check(Asked(sql, "postgres", schema="hr"), Company(), decide)
    assert verdict.sql.endswith("SELECT id FROM pg_temp.t;\n")


def test_other_engines_may_read_another_table_of_that_name() -> None:
    sql = "CREATE TEMPORARY TABLE t AS SELECT id FROM teams; SELECT id FROM t"
    verdict = check(Asked(sql, "mysql", schema="hr"), Company(), decide)
    assert (verdict.answer, verdict.reasons[0].code) == (CheckAnswer.DENY, "unknown_table")


def test_what_is_made_is_not_on_the_record_as_a_dataset() -> None:
    sql = "CREATE TABLE hr.fresh AS SELECT name FROM employees; SELECT name FROM hr.fresh"
    assert {dataset.name for dataset, _ in verdict_on(sql).decisions} == {"hr.employees"}


@pytest.mark.parametrize(
    "sql",
    [
        "SHOW TABLES",
        "SHOW TABLES FROM hr",
        "FROM (SHOW TABLES)",
        "SELECT name FROM (SHOW /* a */ ALL TABLES)",
        "SELECT column_name FROM duckdb_columns()",
        "SELECT name FROM sqlite_master",
    ],
)
def test_names_are_listed_to_whom_nothing_is_hidden(sql: str) -> None:
    # Given somebody who may know of every table, and somebody who may not
    answers = [
        check(Asked(sql, "duckdb", schema="hr", knows_all=knows), Company(), decide).answer
        for knows in (True, False)
    ]

    # Then only the first is told all names; what counts rows is told to neither
    assert answers == [CheckAnswer.ALLOW, CheckAnswer.DENY]
    counting = Asked("SELECT * FROM duckdb_tables()", "duckdb", knows_all=True)
    assert check(counting, Company(), decide).answer is CheckAnswer.DENY


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TEMP TABLE t AS SELECT id FROM teams; ALTER TABLE t RENAME TO u; SELECT id FROM u",
        "CREATE TABLE fresh AS SELECT id AS a FROM teams; ALTER TABLE fresh RENAME a TO b;"
        " SELECT b FROM fresh",
        "CREATE TABLE fresh AS SELECT id, lead FROM teams; ALTER TABLE fresh DROP COLUMN lead;"
        " SELECT id FROM fresh",
        "CREATE TABLE fresh AS SELECT id FROM teams; ALTER TABLE fresh RENAME TO newer;"
        " SELECT id FROM newer",
        "ALTER TABLE teams RENAME TO crews; SELECT team FROM crews",
        "ALTER TABLE hr.teams RENAME TO crews; ALTER TABLE hr.crews ADD COLUMN size INTEGER;"
        " SELECT team, size FROM hr.crews",
        "SET TimeZone = 'UTC'; SET threads = 1; SELECT id FROM teams",
    ],
)
def test_a_text_goes_on_with_what_it_renamed_or_set(sql: str) -> None:
    assert in_hr(sql).answer is not CheckAnswer.DENY, in_hr(sql).reasons


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TEMP TABLE t AS SELECT id FROM teams; ALTER TABLE t RENAME TO u; SELECT id FROM t",
        "CREATE TABLE fresh AS SELECT 1 AS salary; ALTER TABLE fresh RENAME TO employees;"
        " SELECT salary FROM employees",
        "CREATE TEMP TABLE t AS SELECT 1 AS salary; ALTER TABLE t RENAME TO employees;"
        " ALTER TABLE employees RENAME TO t; SELECT salary FROM employees",
        "ALTER TABLE teams RENAME TO employees; SELECT salary FROM employees",
        "ALTER TABLE teams RENAME TO plans; SELECT id FROM secret.plans",
        "SET schema = 'secret'; SELECT id FROM teams",
        "SET threads = 1; SET search_path = 'secret'; SELECT id FROM teams",
    ],
)
def test_it_finds_no_other_table_by_that(sql: str) -> None:
    assert in_hr(sql).answer is CheckAnswer.DENY, in_hr(sql).sql
