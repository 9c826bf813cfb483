"""What one engine reads, runs or refuses otherwise than others do."""

# ruff: noqa: E501 - a statement is one line
from __future__ import annotations

import pytest

from benchmarks.native_check.company import Known, Policy, decide_by, index_of
from benchmarks.native_check.judging import Judge, Tally
from benchmarks.native_check.written import VIEWS
from governance.permissions.native import Asked, CheckAnswer, Verdict, check
from governance.permissions.types import Mask

POLICY = Policy(
    "two denied, one masked, one filter",
    denied=frozenset({("customers", "name"), ("customers", "score")}),
    masks={("items", "note"): Mask.FIRST3},
    filters={"orders": ("kind", "kind = 'a'")},
)
KNOWN = Known(VIEWS)
DECIDE = decide_by(index_of(POLICY, KNOWN))

REFUSED = r"""
clickhouse SELECT x FROM regions ARRAY JOIN (SELECT groupArray(name) FROM customers) AS x
clickhouse SELECT x FROM regions LEFT ARRAY JOIN [1] AS z, ((SELECT groupArray(note) FROM items)) AS x
clickhouse CREATE VIEW v AS SELECT x FROM regions ARRAY JOIN (SELECT groupArray(amount) FROM orders) AS x
clickhouse SELECT “name” FROM customers
clickhouse SELECT id FROM customers c WHERE c.“score” > 5
spark -- \\\nWITH customers AS (SELECT label AS name FROM regions)\nSELECT name FROM customers
databricks SELECT amount FROM -- \\\n(SELECT 1 AS amount) AS\n orders
snowflake WITH "customers" AS (SELECT label AS name FROM regions) SELECT name FROM customers
snowflake WITH customers AS (SELECT label AS name FROM regions) SELECT name FROM "customers"
snowflake INSERT INTO regions WITH "items" AS (SELECT 1 AS oid, 'x' AS note) SELECT oid, note, 1 FROM items
clickhouse SELECT label = {# \np:String}, name FROM customers -- #} 'x' FROM regions
tsql ---\na: SELECT name FROM customers\n---\nSELECT 1
oracle ---\nSELECT :p, name FROM customers UNION ALL\n---\nSELECT 1, label FROM regions
bigquery a: BEGIN SELECT label FROM regions; END;
mysql SELECT label FROM regions;\nsource /tmp/x
postgres SELECT label FROM regions;\n\\i other.sql
postgres SELECT 1 /* COPY t FROM stdin;\n */ , name FROM customers /*\n\\.\n*/
bigquery SELECT @{# \na=1} name FROM customers -- #} p FROM regions
duckdb SELECT id {# , score #} FROM customers
snowflake SELECT id // x\r FROM regions /*\n, name FROM customers -- */
snowflake -- x\rWITH customers AS (SELECT label AS name FROM regions)\nSELECT name FROM customers
tsql SELECT [name ] FROM customers
tsql SELECT c."note " FROM items c
tsql WITH CUSTOMERS AS (SELECT 1 AS id, 'x' AS name) SELECT name FROM customers
postgres SET "standard_conforming_strings" TO off
mysql SET SESSION `character_set_client` = gbk
mysql SELECT 1e.name FROM customers AS 1e
mysql SELECT id FROM customers AS `1e` WHERE 1e.score > 5
mysql INSERT IGNORE INTO orders (id) VALUES (1)
postgres DELETE FROM customers RETURNING old
postgres UPDATE customers SET region = 1 RETURNING row_to_json(new)
postgres WITH x AS (UPDATE items SET qty = qty RETURNING old) SELECT (old).note FROM x
postgres UPDATE regions SET (label) = (SELECT name FROM customers WHERE id = 1)
postgres UPDATE customers SET region = NULL
postgres INSERT INTO items (oid) VALUES (1) ON CONFLICT (oid) DO UPDATE SET qty = NULL
tsql SELECT id FROM regions EXEC ("SELECT name FROM customers")
tsql SELECT 1 DELETE FROM customers
tsql SELECT id FROM regions SHUTDOWN
tsql CREATE VIEW v AS SELECT id FROM regions REVERT
oracle SELECT OBJECT_VALUE FROM customers
oracle UPDATE orders SET amount = 1 RETURNING amount INTO :x
mysql SET sql_mode = 'ANSI_QUOTES'
mysql SET @@session.sql_mode = 'NO_BACKSLASH_ESCAPES'
mysql SET NAMES gbk
mysql SET GLOBAL general_log = 'ON'
postgres SET standard_conforming_strings = off
redshift SET enable_case_sensitive_identifier TO true
snowflake ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE
spark SET spark.sql.caseSensitive = true
hive SET hive.support.quoted.identifiers = none
tsql SET QUOTED_IDENTIFIER OFF
"""
OPEN = r"""
clickhouse SELECT x FROM regions ARRAY JOIN [1, 2] AS x
clickhouse SELECT '“name”' FROM customers
spark SELECT id -- a \\ b\n FROM customers
snowflake WITH customers AS (SELECT label AS name FROM regions) SELECT name FROM Customers
snowflake WITH "CUSTOMERS" AS (SELECT label AS name FROM regions) SELECT name FROM customers
clickhouse SELECT '{# x #}' FROM regions
hive SELECT /*+ MAPJOIN(r) */ r.id FROM regions r JOIN regions s ON r.id = s.id
tsql SELECT 'a ', [b c] FROM (SELECT id AS [b c] FROM regions) AS t
tsql WITH Recent AS (SELECT 1 AS id) SELECT id FROM recent
postgres SELECT id FROM regions r FOR UPDATE OF r
mysql SELECT 1e5, 2.5E-3, '1e.x', `1e.y` FROM regions
mysql INSERT INTO regions (id) VALUES (1)
postgres UPDATE regions SET (label) = (SELECT 'x')
postgres INSERT INTO customers (id) VALUES (1)
postgres DELETE FROM regions RETURNING old
tsql SELECT id AS [open] FROM regions
tsql SELECT table_name FROM information_schema.tables
mysql SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE'
mysql SET NAMES utf8mb4
postgres SET standard_conforming_strings = on
tsql SET QUOTED_IDENTIFIER ON
spark SET spark.sql.shuffle.partitions = 8
"""
_SEEN = "CASE WHEN (orders.kind = 'a') THEN CASE WHEN {} THEN 1 ELSE 0 END ELSE 0 END = 1"
_ORDERS = ", ".join(f"protected_rows.{c} AS {c}" for c in ("id", "cid", "amount", "kind", "day"))
WRITTEN = [
    (
        "tsql",
        "SELECT id FROM orders WHERE 1 / amount = 1",
        f"SELECT id FROM (SELECT TOP (9223372036854775807) {_ORDERS} FROM orders AS protected_rows"
        " WHERE (protected_rows.kind = 'a')) AS orders WHERE 1 / amount = 1",
    ),
    (
        "oracle",
        "SELECT id FROM orders WHERE 1 / amount = 1",
        f"SELECT id FROM (SELECT {_ORDERS} FROM orders protected_rows"
        " WHERE (protected_rows.kind = 'a') AND ROWNUM > 0) orders WHERE 1 / amount = 1",
    ),
    (
        "tsql",
        "UPDATE orders SET amount = 2 WHERE id = 1",
        f"UPDATE orders SET amount = 2 WHERE {_SEEN.format('id = 1')}",
    ),
    (
        "tsql",
        "MERGE orders USING regions ON orders.id = regions.id WHEN MATCHED THEN DELETE;",
        "MERGE INTO orders USING regions ON"
        f" {_SEEN.format('orders.id = regions.id')} WHEN MATCHED THEN DELETE;",
    ),
    (
        "oracle",
        "MERGE INTO orders USING regions r ON (orders.id = r.id) WHEN MATCHED THEN UPDATE SET amount = 1",
        f"MERGE INTO orders USING regions r ON ({_SEEN.format('(orders.id = r.id)')})"
        " WHEN MATCHED THEN UPDATE SET amount = 1",
    ),
    (
        "clickhouse",
        "SELECT amount FROM orders PREWHERE amount > 5 WHERE id > 1",
        f"SELECT amount FROM (SELECT {_ORDERS} FROM orders AS protected_rows"
        " WHERE (protected_rows.kind = 'a')) AS orders WHERE amount > 5 AND id > 1",
    ),
    (
        "duckdb",
        "MERGE INTO orders USING regions r ON orders.id = r.id WHEN NOT MATCHED THEN INSERT BY NAME",
        "MERGE INTO orders USING regions AS r ON CASE WHEN (orders.kind = 'a') THEN orders.id = r.id"
        " ELSE FALSE END WHEN NOT MATCHED THEN INSERT BY NAME",
    ),
    (
        "duckdb",
        "UPDATE orders SET amount = DEFAULT WHERE id = 1",
        "UPDATE orders SET amount = DEFAULT WHERE CASE WHEN (orders.kind = 'a') THEN id = 1 ELSE FALSE END",
    ),
]  # fmt: skip


