"""How names are read: quotes, case, defaults, qualifiers."""

import pytest

from lineage.sql import MappingSchema, dialect_of
from lineage.types import TableKind, TableName
from tests.lineage.sql.reading import edges, names, statement


@pytest.mark.parametrize(
    ("platform", "dialect"),
    [
        ("postgres", "postgres"),
        ("PostgreSQL", "postgres"),
        ("mariadb", "mysql"),
        ("mssql", "tsql"),
        ("unity_catalog", "databricks"),
        ("trino", "trino"),
        ("kafka", None),
    ],
)
def test_platforms_speak_dialects(platform: str, dialect: str | None) -> None:
    assert dialect_of(platform) == dialect


def test_every_dialect_is_one_that_the_parser_knows() -> None:
    from sqlglot.dialects.dialect import Dialect

    from lineage.sql.dialects import PLATFORM_DIALECTS

    for dialect in set(PLATFORM_DIALECTS.values()):
        assert Dialect.get(dialect) is not None, dialect


def test_an_unknown_platform_is_read_as_standard_sql() -> None:
    assert edges("select a from t", "a platform of tomorrow") == ["a <- t.a IDENTITY"]


@pytest.mark.parametrize(
    ("dialect", "sql", "line"),
    [
        ("postgres", "select A from T", "a <- t.a IDENTITY"),
        ("postgres", 'select "A" from "T"', "A <- T.A IDENTITY"),
        ("snowflake", "select a from T", "a <- t.a IDENTITY"),
        ("snowflake", 'select "A" from "T"', "a <- t.a IDENTITY"),
        ("snowflake", 'select "Ab" from "Tx"', "Ab <- Tx.Ab IDENTITY"),
        ("duckdb", 'select "A" from "T"', "a <- t.a IDENTITY"),
        ("tsql", "select [A] from [T]", "a <- t.a IDENTITY"),
        ("bigquery", "select A from `P.D.T`", "a <- P.D.T.a IDENTITY"),
        ("mysql", "select `A` from T", "a <- T.a IDENTITY"),
        ("clickhouse", "select A from T", "A <- T.A IDENTITY"),
        ("postgres", 'select "a""b" from t', 'a"b <- t.a"b IDENTITY'),
        ("postgres", "select größe from tabelle_ß", "größe <- tabelle_ß.größe IDENTITY"),
    ],
)
def test_case_is_folded_as_the_engine_does(dialect: str, sql: str, line: str) -> None:
    assert edges(sql, dialect) == [line]


def test_stored_names_are_folded_alike() -> None:
    assert edges("select A, x.B from T x", "snowflake", {"t": "A B"}) == [
        "a <- t.a IDENTITY",
        "b <- t.b IDENTITY",
    ]


def test_aliases_ignore_case_even_where_tables_do_not() -> None:
    assert edges("select X.a from `D.Table` as x", "bigquery") == ["a <- D.Table.a IDENTITY"]
    assert edges("select MyTable.a from D.MyTable", "bigquery") == ["a <- D.MyTable.a IDENTITY"]


@pytest.mark.parametrize(
    ("name", "full"),
    [("t", "db.s.t"), ("other.t", "db.other.t"), ("cat.other.t", "cat.other.t")],
)
def test_defaults_complete_names(name: str, full: str) -> None:
    lineage = statement(f"select a from {name}", default_database="db", default_schema="s")

    assert names(lineage.sources_read) == [full]


def test_defaults_complete_targets_and_never_ctes() -> None:
    lineage = statement(
        "create table v as with c as (select a from t) select a from c", default_schema="s"
    )

    assert names(lineage.targets) == ["s.v"]
    assert names(lineage.sources_read) == ["s.t"]


def test_a_database_without_a_schema_is_put_before_what_is_written() -> None:
    lineage = statement("select 1 from t, s.u", default_database="db")

    assert names(lineage.sources_read) == ["db.t", "db.s.u"]


@pytest.mark.parametrize("qualifier", ["t", "s.t", "db.s.t"])
def test_columns_may_be_qualified_in_full(qualifier: str) -> None:
    lineage = statement(f"select {qualifier}.a from db.s.t, db.s.u")

    assert [e.source_table for e in lineage.column_edges] == [TableName(("db", "s", "t"))]


def test_same_table_name_in_two_schemas() -> None:
    assert edges("select s1.t.a, s2.t.b from s1.t join s2.t on true") == [
        "a <- s1.t.a IDENTITY",
        "b <- s2.t.b IDENTITY",
    ]


def test_an_alias_hides_the_table_name() -> None:
    assert statement("select t.a from t as x").unresolved == ("t.a",)


@pytest.mark.parametrize(
    ("given", "asked", "columns"),
    [
        ({"s.t": ["a"]}, ("s", "t"), ["a"]),
        ({"S.T": ["a"]}, ("s", "t"), ["a"]),
        ({"t": ["a"]}, ("d", "s", "t"), ["a"]),
        ({"d.s.t": ["a"]}, ("t",), ["a"]),
        ({"d.s.t": {"a": "int"}}, ("s", "t"), ["a"]),
        ({"s.t": ["a"], "u.t": ["b"]}, ("t",), None),
        ({"s.t": ["a"]}, ("u", "t"), None),
        ({"d.events_20240101": ["a"]}, ("d", "events_*"), ["a"]),
        ({}, ("t",), None),
    ],
)
def test_a_given_schema_is_asked_by_names_of_any_length(
    given: dict[str, list[str]], asked: tuple[str, ...], columns: list[str] | None
) -> None:
    assert MappingSchema(given).columns_of(TableName(asked)) == columns


def test_a_given_schema_refuses_what_is_no_list_of_columns() -> None:
    with pytest.raises(TypeError, match="The columns of t are neither a list nor a mapping"):
        MappingSchema({"t": "a b"})


@pytest.mark.parametrize("path", ["a/b/part/", "s3://bucket/day=1", "part.parquet"])
def test_a_path_behind_its_format_is_files(path: str) -> None:
    lineage = statement(f"select a from parquet.`{path}`", "spark")

    assert lineage.sources_read == (TableName((path,), TableKind.FILE),)
    assert statement("select a from parquet.`day`", "spark").sources_read[0].kind is TableKind.TABLE


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("json_each(doc)", "json_each.value"),
        ("lateral jsonb_array_elements(doc)", "jsonb_array_elements.value"),
        ("unnest(doc)", "unnest.unnest"),
        ("xmltable('/r' passing doc columns v int path 'a')", "xmltable.v"),
        ("json_table(doc, '$' columns (v int path '$'))", "json_table.v"),
    ],
)
def test_postgres_calls_the_rows_of_a_function_by_its_name(call: str, said: str) -> None:
    assert "x <- t.doc" in str(edges(f"select {said} as x from t, {call}"))
