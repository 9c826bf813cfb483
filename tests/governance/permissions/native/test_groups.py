"""Groups by values that are told in groups only, and errors that would tell of a small one."""

# ruff: noqa: E501 - a statement is one line
from __future__ import annotations

import pytest

from governance.permissions.native import Asked, check
from tests.governance.permissions.native.company import Company, Worlds, decide, verdict_on


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT rating, count(*) AS n FROM reviews GROUP BY rating",
        "SELECT r.rating, count(*) AS n FROM reviews AS r GROUP BY rating ORDER BY 1",
        "SELECT rating, count(*) AS n FROM reviews WHERE id > 0 GROUP BY 1",
        "SELECT rating, count(id) AS n FROM reviews GROUP BY rating HAVING rating > 0",
    ],
)
def test_a_value_is_told_that_as_many_rows_share(sql: str) -> None:
    # Given four reviews that rate 1, and others that nobody else rates alike
    worlds = Worlds()
    worlds.connection.execute(
        "INSERT INTO one.hr.reviews VALUES (7, 'red', 1), (8, 'blue', 1), (9, 'blue', 1)"
    )

    # When somebody asks for the groups by what is told in groups only
    verdict = verdict_on(sql)

    # Then the group that is large enough is told
    assert verdict.answer == "rewrite", verdict.reasons
    assert worlds.run(verdict.sql, "one") == {"(1, 4)": 1}
    assert [(one.column, one.rows) for one in verdict.limits] == [("rating", 3)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT rating, list(id) FROM reviews GROUP BY rating",
        "SELECT rating, max(team) FROM reviews GROUP BY rating",
        "SELECT rating, id FROM reviews GROUP BY rating",
        "SELECT rating, arg_max(id, rating) FROM reviews GROUP BY rating",
        "SELECT rating, count(*) FROM reviews WHERE rating > 1 GROUP BY rating",
        "SELECT rating, count(*) FILTER (WHERE id = 4) FROM reviews GROUP BY rating",
        "SELECT rating + 1, count(*) FROM reviews GROUP BY rating + 1",
        "SELECT rating, count(*) FROM reviews GROUP BY CUBE (rating)",
        "SELECT rating, count(*) FROM reviews JOIN teams USING (team) GROUP BY rating",
        "SELECT rating, (SELECT max(id) FROM teams WHERE id = rating) FROM reviews GROUP BY rating",
        "SELECT id AS rating, count(*) FROM reviews GROUP BY rating",
        "SELECT rating, count(*) FROM reviews GROUP BY rating USING SAMPLE 1 ROWS",
        "SELECT rating, count(*) FROM reviews TABLESAMPLE 3 ROWS GROUP BY rating",
    ],
)
def test_whose_value_it_is_is_not_told(sql: str) -> None:
    assert [one.code for one in verdict_on(sql).reasons] == ["min_group"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT mood, sum(CASE WHEN mood = 9 THEN error('x') ELSE 1 END) FROM survey GROUP BY mood",
        "SELECT mood, list(CAST(chr(mood + 48) AS INTEGER)) FROM survey GROUP BY mood",
        "SELECT sum(CAST('x' AS INTEGER)) FROM survey WHERE mood = 9",
        "SELECT count(*) FROM survey WHERE mood = 9 GROUP BY CAST('x' AS INTEGER)",
        "SELECT count(*) FROM survey WHERE mood = 9 AND CAST('x' AS INTEGER) = 1",
        "SELECT count(*) FROM survey WHERE mood = 9 AND team LIKE 'b\\'",
        "SELECT mood, error(mood) FROM survey GROUP BY mood",
    ],
)
def test_no_error_tells_of_a_group_that_is_left_out(sql: str) -> None:
    assert [one.code for one in verdict_on(sql).reasons] == ["min_group"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT upper(team), avg(mood) FROM survey WHERE mood > 1 GROUP BY team HAVING avg(mood) > 1",
        "SELECT CAST(mood AS VARCHAR), count(*) FROM survey GROUP BY mood",
        "SELECT count(*) FROM survey WHERE team LIKE 'b%' OR team = CAST('red' AS VARCHAR)",
    ],
)  # fmt: skip
def test_what_cannot_fail_is_answered(sql: str) -> None:
    assert verdict_on(sql).answer == "rewrite", verdict_on(sql).reasons


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "trino"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(r.b) FROM reviews AS r (id, team, b) WHERE r.id = 1",
        "SELECT b FROM reviews AS r (a, t, b)",
        "SELECT sum(m) FROM survey AS s (t, m) WHERE t = 'blue'",
    ],
)
def test_other_names_of_columns_are_refused(sql: str, dialect: str) -> None:
    verdict = check(Asked(sql, dialect, schema="hr"), Company(), decide)
    assert (verdict.answer, verdict.reasons[0].code) == ("deny", "min_group")
