"""What happens when a statement is not understood, too deep or too large."""

import logging
import time
from typing import Any

import pytest

from lineage.sql import Session, analyze
from lineage.sql.budget import Budget
from lineage.sql.parsing.clauses import Cut, cut_of
from lineage.types import (
    ConfidenceReason,
    ScriptLineage,
    StatementLineage,
    StatementStatus,
    TableName,
)
from tests.lineage.sql.reading import lines, names, statement


def test_one_bad_statement_harms_no_other() -> None:
    script = analyze(
        "create table v as select a from t; select a, from (x; insert into w select b from u",
        dialect="postgres",
    )

    first, bad, last = script.statements
    assert lines(first) == ["v.a <- t.a IDENTITY"]
    assert bad.status is StatementStatus.UNPARSED
    assert names(bad.sources_read) == ["x"]
    assert lines(last) == ["w.b <- u.b IDENTITY"]


def test_a_broken_statement_says_where_it_broke() -> None:
    lineage = statement("select a\nfrom t where (b = 1")

    assert lineage.status is StatementStatus.UNPARSED
    assert lineage.reason == "Expecting ), at line 2, column 19."
    assert lineage.confidence == 0.2
    (edge,) = lineage.dataset_edges
    assert (edge.source.text, edge.target, edge.confidence) == ("t", None, 0.2)
    assert edge.reason is ConfidenceReason.TOKEN_SCAN


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "select 'abc from t",
            "A string, a quoted name or a comment is not closed, or a character is not allowed.",
        ),
        ("hello", "The text is not a statement."),
    ],
)
def test_reasons_are_sentences(sql: str, reason: str) -> None:
    lineage = statement(sql)

    assert lineage.status is StatementStatus.UNPARSED
    assert lineage.reason == reason


@pytest.mark.parametrize(
    ("dialect", "sql", "sources", "targets"),
    [
        (
            "postgres",
            "insert into v(a) select ? ? from s.t x join u using (id), w",
            ["s.t", "u", "w"],
            ["v"],
        ),
        (
            "postgres",
            "select ( from ((a join b on x) join c on y) where z in (select 1 from d",
            ["a", "b", "c", "d"],
            [],
        ),
        ("postgres", "with c as (select ( from t) select * from c", ["t"], []),
        ("postgres", "select ( extract(year from born) from people", ["people"], []),
        ("tsql", "insert t (a) select x from s where (", ["s"], ["t"]),
        ("bigquery", "merge t using s on (", ["s"], ["t"]),
        ("oracle", "insert first when a > (b then into t values (a) select x from s", ["s"], ["t"]),
        ("postgres", "select a is distinct from b (( from t", ["t"], []),
        ("postgres", "select (( from unnest(x), f(1), t", ["t"], []),
        (
            "postgres",
            'select (( from "My Table" -- from comment\n, /* from x */ t',
            ["My Table", "t"],
            [],
        ),
        ("postgres", "select (( 'from s' from t", ["t"], []),
        ("postgres", "delete from v using t where ((", ["t"], ["v"]),
        ("postgres", "update v set a = (( from t", ["t"], ["v"]),
        ("postgres", "create or replace view s.v as select (( from t", ["t"], ["s.v"]),
        ("snowflake", "merge into v using t on ((", ["t"], ["v"]),
        ("spark", "insert overwrite table v select (( from t", ["t"], ["v"]),
        ("tsql", "select (( from [My Table] t join #temp x on 1 = 1", ["my table", "#temp"], []),
        ("postgres", "grant select on t to ((role from x", [], []),
        ("postgres", "", [], []),
    ],
)
def test_the_token_scan_finds_names(
    dialect: str, sql: str, sources: list[str], targets: list[str]
) -> None:
    from lineage.sql.dialects import dialect_of, rules_of
    from lineage.sql.token_scan import token_scan

    scanned = token_scan(sql, rules_of(dialect_of(dialect)))

    assert [".".join(parts) for parts in scanned.sources] == sources
    assert [".".join(parts) for parts in scanned.targets] == targets


