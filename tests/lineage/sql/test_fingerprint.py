"""Statements that share their edges share a key."""

import pytest

from lineage.sql import analyze
from lineage.sql.fingerprint import fingerprint


def key(sql: str, dialect: str = "postgres") -> str:
    return fingerprint(sql, dialect=dialect)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select a from t", "SELECT  a\nFROM t -- x"),
        ("select a from t where b = 'x'", "select a from t where b = 'y'"),
        ("select a from t where b > 1", "select a from t where b > 22"),
        ("select a from t where b in (1, 2)", "select a from t where b in ('x')"),
        ("select a from t limit 5", "select a from t limit 50"),
    ],
)
def test_equal(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select a from t", "select b from t"),
        ('select "A" from t', 'select "a" from t'),
        ("select a, b from t order by 1", "select a, b from t order by 2"),
        ("select ab from t", "select a b from t"),
        ("select 'a' from t", "select a from t"),
        ("select * like 'a%' from t", "select * like 'b%' from t"),
        ("select columns(c -> c like 'a%') from t", "select columns(c -> c like 'b%') from t"),
        ("select * from f(query => 'select a from t')", "select * from f(query => 'select b')"),
        (
            "select * from t pivot (sum(a) for b in ('x'))",
            "select * from t pivot (sum(a) for b in ('y'))",
        ),
    ],
)
def test_different(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_case_counts_where_the_dialect_keeps_it() -> None:
    assert key("select A from t", "clickhouse") != key("select a from t", "clickhouse")


def test_the_dialect_is_part_of_the_key() -> None:
    assert key("select a from t", "duckdb") != key("select a from t", "postgres")
    assert key("select a from t", "mariadb") == key("select a from t", "mysql")


@pytest.mark.parametrize(
    ("dialect", "one", "other"),
    [
        ("mysql", "select a from t /*!50000 join b on x = y */", "select a from t"),
        (
            "mysql",
            "select a from t /*!50000 join b on x = y */",
            "select a from t /*!50000 join c on x = y */",
        ),
        (
            "spark",
            "create table t (a int) using parquet tblproperties ('path' = '/a')",
            "create table t (a int) using parquet tblproperties ('path' = '/b')",
        ),
        ("duckdb", "select a from read_csv(path = '/a')", "select a from read_csv(path = '/b')"),
        ("duckdb", "select a from read_csv(path := '/a')", "select a from read_csv(path := '/b')"),
    ],
)
def test_what_the_reader_reads_counts(dialect: str, one: str, other: str) -> None:
    assert analyze(one, dialect=dialect).statements[0].sources_read != (
        analyze(other, dialect=dialect).statements[0].sources_read
    )
    assert key(one, dialect) != key(other, dialect)


@pytest.mark.parametrize(
    ("dialect", "sql", "known"),
    [
        (
            "postgres",
            "insert into w select a from t where b = 'x' and c in (1, 2)",
            "ba7c288b0dab264ecc14d06c5612e847",
        ),
        (
            "mysql",
            "select a from t /* x */ where b > 1 limit 5",
            "3e43d87d20dcf17e906bfdf9db5482d6",
        ),
        (
            "spark",
            "create table t using delta as select a from s where b = 1",
            "e7b2046756501e95feeded3cc0c789fb",
        ),
        (
            "tsql",
            "select a into w from t; delete from t where a = 1",
            "1da214e3a0a57e2128adedde7408848e",
        ),
    ],
)
def test_keys_that_are_stored_stay(dialect: str, sql: str, known: str) -> None:
    # Jobs of OpenLineage whose names are folded are called so
    assert key(sql, dialect) == known
