"""Scripts fall into statements before anything is parsed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.sql.dialects import dialect_of, rules_of
from lineage.sql.lexer import tokens
from lineage.sql.splitting.split import split


def parts(text: str, dialect: str = "postgres") -> list[str]:
    return split(text, rules_of(dialect_of(dialect)))


@pytest.mark.parametrize(
    ("dialect", "text", "statements"),
    [
        ("postgres", "", []),
        ("postgres", " ;; ; ", []),
        ("postgres", "-- only\n /* comments */", []),
        ("postgres", "select 1", ["select 1"]),
        ("postgres", "select 1;\nselect 2;", ["select 1", "select 2"]),
        ("postgres", "select ';'; select 2", ["select ';'", "select 2"]),
        ("postgres", "select 'it''s;'; select 2", ["select 'it''s;'", "select 2"]),
        ("postgres", 'select ";" ; select 2', ['select ";"', "select 2"]),
        ("postgres", "select 1 -- ; no\n; select 2", ["select 1", "select 2"]),
        ("postgres", "/* a; */ select 1; select 2", ["select 1", "select 2"]),
        ("postgres", "/* a /* b; */ ; */ select 1; select 2", ["select 1", "select 2"]),
        ("postgres", "do $$ begin; end $$; select 2", ["do $$ begin; end $$", "select 2"]),
        ("postgres", "do $x$ a; $$ b; $x$; select 2", ["do $x$ a; $$ b; $x$", "select 2"]),
        ("postgres", r"select E'\';'; select 2", [r"select E'\';'", "select 2"]),
        ("postgres", "begin; select 1; commit;", ["begin", "select 1", "commit"]),
        ("postgres", "begin transaction; select 1", ["begin transaction", "select 1"]),
        (
            "postgres",
            "create function f() begin atomic select 1; select 2; end; select 3",
            ["create function f() begin atomic select 1; select 2; end", "select 3"],
        ),
        (
            "mysql",
            "create procedure p() begin if a then select 1; end if; select case when b then 1 "
            "end; end; select 3",
            [
                "create procedure p() begin if a then select 1; end if; select case when b then 1 "
                "end; end",
                "select 3",
            ],
        ),
        (
            "mysql",
            "delimiter //\ncreate procedure p() begin select 1; end //\ndelimiter ;\nselect 2;",
            ["create procedure p() begin select 1; end", "select 2"],
        ),
        ("mysql", "select 1 # a;\n; select 2", ["select 1", "select 2"]),
        ("mysql", "select 'a\\';'; select 2", ["select 'a\\';'", "select 2"]),
        ("tsql", "select 1\ngo\nselect 2\nGO", ["select 1", "select 2"]),
        ("tsql", "select [a;b] from t; select 2", ["select [a;b] from t", "select 2"]),
        (
            "tsql",
            "create procedure p as select 1; select 2;\ngo\nselect 3",
            ["create procedure p as select 1; select 2;", "select 3"],
        ),
        (
            "oracle",
            "create procedure p is x number; begin select 1 into x from t; end; select 2 from u",
            [
                "create procedure p is x number; begin select 1 into x from t; end",
                "select 2 from u",
            ],
        ),
        ("oracle", "select q'[it's;]' from t; select 2", ["select q'[it's;]' from t", "select 2"]),
        (
            "snowflake",
            "declare x int; begin select 1; end; select 2 // ;\n; select 3",
            ["declare x int; begin select 1; end", "select 2", "select 3"],
        ),
        (
            "bigquery",
            "if a then select 1; if b then select 2; end if; else select 3; end if; select 4",
            ["if a then select 1; if b then select 2; end if; else select 3; end if", "select 4"],
        ),
        (
            "snowflake",
            "while (x) do delete from t; end while; create table if not exists t (a int); select 1",
            [
                "while (x) do delete from t; end while",
                "create table if not exists t (a int)",
                "select 1",
            ],
        ),
        ("bigquery", "declare x int64; select 'a;'", ["declare x int64", "select 'a;'"]),
        ("bigquery", 'select """a;\nb"""; select 2', ['select """a;\nb"""', "select 2"]),
        ("postgres", "select 'open; select 2", ["select 'open; select 2"]),
        (
            "postgres",
            "select case when a then 1 end; select 2",
            ["select case when a then 1 end", "select 2"],
        ),
    ],
)
def test_splitting(dialect: str, text: str, statements: list[str]) -> None:
    assert parts(text, dialect) == statements


DIALECTS = ["postgres", "mysql", "snowflake", "bigquery", "tsql", "oracle", "sqlite", "unknown"]
PIECES = st.sampled_from(
    [
        "'",
        '"',
        "`",
        "$$",
        "$a$",
        "--",
        "/*",
        "*/",
        "\n",
        ";",
        "\\",
        "[",
        "]",
        "#",
        "q'[",
        "//",
        "begin",
        "end",
        "case",
        "go",
        "delimiter",
        "create procedure",
        "a",
        "1",
        " ",
        "'''",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(DIALECTS))
def test_the_lexer_covers_any_text_without_overlap(text: str, dialect: str) -> None:
    found = tokens(text, rules_of(dialect_of(dialect)))

    position = 0
    for token in found:
        assert text[position : token.start].strip() == ""
        assert token.text == text[token.start : token.end] != ""
        position = token.end
    assert text[position:].strip() == ""


@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(DIALECTS))
def test_statements_are_pieces_of_the_text_in_order(text: str, dialect: str) -> None:
    position = 0
    for piece in parts(text, dialect):
        position = text.index(piece, position) + len(piece)