def test_scanned_names_are_completed_and_point_at_the_given_target() -> None:
    view = TableName(("s", "v"))

    lineage = statement("select ( from t", default_schema="s", target=view)

    assert [(e.source.text, e.target) for e in lineage.dataset_edges] == [("s.t", view)]


def test_a_statement_beyond_its_budget_keeps_its_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lineage.sql.analysis.Budget", lambda: Budget(units=10))

    lineage = statement(
        "insert into v with c as (select * from t) select * from c, u",
        tables={"t": "a b c d e f", "u": "g h i j k"},
    )

    assert lineage.status is StatementStatus.DEGRADED
    assert lineage.reason == (
        "Column lineage was given up because the statement is too large; its tables are complete."
    )
    assert (names(lineage.sources_read), names(lineage.targets)) == (["t", "u"], ["v"])
    assert lineage.column_edges == ()


def test_a_bug_of_the_parser_is_no_error_of_ours() -> None:
    lineage = statement("from t |> where * from (select a,b,c from 1 |> select a, b", "tsql")

    assert lineage.status is StatementStatus.UNPARSED
    assert lineage.reason == "The parser failed on this text with a TypeError."
    assert names(lineage.sources_read) == ["t"]


def test_a_failure_in_the_columns_keeps_the_tables(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise KeyError("a tree of tomorrow")

    monkeypatch.setattr("lineage.sql.resolving.select_list.output_names", fail)
    with caplog.at_level(logging.ERROR):
        lineage = statement("create view v as select secret from t")

    assert lineage.status is StatementStatus.DEGRADED
    assert (names(lineage.sources_read), names(lineage.targets)) == (["t"], ["v"])
    assert "secret" not in caplog.messages


def test_columns_that_depend_on_the_data_are_unresolved() -> None:
    lineage = statement("pivot t on c using sum(a)", "duckdb")

    assert names(lineage.sources_read) == ["t"]
    assert lineage.unresolved == ("pivot.*",)


HUGE = {
    "brackets": "select " + "(" * 500 + "a" + ")" * 500 + " from t",
    "a hundred thousand brackets": "select " + "(" * 50_000 + "a" + ")" * 50_000 + " from t",
    "ands": "select a from t where " + " and ".join(f"b{i} = 1" for i in range(2_000)),
    "sums": "select " + "+".join(["a"] * 5_000) + " from t",
    "unions": " union all ".join(["select a from t"] * 2_000),
    "literal": "select a, '" + "x" * 1_000_000 + "' as b from t",
    "in list": "select a from t where b in (" + ",".join(map(str, range(20_000))) + ")",
    "derived tables": "select * from (" * 150 + "select a from t" + ") x" * 150,
    "casts": "select a" + "::int" * 5_000 + " from t",
    "arrows": "select a" + " -> 'b'" * 5_000 + " from t",
}


@pytest.mark.parametrize("sql", HUGE.values(), ids=HUGE.keys())
def test_huge_statements_keep_their_columns(sql: str) -> None:
    lineage = statement(sql)

    assert lineage.status is StatementStatus.PARSED, lineage.reason
    (edge,) = lineage.column_edges
    assert (edge.source_table.text, edge.source_column) == ("t", "a")


HOSTILE = {
    "nots": "select " + "not " * 5_000 + "a from t",
    "minuses": "select " + "- " * 5_000 + "a from t",
    "cases": "select " + "case when a then " * 5_000 + "1" + " end" * 5_000 + " from t",
    "open cases": "select " + "case " * 5_000 + " from t",
    "calls": "select " + "f(" * 5_000 + "a" + ")" * 5_000 + " from t",
    "subqueries": "select * from (" * 10_000 + "select a from t" + ") x" * 10_000,
    "exists": "select 1 from t where " + "exists(select 1 from t where " * 400 + "1=1" + ")" * 400,
    "bare joins": "select * from t " + "join t " * 500,
    "straight joins": "select * from t " + "straight_join t " * 500,
    "types": "select cast(a as " + "struct<a " * 20_000 + "int" + ">" * 20_000 + ") from t",
    "froms": "select a from t where " + "select a from " * 10_000 + "t",
    "subscripts": "select a" + "[1]" * 5_000 + " from t",
    "arrays": "select " + "[" * 5_000 + "1" + "]" * 5_000 + " from t",
    "intervals": "select " + "interval " * 5_000 + "'1 day' from t",
    "parameters": "select a from t where " + "using parameters a " * 5_000,
    "blanks": "select a from t where" + " " * 60_000 + "(",
    "tables": "select a from t where " + "table(a " * 10_000,
    "spreads": "select a from t where " + "clustered by a " * 6_000 + "!",
    "limits": "select a from t where " + "limit 1, by " * 8_000,
    "clones": "select a from t where " + "clone t " * 10_000,
    "product": "with c as (select " + "+".join(f"a{i}" for i in range(1_000)) + " as s from t) "
    "select " + ",".join(f"s+{i} as c{i}" for i in range(1_500)) + " from c",
}


@pytest.mark.parametrize("sql", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_statements_end_soon_and_keep_their_tables(sql: str) -> None:
    started = time.process_time()

    lineage = statement(sql)

    assert time.process_time() - started < 20
    assert lineage.status in (StatementStatus.DEGRADED, StatementStatus.UNPARSED)
    assert names(lineage.sources_read) == ["t"]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("flink", "create table a (b row<" + "a<b<c " * 20_000),
        ("exasol", "select 1 from " + "(import from a at b statement '" * 3_000),
        ("exasol", "create script a as " + "[[" * 50_000),
        ("netezza", "create table a as select 1 from b " + "distribute on (" * 7_000),
        ("greenplum", "create external web table a (b int) " + "location ( " * 9_000),
        ("teradata", "insert into a selec\n" + "create table a\n" * 7_000),
        ("clickhouse", "select a from t limit" + " " * 99_000 + "!"),
        ("oracle", "insert into (select a" + " " * 99_000 + "!"),
        ("singlestore", "create procedure p() as declare " + "q query( from q " * 6_000),
        ("db2", "!\n" * 50_000),
        ("oracle", "select a from t " + "model dimension by (a) " * 4_000 + "("),
        ("oracle", "select a from t " + "model " * 16_000 + "dimension ("),
        ("tsql", "exec (" + "rtrim(" * 9_000 + "'a'" + ")" * 9_000 + ")"),
        ("postgres", "create trigger " + "on a.b.c " * 9_000 + "; select 1"),
    ],
)
def test_hostile_texts_of_engines_end_soon(dialect: str, sql: str) -> None:
    started = time.process_time()

    analyze(sql, dialect=dialect)

    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";" * 10_000,
        "'" * 10_001,
        "$" * 10_000,
        "/*" * 10_000,
        "q'[" * 10_000,
        "[" * 10_000,
        "\x00",
        "\ud800",
        "begin " * 5_000,
        "%$#@!)(*&^ \\ ' ` \" [ { ; }) -- /*",
        "select " * 3_000,
        "with " * 3_000,
        "from " * 3_000,
        "/* a */ " * 5_000 + "1",
        "-- a\n(" * 5_000 + "1",
    ],
)
def test_garbage_never_raises_and_ends_soon(sql: str) -> None:
    started = time.process_time()

    for dialect in ("postgres", "snowflake", "bigquery", "tsql", "mysql", "oracle", "nothing"):
        script = analyze(sql, dialect=dialect)

        assert isinstance(script, ScriptLineage)
        assert all(not lineage.column_edges for lineage in script.statements)

    assert time.process_time() - started < 15


