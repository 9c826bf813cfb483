"""Statements after a table's rename: names are changed in their place, doubts left to people."""

import pytest

from lineage.sql.rewriting.tables import CannotRewriteError, rename_table

TABLE = ("warehouse", "mart", "aging")


def renamed(sql: str, new: str = "overdue") -> str:
    return rename_table(sql, platform="duckdb", table=TABLE, new=new)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SELECT id FROM mart.aging", "SELECT id FROM mart.overdue"),
        ('SELECT id FROM mart."aging" -- old', 'SELECT id FROM mart."overdue" -- old'),
        (
            "SELECT aging.id, a.x FROM aging, mart.aging AS a",
            "SELECT overdue.id, a.x FROM overdue, mart.overdue AS a",
        ),
        (
            "WITH aging AS (SELECT 1 id) SELECT id FROM aging, mart.aging b",
            "WITH aging AS (SELECT 1 id) SELECT id FROM aging, mart.overdue b",
        ),
        (
            "CREATE VIEW v AS SELECT id FROM warehouse.mart.aging",
            "CREATE VIEW v AS SELECT id FROM warehouse.mart.overdue",
        ),
    ],
)
def test_a_table_is_renamed_where_it_stands(before: str, after: str) -> None:
    assert renamed(before) == after


def test_a_name_that_needs_quotes_gets_them() -> None:
    assert renamed("SELECT id FROM aging", new="past due") == 'SELECT id FROM "past due"'


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT name FROM customer", "does not name aging"),
        ("SELECT id FROM other.aging", "does not name aging"),
        ("DELETE FROM mart.aging WHERE id = 1", "not a query"),
        ("SELECT id FROM mart.aging; SELECT 1", "several statements"),
        ("SELECT id FROM (mart.aging", "could not be read"),
        ("SELECT " + "(" * 3000 + "id" + ")" * 3000 + " FROM mart.aging", "could not be read"),
        ("SELECT id FROM mart.aging -- " + "x" * 200_000, "too long"),
    ],
)
def test_what_cannot_be_told_is_left_to_people_with_the_reason(sql: str, why: str) -> None:
    with pytest.raises(CannotRewriteError, match=why):
        renamed(sql)