def verdict_on(dialect: str, sql: str) -> Verdict:
    """The answer under the policy."""
    text = sql.replace("\\r", "\r").replace("\\n", "\n").replace("\\\\", "\\")
    return check(Asked(text, dialect, schema="main", knows_all=True), KNOWN, DECIDE)


def lines(text: str) -> list[tuple[str, ...]]:
    """Dialects and statements."""
    return [tuple(line.split(" ", 1)) for line in text.splitlines() if line]


@pytest.mark.parametrize(("dialect", "sql"), lines(REFUSED))
def test_what_an_engine_reads_otherwise_or_tells_beside_is_refused(dialect: str, sql: str) -> None:
    verdict = verdict_on(dialect, sql)
    assert (verdict.answer, verdict.sql) == (CheckAnswer.DENY, ""), verdict.sql


@pytest.mark.parametrize(("dialect", "sql"), lines(OPEN))
def test_what_looks_alike_and_is_harmless_runs(dialect: str, sql: str) -> None:
    assert verdict_on(dialect, sql).answer is CheckAnswer.ALLOW, verdict_on(dialect, sql).reasons


@pytest.mark.parametrize(("dialect", "sql", "written"), WRITTEN)
def test_a_statement_is_written_as_its_engine_reads_it(
    dialect: str, sql: str, written: str
) -> None:
    verdict = verdict_on(dialect, sql)
    assert (verdict.answer, verdict.sql) == (CheckAnswer.REWRITE, written)


