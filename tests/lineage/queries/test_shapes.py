"""Masking and fingerprints: what was typed is gone, what was asked stays one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.queries import mask, shape_of
from lineage.sql.dialects import dialect_of, rules_of


@pytest.mark.parametrize(
    ("platform", "written", "masked"),
    [
        ("postgres", "SELECT a FROM t WHERE b = 'x''y'", "SELECT a FROM t WHERE b = '?'"),
        ("postgres", "SELECT 1 -- for bob@example.org\nFROM t /* ann */", "SELECT ?\nFROM t"),
        ("postgres", "SELECT a FROM t WHERE b IN (1, 2, 3)", "SELECT a FROM t WHERE b IN (?)"),
        ("postgres", "SELECT a FROM t ORDER BY 2 LIMIT 7", "SELECT a FROM t ORDER BY 2 LIMIT ?"),
        ("postgres", "SELECT a, b FROM t GROUP BY 1, 2", "SELECT a, b FROM t GROUP BY 1, 2"),
        ("postgres", "SELECT a::numeric(10, 2) FROM t", "SELECT a::numeric(10, 2) FROM t"),
        ("postgres", "SELECT a FROM t WHERE b = $1", "SELECT a FROM t WHERE b = $1"),
        ("postgres", "INSERT INTO t VALUES (1, 'x'), (2, 'y')", "INSERT INTO t VALUES (?, '?')"),
        ("postgres", "DO $$ BEGIN PERFORM pay('ann'); END $$", "DO '?'"),
        (
            "bigquery",
            'SELECT a FROM `p-1.d` WHERE b = "ann"',
            "SELECT a FROM `p-1.d` WHERE b = '?'",
        ),
        ("bigquery", "SELECT a FROM p-7.d.t WHERE b = 7", "SELECT a FROM p-7.d.t WHERE b = ?"),
        ("mysql", r"SELECT a FROM t WHERE b = 'it\'s ann'", "SELECT a FROM t WHERE b = '?'"),
        ("mssql", "SELECT TOP 5 a FROM [t 1] x", "SELECT TOP ? a FROM [t 1] x"),
        ("mssql", "SELECT a FROM t WHERE b = N'ann'", "SELECT a FROM t WHERE b = '?'"),
        ("snowflake", "SELECT a[0], b:c FROM t", "SELECT a[?], b:c FROM t"),
    ],
)
def test_literals_and_comments_go_and_the_rest_stays(
    platform: str, written: str, masked: str
) -> None:
    assert mask(written, rules_of(dialect_of(platform))) == masked


def test_one_shape_has_one_fingerprint_whatever_the_literals_and_the_layout() -> None:
    first = shape_of(
        "SELECT id, 'a' AS w FROM orders WHERE total > 10 AND state IN (1, 2)", "postgres"
    )
    texts = [
        "select ID, 'bb' as w\nfrom Orders\nwhere TOTAL > 99.5 and state in (7)",
        "SELECT id, 'a' AS w FROM orders /* nightly */ WHERE total > -3 AND state IN (1,2,3,4,5)",
        "SELECT id, $1 AS w FROM orders WHERE total > $2 AND state IN ($3, $4)",
    ]
    assert {shape_of(text, "postgres").fingerprint for text in texts} == {first.fingerprint}
    assert first.is_parsed
    assert len(first.fingerprint) == 32


@pytest.mark.parametrize(
    "other",
    [
        "SELECT id FROM orders WHERE total > 10",
        "SELECT id, name FROM orders WHERE total >= 10",
        "SELECT id, name FROM returns WHERE total > 10",
        "SELECT id, name FROM orders WHERE total > 10 ORDER BY 1",
    ],
)
def test_another_question_is_another_fingerprint(other: str) -> None:
    first = shape_of("SELECT id, name FROM orders WHERE total > 10", "postgres")
    assert shape_of(other, "postgres").fingerprint != first.fingerprint


def test_positions_count_and_dialects_are_apart() -> None:
    by_one = shape_of("SELECT a, b FROM t ORDER BY 1", "postgres").fingerprint
    assert shape_of("SELECT a, b FROM t ORDER BY 2", "postgres").fingerprint != by_one
    assert shape_of("SELECT a, b FROM t ORDER BY 1", "snowflake").fingerprint != by_one


def test_a_text_without_a_tree_is_known_by_its_words() -> None:
    one = shape_of("FROBNICATE t USING 'ann' AT 5 ((", "postgres")
    other = shape_of("frobnicate  t using 'bob' at 77 ((", "postgres")
    assert not one.is_parsed
    assert one.fingerprint == other.fingerprint
    assert one.text == "FROBNICATE t USING '?' AT ? (("


def test_where_nobody_knows_where_a_string_ends_every_reading_is_masked() -> None:
    # A backslash ends the string for one engine and not for another; no tree says which.
    shape = shape_of(r"SELEC x FROM 'it\'s ann@example.org' (", "postgres")
    assert "ann" not in shape.text


@pytest.mark.parametrize(
    "hostile",
    [
        "SELECT '" + "x" * 900_000 + "'",
        "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
        "SELECT a FROM t WHERE b IN (" + ", ".join(str(n) for n in range(20_000)) + ")",
        "'" * 9_999,
        "SELECT \ud800 FROM t",
        ";" * 10_000,
        "/*" * 5_000,
    ],
)
def test_hostile_texts_have_a_short_shape(hostile: str) -> None:
    shape = shape_of(hostile, "postgres")
    assert len(shape.fingerprint) == 32
    assert len(shape.text) <= 100_000
    assert "x" * 10 not in shape.text


_WORDS = st.text("abcdefghij ", min_size=12, max_size=30).filter(lambda word: word.strip() == word)


@settings(max_examples=60, deadline=None)
@given(_WORDS, _WORDS, st.integers(100_000, 10**9))
def test_no_literal_survives(one: str, other: str, number: int) -> None:
    sql = (
        f"INSERT INTO t SELECT id, '{one}' FROM s JOIN u ON s.id = u.id AND u.x = {number} "
        f"WHERE name LIKE '{other}' AND born BETWEEN {number} AND {number} LIMIT {number}"
    )
    text = shape_of(sql, "postgres").text
    assert one not in text
    assert other not in text
    assert str(number) not in text
