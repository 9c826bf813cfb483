"""What DuckDB reads by a text is looked at as if it were written out."""

from __future__ import annotations

import duckdb
import pytest

from governance.permissions.native import CheckAnswer
from governance.permissions.native.text.texts import Texts
from lineage.sql.dialects import rules_of
from tests.governance.permissions.native.company import verdict_on

RULES = rules_of("duckdb")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT id FROM query('SELECT id ' || 'FROM ' || 't')",
        "FROM query_table('t' || '') ORDER BY id",
        "FROM query_table(['t', 't' || '']) ORDER BY id",
        "SET VARIABLE v = 't'; FROM query_table(getvariable('v')) ORDER BY id",
        "SET VARIABLE v = 't'; FROM query('SELECT id FROM ' || getvariable('V')) ORDER BY id",
        "SET VARIABLE v = 'u'; SET VARIABLE v = 't'; FROM query_table(getvariable('v'))",
        "FROM query($$SELECT id FROM t$$) ORDER BY id",
        "FROM query($q$SELECT id FROM t WHERE '--;' <> 'it''s'$q$) ORDER BY id",
        "FROM query('FROM t ORDER BY id;')",
        "FROM query_table(t) ORDER BY id",
        'FROM query_table("T") ORDER BY id',
        "FROM query_table('main.t') ORDER BY id",
        "FROM query_table(['t', 'u'], true) ORDER BY id",
        "FROM query_table(['t', 'main.u'], false) ORDER BY id",
    ],
)
def test_what_is_written_out_answers_as_the_text_does(text: str) -> None:
    # Given a table and another, and what the statements before the last set
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT * FROM range(3) r(id)")
    connection.execute("CREATE TABLE u AS SELECT 9 AS id")
    texts = Texts()
    *before, last = text.split("; ")
    for one in before:
        connection.execute(one)
        texts.note(one, RULES)

    # Then the last one tells the same with the texts written out
    written = texts.written_out(last, RULES)
    assert written is not None
    assert "query" not in written
    assert connection.execute(written).fetchall() == connection.execute(last).fetchall()


@pytest.mark.parametrize(
    "text",
    [
        "FROM query_table(getvariable('v'))",
        "SET VARIABLE v = (SELECT 't'); FROM query_table(getvariable('v'))",
        "SET VARIABLE v = 't'; SET VARIABLE v = upper('t'); FROM query_table(getvariable('v'))",
        "SET VARIABLE v = 't'; RESET VARIABLE v; FROM query_table(getvariable('v'))",
        "SET VARIABLE v = 't'; FROM query_table(getvariable('v' || 'w'))",
        "SET VARIABLE v = 't'; FROM query_table(getvariable(v))",
        "SET VARIABLE v = 't'; FROM query_table(other('v'))",
        "SET VARIABLE v = 1; FROM query_table(getvariable('v'))",
        "FROM query('a' 'b')",
        "FROM query('a' || replace('b', 'b', ''))",
        "FROM query('a' ||)",
        "FROM query('a' || b)",
        "FROM query_table([])",
        "FROM query('FROM t; FROM u')",
        "FROM query('FROM t -- all')",
        "FROM query('WITH a AS (FROM t) FROM a')",
        "FROM query($$a\\b$$)",
        "FROM query_table('t', true)",
        "FROM query_table(['t', 'u'], id)",
        "FROM query_table('a.b.c.t')",
        "FROM query_table(",
        "SET VARIABLE",
    ],
)
def test_a_text_that_is_not_known_stays(text: str) -> None:
    texts = Texts()
    *before, last = text.split("; ")
    for one in before:
        texts.note(one, RULES)
    assert texts.written_out(last, RULES) is None


@pytest.mark.parametrize(
    "text",
    [
        "FROM query('SELECT sal' || 'ary FROM employees')",
        "SET VARIABLE t = 'employees'; SELECT salary FROM query_table(getvariable('t'))",
        "SET VARIABLE q = 'SELECT salary FROM '; FROM query(getvariable('q') || 'employees')",
        "FROM query($$SELECT salary FROM employees$$)",
        "FROM query('SELECT salary FROM employees;')",
        "SELECT salary FROM query_table(employees)",
        "SELECT salary FROM query_table(['teams', 'hr.employees'], true)",
    ],
)
def test_no_text_hides_a_denied_column(text: str) -> None:
    verdict = verdict_on(text)
    assert (verdict.answer, verdict.reasons[0].columns) == (CheckAnswer.DENY, ("salary",))


def test_a_table_named_by_a_variable_is_read_as_it_may_be_seen() -> None:
    verdict = verdict_on("SET VARIABLE t = 'employees'; FROM query_table(getvariable('t'))"
                         " SELECT name")  # fmt: skip
    assert verdict.answer is CheckAnswer.REWRITE
    assert "query_table" not in verdict.sql
