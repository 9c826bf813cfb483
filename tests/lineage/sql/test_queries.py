"""FROM, WHERE, GROUP BY, ORDER BY, subqueries: which source owns a column."""

import pytest

from lineage.sql import analyze
from lineage.types import ConfidenceReason, StatementStatus
from tests.lineage.sql.reading import Tables, edges, expected, lines, names, statement

ROWS = "(rows) <- t.list JOIN"
UNFOLDED = f"<- t.list TRANSFORMATION\n{ROWS}"
KNOWN = {"a": "id x shared", "b": "id y shared"}

CASES = [
    pytest.param(
        "select x, y from a join b on a.id = b.id where x > 1 order by y",
        """
        x <- a.x IDENTITY
        y <- b.y IDENTITY
        (rows) <- a.id JOIN
        (rows) <- b.id JOIN
        (rows) <- a.x FILTER
        (rows) <- b.y SORT
        """,
        id="clauses decide rows",
    ),
    pytest.param(
        "select x, count(*) as n from a group by x having max(id) > 1",
        "x <- a.x IDENTITY\n(rows) <- a.x GROUP_BY\n(rows) <- a.id FILTER",
        id="group by and having",
    ),
    pytest.param(
        "select x as p, id from a group by 1, 2 order by 2 desc",
        """
        p <- a.x IDENTITY
        id <- a.id IDENTITY
        (rows) <- a.x GROUP_BY
        (rows) <- a.id GROUP_BY
        (rows) <- a.id SORT
        """,
        id="ordinals",
    ),
    pytest.param(
        "select x + 1 as id from a order by id",
        "id <- a.x TRANSFORMATION\n(rows) <- a.x SORT",
        id="order by prefers the alias",
    ),
    pytest.param(
        "select x as id from a group by id",
        "id <- a.x IDENTITY\n(rows) <- a.id GROUP_BY",
        id="group by prefers the column",
    ),
    pytest.param(
        "select x from a group by grouping sets ((x), (id))",
        "x <- a.x IDENTITY\n(rows) <- a.x GROUP_BY\n(rows) <- a.id GROUP_BY",
        id="grouping sets",
    ),
    pytest.param(
        "select distinct on (id) x from a order by id, x",
        "x <- a.x IDENTITY\n(rows) <- a.id GROUP_BY\n(rows) <- a.id SORT\n(rows) <- a.x SORT",
        id="distinct on",
    ),
    pytest.param(
        "select q.x from (select x from a where id = 1) q",
        "x <- a.x IDENTITY\n(rows) <- a.id FILTER",
        id="a derived table brings its conditions",
    ),
    pytest.param(
        "select q.n from (select x, id from a) as q(n, m)",
        "n <- a.x IDENTITY",
        id="column aliases of a derived table",
    ),
    pytest.param(
        "select r.p from a as r(p, q, s)", "p <- a.id IDENTITY", id="column aliases of a table"
    ),
    pytest.param(
        "select x from a where exists (select 1 from b where b.id = a.id)",
        "x <- a.x IDENTITY\n(rows) <- b.id FILTER\n(rows) <- a.id FILTER",
        id="exists",
    ),
    pytest.param(
        "select x from a where id in (select id from b where y > 0)",
        "x <- a.x IDENTITY\n(rows) <- a.id FILTER\n(rows) <- b.id FILTER\n(rows) <- b.y FILTER",
        id="in",
    ),
    pytest.param(
        "select x, (select max(y) from b where b.id = a.id) as m from a",
        """
        x <- a.x IDENTITY
        m <- b.y AGGREGATION
        m <- b.id FILTER
        m <- a.id FILTER
        """,
        id="a correlated subquery's condition belongs to its column",
    ),
    pytest.param(
        "select (select y from b where b.id = x limit 1) as m from a",
        "m <- b.y IDENTITY\nm <- b.id FILTER\nm <- a.x FILTER",
        id="a bare name from the enclosing query",
    ),
    pytest.param(
        "select m.y from a cross join lateral (select b.y from b where b.id = a.id) m",
        "y <- b.y IDENTITY\n(rows) <- b.id FILTER\n(rows) <- a.id FILTER",
        id="lateral",
    ),
    pytest.param(
        "select l.v from a, lateral (select x + 1 as v) l",
        "v <- a.x TRANSFORMATION",
        id="lateral without a source of its own",
    ),
    pytest.param(
        "select a.id from a left join b on a.id = b.id and b.y = 1",
        "id <- a.id IDENTITY\n(rows) <- a.id JOIN\n(rows) <- b.id JOIN\n(rows) <- b.y JOIN",
        id="every column of a join condition",
    ),
    pytest.param(
        "select x, y from ((a join b on a.id = b.id) join a as c on c.id = b.id)".replace(
            "select x, y", "select a.x, y"
        ),
        """
        x <- a.x IDENTITY
        y <- b.y IDENTITY
        (rows) <- a.id JOIN
        (rows) <- b.id JOIN
        """,
        id="joins in brackets",
    ),
    pytest.param(
        "select z.x from (a join b on true) as z", "x <- a.x IDENTITY", id="bracketed alias"
    ),
    pytest.param(
        "select v.p, v.q from (values (1, 2), (3, 4)) as v(p, q)", "", id="values have no source"
    ),
    pytest.param(
        "select v.p from a, lateral (values (a.x), (a.id)) as v(p)",
        "p <- a.x IDENTITY\np <- a.id IDENTITY",
        id="values that read a column",
    ),
    pytest.param(
        "select row_to_json(a) as j from a",
        "j <- a.id TRANSFORMATION\nj <- a.x TRANSFORMATION\nj <- a.shared TRANSFORMATION",
        id="a whole row",
    ),
    pytest.param(
        "select g as n, x from a, generate_series(1, a.id) as g",
        "n <- a.id TRANSFORMATION\nx <- a.x IDENTITY\n(rows) <- a.id JOIN",
        id="table function",
    ),
    pytest.param("select 1 as one", "", id="no source"),
    pytest.param("table a", "id <- a.id IDENTITY\nx <- a.x IDENTITY\nshared <- a.shared IDENTITY"),
]


