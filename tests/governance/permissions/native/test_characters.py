"""Text that an engine reads otherwise than a parser does hides no column."""

from __future__ import annotations

import duckdb
import pytest

from governance.permissions.native import CheckAnswer
from tests.governance.permissions.native.company import Worlds, verdict_on
from tests.governance.permissions.native.test_whole_rows import DENIED, MASKED
from tests.governance.permissions.native.test_whole_rows import verdict_on as verdict_by

SPACES = "\x0b\x0c\xa0\u2000\u200b\u200d\u202f\u205f\u2060\u3000\ufeff\u00ad\u2028\x1f\x00"


@pytest.mark.parametrize("space", SPACES)
def test_an_invisible_character_parts_names_as_a_space_does(space: str) -> None:
    # Whether this DuckDB takes it for a space or not, no column is called otherwise by it
    assert verdict_on(f"SELECT salary{space} FROM employees").reasons[0].columns == ("salary",)
    masked = verdict_on(f"SELECT id,{space}name FROM{space}employees")
    assert masked.answer is CheckAnswer.REWRITE
    assert masked.sql.startswith("SELECT id, name FROM (SELECT ")


def test_what_is_open_runs_as_it_is_written_and_what_is_quoted_stays() -> None:
    sql = "SELECT\u00a0team FROM\u200bteams WHERE team <> 'a\u200bb' -- \u2028"
    assert (verdict_on(sql).answer, verdict_on(sql).sql) == (CheckAnswer.ALLOW, sql)
    quoted = verdict_on("SELECT name\u200bFROM employees WHERE region = 'a\u200bb'").sql
    assert quoted.endswith("WHERE region = 'a\u200bb'")
    assert Worlds().run(quoted, "one") == {}


def test_whatever_duckdb_takes_for_a_space_is_one() -> None:
    connection = duckdb.connect()
    for number in range(0x2000, 0x2070):
        try:
            connection.execute(f"SELECT x{chr(number)} FROM (SELECT 1 AS x)")
        except (duckdb.Error, UnicodeEncodeError):
            continue
        space = chr(number)
        assert verdict_on(f"SELECT salary{space} FROM employees").reasons, hex(number)


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("trino", "SELECT id /* /* */ , score /* */ -- */\n FROM customers"),
        ("mysql", "SELECT id /*! , score */ FROM customers"),
        ("mysql", "SELECT id /*M!100000 , score */ FROM customers"),
        ("mysql", "SELECT id--score\n FROM customers"),
        ("tsql", "SELECT \uff53core FROM customers"),
        ("tsql", "SELECT [\uff53core] FROM customers"),
        ("mysql", "SELECT `\u017fcore` FROM customers"),
        ("postgres", 'SELECT U&"sc\\006fre" FROM customers'),
        ("postgres", "SELECT id\u200b FROM customers"),
        ("snowflake", "SELECT $4 FROM customers"),
        ("clickhouse", "SELECT COLUMNS('sc') FROM customers"),
        ("clickhouse", "SELECT id FROM orders WHERE 5 IN customers"),
        ("snowflake", "SELECT score FROM TABLE('customers')"),
        ("snowflake", "SELECT score FROM TABLE(main.customers)"),
        ("databricks", "SELECT score FROM TABLE(customers)"),
        ("bigquery", "SELECT 1 WHERE EXISTS (TABLE customers)"),
        ("bigquery", "CREATE TABLE main.kept COPY main.customers"),
        ("snowflake", "CREATE TABLE kept CLONE customers"),
        ("tsql", "SELECT IDENTITYCOL FROM customers"),
    ],
)
def test_what_other_engines_read_in_comments_escapes_and_places_is_refused(
    dialect: str, sql: str
) -> None:
    verdict = verdict_by(sql, DENIED, dialect)
    assert (verdict.answer, verdict.sql) == (CheckAnswer.DENY, "")


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "SELECT c.computed FROM customers AS c"),
        ("hive", "SELECT `(id)?+.+` FROM customers"),
        ("spark", "SELECT `sc.*` FROM customers"),
    ],
)
def test_a_name_that_may_call_or_choose_is_put_to_what_may_be_seen(dialect: str, sql: str) -> None:
    # A function that takes the row, or a pattern of names: both find nothing of what is denied
    assert verdict_by(sql, DENIED, dialect).answer is CheckAnswer.REWRITE


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("SELECT name /* a /* b */, salary */ FROM employees", "SELECT name FROM employees"),
        ("SELECT /*/* */*/ name FROM employees", "SELECT name FROM employees"),
        ("SELECT id /* ' /* ' */ -- */ , name FROM employees", "SELECT id , name FROM employees"),
        ("SELECT name, '/*' FROM employees /* /* */ */", "SELECT name, '/*' FROM employees"),
        ("SELECT name, '/* /*' FROM employees -- /* /*", "SELECT name, '/* /*' FROM employees"),
        (
            "SELECT name AS \"/*\", '/*' FROM employees",
            "SELECT name AS \"/*\", '/*' FROM employees",
        ),
        ("SELECT id /* /* */ */ , salary FROM employees", ""),
        ("SELECT id -- x\r /* /* */ , */ , salary FROM employees", ""),
    ],
)
def test_a_comment_within_a_comment_ends_where_duckdb_ends_it(sql: str, read: str) -> None:
    verdict = verdict_on(sql)
    if not read:
        assert verdict.answer is CheckAnswer.DENY
        return
    plain = verdict_on(read)
    assert verdict.answer is plain.answer is CheckAnswer.REWRITE, verdict.reasons
    shown = " ".join(verdict.sql.split())
    assert shown.removesuffix(" -- /* /*") == " ".join(plain.sql.split())
    rows = duckdb.connect()
    rows.execute("CREATE TABLE employees AS SELECT 1 AS id, 'n' AS name, 2 AS salary")
    assert rows.execute(sql).fetchall() == rows.execute(read).fetchall()


def test_numbered_parameters_that_stand_close_stay_as_they_are() -> None:
    verdict = verdict_by("SELECT name FROM customers WHERE id IN ($1,$2)", MASKED, "postgres")
    assert verdict.sql.endswith("AS customers WHERE id IN ($1,$2)")
