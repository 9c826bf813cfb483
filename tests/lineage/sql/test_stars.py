"""Stars, and joins that merge columns."""

import pytest

from tests.lineage.sql.reading import edges, expected, lines, statement

TABLES = {"t": "id a b", "u": "id c"}

CASES = [
    pytest.param("postgres", "select * from t", "id a b", id="star"),
    pytest.param("postgres", "select u.*, t.a from t, u", "id c a", id="qualified star"),
    pytest.param("postgres", "select *, 1 as one from u", "id c one", id="star and more"),
    pytest.param("snowflake", "select * exclude (a) from t", "id b", id="exclude"),
    pytest.param("bigquery", "select * except (a, b) from t", "id", id="except"),
    pytest.param("bigquery", "select t.* except (id), u.* from t, u", "a b id c", id="both"),
    pytest.param("snowflake", "select * rename (a as z) from t", "id z b", id="rename"),
    pytest.param("duckdb", "select * like 'a%' from t", "a", id="names like"),
    pytest.param("duckdb", "select * not like 'a%' from t", "id b", id="names unlike"),
    pytest.param(
        "duckdb", "select * not ilike 'A%' from t", "id b", id="names unlike, in any case"
    ),
    pytest.param(
        "duckdb", "select columns(lambda c: c not like 'a%') from t", "id b", id="chosen unlike"
    ),
    pytest.param("duckdb", "select * replace (a + 1 as a) from t", "id a b", id="replace"),
    pytest.param("postgres", "select * from t join u using (id)", "id a b c", id="using"),
    pytest.param(
        "postgres",
        "select t.*, u.* from t join u using (id)",
        "id a b id c",
        id="qualified stars keep what using merges",
    ),
    pytest.param("postgres", "select * from t natural join u", "id a b c", id="natural"),
    pytest.param(
        "postgres",
        "select * from u as v, t join u using (id)",
        "id c id a b c",
        id="comma and using",
    ),
    pytest.param(
        "snowflake",
        "select * replace (a + 1 as a) rename (a as z) from t",
        "id z b",
        id="replace and rename",
    ),
    pytest.param("postgres", "select * from t join u on t.id = u.id", "id a b id c", id="on"),
    pytest.param("postgres", "select * from (select * from t) q", "id a b", id="nested"),
    pytest.param("postgres", "select * from u as v(p)", "p c", id="partly renamed"),
    pytest.param("postgres", "select * from (values (1, 2)) v", "column1 column2", id="values"),
]


@pytest.mark.parametrize(("dialect", "sql", "columns"), CASES)
def test_a_star_expands_by_schema(dialect: str, sql: str, columns: str) -> None:
    lineage = statement(sql, dialect, TABLES)

    assert lineage.output_columns == tuple(columns.split())
    assert lineage.unresolved == ()


def test_replaced_and_renamed_columns_keep_their_source() -> None:
    sql = "select * exclude (id) replace (b + 1 as b) rename (a as z) from t"

    assert edges(sql, "snowflake", TABLES) == expected("z <- t.a IDENTITY\nb <- t.b TRANSFORMATION")


def test_an_unknown_star_is_reported_and_does_not_hide_the_rest() -> None:
    lineage = statement("select *, a as z from t")

    assert lineage.unresolved == ("t.*",)
    assert lineage.output_columns == ("z",)
    assert lines(lineage) == ["z <- t.a IDENTITY"]


def test_columns_are_found_behind_a_star_that_is_not_known() -> None:
    sql = "with q as (select *, a + 1 as z from t) select a, z, other from q"
    lineage = statement(sql)

    assert lines(lineage) == expected(
        "a <- t.a IDENTITY\nz <- t.a TRANSFORMATION\nother <- t.other IDENTITY"
    )
    assert lineage.unresolved == ()


def test_an_excluded_column_is_not_found_behind_the_star() -> None:
    sql = "select q.a, q.b from (select * exclude (a) from t) q"
    lineage = statement(sql, "snowflake")

    assert lines(lineage) == ["b <- t.b IDENTITY"]
    assert lineage.unresolved == ("q.a",)


@pytest.mark.parametrize(
    ("join", "lines_of_id"),
    [
        ("join", "id <- t.id IDENTITY\nid <- u.id IDENTITY"),
        ("left join", "id <- t.id IDENTITY\nid <- u.id IDENTITY"),
        ("right join", "id <- t.id IDENTITY\nid <- u.id IDENTITY"),
        ("full join", "id <- t.id TRANSFORMATION\nid <- u.id TRANSFORMATION"),
        ("semi join", "id <- t.id IDENTITY"),
    ],
)
def test_a_merged_column_comes_from_both_sides(join: str, lines_of_id: str) -> None:
    assert edges(f"select id from t {join} u using (id)", tables=TABLES) == expected(
        f"{lines_of_id}\n(rows) <- t.id JOIN\n(rows) <- u.id JOIN"
    )


def test_using_without_a_schema_is_not_ambiguous() -> None:
    assert edges("select id from t join u using (id)") == expected(
        "id <- t.id IDENTITY\nid <- u.id IDENTITY\n(rows) <- t.id JOIN\n(rows) <- u.id JOIN"
    )


def test_a_chain_of_using_has_the_column_of_all() -> None:
    tables = {"t": "id", "u": "id", "v": "id"}
    sql = "select * from t join u using (id) join v using (id)"

    assert edges(sql, tables=tables) == expected(
        "id <- t.id IDENTITY\nid <- u.id IDENTITY\nid <- v.id IDENTITY\n"
        "(rows) <- t.id JOIN\n(rows) <- u.id JOIN\n(rows) <- v.id JOIN"
    )


def test_a_natural_join_of_unknown_tables_is_reported() -> None:
    lineage = statement("select a from t natural join w", tables=TABLES)

    assert lineage.unresolved == ("natural join",)
    assert lines(lineage) == ["a <- t.a IDENTITY"]


def test_wide_stars_cost_no_quadratic_time() -> None:
    wide = {"t": " ".join(f"c{i}" for i in range(3_000))}

    lineage = statement("select * from (select * from (select * from t) a) b", tables=wide)

    assert len(lineage.column_edges) == 3_000
    assert lineage.column_edges[-1].source_column == "c2999"


def test_names_before_a_pivot_are_those_that_it_turns() -> None:
    sql = "select * from (select p, q, r from t) as v(id, jan, feb) unpivot(n for m in (jan, feb))"

    lineage = statement(sql, "snowflake")

    assert lineage.output_columns == ("id", "m", "n")
    assert [line for line in lines(lineage) if line.startswith(("id", "n"))] == expected(
        "id <- t.p IDENTITY\nn <- t.q IDENTITY\nn <- t.r IDENTITY"
    )