@pytest.mark.parametrize(("sql", "text"), CASES)
def test_a_query_with_known_tables(sql: str, text: str) -> None:
    assert edges(sql, tables=KNOWN) == expected(text)


def test_a_single_source_owns_the_bare_columns_without_a_schema() -> None:
    lineage = statement("select a from t")

    (edge,) = lineage.column_edges
    assert (edge.source_table.text, edge.confidence) == ("t", 0.9)
    assert edge.reason is ConfidenceReason.SINGLE_SOURCE
    assert lineage.confidence == 0.9


def test_a_known_schema_makes_the_edge_certain() -> None:
    (edge,) = statement("select a from t", tables={"t": "a"}).column_edges

    assert (edge.confidence, edge.reason) == (1.0, ConfidenceReason.BY_SCHEMA)


def test_an_ambiguous_column_is_shared_among_its_candidates() -> None:
    assert edges("select a from t, u, v, w") == expected(
        "a <- t.a IDENTITY ~0.25\na <- u.a IDENTITY ~0.25\n"
        "a <- v.a IDENTITY ~0.25\na <- w.a IDENTITY ~0.25"
    )


def test_a_schema_of_one_table_decides_for_both() -> None:
    # u lacks the column, so t must have it; v has it, so u cannot
    assert edges("select a from t, u", tables={"u": "b"}) == ["a <- t.a IDENTITY"]
    assert edges("select a from t, u", tables={"u": "a"}) == ["a <- u.a IDENTITY"]


def test_guesses_of_a_subquery_shrink_with_every_level() -> None:
    sql = "select p from (select * from t, u) q, r"

    assert edges(sql) == expected(
        "p <- t.p IDENTITY ~0.25\np <- u.p IDENTITY ~0.25\np <- r.p IDENTITY ~0.50"
    )


