"""Texts people wrote, differences and SQL: shown as they are meant, harmless whatever they hold."""

import re

import pytest
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from catalog.web.presentation.markdown import markdown_html
from catalog.web.presentation.sql_code import sql_lines
from catalog.web.presentation.word_diff import side_by_side, word_diff
from catalog.word_changes import word_changes


def test_markdown_becomes_html_below_the_headings_of_the_page() -> None:
    assert markdown_html("# Title\n\n**final** on `day`") == (
        "<h3>Title</h3>\n<p><strong>final</strong> on <code>day</code></p>\n"
    )


def test_a_link_lends_no_reputation_and_keeps_its_page() -> None:
    assert markdown_html("[x](https://example.org/a?b=1&c=2)") == (
        '<p><a href="https://example.org/a?b=1&amp;c=2" rel="nofollow noopener">x</a></p>\n'
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "<javascript:alert(1)>",
        '[x](https://example.org "onmouseover=alert(1)")',
        '[x](https://example.org"onmouseover="alert(1))',
        "<svg/onload=alert(1)>",
        "<a href=javascript:alert(1)>x</a>",
        "`<iframe src=x>`",
        "<!-- --!><script>alert(1)</script>",
        "<style>*{display:none}</style>",
        "# <u onclick=x>x</u>",
    ],
)
def test_hostile_markdown_leaves_no_element_and_no_address(hostile: str) -> None:
    written = markdown_html(hostile)

    for bad in ("<script", "<img", "<svg", "<iframe", "<style", "<u", 'href="java', 'href="data'):
        assert bad not in written.lower()
    assert "vbscript:" not in written or "href" not in written
    assert ' onmouseover="' not in written
    assert " onclick=" not in written.replace("&lt;u onclick=x&gt;", "")


def test_an_image_is_not_loaded() -> None:
    assert markdown_html("![a <b>](https://example.org/x.png)") == "<p>[image: a &lt;b&gt;]</p>\n"


@given(st.text(max_size=200))
def test_any_markdown_holds_only_the_allowed_elements(source: str) -> None:
    written = markdown_html(source)

    assert "<script" not in written
    assert "<img" not in written


def test_a_difference_shows_what_went_and_what_came() -> None:
    assert word_diff("paid in 3 days", "paid in 5 days") == (
        "paid in <del>3</del><ins>5</ins> days"
    )
    assert side_by_side("a b", "a c") == ("a <del>b</del>", "a <ins>c</ins>")
    assert word_diff("", "new") == "<ins>new</ins>"
    assert word_diff("same", "same") == "same"


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_difference_holds_both_texts_whole_and_escaped(before: str, after: str) -> None:
    for written, original in zip(side_by_side(before, after), (before, after), strict=True):
        assert re.sub("</?(del|ins)>", "", written) == escape(original)


def test_a_change_within_a_very_long_text_is_told_by_its_words() -> None:
    long = "word, " * 20_000

    written = word_diff(f"{long}a {long}", f"{long}b {long}")

    assert written == f"{long}<del>a</del><ins>b</ins> {long}"


def test_words_that_all_differ_are_one_change() -> None:
    before, after = (" ".join(f"{letter}{n}" for n in range(100)) for letter in "ab")

    assert word_changes(before, after) == ((before, after),)


def test_space_that_differs_is_told_and_space_around_a_change_is_not_part_of_it() -> None:
    assert word_changes("a  b", "a b") == (("a ", "a "), (" ", ""), ("b", "b"))
    assert word_changes(" a b c", "\ta x c") == (
        (" ", "\t"), ("a ", "a "), ("b", "x"), (" c", " c"),
    )  # fmt: skip


def test_texts_whose_equal_words_are_too_many_are_compared_by_lines_or_as_a_whole() -> None:
    """Each of the equal words is looked at with each other one, for every change between them."""
    before, after = (" ".join(f"a {letter}{n}" for n in range(400)) for letter in "bc")

    assert word_changes(before, after) == ((before, after),)
    assert word_changes(f"{before}\nx\n{before}", f"{after}\nx\n{after}") == (
        (before, after), ("\nx\n", "\nx\n"), (before, after),
    )  # fmt: skip


def test_lines_that_are_too_many_are_one_change() -> None:
    before, after = ("\n".join(f"a\n{letter}{n}" for n in range(400)) for letter in "bc")

    assert word_changes(before, after) == ((before, after),)


def test_sql_is_numbered_colored_and_escaped() -> None:
    assert sql_lines("select 1 -- <b>\nfrom t") == (
        '<span class="code-line" id="line-1" data-line="1">'
        '<span class="sql-keyword">select</span> <span class="sql-number">1</span> '
        '<span class="sql-comment">-- &lt;b&gt;</span></span>'
        '<span class="code-line" id="line-2" data-line="2">'
        '<span class="sql-keyword">from</span> t</span>'
    )


def test_a_span_is_marked_even_across_lines_and_within_a_word() -> None:
    assert sql_lines("abcd\nef", mark_start=2, mark_end=6) == (
        '<span class="code-line" id="line-1" data-line="1">ab<mark>cd</mark></span>'
        '<span class="code-line" id="line-2" data-line="2"><mark>e</mark>f</span>'
    )


def test_the_line_of_an_error_is_told_apart() -> None:
    assert 'class="code-line code-line-wrong" id="q-2"' in sql_lines(
        "a\nb", wrong_line=2, anchor="q"
    )


@given(st.text(max_size=120), st.integers(0, 120), st.integers(0, 120))
def test_any_statement_is_shown_whole_and_escaped(sql: str, start: int, end: int) -> None:
    written = sql_lines(sql, start, end)

    statement = sql.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    ours = r'</?(?:mark|span)(?: (?:class|id|data-line)="[a-z0-9 -]+")*>'
    assert re.sub(ours, "", written) == escape(statement.replace("\n", ""))
    assert written.count('<span class="code-line') == statement.count("\n") + 1
