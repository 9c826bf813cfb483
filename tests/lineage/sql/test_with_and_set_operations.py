"""Common table expressions and set operations."""

import pytest

from tests.lineage.sql.reading import edges, expected, lines, names, statement


def test_a_cte_is_no_table() -> None:
    lineage = statement("with c as (select a from t where k = 1) select a as x from c")

    assert lines(lineage) == expected("x <- t.a IDENTITY\n(rows) <- t.k FILTER")
    assert names(lineage.sources_read) == ["t"]


def test_a_cte_may_be_named_like_its_own_source() -> None:
    lineage = statement("with t as (select a from t) select a from t")

    assert lines(lineage) == ["a <- t.a IDENTITY"]
    assert names(lineage.sources_read) == ["t"]


def test_a_qualified_name_is_never_a_cte() -> None:
    lineage = statement("with t as (select a from u) select s.t.a from s.t")

    assert names(lineage.sources_read) == ["s.t"]


def test_an_inner_cte_shadows_an_outer_one() -> None:
    sql = """
        with c as (select a from t)
        select x from (with c as (select b as x from u) select x from c) q
    """

    assert edges(sql) == ["x <- u.b IDENTITY"]


def test_tables_of_an_unused_cte_are_only_mentioned() -> None:
    lineage = statement("with unused as (select 1 from u), c as (select a from t) select a from c")

    assert names(lineage.sources_read) == ["t"]
    assert names(lineage.sources_mentioned) == ["u", "t"]
    assert [edge.source.text for edge in lineage.dataset_edges] == ["t"]


def test_a_cte_used_only_by_an_unused_one_is_not_read() -> None:
    lineage = statement("with a as (select 1 from t), b as (select * from a) select x from u")

    assert names(lineage.sources_read) == ["u"]


def test_column_list_of_a_cte() -> None:
    assert edges("with c(x, y) as (select a, b from t) select y from c") == ["y <- t.b IDENTITY"]


def test_a_recursive_cte_reaches_its_fixed_point() -> None:
    sql = """
        with recursive tree(id, root, name) as (
            select id, id, name from nodes where parent is null
            union all
            select n.id, tree.root, tree.name || n.name
            from nodes n join tree on n.parent = tree.id
        )
        select root, name from tree
    """

    assert edges(sql, tables={"nodes": "id parent name"}) == expected(
        """
        root <- nodes.id IDENTITY
        name <- nodes.name IDENTITY
        name <- nodes.name TRANSFORMATION
        (rows) <- nodes.parent FILTER
        (rows) <- nodes.parent JOIN
        (rows) <- nodes.id JOIN
        """
    )


def test_columns_that_change_places_in_a_recursion() -> None:
    sql = """
        with recursive r(a, b, c) as (
            select x, y, z from t union all select b, c, a from r
        )
        select a from r
    """

    assert edges(sql) == expected("a <- t.x IDENTITY\na <- t.y IDENTITY\na <- t.z IDENTITY")


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("select 1 as a union all by name select b as a from t", "a <- t.b IDENTITY"),
        ("select 1 as a union all select b from t union all select 7", "a <- t.b IDENTITY"),
        (
            "select b as a from t union all select a + 1 from t",
            "a <- t.b IDENTITY\na <- t.b TRANSFORMATION",
        ),
    ],
    ids=["by name", "not the last", "the first"],
)
def test_duckdb_repeats_only_what_stands_behind_the_last_union(body: str, read: str) -> None:
    # Where it does not repeat, the name is that of a table.
    sql = f"with recursive t as ({body}) select a from t"

    assert edges(sql, dialect="duckdb", tables={"t": "a b"}) == expected(read)


def test_recursion_without_the_keyword() -> None:
    sql = """
        with r as (select a from t union all select r.a from r join u on u.k = r.a)
        select a from r
    """

    assert edges(sql, "tsql") == expected(
        "a <- t.a IDENTITY\n(rows) <- u.k JOIN\n(rows) <- t.a JOIN"
    )
    lineage = statement(sql, "tsql")
    assert names(lineage.sources_read) == ["t", "u"]


def test_chains_and_diamonds_of_ctes_stay_linear() -> None:
    chain = "".join(
        f", c{i} as (select x.a, y.b from c{i - 1} x join c{i - 1} y on x.a = y.a)"
        for i in range(1, 40)
    )

    lineage = statement(f"with c0 as (select a, b from t){chain} select a, b from c39")

    assert lines(lineage) == expected("a <- t.a IDENTITY\nb <- t.b IDENTITY\n(rows) <- t.a JOIN")


