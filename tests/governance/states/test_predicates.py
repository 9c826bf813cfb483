"""Predicates as a closed language: what they mean, and that a hostile text can only be refused."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from governance.states.predicates.closed import columns_of, parameters_of, refusals
from governance.states.predicates.evaluating import Evaluated, evaluate
from governance.states.predicates.kinds import ValueKind, kind_of_text, kind_of_type, mismatches
from governance.states.predicates.parsing import MOST_CHARACTERS, parse_expression

NOW = dt.datetime(2026, 9, 7, 9, 0, tzinfo=dt.UTC)
KINDS = {
    "a": ValueKind.NUMBER,
    "b": ValueKind.NUMBER,
    "flag": ValueKind.BOOLEAN,
    "word": ValueKind.TEXT,
    "day": ValueKind.DATE,
    "at": ValueKind.INSTANT,
}

Truth = bool | None
Meaning = Callable[[dict[str, Any]], Truth]


def parsed(text: str) -> exp.Expr:
    tree, reason = parse_expression(text, None)
    assert tree is not None, reason
    return tree


def told(text: str, *rows: dict[str, Any]) -> tuple[Truth, ...]:
    (answer,) = evaluate([parsed(text)], rows, KINDS, as_of=NOW)
    assert answer.trouble == ""
    return answer.truths


# --- what a condition means: against three-valued logic written by hand --------------------------


def _and(left: Truth, right: Truth) -> Truth:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: Truth, right: Truth) -> Truth:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def _not(value: Truth) -> Truth:
    return None if value is None else not value


def _compared(name: str, sign: str, number: int) -> tuple[str, Meaning]:
    signs: dict[str, Callable[[int, int], bool]] = {
        "=": lambda x, y: x == y,
        "<>": lambda x, y: x != y,
        "<": lambda x, y: x < y,
        ">=": lambda x, y: x >= y,
    }

    def means(row: dict[str, Any]) -> Truth:
        value = row.get(name)
        return None if value is None else signs[sign](value, number)

    return f"{name} {sign} {number}", means


def _missing(name: str) -> tuple[str, Meaning]:
    return f"{name} IS NULL", lambda row: row.get(name) is None


def _listed(name: str, numbers: list[int]) -> tuple[str, Meaning]:
    def means(row: dict[str, Any]) -> Truth:
        value = row.get(name)
        return None if value is None else value in numbers

    return f"{name} IN ({', '.join(map(str, numbers))})", means


def _combined(
    left: tuple[str, Meaning], word: str, right: tuple[str, Meaning]
) -> tuple[str, Meaning]:
    rule = _and if word == "AND" else _or
    return f"({left[0]} {word} {right[0]})", lambda row: rule(left[1](row), right[1](row))


NUMBERS = st.integers(-3, 3)
ATOMS = (
    st.builds(_compared, st.sampled_from("ab"), st.sampled_from(["=", "<>", "<", ">="]), NUMBERS)
    | st.builds(_missing, st.sampled_from("ab"))
    | st.builds(_listed, st.sampled_from("ab"), st.lists(NUMBERS, min_size=1, max_size=3))
    | st.just(("flag", lambda row: row.get("flag")))
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds(_combined, inner, st.sampled_from(["AND", "OR"]), inner)
        | inner.map(lambda one: (f"NOT {one[0]}", lambda row: _not(one[1](row))))
    ),
    max_leaves=8,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"a": st.none() | NUMBERS, "b": st.none() | NUMBERS, "flag": st.none() | st.booleans()}
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=60)
@given(CONDITIONS, ROWS)
def test_a_condition_means_what_three_valued_logic_says(
    condition: tuple[str, Meaning], rows: list[dict[str, Any]]
) -> None:
    text, meaning = condition
    assert refusals(parsed(text)) == ()
    assert mismatches(parsed(text), KINDS) == ()

    assert told(text, *rows) == tuple(meaning(row) for row in rows)


def test_dates_instants_and_the_moment_are_compared() -> None:
    rows = {"at": "2026-09-06T10:00:00Z", "day": "2026-09-06"}, {"at": None}

    assert told("at > :as_of - INTERVAL 1 DAY", *rows) == (True, None)
    assert told("day = '2026-09-06' AND at < :as_of", *rows) == (True, None)
    assert told("at > :as_of", *rows) == (False, None)


def test_a_column_of_unknown_kind_takes_that_of_its_values() -> None:
    rows = [{"x": 10, "y": True, "z": "9"}, {"x": 9}, {}]
    answers = evaluate(
        [parsed("x > 9"), parsed("y"), parsed("z = '9'")], rows, {}, as_of=NOW
    )  # as a text 10 would come before 9

    assert [answer.truths for answer in answers] == [
        (True, False, None), (True, None, None), (True, None, None)
    ]  # fmt: skip


def test_a_value_that_is_not_of_its_kind_is_told() -> None:
    (answer,) = evaluate([parsed("a > 1")], [{"a": "many"}], KINDS, as_of=NOW)

    assert answer.truths == ()
    assert "many" in answer.trouble


def test_names_are_never_read_as_sql() -> None:
    name = 'a" , (SELECT 1) AS "b'
    tree = exp.GT(
        this=exp.column(exp.to_identifier(name, quoted=True)), expression=exp.Literal.number(1)
    )

    (answer,) = evaluate([tree], [{name: 2}], {}, as_of=NOW)

    assert answer.truths == (True,)


# --- what a hostile text can do: nothing ---------------------------------------------------------

HOSTILE = [
    "read_text('/etc/hostname') IS NOT NULL",
    "read_csv('/etc/passwd') IS NULL",
    "glob('/*') IS NULL",
    "getenv('HOME') = 'x'",
    "install('httpfs') IS NULL",
    "load_extension('x') IS NULL",
    "a > 1; ATTACH 'x.db'",
    "a > 1; COPY (SELECT 1) TO 'x'",
    "(SELECT count(*) FROM duckdb_settings()) > 1",
    "a IN (SELECT a FROM '/etc/passwd')",
    "a > (SELECT 1)",
    "EXISTS (SELECT 1)",
    "range(100000000) IS NULL",
    "generate_series(1, 1000000000) IS NULL",
    "repeat(word, 1000000000) = ''",
    "lpad(word, 1000000000, 'x') = ''",
    "list_transform([1], x -> x) IS NULL",
    "nextval('s') > 1",
    "current_setting('x') = ''",
    "a = ANY (SELECT 1)",
    "word SIMILAR TO (SELECT 'x')",
    "a > 1 UNION SELECT 1",
    "a > 1) OR (1 = 1",
    "* LIKE 'x'",
    "COLUMNS(*) > 1",
    "now() > at",
    "sleep(100) IS NULL",
    "sha256(word) = 'x'",
    "a > 1 -- \n; DROP TABLE examples",
]


@pytest.mark.parametrize("dialect", [None, "postgres", "duckdb", "snowflake", "mysql"])
@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_not_known_to_be_harmless_is_refused(text: str, dialect: str | None) -> None:
    tree, reason = parse_expression(text, dialect)

    assert reason if tree is None else refusals(tree)


@pytest.mark.parametrize(
    "text",
    ["(" * 5_000 + "a" + ")" * 5_000, "NOT " * 2_400 + "flag", "a" * (MOST_CHARACTERS + 1), "",
     "  ", "a > '\x00'", "CASE " * 1_500],
)  # fmt: skip
def test_a_text_without_measure_is_refused_before_it_is_parsed(text: str) -> None:
    tree, reason = parse_expression(text, None)

    assert tree is None
    assert reason.endswith((".", "NUL."))


def test_a_long_condition_is_read_and_evaluated() -> None:
    text = " AND ".join(["a > 1"] * 900)

    assert refusals(parsed(text)) == ()
    assert told(text, {"a": 2}, {"a": 1}) == (True, False)


def test_even_past_the_language_no_file_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    # given trees that the language would never let through
    secret = tmp_path / "secret"
    secret.write_text("x")
    trees = [
        exp.Anonymous(this="read_text", expressions=[exp.Literal.string(str(secret))]),
        exp.Anonymous(this="getenv", expressions=[exp.Literal.string("HOME")]),
    ]
    before = set(os.listdir())

    answers = evaluate([exp.Is(this=t, expression=exp.Null()) for t in trees], [{}], {}, as_of=NOW)

    assert all(answer.truths == () and answer.trouble for answer in answers)
    assert set(os.listdir()) == before


def test_what_needs_much_memory_or_time_is_refused_and_leaves_nothing_behind() -> None:
    before = set(os.listdir())
    text = "||".join(["word"] * 900) + " = ''"

    (answer,) = evaluate([parsed(text)], [{"word": "x" * 1_000_000}], KINDS, as_of=NOW)

    assert answer.truths == ()
    assert "emory" in answer.trouble or "seconds" in answer.trouble
    assert set(os.listdir()) == before


def test_no_rows_say_nothing() -> None:
    assert evaluate([parsed("a > 1")], [], KINDS, as_of=NOW) == (Evaluated(()),)
    assert evaluate([], [{"a": 1}], KINDS, as_of=NOW) == ()


# --- parts and kinds -----------------------------------------------------------------------------


def test_columns_and_parameters_of_a_condition_are_told_once() -> None:
    tree = parsed("a > 1 AND b < a AND x.c = :as_of AND d IN (SELECT e FROM t)")

    assert sorted(column.sql() for column in columns_of(tree)) == ["a", "b", "d", "x.c"]
    assert parameters_of(tree) == {"as_of"}


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("bigint", ValueKind.NUMBER),
        ("decimal(18,2)", ValueKind.NUMBER),
        ("double precision", ValueKind.NUMBER),
        ("varchar(20)", ValueKind.TEXT),
        ("NVARCHAR", ValueKind.TEXT),
        ("boolean", ValueKind.BOOLEAN),
        ("date", ValueKind.DATE),
        ("timestamp with time zone", ValueKind.INSTANT),
        ("datetime", ValueKind.INSTANT),
        ("interval", ValueKind.UNKNOWN),
        ("geometry", ValueKind.UNKNOWN),
        ("", ValueKind.UNKNOWN),
    ],
)
def test_stored_types_are_kinds_of_values(written: str, kind: ValueKind) -> None:
    assert kind_of_type(written) is kind


@pytest.mark.parametrize(
    ("written", "kind"),
    [("2026-01-05", ValueKind.DATE), ("2026-01-05T10:00:00Z", ValueKind.INSTANT),
     ("soon", ValueKind.TEXT)],
)  # fmt: skip
def test_texts_of_examples_are_kinds_of_values(written: str, kind: ValueKind) -> None:
    assert kind_of_text(written) is kind


ODD = [
    ("a = word", "a number with a text", "a", "word"),
    ("COALESCE(a, 0) = 'x'", "a number with a text", "COALESCE(a, 0)", "'x'"),
    ("day > 5", "a date with a number", "day", "5"),
    ("CASE WHEN flag THEN a ELSE b END > 'x'", "a number with a text",
     "CASE WHEN flag THEN a ELSE b END", "'x'"),
    ("flag >= day", "true or false with a date", "flag", "day"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds", "left", "right"), ODD)
def test_parts_that_do_not_fit_are_told(text: str, kinds: str, left: str, right: str) -> None:
    (found,) = mismatches(parsed(text), KINDS)

    assert found.message == f"`{text}` compares {kinds}: `{left}` and `{right}`."


def test_parts_that_cannot_be_combined_or_reckoned_with_are_told() -> None:
    for text, sentence in (
        ("NOT a", "`a` is a number; NOT takes conditions."),
        ("flag AND word", "`word` is a text; AND takes conditions."),
        ("word + 1 > 2", "`word` is a text; it cannot be reckoned with."),
    ):
        assert [one.message for one in mismatches(parsed(text), KINDS)] == [sentence]
