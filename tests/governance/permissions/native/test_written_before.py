"""What a text writes before it reads is not taken for data that opt-outs speak of."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.native_check import written
from benchmarks.native_check.company import POLICIES, Policy
from benchmarks.native_check.judging import Judge, Tally
from governance.permissions.native import CheckAnswer
from tests.governance.permissions.native.company import verdict_on

READ_AFTERWARDS = [
    "INSERT INTO orders (id, kind) VALUES (99, 'zz'); SELECT count(*) FROM orders",
    "INSERT INTO orders (id, kind) VALUES (99, 'zz'); DELETE FROM orders WHERE id = 99",
    "INSERT INTO regions VALUES (99, 'zz', 3); SELECT label FROM regions WHERE id = 99",
    "UPDATE regions SET label = 'q'; SELECT title FROM label_view",
    "UPDATE regions SET label = 'q'; SELECT id FROM regions ORDER BY id",
    "UPDATE customers SET region = 2; SELECT region FROM customers ORDER BY id",
    "UPDATE orders SET amount = 3 WHERE id = 2; SELECT id, amount FROM orders ORDER BY id",
    "MERGE INTO orders USING (VALUES (99)) v(id) ON orders.id = v.id"
    " WHEN NOT MATCHED THEN INSERT (id) VALUES (v.id); SELECT count(*) FROM orders",
    "DELETE FROM orders WHERE id = 2; SELECT count(*) FROM orders",
    "BEGIN; INSERT INTO orders (id) VALUES (99); COMMIT; SELECT count(*) FROM orders",
    "CREATE TEMP TABLE orders AS SELECT 1 AS id, 'k' AS kind; SELECT kind FROM main.orders",
    "CREATE TEMP TABLE names AS SELECT 1 AS id, 'u' AS up; SELECT up FROM deep",
    "CREATE TEMP VIEW regions AS SELECT 1 AS id, 'z' AS label; SELECT title FROM label_view",
    "CREATE TEMP TABLE orders AS SELECT 7 AS id; DROP TABLE orders; SELECT id FROM main.orders",
]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda one: one.name)
def test_no_answer_is_unlike_that_over_what_was_protected_beforehand(policy: Policy) -> None:
    judge, tally = Judge(policy, views=written.VIEWS), Tally(answers=Counter())
    for sql in READ_AFTERWARDS:
        judge.judge(sql, tally)

    assert (tally.leaks, tally.unfaithful, tally.broken) == ([], [], [])
    assert tally.answers[CheckAnswer.DENY] < len(READ_AFTERWARDS)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("INSERT INTO sales.orders (id) VALUES (9); SELECT 1", CheckAnswer.ALLOW),
        ("UPDATE sales.orders SET id = 9; SELECT id FROM sales.orders", CheckAnswer.REWRITE),
        ("UPDATE sales.orders SET region = 'x'; SELECT id FROM sales.orders", CheckAnswer.DENY),
        ("BEGIN; INSERT INTO sales.orders (id) VALUES (9); ROLLBACK; SELECT id FROM sales.orders",
         CheckAnswer.REWRITE),
        ("INSERT INTO employees (id) VALUES (9); SELECT id FROM employees", CheckAnswer.ALLOW),
        ("INSERT INTO employees (id) VALUES (9); SELECT email FROM employees", CheckAnswer.DENY),
        ("COMMENT ON TABLE sales.orders IS 'x'; SELECT id FROM sales.orders", CheckAnswer.REWRITE),
    ],
)  # fmt: skip
def test_only_what_would_be_hidden_is_refused(text: str, answer: CheckAnswer) -> None:
    verdict = verdict_on(text)
    assert verdict.answer is answer, verdict.reasons
    if answer is CheckAnswer.DENY:
        (reason,) = verdict.reasons
        assert reason.code == "stricter"
        assert reason.rules
        assert reason.sentence.endswith("Send its statements one by one.")
