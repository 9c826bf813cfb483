"""What one statement leaves behind for the next, and what a script does as a whole."""

import pytest

from lineage.sql import Session, analyze, read_script, summarize
from lineage.sql.dialects import rules_of
from lineage.types import StatementStatus, TableKind
from tests.lineage.sql.reading import Tables, lines, names


def session(dialect: str = "postgres", **options: object) -> Session:
    return Session(rules_of(dialect), **options)  # type: ignore[arg-type]


def test_a_temporary_table_lives_as_long_as_its_session() -> None:
    one, two = session(), session()
    read_script("create temp table x as select a as b from s", one)
    sql = "insert into t select b from x"

    (through,) = read_script(sql, one).statements
    (apart,) = read_script(sql, two).statements

    assert lines(through) == ["t.b <- s.a IDENTITY"]
    assert lines(apart) == ["t.b <- x.b IDENTITY"]


def test_two_sessions_share_no_defaults() -> None:
    one, two = session("snowflake"), session("snowflake")

    read_script("use schema d.s", one)

    assert (one.database, one.schema_name) == ("d", "s")
    assert (two.database, two.schema_name) == (None, None)


def test_a_script_is_its_statements_in_one_session() -> None:
    texts = ["use schema s", "create temp table x as select a from t", "insert into u table x"]
    whole = analyze(";\n".join(texts), dialect="postgres").statements

    one = session()
    single = [statement for text in texts for statement in read_script(text, one).statements]

    assert [lines(s) for s in whole] == [lines(s) for s in single]
    assert names(whole[-1].sources_read) == ["s.t"]


def test_an_edge_through_a_temporary_table_has_no_place_in_the_text() -> None:
    script = analyze(
        "create temp table x as select a + 1 as b from s; insert into t select b from x",
        dialect="postgres",
    )

    (edge,) = script.statements[1].column_edges
    assert edge.span is None
    assert edge.transformation == "a + 1"


def test_temporary_tables_are_told_apart() -> None:
    script = analyze(
        "create temp table x as select a from s; create table y as select a from x",
        dialect="postgres",
    )

    first, second = script.statements
    assert (names(first.temporary), names(second.temporary)) == (["x"], [])
    assert names(script.internal) == ["x"]


def test_a_temporary_table_that_nothing_reads_is_a_result() -> None:
    summary = summarize(analyze("select a into #w from s", dialect="tsql"))

    assert names(summary.targets) == ["#w"]


def test_columns_of_a_permanent_table_are_known_to_the_rest_of_the_script() -> None:
    script = analyze(
        "create table x (p int, q int); insert into x select a, b from s", dialect="postgres"
    )

    assert lines(script.statements[1]) == ["x.p <- s.a IDENTITY", "x.q <- s.b IDENTITY"]


def test_a_dropped_table_is_the_schemas_again() -> None:
    schema = Tables({"x": "a", "u": "b"})
    script = analyze(
        "create temp table x as select b from u; drop table x; select * from x",
        dialect="postgres",
        schema=schema,
    )

    assert lines(script.statements[2]) == ["a <- x.a IDENTITY"]


def test_a_cursor_has_the_columns_of_its_query() -> None:
    (statement,) = analyze(
        """
        create procedure p() language plpgsql as $$
        begin
          for r in select a, sum(b) as n from s group by a loop
            insert into t (x, y) values (r.a, r.n);
          end loop;
        end $$
        """,
        dialect="postgres",
    ).statements

    assert lines(statement) == [
        "t.(rows) <- s.a GROUP_BY",
        "t.x <- s.a IDENTITY",
        "t.y <- s.b AGGREGATION",
    ]


def test_spans_inside_a_routine_are_places_in_its_text() -> None:
    sql = "create procedure p as begin insert into t (x) select abc from s end"
    (statement,) = analyze(sql, dialect="tsql").statements

    (edge,) = statement.column_edges
    assert edge.span is not None
    assert sql[slice(*edge.span)] == "abc"


def test_a_call_is_kept_with_the_statement() -> None:
    (statement,) = analyze("create proc p as exec dbo.q; exec r", dialect="tsql").statements

    assert names(statement.calls) == ["dbo.q", "r"]


@pytest.mark.parametrize(
    ("dialect", "sql", "kind"),
    [
        ("snowflake", "copy into t from @stage", TableKind.STAGE),
        ("duckdb", "select a from 'x.csv'", TableKind.FILE),
        ("spark", "select a from parquet.`/x/y`", TableKind.FILE),
        ("postgres", "select a from t", TableKind.TABLE),
    ],
)
def test_files_and_stages_are_kinds_of_their_own(dialect: str, sql: str, kind: TableKind) -> None:
    (statement,) = analyze(sql, dialect=dialect).statements

    assert [table.kind for table in statement.sources_read] == [kind]


def test_what_is_put_together_at_run_time_says_so() -> None:
    (statement,) = analyze(
        "execute immediate 'drop table ' || name", dialect="snowflake"
    ).statements

    assert statement.status is StatementStatus.DEGRADED
    assert statement.reason == (
        "The statement is put together at run time from more than literal text."
    )


TSQL = [
    ("select 1 select 2", ["select 1", "select 2"]),
    (
        "insert into t select a from s delete from s where a = 1 update t set b = 2",
        ["insert into t select a from s", "delete from s where a = 1", "update t set b = 2"],
    ),
    (
        "select a from s union all select b from u insert into t (c) values (1)",
        ["select a from s union all select b from u", "insert into t (c) values (1)"],
    ),
    (
        "if exists (select 1 from t) drop table t select a into t from s",
        ["select 1 from t", "drop table t", "select a into t from s"],
    ),
    (
        "if not exists (select 1 from sys.tables where name = 't') create table t (a int)",
        ["create table t (a int)"],
    ),
    (
        "with c as (select a from s) insert into t select a from c truncate table s",
        ["with c as (select a from s) insert into t select a from c", "truncate table s"],
    ),
    (
        "begin try insert into t select a from s end try begin catch delete from t end catch",
        ["insert into t select a from s", "delete from t"],
    ),
    (
        "merge t using s on t.a = s.a when matched then update set b = s.b "
        "when not matched then insert (a) values (s.a); select 1",
        [
            "merge t using s on t.a = s.a when matched then update set b = s.b "
            "when not matched then insert (a) values (s.a)",
            "select 1",
        ],
    ),
]


@pytest.mark.parametrize(("text", "statements"), TSQL)
def test_tsql_needs_no_semicolons(text: str, statements: list[str]) -> None:
    assert [s.sql for s in analyze(text, dialect="tsql").statements] == statements
