"""The query language: what is understood, and the sentence for what is not."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import InvalidInput
from catalog.search.dates import changed
from catalog.search.query import AllOf, AnyOf, Changed, Filter, Not, Phrase
from catalog.search.reading import MAX_WORDS, parse, parse_plain, replace_words


def words(text: str) -> list[str]:
    return [word.surface for word in parse(text).words]


def test_words_filters_phrases_and_exclusions_are_told_apart() -> None:
    parsed = parse('orders "monthly report" -draft owner:"Ada B" -tag:old has:description')

    assert [word.surface for word in parsed.words] == ["orders", "monthly", "report"]
    assert parsed.phrases == (" monthly report ",)
    assert parsed.excluded_words == (("draft",),)
    assert parsed.filters == (
        Filter("owner", "Ada B"),
        Filter("tag", "old", is_negated=True),
        Filter("has", "description"),
    )
    assert parsed.exact == "orders monthly report"


def test_stop_words_of_running_text_are_optional_and_those_of_names_are_not() -> None:
    running = {word.surface: word.is_optional for word in parse("cost of goods").words}
    assert running == {"cost": False, "of": True, "goods": False}

    named = {word.surface: word.is_optional for word in parse("cost_of_goods").words}
    assert named == {"cost": False, "of": False, "goods": False}


def test_stop_words_alone_are_searched_for() -> None:
    assert [word.surface for word in parse("who").needed] == ["who"]


def test_a_qualified_name_is_no_field() -> None:
    parsed = parse("postgres://warehouse/shop.public.orders")

    assert parsed.filters == ()
    assert parsed.exact == "postgres://warehouse/shop.public.orders"
    assert parsed.notices == ()


@pytest.mark.parametrize(
    "text",
    [
        '"shop"."orders"',
        '"shop.orders"',
        "`shop.orders`",
        "`shop`.`orders`",
        "[shop].[Orders]",
        "shop.ORDERS",
    ],
)
def test_a_name_pasted_from_a_statement_is_a_name(text: str) -> None:
    query = parse(text)

    assert (query.exact, query.phrases) == ("shop.orders", ())


@pytest.mark.parametrize(
    "text", ["orders\u200b", "\ufefforders", "or\u00adders", "\u202aorders\u202c"]
)
def test_what_is_pasted_along_and_shows_nothing_is_no_part_of_a_name(text: str) -> None:
    query = parse(text)

    assert (query.exact, [word.surface for word in query.words]) == ("orders", ["orders"])


@pytest.mark.parametrize("text", ["“monthly report”", "„monthly report“", "«monthly report»"])
def test_quotes_of_word_processors_are_quotes(text: str) -> None:
    assert parse(text).phrases == (" monthly report ",)


def test_an_unknown_field_is_read_as_words_with_a_notice() -> None:
    parsed = parse("colour:red")

    assert [word.surface for word in parsed.words] == ["colour", "red"]
    assert parsed.notices[0].code == "unknown_field"
    assert "“colour”" in parsed.notices[0].text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('say "hello', "The quote before 'hello' is never closed"),
        ("owner:", "owner: needs a value"),
        ('owner:""', "owner: needs a value"),
        ("x" * 2001, "This search has 2,001 characters; the limit is 2,000."),
        ("a " * 301, "This search has more than 300 parts."),
        ("(orders OR refunds", "The bracket before 'orders OR refunds' is never closed"),
        ("orders OR", "OR needs something on both sides"),
        ("AND orders", "AND needs something on both sides"),
        ("orders OR ()", "There is nothing in the brackets"),
        ("orders NOT", "NOT needs something after it"),
        ("(" * 11 + "x" + ")" * 11, "Brackets may stand 10 deep"),
    ],
)
def test_an_ill_formed_query_says_how_to_mend_it(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse(text)

    assert refusal.value.message.startswith(sentence)
    assert refusal.value.field == "q"


def test_words_beyond_the_limit_are_dropped_with_a_notice() -> None:
    parsed = parse(" ".join(f"word{chr(97 + n // 20)}{chr(97 + n % 20)}" for n in range(50)))

    assert len(parsed.words) == MAX_WORDS
    assert [notice.code for notice in parsed.notices] == ["too_many_words"]


@pytest.mark.parametrize(
    ("count", "must_match"), [(1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (6, 1), (20, 1)]
)
def test_one_wrong_word_of_three_or_more_is_forgiven(count: int, must_match: int) -> None:
    text = " ".join(f"word{chr(97 + n)}" for n in range(count))

    assert parse(text).must_match(all_words=False) == must_match
    assert parse(text).must_match(all_words=True) == count


def test_a_correction_leaves_filters_and_exclusions_alone() -> None:
    corrected = replace_words("custmer -ordrs tag:custmer ordrs", {"custmer": "customer"})

    assert corrected == "customer -ordrs tag:custmer ordrs"


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ('"custmer list" OR refunds', '"customer list" OR refunds'),
        ("(custmer OR refunds) list", "(customer OR refunds) list"),
        ('" custmer list"', '" customer list"'),
        ("custmer list custmer", "customer list customer"),
        ("CustmerList", "customerList"),
    ],
)
def test_a_word_is_corrected_wherever_it_stands(text: str, corrected: str) -> None:
    assert replace_words(text, {"custmer": "customer"}) == corrected


def test_a_question_demands_no_word_and_leaves_out_its_stop_words() -> None:
    parsed = parse("which customers of the north paid their last five invoices late")

    assert [word.surface for word in parsed.words] == [
        *("customers", "north", "paid", "last", "five", "invoices", "late")
    ]
    assert parsed.must_match(all_words=False) == 1


def test_or_binds_looser_than_what_stands_side_by_side() -> None:
    group = parse('orders -draft OR ("monthly report" tag:pii)').group

    assert isinstance(group, AnyOf)
    left, right = group.parts
    assert isinstance(left, AllOf)
    assert isinstance(right, AllOf)
    orders, draft = left.parts
    assert (getattr(orders, "surface", ""), isinstance(draft, Not)) == ("orders", True)
    assert right.parts == (Phrase(" monthly report "), Filter("tag", "pii"))


def test_a_group_demands_no_word_beside_what_it_says() -> None:
    parsed = parse("(orders OR refunds) -legacy")

    assert words("(orders OR refunds) -legacy") == ["orders", "refunds"]
    assert parsed.must_match(all_words=True) == 0
    assert (parsed.excluded_words, parsed.exact) == ((), "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders (old)", ["orders", "old"]),
        ("(orders AND customers)", ["orders", "customers"]),
        ("sum(amount)", ["sum", "amount"]),
        ("OR", ["or"]),
        ("a )", ["a"]),
    ],
)
def test_brackets_and_words_that_join_nothing_are_left_aside(
    text: str, expected: list[str]
) -> None:
    assert parse(text).group is None
    assert words(text) == expected


def test_a_plain_text_has_no_signs() -> None:
    parsed = parse_plain('what of "orders" (tag:pii OR draft) -x "')

    assert (parsed.group, parsed.phrases, parsed.filters, parsed.excluded_words) == (
        None,
        (),
        (),
        (),
    )
    assert [w.surface for w in parsed.needed] == ["orders", "tag", "pii", "draft", "x"]


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-02-28", "2026-02-28", "2026-03-01"),
        ("2026-01..2026-03", "2026-01-01", "2026-04-01"),
        ("2026-01-05..", "2026-01-05", None),
        ("..2026", None, "2027-01-01"),
        (">2026-01-31", "2026-02-01", None),
        (">=2026-01-31", "2026-01-31", None),
        ("<2026", None, "2026-01-01"),
        ("<=2026", None, "2027-01-01"),
    ],
)
def test_days_months_and_years_are_spans(value: str, start: str | None, end: str | None) -> None:
    assert changed(value) == Changed(
        start=dt.datetime.fromisoformat(f"{start}T00:00Z") if start else None,
        end=dt.datetime.fromisoformat(f"{end}T00:00Z") if end else None,
    )


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("yesterday", "changed: takes a day, month or year"),
        ("2026-13", "changed: takes a day, month or year"),
        ("2026-02-30", "changed: takes a day, month or year"),
        ("0000", "changed: takes a day, month or year"),
        ("9999", "changed: takes a day, month or year"),
        ("..", "changed: takes a day, month or year"),
        ("2026-03..2026-01", "changed: ends before it begins"),
    ],
)
def test_a_date_that_is_none_says_how_to_write_one(value: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        changed(value)

    assert refusal.value.message.startswith(sentence)
    assert refusal.value.field == "q"


@given(st.text(max_size=200))
def test_whatever_is_typed_is_understood_or_refused_in_words(text: str) -> None:
    with suppress(InvalidInput):
        parsed = parse(text)
        assert "\x00" not in parsed.text
        assert len(parsed.words) <= MAX_WORDS
