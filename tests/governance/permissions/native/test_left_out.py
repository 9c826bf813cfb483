"""Denied columns that are left out of a star: what the statement names is there, and empty."""

from __future__ import annotations

import pytest

from governance.permissions.native import CheckAnswer
from tests.governance.permissions.native.company import Worlds, verdict_on


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return Worlds()


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT * FROM employees", 5),
        ("SELECT * EXCLUDE (salary, id) FROM employees", 4),
        ("SELECT * REPLACE (1 AS salary) FROM employees", 6),
        ("SELECT id, profile.city FROM employees", 2),
        ("SELECT x.id FROM (SELECT id, salary AS s, profile FROM employees) x", 1),
        ("SELECT n FROM (SELECT name, salary FROM employees) x(n, s)", 1),
        ("SELECT * FROM hr.staff_names", 3),
        ("SELECT id FROM hr.pay", 1),
    ],
)
def test_what_is_named_and_not_used_stays(sql: str, columns: int, worlds: Worlds) -> None:
    # Given a statement of which denied columns may be left out
    verdict = verdict_on(sql, hide_denied=True)

    # Then it runs, with the columns that are left, and alike in every world
    assert verdict.answer is CheckAnswer.REWRITE
    answers = worlds.run(verdict.sql, "one")
    assert answers == worlds.run(verdict.sql, "other")
    worlds.connection.execute("USE one.hr")
    assert len(worlds.connection.execute(verdict.sql).description) == columns


def test_a_denied_column_that_is_used_is_refused_all_the_same() -> None:
    verdict = verdict_on("SELECT *, salary FROM employees", hide_denied=True)
    assert verdict.answer is CheckAnswer.DENY
