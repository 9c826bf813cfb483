"""Functions that an engine brings along read nothing but their arguments; others may read data."""

# ruff: noqa: E501 - a statement is one line
from __future__ import annotations

import pytest

from benchmarks.native_check.company import POLICIES, Known, decide_by, index_of
from governance.permissions.native import Asked, CheckAnswer, Verdict, check

(KINDS,) = [one for one in POLICIES if one.name == "orders of kind a"]


def verdict_on(sql: str, dialect: str) -> Verdict:
    """What somebody is told of whom a filter on orders holds."""
    known = Known()
    decide = decide_by(index_of(KINDS, known))
    return check(Asked(sql, dialect, schema="main"), known, decide)


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("clickhouse", "SELECT sumIf(score, region > 1), groupArray(name) FROM customers"),
        ("clickhouse", "SELECT uniqExactMerge(s) FROM (SELECT uniqExactState(id) AS s FROM items)"),
        ("clickhouse", "SELECT toString(score), multiIf(id > 1, 'a', 'b') FROM customers"),
        ("clickhouse", "SELECT number FROM numbers(3)"),
        ("trino", "SELECT map_agg(id, name), checksum(name) FROM customers"),
        ("mysql", "SELECT crc32(name), json_length(note) FROM customers, items"),
        ("mysql", "SELECT v FROM items, JSON_TABLE(note, '$[*]' COLUMNS (v INT PATH '$')) AS t"),
        ("postgres", "SELECT (jsonb_each(extra)).key, regexp_match(name, 'a') FROM customers"),
        ("postgres", "SELECT crc32(convert_to(name, 'UTF8')), json_agg_strict(id) FROM customers GROUP BY 1"),
        ("spark", "SELECT xxhash64(name, id), try_sum(id) OVER (), percentile_approx(id, 0.5) OVER () FROM customers"),
        ("spark", "SELECT t.a FROM items LATERAL VIEW json_tuple(note, 'a') t AS a"),
        ("databricks", "SELECT xxhash64(name), h3_resolution(name) FROM customers"),
        ("snowflake", "SELECT ST_AREA(TO_GEOGRAPHY(name)), OBJECT_CONSTRUCT_KEEP_NULL('a', id) FROM customers"),
        ("bigquery", "SELECT NET.IP_FROM_STRING(name), SAFE.SUBSTR(name, 1), ST_GEOGPOINT(id, id) FROM customers"),
        ("bigquery", "SELECT HLL_COUNT.EXTRACT(HLL_COUNT.INIT(id)) FROM customers"),
        ("postgres", "SELECT n FROM ROWS FROM (generate_series(1, 3), unnest(ARRAY[1])) r(n, m)"),
    ],
)  # fmt: skip
def test_what_touches_nothing_protected_is_let_through(dialect: str, sql: str) -> None:
    verdict = verdict_on(sql, dialect)

    assert (verdict.answer, verdict.sql) == (CheckAnswer.ALLOW, sql), verdict.reasons


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("clickhouse", "SELECT dictGet('orders', 'kind', id) FROM customers"),
        ("clickhouse", "SELECT joinGet('orders', 'kind', id) FROM customers"),
        ("clickhouse", "SELECT in(id, orders) FROM customers"),
        ("clickhouse", "SELECT hasColumnInTable('main', 'orders', 'x')"),
        ("clickhouse", "SELECT groupArrayOfOrders(id) FROM customers"),
        ("mysql", "SELECT load_file('/data/orders') FROM customers"),
        ("mysql", "SELECT groupArray(id) FROM customers"),
        ("postgres", "SELECT public.crc32(name) FROM customers"),
        ("postgres", "SELECT crc32_of_orders(name) FROM customers"),
        ("spark", "SELECT main.xxhash64(name) FROM customers"),
        ("spark", "SELECT h3_resolution(name) FROM customers"),
        ("spark", "SELECT reflect('a.B', 'c') FROM customers"),
        ("databricks", "SELECT secret('a', 'b')"),
        ("snowflake", "SELECT main.st_area(name) FROM customers"),
        ("bigquery", "SELECT net.orders(name), hll_count.orders(name) FROM customers"),
        ("bigquery", "SELECT main.st_area(name) FROM customers"),
        ("bigquery", "SELECT p.hll_count.init(name) FROM customers"),
        ("bigquery", "SELECT AI.GENERATE(name, connection_id => 'c') FROM customers"),
        ("bigquery", "SELECT * FROM AI.FORECAST(TABLE customers, data_col => 'id')"),
        ("snowflake", "SELECT ai_classify(name, ['a']), ai_agg(name, 'sum up') FROM customers"),
        ("snowflake", "SELECT to_file('@stage', 'orders.csv')"),
        ("databricks", "SELECT ai_generate(name) FROM customers"),
        ("postgres", "SELECT ts_rewrite('a'::tsquery, 'SELECT kind, kind FROM orders')"),
    ],
)  # fmt: skip
def test_what_may_read_elsewhere_is_refused(dialect: str, sql: str) -> None:
    verdict = verdict_on(sql, dialect)

    assert verdict.answer is CheckAnswer.DENY, verdict.sql
