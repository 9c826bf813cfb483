"""How a column takes part in an expression's value."""

import pytest

from lineage.types import Preparation
from tests.lineage.sql.reading import edges, expected, statement

CASES = [
    pytest.param("a", "x <- t.a IDENTITY", id="column"),
    pytest.param("(a)", "x <- t.a IDENTITY", id="brackets change nothing"),
    pytest.param("a + b", "x <- t.a TRANSFORMATION\nx <- t.b TRANSFORMATION", id="operator"),
    pytest.param("a::text", "x <- t.a TRANSFORMATION", id="cast"),
    pytest.param("upper(a)", "x <- t.a TRANSFORMATION", id="function"),
    pytest.param("no_such_function(a)", "x <- t.a TRANSFORMATION", id="unknown function"),
    pytest.param("1", "", id="literal"),
    pytest.param("now()", "", id="function without arguments"),
    pytest.param("sum(a)", "x <- t.a AGGREGATION", id="aggregate"),
    pytest.param("sum(a + 1) / 2", "x <- t.a AGGREGATION", id="aggregate outranks operator"),
    pytest.param("json_agg(a)", "x <- t.a AGGREGATION", id="aggregate unknown to the grammar"),
    pytest.param("count(a)", "x <- t.a AGGREGATION masked", id="count masks"),
    pytest.param("count(distinct a)", "x <- t.a AGGREGATION masked", id="count distinct"),
    pytest.param("count(*)", "", id="count star reads no column"),
    pytest.param("md5(a)", "x <- t.a TRANSFORMATION masked", id="hash masks"),
    pytest.param("upper(sha256(a))", "x <- t.a TRANSFORMATION masked", id="masking stays"),
    pytest.param("crypt(a, b)", "x <- t.a TRANSFORMATION masked\nx <- t.b TRANSFORMATION masked"),
    pytest.param(
        "case when k > 1 then d else e end",
        "x <- t.k CONDITIONAL\nx <- t.d TRANSFORMATION\nx <- t.e TRANSFORMATION",
        id="case",
    ),
    pytest.param(
        "case k when 1 then d end",
        "x <- t.k CONDITIONAL\nx <- t.d TRANSFORMATION",
        id="case with operand",
    ),
    pytest.param(
        "sum(case when k then d end)",
        "x <- t.k CONDITIONAL\nx <- t.d AGGREGATION",
        id="aggregate of a case",
    ),
    pytest.param(
        "coalesce(a, b)",
        "x <- t.a TRANSFORMATION\nx <- t.b TRANSFORMATION\nx <- t.a CONDITIONAL",
        id="all but the last argument of coalesce decide",
    ),
    pytest.param("nullif(a, b)", "x <- t.a TRANSFORMATION\nx <- t.b CONDITIONAL", id="nullif"),
    pytest.param(
        "sum(a) filter (where b)", "x <- t.a AGGREGATION\nx <- t.b CONDITIONAL", id="filter"
    ),
    pytest.param(
        "sum(y) over (partition by a order by b)",
        "x <- t.y AGGREGATION\nx <- t.a WINDOW\nx <- t.b WINDOW",
        id="window aggregate",
    ),
    pytest.param("rank() over (order by a)", "x <- t.a WINDOW", id="ranking has no value"),
    pytest.param(
        "lag(a) over (order by b)",
        "x <- t.a TRANSFORMATION\nx <- t.b WINDOW",
        id="lag takes one row's value",
    ),
    pytest.param(
        "percentile_cont(0.5) within group (order by a)",
        "x <- t.a AGGREGATION",
        id="percentile picks from what it orders",
    ),
    pytest.param(
        "string_agg(a, ',' order by b)",
        "x <- t.a AGGREGATION\nx <- t.b SORT",
        id="order inside an aggregate",
    ),
    pytest.param(
        "a between b and c",
        "x <- t.a TRANSFORMATION\nx <- t.b TRANSFORMATION\nx <- t.c TRANSFORMATION",
        id="predicate as a value",
    ),
    pytest.param("array[a, b][1]", "x <- t.a TRANSFORMATION\nx <- t.b TRANSFORMATION", id="array"),
    pytest.param("extract(year from a)", "x <- t.a TRANSFORMATION", id="from inside a function"),
    pytest.param("a -> 'b' ->> 'c'", "x <- t.a TRANSFORMATION", id="json path"),
]


@pytest.mark.parametrize(("expression", "lines"), CASES)
def test_an_expression_classifies_every_column_it_reads(expression: str, lines: str) -> None:
    assert edges(f"select {expression} as x from t") == expected(lines)


