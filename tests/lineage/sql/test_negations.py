"""Negated comparisons stand in a tree as negations, and mean what they meant."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from lineage.sql.parsing.negations import is_negated, spelled_out

VALUES = "(VALUES ('ab', 'a%'), ('a%', '%b'), ('b', NULL), (NULL, 'b')) AS t(a, b)"

COMPARED = (
    "a NOT LIKE b", "a NOT ILIKE 'A%'", "b NOT LIKE 'a!%' ESCAPE '!'", "a LIKE b", "a IS NULL",
    "b NOT IN ('b')", "(a NOT LIKE b) IS NULL", "(a NOT LIKE 'a%') = (b NOT LIKE a)",
)  # fmt: skip


def longer(shorter: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Conditions made of others."""
    return st.one_of(
        st.tuples(shorter, st.sampled_from(["AND", "OR", "="]), shorter).map(
            lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
        ),
        shorter.map(lambda one: f"NOT ({one})"),
        shorter.map(lambda one: f"CASE WHEN {one} THEN a NOT LIKE b ELSE a LIKE b END"),
    )


@settings(max_examples=80, deadline=None)
@given(test=st.recursive(st.sampled_from(COMPARED), longer, max_leaves=4))
def test_a_condition_says_the_same_when_its_negations_are_spelled_out(test: str) -> None:
    sql = f"SELECT {test} FROM {VALUES}"
    tree = spelled_out(sqlglot.parse_one(sql, dialect="duckdb"))

    assert not any(map(is_negated, tree.find_all(exp.Like, exp.ILike)))
    assert duckdb.sql(tree.sql(dialect="duckdb")).fetchall() == duckdb.sql(sql).fetchall()


@pytest.mark.parametrize(
    "sql", ["SELECT * NOT LIKE 'a%' FROM t", "SELECT a NOT LIKE ANY (ARRAY['x', 'y']) FROM t"]
)
def test_what_is_no_negation_of_the_whole_stays(sql: str) -> None:
    tree = sqlglot.parse_one(sql, dialect="postgres")
    assert spelled_out(tree.copy()) == tree


def test_a_condition_alone_is_negated_at_its_root() -> None:
    tree = spelled_out(sqlglot.parse_one("a NOT LIKE 'x' ESCAPE '!'"))
    assert isinstance(tree, exp.Not)
    assert isinstance(tree.this, exp.Escape)
