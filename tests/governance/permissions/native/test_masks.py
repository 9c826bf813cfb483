"""Masks are expressions of their dialect, of the type of the column."""

from __future__ import annotations

import hashlib

import duckdb
import pytest
import sqlglot

from governance.permissions.native.seen.masks import masked, name_sql
from governance.permissions.types import Mask

DIALECTS = (
    "duckdb", "trino", "postgres", "snowflake", "bigquery", "spark", "mysql", "clickhouse", "tsql",
    "oracle", "sqlite", "hive",
)  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("mask", list(Mask))
def test_every_mask_can_be_read_in_every_dialect(mask: Mask, dialect: str) -> None:
    for written in ("varchar", "int", "date", "timestamp", "boolean", ""):
        sql = f"SELECT {masked(mask, 'p.c', written, dialect)} AS c FROM t AS p"
        assert len(sqlglot.parse(sql, dialect=dialect)) == 1


@pytest.mark.parametrize(
    ("mask", "written", "value", "shown"),
    [
        (Mask.EMPTY, "varchar", "'ann'", None),
        (Mask.ALL, "varchar", "'ann'", "***"),
        (Mask.ALL, "varchar", "NULL", None),
        (Mask.ALL, "integer", "7", 0),
        (Mask.ALL, "boolean", "TRUE", False),
        (Mask.FIRST3, "varchar", "'annabel'", "ann"),
        (Mask.LAST3, "varchar", "'annabel'", "bel"),
        (Mask.LAST4, "varchar", "'abc'", "abc"),
        (Mask.FIRST3, "integer", "1234", 0),
        (Mask.YEAR, "date", "DATE '1980-02-03'", "1980-01-01"),
        (Mask.YEAR, "timestamp", "TIMESTAMP '1980-02-03 04:05:06'", "1980-01-01 00:00:00"),
        (Mask.SHA256, "varchar", "'x'", hashlib.sha256(b"x").hexdigest()),
    ],
)  # fmt: skip
def test_a_mask_shows_what_it_says_and_keeps_the_type(
    mask: Mask, written: str, value: str, shown: object
) -> None:
    expression = masked(mask, "p.c", written, "duckdb")
    run = duckdb.connect().execute(
        f"SELECT {expression}, typeof({expression}) FROM (SELECT CAST({value} AS {written}) AS c) p"
    )
    ((found, kind),) = run.fetchall()
    assert (str(found) if isinstance(shown, str) else found) == shown
    assert kind.lower() == written


@pytest.mark.parametrize(
    ("mask", "written", "dialect", "shown"),
    [
        (Mask.SHA256, "String", "clickhouse", "LOWER(HEX(SHA256(c)))"),
        (Mask.LAST3, "LowCardinality(String)", "clickhouse", "RIGHT(c, 3)"),
        (Mask.EMPTY, "Int32", "clickhouse", "CAST(NULL AS Nullable(Int32))"),
        (Mask.EMPTY, "Nullable(String)", "clickhouse", "CAST(NULL AS Nullable(String))"),
        (Mask.EMPTY, "Tuple(x Int32)", "clickhouse", "NULL"),
        (Mask.SHA256, "varchar(9)", "tsql",
         "LOWER(CONVERT(VARCHAR(64), HASHBYTES('SHA2_256', c), 2))"),
        (Mask.ALL, "bit", "tsql", "CASE WHEN c IS NULL THEN NULL ELSE CAST(0 AS BIT) END"),
        (Mask.YEAR, "date", "tsql", "CAST(DATEFROMPARTS(YEAR(c), 1, 1) AS DATE)"),
        (Mask.SHA256, "varchar2(9)", "oracle", "LOWER(RAWTOHEX(STANDARD_HASH(c, 'SHA256')))"),
        (Mask.LAST4, "varchar2(9)", "oracle", "SUBSTR(c, GREATEST(LENGTH(c) - 3, 1))"),
        (Mask.SHA256, "text", "sqlite", "CASE WHEN c IS NULL THEN NULL ELSE '***' END"),
        (Mask.YEAR, "date", "sqlite", "DATE(c, 'start of year')"),
    ],
)  # fmt: skip
def test_a_mask_is_said_as_each_engine_says_it(
    mask: Mask, written: str, dialect: str, shown: str
) -> None:
    assert masked(mask, "c", written, dialect) == shown


@pytest.mark.parametrize(
    ("name", "dialect", "written"),
    [
        ("salary", "postgres", "salary"),
        ("Salary", "postgres", '"Salary"'),
        ("order", "duckdb", '"order"'),
        ("two words", "bigquery", "`two words`"),
        ("SALARY", "snowflake", "SALARY"),
        ("Salary", "snowflake", '"Salary"'),
        ('a"b', "duckdb", '"a""b"'),
    ],
)
def test_names_are_quoted_where_they_have_to_be(name: str, dialect: str, written: str) -> None:
    assert name_sql(name, dialect) == written