def test_a_name_is_folded_as_far_as_every_engine_folds_it() -> None:
    kelvin = verdict_on("redshift", "WITH \u212aids AS (SELECT 1 AS id) SELECT id FROM kids")
    assert kelvin.reasons[0].code == "unknown_table"
    plain = verdict_on("redshift", "WITH Kids AS (SELECT 1 AS id) SELECT id FROM kids")
    assert plain.answer is CheckAnswer.ALLOW


def test_a_part_of_a_masked_column_is_masked() -> None:
    written = verdict_on("clickhouse", "SELECT `note.size` FROM items").sql
    assert "FROM (SELECT" in written


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TEMP TABLE orders AS SELECT 1 AS id; CREATE TEMP VIEW v AS FROM orders; DROP TABLE orders; FROM v",
        "CREATE TEMP VIEW orders AS SELECT 1 AS id; CREATE TEMP VIEW v AS FROM temp.orders; DROP VIEW orders; FROM v",
        "CREATE TEMP TABLE orders AS SELECT 1 AS id; CREATE TEMP VIEW v AS FROM orders; CREATE TEMP VIEW w AS FROM v; DROP TABLE IF EXISTS orders; FROM w",
        "CREATE TEMP TABLE orders AS SELECT 1 AS id; CREATE TEMP VIEW v AS FROM orders; ALTER TABLE orders RENAME TO other; CREATE TABLE kept AS FROM v; FROM kept",
    ],
)
def test_a_temporary_view_does_not_outlive_what_it_reads(sql: str) -> None:
    # A view of DuckDB would read the table of that name that is left
    judge, tally = Judge(POLICY, views=VIEWS), Tally()
    judge.judge(sql, tally)
    assert (tally.leaks, tally.codes["unknown_table"]) == ([], 1)


def test_it_serves_for_as_long_as_that_is_there() -> None:
    making = "CREATE TEMP TABLE orders AS SELECT 1 AS id; CREATE TEMP VIEW v AS FROM orders; "
    assert verdict_on("duckdb", f"{making}FROM v").answer is CheckAnswer.REWRITE
    kept = "CREATE TEMP TABLE w AS FROM v; DROP VIEW v; DROP TABLE orders; FROM w"
    assert verdict_on("duckdb", making + kept).answer is CheckAnswer.REWRITE


def test_a_schema_is_no_temporary_table() -> None:
    assert verdict_on("duckdb", "USE other; SELECT 1").reasons[0].code == "session"
