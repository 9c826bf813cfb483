"""Settings of a session do not change which rows a filter leaves."""

from __future__ import annotations

import duckdb
import pytest

from benchmarks.native_check.company import POLICIES, Known, Policy, decide_by, index_of
from governance.permissions.native import Asked, CheckAnswer, Verdict, check

FILTERED, MASKED = (
    next(one for one in POLICIES if one.name == name)
    for name in ("orders of kind a", "masked texts")
)


def verdict_on(sql: str, dialect: str, policy: Policy = FILTERED) -> Verdict:
    """What the check says under a policy."""
    known = Known()
    filters = tuple(text for _, text in policy.filters.values())
    asked = Asked(sql, dialect, schema="main", filters=filters)
    return check(asked, known, decide_by(index_of(policy, known)))


MOVING = [
    ("duckdb", "SET default_collation = 'NOCASE'"),
    ("duckdb", 'SET SESSION "default_collation" TO nocase'),
    ("duckdb", "SET integer_division = true"),
    ("duckdb", "SET old_implicit_casting = true"),
    ("duckdb", "SET search_path = 'scratch.main,main'"),
    ("postgres", "SET LOCAL transform_null_equals TO on"),
    ("tsql", "SET ANSI_NULLS OFF"),
    ("tsql", "SET CONCAT_NULL_YIELDS_NULL OFF"),
    ("tsql", "SET DATEFORMAT dmy"),
    ("mysql", "SET @@session.sql_auto_is_null = 1"),
    ("clickhouse", "SET transform_null_in = 1"),
    ("clickhouse", "SELECT id FROM orders SETTINGS transform_null_in = 1"),
]


def test_a_collation_of_the_session_opens_a_filter() -> None:
    # Given rows of which a filter leaves those of kind a
    connection = duckdb.connect()
    connection.execute("CREATE TABLE orders AS SELECT 'A' AS kind")
    query = "SELECT * FROM orders WHERE kind = 'a'"
    assert connection.execute(query).fetchall() == []

    # Then DuckDB takes others for these after the setting
    connection.execute("SET default_collation = 'NOCASE'")
    assert connection.execute(query).fetchall() == [("A",)]


@pytest.mark.parametrize(("dialect", "sql"), MOVING)
def test_no_setting_moves_a_filter(dialect: str, sql: str) -> None:
    verdict = verdict_on(sql, dialect)
    assert (verdict.answer, verdict.reasons[0].code) == (CheckAnswer.DENY, "session")
    assert "would leave other rows" in verdict.reasons[0].sentence


@pytest.mark.parametrize(("dialect", "sql"), MOVING)
def test_whoever_is_under_no_filter_sets_it(dialect: str, sql: str) -> None:
    assert verdict_on(sql, dialect, MASKED).answer is not CheckAnswer.DENY


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("duckdb", "SET default_collation = 'binary'"),
        ("duckdb", "RESET default_collation"),
        ("duckdb", "SET integer_division = false"),
        ("duckdb", "SET search_path = 'main'"),
        ("duckdb", "SET threads = 2"),
        ("postgres", "SET transform_null_equals TO DEFAULT"),
        ("postgres", "SET timezone = 'UTC'"),
        ("tsql", "SET ANSI_NULLS ON"),
        ("tsql", "SET DATEFORMAT ymd"),
        ("tsql", "SET LANGUAGE N'us_english'"),
        ("mysql", "SET sql_auto_is_null = 0"),
        ("clickhouse", "SET transform_null_in = 0"),
    ],
)
def test_what_clients_send_passes(dialect: str, sql: str) -> None:
    assert verdict_on(sql, dialect).answer is CheckAnswer.ALLOW
