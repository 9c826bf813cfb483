"""A statement after a column that it names was dropped, renamed or retyped."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.sql import MappingSchema
from lineage.sql.rewriting.columns import Change, Rewrite, Text, rewrite_definition, rewrite_reader
from lineage.types import ColumnChange

SCHEMA = MappingSchema(
    {
        "shop.public.users": ["id", "email", "age"],
        "shop.public.orders": ["id", "user_id", "total"],
    }
)
RENAME = Change(ColumnChange.RENAME, "email", "email_address")
RETYPE = Change(ColumnChange.RETYPE, "age", "bigint", "integer")
DROP = Change(ColumnChange.DROP, "email", type="text")


def text(sql: str, dialect: str = "postgres") -> Text:
    return Text(sql, dialect, SCHEMA, "shop", "public", lambda table: table.parts[-1] == "users")


def reader(sql: str, change: Change, dialect: str = "postgres") -> Rewrite:
    return rewrite_reader(text(sql, dialect), change)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "SELECT id, email -- keep\nFROM users\nWHERE email IS NOT NULL",
            "SELECT id, email_address AS email -- keep\nFROM users\n"
            "WHERE email_address IS NOT NULL",
            id="layout and comments stay, the result keeps its name",
        ),
        pytest.param(
            "WITH c AS (SELECT u.email, o.total FROM users u JOIN orders o ON o.user_id = u.id)"
            " SELECT email, sum(total) AS t FROM c GROUP BY email ORDER BY email",
            "WITH c AS (SELECT u.email_address AS email, o.total FROM users u"
            " JOIN orders o ON o.user_id = u.id)"
            " SELECT email, sum(total) AS t FROM c GROUP BY email ORDER BY email",
            id="what reads the common table expression stays",
        ),
        pytest.param(
            "SELECT lower(u.email) AS e FROM users u GROUP BY lower(u.email)",
            "SELECT lower(u.email_address) AS e FROM users u GROUP BY lower(u.email_address)",
            id="inside expressions",
        ),
        pytest.param(
            "SELECT o.id FROM orders o WHERE EXISTS"
            " (SELECT 1 FROM users u WHERE u.id = o.user_id AND email LIKE '%x')",
            "SELECT o.id FROM orders o WHERE EXISTS"
            " (SELECT 1 FROM users u WHERE u.id = o.user_id AND email_address LIKE '%x')",
            id="in a correlated subquery",
        ),
        pytest.param(
            "SELECT u.id FROM users u WHERE u.id > (SELECT max(o.user_id) FROM orders o"
            " WHERE o.mail = u.email AND o.total > (SELECT 1 FROM users v"
            " WHERE v.email = u.email))",
            "SELECT u.id FROM users u WHERE u.id > (SELECT max(o.user_id) FROM orders o"
            " WHERE o.mail = u.email_address AND o.total > (SELECT 1 FROM users v"
            " WHERE v.email_address = u.email_address))",
            id="of a query around a correlated subquery",
        ),
        pytest.param(
            "WITH users AS (SELECT id, email FROM users) SELECT email FROM users",
            "WITH users AS (SELECT id, email_address AS email FROM users) SELECT email FROM users",
            id="a common table expression of the table's own name",
        ),
    ],
)
def test_a_rename_is_followed_where_the_column_is_named(before: str, after: str) -> None:
    found = reader(before, RENAME)
    assert found.sql == after
    assert found.doubts == ()
    assert found.checked


def test_a_name_is_quoted_where_it_must_be() -> None:
    change = Change(ColumnChange.RENAME, "email", "order")
    assert reader("SELECT email FROM users", change).sql == 'SELECT "order" AS email FROM users'
    assert (
        reader("SELECT email FROM users", change, "bigquery").sql
        == "SELECT `order` AS email FROM users"
    )
    assert reader('SELECT "email" FROM users', RENAME).sql == (
        'SELECT "email_address" AS "email" FROM users'
    )


def test_a_retyped_column_is_cast_so_that_readers_keep_its_type() -> None:
    found = reader("SELECT age, count(*) AS n FROM users u GROUP BY u.age", RETYPE)
    assert found.sql == (
        "SELECT CAST(age AS integer) AS age, count(*) AS n FROM users u"
        " GROUP BY CAST(u.age AS integer)"
    )
    assert found.checked


def test_a_dropped_column_leaves_an_empty_one_and_conditions_are_asked_for() -> None:
    # A value alone in a select list becomes empty, so that the result keeps its shape
    found = reader("SELECT id, email FROM users", DROP)
    assert found.sql == "SELECT id, CAST(NULL AS text) AS email FROM users"
    assert (found.doubts, found.checked) == ((), True)

    # What an expression or a condition makes of it, only a person can replace
    asked = reader("SELECT id\nFROM users\nWHERE email IS NOT NULL", DROP)
    assert asked.sql == "SELECT id\nFROM users\nWHERE email IS NOT NULL"
    assert asked.doubts == (
        "Line 3: WHERE uses email in an expression; decide what shall stand there instead.",
    )
    assert not asked.checked


@pytest.mark.parametrize(
    ("sql", "doubt"),
    [
        (
            "SELECT * FROM users",
            "SELECT * hands the new name email_address on: its readers see no email any more.",
        ),
        (
            "SELECT a.id FROM users a JOIN users b USING (email)",
            "JOIN ... USING joins by this name; write the condition with ON.",
        ),
        (
            "SELECT email FROM users a, users b",
            "Line 1: email may be this column or another of that name.",
        ),
        ("SELECT total FROM orders", "No place was found that names the column; look at it."),
    ],
)
def test_what_cannot_be_done_is_said(sql: str, doubt: str) -> None:
    found = reader(sql, RENAME)
    assert found.sql == sql
    assert found.doubts == (doubt,)
    assert not found.checked


def test_a_statement_that_is_not_understood_is_left_alone() -> None:
    found = reader("SELECT email FROM users WHERE (((", RENAME)
    assert found.sql == "SELECT email FROM users WHERE ((("
    assert found.doubts[0].startswith("A statement was not understood: ")


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("SELECT id, email FROM t", RENAME, "SELECT id, email AS email_address FROM t"),
        (
            "SELECT id, lower(x) AS email FROM t",
            RENAME,
            "SELECT id, lower(x) AS email_address FROM t",
        ),
        ("SELECT id, email, age FROM t", DROP, "SELECT id, age FROM t"),
        ("SELECT id,\n  f(a, b) AS email\nFROM t", DROP, "SELECT id\nFROM t"),
        (
            "SELECT id, a + b AS age FROM t",
            RETYPE,
            "SELECT id, CAST(a + b AS bigint) AS age FROM t",
        ),
        (
            "SELECT email FROM t UNION ALL SELECT mail FROM s",
            RENAME,
            "SELECT email AS email_address FROM t UNION ALL SELECT mail FROM s",
        ),
    ],
)
def test_the_definition_itself_gives_the_changed_column(
    before: str, change: Change, after: str
) -> None:
    found = rewrite_definition(text(before), change)
    assert found.sql == after
    assert found.doubts == ()


def test_a_definition_with_a_star_is_left_to_a_person() -> None:
    found = rewrite_definition(text("SELECT * FROM t"), RENAME)
    assert found.sql == "SELECT * FROM t"
    assert found.doubts == ("email comes out of SELECT *; list the columns to change one of them.",)


PARTS = st.sampled_from(
    [
        "{p}bucket", "{p}bucket AS b", "upper({p}bucket)", "{p}amount", "{p}id + 1 AS n",
        "CASE WHEN {p}bucket = 'x' THEN {p}amount END AS c",
        "count(*) OVER (PARTITION BY {p}bucket)",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(PARTS, min_size=1, max_size=4),
    st.sampled_from(["", "g."]),
    st.sampled_from(["", " WHERE {p}bucket <> 'x'", " WHERE {p}bucket IN ('x', 'y') ORDER BY 1"]),
    st.booleans(),
)
def test_the_rewritten_statement_answers_the_same_on_the_renamed_table(
    projections: list[str], prefix: str, ending: str, inside: bool
) -> None:
    # given a statement on a table with the old column name
    sql = f"SELECT {', '.join(projections)} FROM aging g{ending}".replace("{p}", prefix)
    if inside:
        sql = f"WITH q AS ({sql}) SELECT * FROM q"
    if "bucket" not in sql:
        return
    rows = "SELECT * FROM (VALUES (1, 'x', 10), (2, 'y', 20), (3, 'z', 30)) t"
    schema = MappingSchema({"aging": ["id", "bucket", "amount"]})
    with duckdb.connect() as old, duckdb.connect() as new:
        old.execute(f"CREATE TABLE aging AS {rows}(id, bucket, amount)")
        new.execute(f"CREATE TABLE aging AS {rows}(id, age_band, amount)")

        # when it is rewritten for the new name
        asked = Text(sql, "duckdb", schema, None, None, lambda table: table.parts[-1] == "aging")
        rewritten = rewrite_reader(asked, Change(ColumnChange.RENAME, "bucket", "age_band")).sql

        # then the columns it puts out and its rows stay the same
        before, after = old.execute(sql), new.execute(rewritten)
        named = [column[0] for column in before.description or ()]
        assert [c[0].replace("age_band", "bucket") for c in after.description or ()] == named
        assert sorted(before.fetchall(), key=repr) == sorted(after.fetchall(), key=repr)
