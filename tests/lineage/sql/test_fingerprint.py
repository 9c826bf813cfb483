"""Statements that share their edges share a key."""

import pytest

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