def test_a_statement_whose_words_cannot_be_read_costs_itself_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise IndexError("words of tomorrow")

    monkeypatch.setattr("lineage.sql.analysis.cut_of", fail)

    script = analyze("select a from t; drop table x", dialect="postgres")

    (broken, _) = script.statements
    assert broken.status is StatementStatus.UNPARSED
    assert names(broken.sources_read) == ["t"]
    assert caplog.messages == ["lineage_statement_failed"] * 2


def test_a_routine_that_cannot_be_read_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a procedure in which reading a statement fails
    def fail(sql: str, session: Session) -> Cut | None:
        if "broken" in sql:
            raise IndexError("words of tomorrow")
        return cut_of(sql, session)

    monkeypatch.setattr("lineage.sql.analysis.cut_of", fail)

    # Then SELECT INTO after it fills a table, and no variable of the procedure
    script = analyze(
        "create procedure p() language plpgsql as $$ declare w text; begin"
        " select a into w from broken; end $$; select a into w from t",
        dialect="postgres",
    )
    assert [names(one.targets) for one in script.statements] == [[], ["w"]]


@pytest.mark.parametrize("number", ["\u00b2", "9" * 5_000])
@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("postgres", "select a from t union select a from u order by {}"),
        ("postgres", "select a from t order by {}"),
        ("spark", "select stack({}, a, b) from t union select a, b from u"),
        ("snowflake", "select ${} from t union select a from u"),
        (
            "snowflake",
            "select a from t; select a from u union select a from table(result_scan(-{}))",
        ),
    ],
)
def test_a_number_that_cannot_be_read_is_no_place(dialect: str, text: str, number: str) -> None:
    script = analyze(text.format(number), dialect=dialect)

    reasons = [one.reason for one in script.statements if one.reason is not None]
    assert [reason for reason in reasons if "failed" in reason] == []