@pytest.mark.parametrize(
    ("dialect", "expression", "lines"),
    [
        (
            "snowflake",
            "iff(k, a, b)",
            "x <- t.k CONDITIONAL\nx <- t.a TRANSFORMATION\nx <- t.b TRANSFORMATION",
        ),
        (
            "snowflake",
            "nvl2(k, a, b)",
            "x <- t.k CONDITIONAL\nx <- t.a TRANSFORMATION\nx <- t.b TRANSFORMATION",
        ),
        (
            "oracle",
            "decode(k, 1, a, b)",
            "x <- t.k CONDITIONAL\nx <- t.a TRANSFORMATION\nx <- t.b TRANSFORMATION",
        ),
        (
            "oracle",
            "nvl(a, b)",
            "x <- t.a TRANSFORMATION\nx <- t.b TRANSFORMATION\nx <- t.a CONDITIONAL",
        ),
        ("snowflake", "hash(a)", "x <- t.a TRANSFORMATION masked"),
        ("bigquery", "farm_fingerprint(a)", "x <- t.a TRANSFORMATION masked"),
        ("bigquery", "approx_count_distinct(a)", "x <- t.a AGGREGATION masked"),
        ("bigquery", "countif(a)", "x <- t.a AGGREGATION masked"),
        ("snowflake", "a:b.c::int", "x <- t.a TRANSFORMATION"),
        ("oracle", "rownum", ""),
    ],
)
def test_functions_of_other_dialects(dialect: str, expression: str, lines: str) -> None:
    assert edges(f"select {expression} as x from t", dialect) == expected(lines)


def test_named_windows_may_build_on_each_other() -> None:
    sql = "select sum(a) over w2 as x from t window w1 as (partition by p), w2 as (w1 order by o)"

    assert edges(sql) == expected(
        """
        x <- t.a AGGREGATION
        x <- t.p WINDOW
        x <- t.o WINDOW
        """
    )


def test_windows_that_name_each_other_in_a_circle_end() -> None:
    sql = "select sum(a) over w1 as x from t window w1 as (w2 order by p), w2 as (w1 order by o)"

    assert "x <- t.a AGGREGATION" in edges(sql)


def test_an_edge_shows_the_expression_and_where_the_column_is_named() -> None:
    sql = "select upper( name ) as label from people"

    (edge,) = statement(sql).column_edges

    assert edge.transformation == "UPPER(name)"
    assert edge.span is not None
    assert sql[slice(*edge.span)] == "name"


def test_a_field_of_items_tells_the_function_that_reads_it() -> None:
    lineage = statement("select transform(lines, x -> x.price * 2) as p from t", "spark")
    (edge,) = lineage.column_edges
    assert edge.source_column == "lines.price"
    assert edge.transformation == "TRANSFORM(lines, x -> x.price * 2)"


def test_an_identity_has_no_expression() -> None:
    (edge,) = statement("select name as label from people").column_edges

    assert edge.transformation == ""


def test_the_expression_kept_is_the_one_that_reads_the_source() -> None:
    sql = "select total / 100 as amount from (select sum(cents) as total from orders) o"

    (edge,) = statement(sql).column_edges

    assert (edge.transformation, edge.subtype) == ("SUM(cents)", "AGGREGATION")


def test_a_condition_over_a_value_stays_a_condition() -> None:
    sql = "select case when y then 1 end as x from (select sum(a) as y from t) q"

    assert edges(sql) == ["x <- t.a CONDITIONAL"]


def test_a_value_over_a_condition_stays_a_condition() -> None:
    sql = "select sum(y) as x from (select case when a then b end as y from t) q"

    assert edges(sql) == ["x <- t.a CONDITIONAL", "x <- t.b AGGREGATION"]


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("select lower(trim(a)) as x from t", {"x": (Preparation.NORMALIZE,)}),
        ("select a::date as x from t", {"x": (Preparation.NORMALIZE,)}),
        ("select md5(lower(a)) as x from t", {"x": (Preparation.NORMALIZE, Preparation.ANONYMIZE)}),
        ("select count(distinct a) as x from t", {"x": (Preparation.DEDUPLICATE,)}),
        ("select a + 1 as x, b from t", {"x": (), "b": ()}),
        (
            "select upper(q.a) as x from (select trim(a) as a from t) q",
            {"x": (Preparation.NORMALIZE,)},
        ),
    ],
)
def test_edges_name_how_data_was_prepared(
    sql: str, named: dict[str, tuple[Preparation, ...]]
) -> None:
    lineage = statement(sql, tables={"t": "a b"})

    assert {e.target_column: e.preparations for e in lineage.column_edges} == named


@pytest.mark.parametrize(
    "sql",
    [
        "select distinct a from t",
        "select a from t union select 1",
        "select distinct on (a) b from t",
        "select b from (select b, row_number() over (partition by a) as n from t) q where n = 1",
    ],
)
def test_conditions_name_what_leaves_one_of_equal_rows(sql: str) -> None:
    lineage = statement(sql, tables={"t": "a b"})

    assert [(e.source_column, e.preparations) for e in lineage.indirect_edges] == [
        ("a", (Preparation.DEDUPLICATE,))
    ]