def test_a_column_that_the_schema_does_not_list_stays_a_guess() -> None:
    lineage = statement("select t.new from t", tables={"t": "old"})

    assert lines(lineage) == ["new <- t.new IDENTITY ~0.50"]
    assert lineage.unresolved == ("t.new",)
    assert lineage.status is StatementStatus.PARSED


def test_hidden_columns_are_no_surprise() -> None:
    lineage = statement("select t.ctid from t", tables={"t": "old"})

    assert lineage.unresolved == ()


def test_a_qualifier_that_nothing_answers_to_is_reported() -> None:
    lineage = statement("select z.a from t")

    assert lineage.column_edges == ()
    assert lineage.unresolved == ("z.a",)
    assert lineage.confidence == 0.0


def test_a_table_named_like_its_column() -> None:
    assert edges("select status from status") == ["status <- status.status IDENTITY"]


def test_the_schema_is_asked_once_and_only_for_tables_that_are_named() -> None:
    tables = Tables({"t": "a", "never": "b"})

    sql = "insert into v select a from t where a in (select a from t)"
    analyze(sql, dialect="postgres", schema=tables)

    assert sorted(tables.asked) == ["t", "v"]


def test_tables_are_listed_in_the_order_of_the_text() -> None:
    lineage = statement("select 1 from c, b where exists (select 1 from a)")

    assert names(lineage.sources_read) == ["c", "b", "a"]
    assert [e.source.text for e in lineage.dataset_edges] == ["c", "b", "a"]


def test_a_semi_join_hides_its_right_side() -> None:
    sql = "select * from t left semi join u on t.id = u.id"

    assert edges(sql, "spark", {"t": "id x", "u": "id y"}) == expected(
        "id <- t.id IDENTITY\nx <- t.x IDENTITY\n(rows) <- t.id JOIN\n(rows) <- u.id JOIN"
    )


@pytest.mark.parametrize(
    ("dialect", "sql", "text"),
    [
        (
            "snowflake",
            "select x + 1 as y, y * 2 as z from t",
            "y <- t.x TRANSFORMATION\nz <- t.x TRANSFORMATION",
        ),
        (
            "snowflake",
            "select trim(x) as x, upper(x) as y from t",
            "x <- t.x TRANSFORMATION\ny <- t.x TRANSFORMATION",
        ),
        (
            "postgres",
            "select x + 1 as y, y * 2 as z from t",
            "y <- t.x TRANSFORMATION\nz <- t.y TRANSFORMATION",
        ),
        (
            "bigquery",
            "select x as y from t having y > 1",
            "y <- t.x IDENTITY\n(rows) <- t.x FILTER",
        ),
        (
            "snowflake",
            "select x as y from t qualify row_number() over (order by y) = 1",
            "y <- t.x IDENTITY\n(rows) <- t.x FILTER",
        ),
        (
            "duckdb",
            "select a, b + 1 as c from t group by all",
            "a <- t.a IDENTITY\n"
            "c <- t.b TRANSFORMATION\n(rows) <- t.a GROUP_BY\n(rows) <- t.b GROUP_BY",
        ),
    ],
)
def test_aliases_are_seen_where_the_dialect_allows(dialect: str, sql: str, text: str) -> None:
    assert edges(sql, dialect) == expected(text)


def test_a_known_column_wins_over_an_alias() -> None:
    sql = "select x + 1 as y, y * 2 as z from t"

    assert edges(sql, "snowflake", {"t": "x y"}) == expected(
        "y <- t.x TRANSFORMATION\nz <- t.y TRANSFORMATION"
    )


