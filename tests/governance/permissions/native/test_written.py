"""Written statements: each gets its answer, and no answer tells one world from another."""

from __future__ import annotations

from collections import Counter

import pytest

from governance.permissions.native import CheckAnswer
from tests.governance.permissions.native.cases import ALLOWED, REWRITTEN, lines
from tests.governance.permissions.native.company import Worlds, verdict_on
from tests.governance.permissions.native.denied_cases import DENIED


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return Worlds()


@pytest.mark.parametrize("sql", lines(ALLOWED))
def test_what_touches_nothing_protected_runs_as_it_is_written(sql: str, worlds: Worlds) -> None:
    verdict = verdict_on(sql)
    assert (verdict.answer, verdict.sql) == (CheckAnswer.ALLOW, sql), verdict.reasons
    assert worlds.run(sql, "one") == worlds.run(sql, "other")


@pytest.mark.parametrize("sql", lines(REWRITTEN))
def test_what_is_rewritten_runs_and_answers_alike_in_every_world(sql: str, worlds: Worlds) -> None:
    verdict = verdict_on(sql)
    assert verdict.answer is CheckAnswer.REWRITE, verdict.reasons
    first = worlds.run(verdict.sql, "one")
    assert isinstance(first, Counter), (first, verdict.sql)
    assert first == worlds.run(verdict.sql, "other"), verdict.sql
    assert verdict.changes


@pytest.mark.parametrize("sql", lines(DENIED))
def test_what_would_use_a_denied_value_is_refused_with_its_reason(sql: str) -> None:
    verdict = verdict_on(sql)
    assert (verdict.answer, verdict.sql) == (CheckAnswer.DENY, ""), verdict.sql
    assert verdict.reasons[0].sentence


def test_a_denial_names_the_column_the_opt_out_and_whom_to_ask() -> None:
    (reason,) = verdict_on("SELECT * FROM employees").reasons
    assert (reason.code, reason.dataset, reason.columns, reason.rules, reason.ask) == (
        "denied_column", "hr.employees", ("profile", "salary", "profile.ssn"),
        ("OO-1", "OO-5"),
        "Rana Whitlow",
    )  # fmt: skip


def test_a_star_leaves_denied_columns_out_where_the_contract_asks_for_it() -> None:
    sql = "SELECT * FROM sales.orders o JOIN (SELECT id, salary FROM employees) e USING (id)"
    assert verdict_on(sql, hide_denied=True).reasons[0].code == "denied_column"


def test_a_hidden_table_is_answered_like_one_that_does_not_exist() -> None:
    hidden = verdict_on("SELECT * FROM secret.plans").reasons[0]
    missing = verdict_on("SELECT * FROM secret.plonk").reasons[0]
    assert hidden.sentence.replace("plans", "plonk") == missing.sentence
    assert (hidden.code, hidden.rules) == (missing.code, ()) == ("unknown_table", ())
    inside = verdict_on("SELECT * FROM plotted").reasons[0]
    assert "secret" not in inside.sentence
    assert inside.rules == ()


def test_a_group_that_is_too_small_is_left_out() -> None:
    verdict = verdict_on("SELECT team, avg(rating) AS a FROM reviews GROUP BY team")
    assert Worlds().run(verdict.sql, "one") == Counter({"('red', 2.0)": 1})
    assert [(one.column, one.rows) for one in verdict.limits] == [("rating", 3)]
    assert [one.sentence for one in verdict.changes][-1] == "Smaller groups are left out."


def test_masks_and_filters_are_told_with_their_opt_outs() -> None:
    verdict = verdict_on("SELECT o.id, e.email FROM sales.orders o JOIN employees e ON o.id = e.id")
    assert [(m.dataset, m.column, m.mask, m.rules) for m in verdict.masks] == [
        ("hr.employees", "email", "sha256", ("OO-2",))
    ]
    assert [(f.dataset, f.expression, f.rule) for f in verdict.filters] == [
        ("sales.orders", "region = 'eu'", "OO-6")
    ]
    first = verdict.changes[0]
    assert verdict.sql[first.start : first.end].startswith("(SELECT protected_rows.id AS id")


@pytest.mark.parametrize("sql", ["SELECT * FROM nowhere", "EXECUTE p", "SELECT FROM WHERE"])
def test_who_has_no_opt_out_is_only_told_what_cannot_be_read(sql: str) -> None:
    verdict = verdict_on(sql, is_concerned=False)
    assert (verdict.answer, verdict.sql) == (CheckAnswer.ALLOW, sql)
    assert verdict.notices[0].code in ("unknown_table", "unreadable")


def test_the_plan_of_what_is_open_may_be_shown() -> None:
    sql = "EXPLAIN SELECT team FROM teams"
    assert (verdict_on(sql).answer, verdict_on(sql).sql) == (CheckAnswer.ALLOW, sql)


def test_a_column_that_the_catalog_does_not_know_is_told() -> None:
    assert [n.code for n in verdict_on("SELECT color FROM teams").notices] == ["drift"]


def test_it_is_told_to_whom_no_opt_out_concerns_too() -> None:
    # When somebody asks whom no opt-out concerns
    verdict = verdict_on("SELECT color FROM teams", is_concerned=False)

    # Then the answer is the same
    assert verdict.answer is CheckAnswer.ALLOW
    assert [n.code for n in verdict.notices] == ["drift"]


def test_of_many_such_columns_the_first_are_told_and_the_others_counted() -> None:
    # Given a statement with many names that mean no column, one of them very long
    names = ["color" * 100, *(f"color_{number}" for number in range(19_999))]

    # When it is checked
    verdict = verdict_on(f"SELECT {', '.join(names)} FROM teams")

    # Then ten are told, cut to what can be read, and the others are counted
    sentences = [n.sentence for n in verdict.notices if n.code == "drift"]
    assert len(sentences) == 11
    assert max(map(len, sentences)) < 300
    assert sentences[-1] == (
        "Nor does it know 19,990 more of the names that the statement uses as columns."
    )
