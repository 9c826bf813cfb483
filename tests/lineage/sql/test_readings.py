"""A remembered reading equals a fresh one, and is not used once the schema says otherwise."""

from hypothesis import given, settings

from lineage.sql import analyze
from lineage.sql.readings import Readings
from lineage.types import TableName
from tests.lineage.sql.reading import Tables
from tests.lineage.sql.test_laws import SEEDS, TABLES, TEXTS, reformatted

VIEW = TableName(("shop", "v"))


def test_the_same_words_are_read_once() -> None:
    # Given a text that was read
    readings, schema = Readings(), Tables({"t": "a b"})
    readings.analyze("select a from t where b > 1", dialect="postgres", schema=schema)

    # When it comes again with other white space and comments, for the same schema
    again = readings.analyze(
        "select a -- the key\n  from t\nwhere b > 1", dialect="postgres", schema=schema
    )

    # Then it is not read again, and its places are those of the new text
    assert readings.hits == 1
    (edge,) = again.statements[0].column_edges
    assert again.statements[0].sql[slice(*edge.span or (0, 0))] == "a"
    assert edge.span == (7, 8)


def test_a_schema_that_arrives_or_changes_is_read_again() -> None:
    readings = Readings()
    sql = "select a, c from t join u on t.k = u.k"
    for tables in ({}, {"t": "a k"}, {"t": "a k", "u": "k c"}, {"t": "k", "u": "k a c"}):
        schema = Tables(tables)

        script = readings.analyze(sql, dialect="postgres", schema=schema)

        assert script == analyze(sql, dialect="postgres", schema=Tables(tables))
    assert readings.hits == 0


def test_what_a_text_defines_and_where_it_stands_is_part_of_the_key() -> None:
    readings, sql = Readings(), "select a from t"
    texts = [
        readings.analyze(sql, dialect="postgres", default_schema=place, target=target)
        for place in ("one", "two")
        for target in (None, VIEW)
    ]

    assert readings.hits == 0
    assert [s.statements[0].sources_read[0].text for s in texts] == ["one.t"] * 2 + ["two.t"] * 2
    assert [s.statements[0].targets for s in texts] == [(), (VIEW,)] * 2


def test_a_change_of_case_or_of_a_literal_is_another_text() -> None:
    readings = Readings()
    for sql in ("select a + 1 as b from t", "select A + 1 as b from t", "select a + 2 as b from t"):
        assert readings.analyze(sql, dialect="postgres") == analyze(sql, dialect="postgres")
    assert readings.hits == 0


def test_the_reading_not_asked_for_longest_is_forgotten() -> None:
    readings = Readings(entries=2)
    for sql in ("select 1", "select 2", "select 1", "select 3", "select 1", "select 2"):
        readings.analyze(sql, dialect="postgres")

    assert readings.hits == 2


@settings(deadline=None)
@given(TEXTS, SEEDS)
def test_a_remembered_reading_equals_a_fresh_one(sql: str, seed: int) -> None:
    readings, schema = Readings(), Tables(TABLES)
    other = reformatted(sql, seed)
    readings.analyze(sql, dialect="postgres", schema=schema)

    assert readings.analyze(other, dialect="postgres", schema=schema) == analyze(
        other, dialect="postgres", schema=schema
    )
