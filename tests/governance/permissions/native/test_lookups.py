"""Row filters that look a value up in another dataset: nothing in a statement takes its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.native_check.company import POLICIES, Known, Policy, decide_by, index_of
from benchmarks.native_check.judging import Judge, Tally
from governance.permissions.native import Asked, CheckAnswer, Verdict, check
from governance.permissions.types import Mask

(POLICY,) = [one for one in POLICIES if one.name == "orders of far customers"]
SHOWN = (
    "(SELECT protected_rows.id AS id, protected_rows.cid AS cid, protected_rows.amount AS amount,"
    " RIGHT(protected_rows.kind, 3) AS kind, protected_rows.day AS day FROM orders AS"
    " protected_rows WHERE (protected_rows.cid IN (SELECT lookup_rows.id FROM main.customers AS"
    " lookup_rows WHERE lookup_rows.region > 1)) OFFSET 0)"
)


def verdict_on(sql: str, policy: Policy = POLICY, dialect: str = "duckdb") -> Verdict:
    known = Known()
    decide = decide_by(index_of(policy, known))
    filters = tuple(text for _, text in policy.filters.values())
    return check(Asked(sql, dialect, schema="main", filters=filters), known, decide)


def looking_up(condition: str) -> Policy:
    """Orders filtered otherwise."""
    return replace(POLICY, filters={"orders": ("cid", condition)})


def test_the_dataset_is_written_out_with_its_schema() -> None:
    assert verdict_on("SELECT id FROM orders").sql == f"SELECT id FROM {SHOWN} AS orders"


@pytest.mark.parametrize(
    "sql",
    [
        "WITH customers AS (SELECT 1 AS id, 9 AS region) SELECT count(*) FROM orders, customers",
        "WITH main AS (SELECT 1 AS id) SELECT sum(amount) FROM orders",
        "SELECT kind FROM orders AS lookup_rows",
        "SELECT lookup_rows.id FROM customers lookup_rows JOIN orders o ON o.cid = lookup_rows.id",
        "SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders WHERE cid = c.id)",
    ],
)
def test_no_statement_answers_otherwise_than_over_the_rows_that_stay(sql: str) -> None:
    # Given a statement that would like to say what the filter looks at
    tally = Tally()
    Judge(POLICY).judge(sql, tally)

    # Then it is rewritten, and answers the same in every world
    assert tally.statements == 1
    assert dict(tally.answers) == {CheckAnswer.REWRITE: 1}
    assert (tally.leaks, tally.unfaithful, tally.broken) == ([], [], [])


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE customers SET region = 9; SELECT id, day FROM orders",
        "INSERT INTO customers (id, region) SELECT g, 9 FROM range(9) t(g); SELECT id FROM orders",
        "CREATE OR REPLACE TABLE customers AS SELECT 1 AS id, 9 AS region; SELECT id FROM orders",
        "WITH d AS (INSERT INTO customers (id, region) SELECT g, 9 FROM range(9) t(g) RETURNING id)"
        " SELECT o.id FROM d, orders o",
        "UPDATE customers SET region = 9 RETURNING (SELECT count(*) FROM orders)",
    ],
)
def test_no_statement_changes_first_what_the_filter_looks_at(sql: str) -> None:
    verdict = verdict_on(sql)

    assert (verdict.answer, verdict.sql) == (CheckAnswer.DENY, "")
    assert "in which a row filter looks up" in verdict.reasons[0].sentence


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO customers (id) SELECT cid FROM orders",
        "DELETE FROM regions; SELECT id FROM orders",
        "WITH d AS (DELETE FROM regions RETURNING id) SELECT orders.id FROM d, orders",
    ],
)
def test_what_is_changed_last_or_elsewhere_moves_no_filter(sql: str) -> None:
    assert verdict_on(sql).answer is CheckAnswer.REWRITE


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("duckdb", "CREATE TEMP TABLE customers AS SELECT 1 AS id, 9 AS region"),
        ("duckdb", "CREATE TEMP VIEW Customers AS SELECT 1 AS id, 9 AS region"),
        ("duckdb", "CREATE OR REPLACE TEMP TABLE customers (id int, region int)"),
        ("duckdb", "CREATE TEMP TABLE t (id int); ALTER TABLE t RENAME TO customers"),
        ("duckdb", "ALTER TABLE regions RENAME TO customers"),
        ("duckdb", "ATTACH ':memory:' AS x; CREATE TABLE x.customers AS SELECT 1 AS id"),
        ("mysql", "CREATE TEMPORARY TABLE main.customers AS SELECT 1 AS id, 9 AS region"),
        ("snowflake", "CREATE TEMP TABLE main.customers AS SELECT 1 AS id, 9 AS region"),
        ("hive", "CREATE TEMPORARY TABLE main.customers AS SELECT 1 AS id, 9 AS region"),
    ],
)
def test_no_table_is_made_that_a_later_text_finds_in_its_place(dialect: str, sql: str) -> None:
    verdict = verdict_on(sql, dialect=dialect)

    assert (verdict.answer, verdict.sql) == (CheckAnswer.DENY, "")
    assert "A row filter reads a table called customers" in verdict.reasons[0].sentence


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("duckdb", "CREATE TEMP TABLE regions AS SELECT 1 AS id, 9 AS region"),
        ("duckdb", "WITH customers AS (SELECT 1 AS id) SELECT * FROM customers"),
        ("postgres", "CREATE TEMP TABLE customers AS SELECT 1 AS id, 9 AS region"),
        ("mysql", "CREATE TEMPORARY TABLE main.others AS SELECT 1 AS id, 9 AS region"),
    ],
)
def test_other_names_are_given_as_ever(dialect: str, sql: str) -> None:
    assert verdict_on(sql, dialect=dialect).answer is CheckAnswer.ALLOW


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orders",
        "UPDATE orders SET day = 1 WHERE amount > 1 RETURNING id",
        "DELETE FROM orders AS lookup_rows WHERE id IN (SELECT c.id FROM customers AS c)",
        "WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d, orders",
    ],
)
def test_only_rows_that_the_filter_leaves_are_changed(sql: str) -> None:
    # Given a statement that would change all rows
    tally = Tally()
    Judge(POLICY).judge(sql, tally)

    # Then it is kept to those of far customers, in every world
    assert "main.customers AS lookup_rows" in verdict_on(sql).sql
    assert tally.statements == 1
    assert (tally.leaks, tally.unfaithful, tally.broken) == ([], [], [])


@pytest.mark.parametrize("masked", ["region", "name"])
def test_what_is_changed_is_not_kept_by_a_table_that_is_protected_itself(masked: str) -> None:
    policy = replace(POLICY, masks={("customers", masked): Mask.ALL})
    assert verdict_on("DELETE FROM orders", policy).answer is CheckAnswer.DENY


def test_the_filter_reads_what_who_asks_may_see_in_part() -> None:
    # Given that the customers themselves are masked for whoever asks
    policy = replace(POLICY, masks={("customers", "name"): Mask.ALL})

    # Then the filter looks at them as they are, and the statement sees them masked
    verdict = verdict_on("SELECT c.name FROM orders o JOIN customers c ON o.cid = c.id", policy)
    assert verdict.answer is CheckAnswer.REWRITE
    assert verdict.sql.count("main.customers AS lookup_rows") == 1
    assert verdict.sql.count("customers AS protected_rows") == 1


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("cid IN (SELECT id FROM main.nothing)", "that the catalog does not have"),
        ("cid IN (SELECT colour FROM main.customers)", "needs the column colour of"),
        ("cid IN (SELECT id FROM main.customers UNION SELECT 1)", "reads another table"),
        (
            "cid IN (SELECT id FROM main.customers WHERE id IN (SELECT id FROM main.regions))",
            "reads another table",
        ),
        ("cid IN (WITH a AS (SELECT 1) SELECT id FROM main.customers)", "reads another table"),
    ],
)
def test_what_cannot_be_looked_up_closes_the_dataset(condition: str, why: str) -> None:
    verdict = verdict_on("SELECT id FROM orders", looking_up(condition))
    assert (verdict.answer, verdict.sql) == (CheckAnswer.DENY, "")
    assert verdict.reasons[0].code == "stricter"
    assert why in verdict.reasons[0].sentence
