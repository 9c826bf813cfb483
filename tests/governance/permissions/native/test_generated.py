"""A share of the generated statements; `benchmarks.native_check` judges thousands."""

from __future__ import annotations

from benchmarks.native_check.judging import judge_generated


def test_no_generated_statement_tells_one_world_from_another() -> None:
    tally = judge_generated(first_seed=1, count=18, depth=2)
    assert (tally.leaks, tally.unfaithful, tally.broken, tally.needless) == ([], [], [], [])
    assert tally.answers["rewrite"] > 0
    assert tally.answers["deny"] < tally.statements