@pytest.mark.parametrize(
    ("dialect", "sql", "said"),
    [
        ("mysql", "replace /* all */ into t (a) select x from s", "t.a <- s.x IDENTITY"),
        (
            "postgres",
            "create /* ; from 'x */ materialized /* y */ view t as select x as a from s",
            "t.a <- s.x IDENTITY",
        ),
        ("tsql", "create or alter /* c */ view t as select x as a from s", "t.a <- s.x IDENTITY"),
        (
            "oracle",
            "update /* c */ (select t.a, s.x from t join s on s.id = t.id) set a = x",
            "t.a <- s.x IDENTITY",
        ),
    ],
)
def test_comments_part_no_words_that_belong_together(dialect: str, sql: str, said: str) -> None:
    lineage = statement(sql, dialect)

    assert lineage.status is StatementStatus.PARSED, lineage.reason
    assert said in lines(lineage)
    assert lineage.sql == sql


@pytest.mark.parametrize(
    "sql",
    [
        "select " + ", ".join(f"c{i}" for i in range(1_000)) + " from "
        + ", ".join(f"t{i}" for i in range(1_000)),
        "select * from t0" + "".join(f" join t{i} using (c{i})" for i in range(1, 1_000)),
    ],
    ids=["names", "using"],
)  # fmt: skip
def test_names_that_any_of_many_tables_may_have_are_given_up(sql: str) -> None:
    assert len(_given_up(sql).sources_read) == 1_000


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from t" + " cross join lateral (select b from u, v, w where u.k = a)" * 2_000,
        "select * from t" + " pivot (sum(a) for b in ('x', 'y'))" * 2_000,
    ],
    ids=["around", "pivots"],
)
def test_what_grows_with_each_item_of_from_is_given_up(sql: str) -> None:
    _given_up(sql)


def _given_up(sql: str) -> StatementLineage:
    start = time.process_time()
    lineage = statement(sql, "snowflake")

    assert lineage.status is StatementStatus.DEGRADED
    assert lineage.reason is not None
    assert time.process_time() - start < 10  # half a minute and more, if each is asked for each
    return lineage
