"""Names of a select list that columns have as well: a setting says which of both is read."""

from __future__ import annotations

import pytest

from governance.permissions.native import Asked, CheckAnswer, check
from tests.governance.permissions.native.company import Company, decide


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT region AS salary, salary AS r FROM employees",
        "SELECT id AS salary, salary AS r FROM employees SETTINGS prefer_column_name_to_alias=1",
        "SELECT region AS salary FROM employees WHERE salary > 1",
        "SELECT salary AS r, region AS salary FROM employees",
    ],
)  # fmt: skip
def test_where_clickhouse_may_read_either_both_are_used(sql: str) -> None:
    verdict = check(Asked(sql, "clickhouse", schema="hr", is_concerned=True), Company(), decide)

    assert verdict.answer is CheckAnswer.DENY
    assert "salary of hr.employees" in verdict.reasons[0].sentence
