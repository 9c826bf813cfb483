"""Nothing that splitting leaves out of a text goes unsaid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.sql.dialects import rules_of
from lineage.sql.lexer import tokens
from lineage.sql.splitting.left_out import left_out
from lineage.sql.splitting.split import split


def found(dialect: str, text: str) -> str:
    rules = rules_of(dialect)
    return left_out(text, split(text, rules), rules)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("postgres", ""),
        ("postgres", "select 1 -- ;\n;; select ';' /* ; */;"),
        ("duckdb", "---\nselect 1"),
        ("tsql", "select 1\nGO\nselect 2\nGO 5\nselect 3;\ngo"),
        ("oracle", "select 1 from dual;\n/\nselect 2 from dual\n/\n"),
        ("mysql", "select 1; # select 2\nselect 3"),
        ("oracle", "create procedure p as begin delete from t; end;\n/\nselect 1 from dual"),
    ],
)
def test_whole_texts_leave_nothing_out(dialect: str, text: str) -> None:
    assert found(dialect, text) == ""


@pytest.mark.parametrize(
    ("dialect", "text", "part"),
    [
        ("tsql", "---\na: select pay from t\n---\nselect 1", "a"),
        ("duckdb", "---\nname: x\n---\nselect 1", "name"),
        ("postgres", "select 1;\n\\i other.sql", "\\"),
        ("mysql", "select 1;\nsource other.sql", "source"),
        ("oracle", "@other.sql\nselect 1 from dual", "@other"),
        ("tsql", ":r other.sql\nselect 1", ":"),
        ("snowflake", "!source other.sql\nselect 1", "!"),
        ("mysql", "delimiter //\nselect 1//", "delimiter"),
        ("bigquery", "a: begin select 1; end;", "a"),
        ("postgres", "copy t from stdin;\n1\tx\n\\.\nselect 1", "1"),
        (
            "postgres",
            "copy t from stdin;\n; select 1 /*\n\\.\n*/",
            "select",
        ),
        ("databricks", "%sql\nselect 1", "%"),
        ("mysql", "select 1 /*!50000 , 2 */", ","),
    ],
)
def test_what_a_server_could_run_is_named(dialect: str, text: str, part: str) -> None:
    assert found(dialect, text) == part


PARTS = st.sampled_from(
    ["select", "a", ":", "---\n", ";", "\n", "/*", "*/", "--", "GO", "\n/\n", "\\.", "'", " 1 ",
     "copy t from stdin;\n", "begin", "end", "\ndelimiter //\n", "\n\\i x\n", "\n:r x\n",
     "source y", "%sql", "{"]
)  # fmt: skip


@given(
    st.lists(PARTS, max_size=25).map("".join),
    st.sampled_from(["tsql", "postgres", "mysql", "oracle", "databricks", "duckdb", "snowflake"]),
)
def test_what_is_not_named_stands_in_the_statements(text: str, dialect: str) -> None:
    rules = rules_of(dialect)
    pieces = split(text, rules)
    if left_out(text, pieces, rules):
        return
    kept = [one.text for piece in pieces for one in tokens(piece, rules)]
    for one in tokens(text, rules):
        is_between = one.text in (";", "/") or one.word == "GO" or one.text.isdigit()
        assert one.text.startswith(("--", "/*", "#")) or is_between or one.text in kept