@pytest.mark.parametrize(
    ("dialect", "sql", "text"),
    [
        (
            "bigquery",
            "select u, o, t.id from t, unnest(t.list) as u with offset o",
            "u <- t.list TRANSFORMATION\nid <- t.id IDENTITY\n(rows) <- t.list JOIN",
        ),
        (
            "bigquery",
            "select u.n from t, unnest(list) as u",
            f"n <- t.list.n TRANSFORMATION\n{ROWS}",
        ),
        ("postgres", "select u.e from t, unnest(t.list) as u(e)", f"e {UNFOLDED}"),
        (
            "hive",
            "select id, e from t lateral view explode(list) x as e",
            f"id <- t.id IDENTITY\ne {UNFOLDED}",
        ),
        (
            "snowflake",
            "select f.value as v from t, lateral flatten(input => t.list) f",
            f"v {UNFOLDED}",
        ),
        ("trino", "select e from t cross join unnest(list) as x (e)", f"e {UNFOLDED}"),
        (
            "tsql",
            "select q.c from t cross apply (select c from u where u.i = t.i) q",
            "c <- u.c IDENTITY\n(rows) <- u.i FILTER\n(rows) <- t.i FILTER",
        ),
        ("bigquery", "select s.f.g from t", "g <- t.s.f.g IDENTITY"),
        ("postgres", "select (s).f from t", "f <- t.s.f IDENTITY"),
    ],
)
def test_nested_values(dialect: str, sql: str, text: str) -> None:
    assert edges(sql, dialect) == expected(text)


@pytest.mark.parametrize(
    ("dialect", "sql", "text"),
    [
        ("bigquery", "select x.k from t, t.list as x", f"k <- t.list.k TRANSFORMATION\n{ROWS}"),
        (
            "bigquery",
            "select array(select x.k from t.list as x) as ks from t",
            "ks <- t.list.k TRANSFORMATION\nks <- t.list JOIN",
        ),
        (
            "clickhouse",
            "with (select max(a) from u) as m, b + 1 as n select m, n from t",
            "m <- u.a AGGREGATION\nn <- t.b TRANSFORMATION",
        ),
        ("sqlite", 'select "a" as x, "no such column" as y from t', "x <- t.a IDENTITY"),
    ],
)
def test_what_only_one_dialect_does(dialect: str, sql: str, text: str) -> None:
    lineage = statement(sql, dialect, {"t": "id a b list", "u": "a"})

    assert lines(lineage) == expected(text)
    assert lineage.unresolved == ()


def test_a_bare_name_may_belong_to_the_enclosing_query() -> None:
    sql = "select (select max(x) from unknown where k = id) as m from t"

    assert edges(sql, tables={"t": "id"}) == expected(
        """
        m <- unknown.x AGGREGATION
        m <- unknown.k FILTER
        m <- unknown.id FILTER ~0.50
        m <- t.id FILTER ~0.50
        """
    )


def test_pivot_passes_the_other_columns_through() -> None:
    sql = "select * from t pivot (sum(amount) for month in ('jan', 'feb')) as p"

    assert edges(sql, "snowflake", {"t": "id amount month"}) == expected(
        """
        id <- t.id IDENTITY
        (rows) <- t.id GROUP_BY
        'jan' <- t.amount AGGREGATION
        'jan' <- t.month CONDITIONAL
        'feb' <- t.amount AGGREGATION
        'feb' <- t.month CONDITIONAL
        """
    )


def test_pivot_deals_its_aggregates_out() -> None:
    sql = "select * from t pivot (sum(a) as s, max(b) as m for c in ('x'))"

    assert edges(sql, "bigquery", {"t": "a b c"}) == expected(
        """
        s_x <- t.a AGGREGATION
        s_x <- t.c CONDITIONAL
        m_x <- t.b AGGREGATION
        m_x <- t.c CONDITIONAL
        """
    )


def test_unpivot_gathers_its_columns() -> None:
    lineage = statement(
        "select * from t unpivot (amount for month in (jan, feb))",
        "snowflake",
        {"t": "id jan feb"},
    )

    assert lines(lineage) == expected(
        """
        id <- t.id IDENTITY
        amount <- t.jan IDENTITY
        amount <- t.feb IDENTITY
        (rows) <- t.jan FILTER
        (rows) <- t.feb FILTER
        """
    )
    assert lineage.output_columns == ("id", "month", "amount")
