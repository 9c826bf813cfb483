"""What takes whole rows or tables without a star, which no protected name gives away."""

from __future__ import annotations

import pytest

from benchmarks.native_check.company import POLICIES, Known, Policy, decide_by, index_of
from governance.permissions.native import Asked, CheckAnswer, Verdict, check

DENIED, MASKED = (
    next(one for one in POLICIES if one.name == name) for name in ("denied score", "masked texts")
)


def verdict_on(sql: str, policy: Policy, dialect: str = "duckdb") -> Verdict:
    """What the check says under a policy."""
    known = Known()
    return check(Asked(sql, dialect, schema="main"), known, decide_by(index_of(policy, known)))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT customers FROM customers",
        "SELECT main.customers FROM main.customers",
        "SELECT w0.customers FROM customers",
        "SELECT max(w0.main.customers) FROM customers WHERE customers.id > 0",
        'SELECT "MAIN" . /* x */ "Customers" FROM customers',
        "SELECT id FROM main.customers ORDER BY main.customers",
        "COPY customers TO '/dev/null'",
    ],
)  # fmt: skip
def test_whole_rows_use_every_column_however_they_are_written(sql: str) -> None:
    masked = verdict_on(sql, MASKED)
    assert masked.answer is CheckAnswer.REWRITE, masked.reasons
    assert "SHA256(protected_rows.name)" in masked.sql
    denied = verdict_on(sql, DENIED)
    assert "score" not in denied.sql.replace("CAST(NULL AS INT) AS score", "")
    assert denied.answer is not CheckAnswer.ALLOW


def test_a_column_with_its_table_before_it_is_no_whole_row() -> None:
    sql = "SELECT o.id FROM orders AS o JOIN regions ON regions.id = o.id"
    assert (verdict_on(sql, DENIED).answer, verdict_on(sql, DENIED).sql) == (CheckAnswer.ALLOW, sql)


@pytest.mark.parametrize("returned", ["customers", "{'was': customers} AS row", "[customers]"])
def test_a_changed_row_is_returned_as_far_as_it_may_be_seen(returned: str) -> None:
    # Given whole rows that a statement deletes and returns
    sql = f"DELETE FROM customers WHERE id > 1 RETURNING {returned}"

    # Then a masked column is masked in them, and a denied one is what is refused
    masked = verdict_on(sql, MASKED)
    assert masked.answer is CheckAnswer.REWRITE, masked.reasons
    assert "SHA256(customers.name)" in masked.sql
    assert verdict_on(sql, DENIED).reasons[0].columns == ("score",)