def test_a_cte_per_level_of_hundreds_needs_no_stack() -> None:
    chain = "".join(f", c{i} as (select a from c{i - 1})" for i in range(1, 600))

    assert edges(f"with c0 as (select a from t){chain} select a from c599") == ["a <- t.a IDENTITY"]


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            "select a, b from t union all select c, d from u",
            "a <- t.a IDENTITY\na <- u.c IDENTITY\nb <- t.b IDENTITY\nb <- u.d IDENTITY",
        ),
        ("select a from t union select 1", "a <- t.a IDENTITY\n(rows) <- t.a GROUP_BY"),
        ("select 1 as a union select b from u", "a <- u.b IDENTITY\n(rows) <- u.b GROUP_BY"),
        (
            "select a from t intersect select b from u",
            "a <- t.a IDENTITY\na <- u.b IDENTITY\n(rows) <- t.a FILTER\n(rows) <- u.b FILTER",
        ),
        (
            "select a from t except select b from u where k = 1",
            "a <- t.a IDENTITY\n(rows) <- t.a FILTER\n(rows) <- u.b FILTER\n(rows) <- u.k FILTER",
        ),
        (
            "select a from t union all select b from u order by 1",
            "a <- t.a IDENTITY\na <- u.b IDENTITY\n(rows) <- t.a SORT\n(rows) <- u.b SORT",
        ),
        (
            "select a from t union all select b from u order by a",
            "a <- t.a IDENTITY\na <- u.b IDENTITY\n(rows) <- t.a SORT\n(rows) <- u.b SORT",
        ),
        (
            "(select a from t order by k limit 1) union all (select b from u)",
            "a <- t.a IDENTITY\na <- u.b IDENTITY\n(rows) <- t.k SORT",
        ),
        (
            "select x from (select a as x from t union all select b from u) q",
            "x <- t.a IDENTITY\nx <- u.b IDENTITY",
        ),
    ],
)
def test_set_operations_go_by_position(sql: str, text: str) -> None:
    assert edges(sql) == expected(text)


def test_union_by_name() -> None:
    sql = "select a, b from t union all by name select b, a, c from u"

    assert edges(sql, "duckdb", {"t": "a b", "u": "a b c"}) == expected(
        """
        a <- t.a IDENTITY
        a <- u.a IDENTITY
        b <- t.b IDENTITY
        b <- u.b IDENTITY
        c <- u.c IDENTITY
        """
    )


def test_a_union_of_unknown_stars_is_searched_by_name() -> None:
    assert edges("select a from (select * from t union all select * from u) q") == expected(
        "a <- t.a IDENTITY\na <- u.a IDENTITY"
    )


def test_duplicate_output_names_stay_apart() -> None:
    lineage = statement("select a as x, b as x from t")

    assert lineage.output_columns == ("x", "x")
    assert lines(lineage) == ["x <- t.a IDENTITY", "x <- t.b IDENTITY"]
    inserted = statement("insert into v (p, q) select a as x, b as x from t")
    assert lines(inserted) == ["v.p <- t.a IDENTITY", "v.q <- t.b IDENTITY"]


@pytest.mark.parametrize(
    ("dialect", "sql", "columns"),
    [
        (
            "postgres",
            "select a::text, max(b), a + 1, case when a then 1 end, (select c from u) from t",
            ("a", "max", "?column?", "case", "c"),
        ),
        ("trino", "select a, a + 1, max(b) from t", ("a", "_col1", "_col2")),
        ("bigquery", "select a, a + 1, max(b), c from t", ("a", "f0_", "f1_", "c")),
        ("hive", "select a, a + 1, max(b) from t", ("a", "_c1", "_c2")),
        ("tsql", "select x = a, b as [y z] from t", ("x", "y z")),
    ],
)
def test_names_of_unnamed_columns(dialect: str, sql: str, columns: tuple[str, ...]) -> None:
    assert statement(sql, dialect).output_columns == columns


@pytest.mark.parametrize("dialect", ["postgres", "tsql"])
def test_a_union_fills_the_table_that_its_first_branch_names(dialect: str) -> None:
    lineage = statement("select a into kept from t union all select b from u", dialect)

    assert names(lineage.targets) == ["kept"]
    assert names(lineage.sources_read) == ["t", "u"]
    assert [(edge.source_column, edge.target_column) for edge in lineage.column_edges] == [
        ("a", "a"),
        ("b", "a"),
    ]


@pytest.mark.parametrize(
    ("operator", "columns"),
    [
        ("union all by name", "a b c"),
        ("inner union all by name", "b"),
        ("union all corresponding", "b"),
        ("left union all by name", "a b"),
        ("full union all by name on (c, b)", "c b"),
    ],
)
def test_columns_matched_by_name_are_those_of_the_mode(operator: str, columns: str) -> None:
    sql = f"select * from (select a, b from t {operator} select b, c from u)"

    assert statement(sql, "bigquery").output_columns == tuple(columns.split())


@pytest.mark.parametrize("dialect", ["postgres", "bigquery"])
def test_with_recursive_a_definition_names_later_ones(dialect: str) -> None:
    sql = """
        with recursive a as (select x from b union all select y from c),
        b as (select id as x from s), c as (select x as y from b)
        select x from a
    """

    assert edges(sql, dialect) == ["x <- s.id IDENTITY"]
    assert edges(sql.replace("recursive", ""), dialect) == [
        "x <- b.x IDENTITY",
        "x <- c.y IDENTITY",
    ]


def test_definitions_that_name_each_other_end() -> None:
    sql = "with recursive a as (select x from b), b as (select x from a) select x from a"

    assert names(statement(sql).sources_read) == ["a"]
