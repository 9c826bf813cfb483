"""Numbers, times and names in words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.dates import exact_time
from catalog.spoken import spoken, spoken_first
from catalog.web.presentation.names import breakable_name, initials
from catalog.web.presentation.numbers import percent, short_bytes, short_number
from catalog.web.presentation.pages import one_of, page_window
from catalog.web.presentation.times import (
    duration_in_words,
    relative_day,
    relative_time,
)

NOW = datetime(2026, 5, 4, 17, 40, tzinfo=UTC)


def shown(template: str, **values: object) -> str:
    return Template("{% load concord %}" + template).render(Context(values))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (-1234, "-1,234"),
        (999_999, "999,999"),
        (1_000_000, "1 million"),
        (1_250_000, "1.3 million"),
        (999_960_000, "1 billion"),
        (41_238_112, "41.2 million"),
        (7_100_000_000_000, "7.1 trillion"),
        ("12.50", "12.5"),
        (0.125, "0.125"),
        ("many", "many"),
        (float("inf"), "inf"),
    ],
)
def test_numbers(value: object, words: str) -> None:
    assert short_number(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_536_000, "1.5 MB"),
        (10**12, "1 TB"),
        (10**25, "10,000,000 EB"),
    ],
)
def test_bytes(value: int, words: str) -> None:
    assert short_bytes(value) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0%"), (0.0004, "under 0.1%"), (0.254, "25.4%"), (0.9999, "over 99.9%"), (1, "100%")],
)
def test_a_share_never_rounds_something_to_nothing_or_to_all(share: float, words: str) -> None:
    assert percent(share) == words


@given(st.integers(-(10**9), 10**9))
def test_small_numbers_lose_no_digit(value: int) -> None:
    if abs(value) < 10**6:
        assert int(short_number(value).replace(",", "")) == value


def test_a_large_number_keeps_the_exact_one_on_hover() -> None:
    assert shown("{{ n|number }}", n=1_234_567) == (
        '<data value="1234567" title="1,234,567">1.2 million</data>'
    )
    assert shown("{{ n|number }}", n=1_234) == "1,234"
    assert shown("{{ n|bytes }}", n=1_536_000) == (
        '<data value="1536000" title="1,536,000 bytes">1.5 MB</data>'
    )


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=59), "59 seconds ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=25), "1 day ago"),
        (timedelta(days=13), "13 days ago"),
        (timedelta(days=20), "2 weeks ago"),
        (timedelta(days=100), "3 months ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(days=-21), "in 3 weeks"),
    ],
)
def test_relative_times(before: timedelta, words: str) -> None:
    assert relative_time(NOW - before, NOW) == words


def test_days_have_no_hours() -> None:
    assert relative_day(date(2026, 5, 3), NOW.date()) == "yesterday"
    assert relative_day(NOW.date(), NOW.date()) == "today"
    assert relative_day(date(2026, 5, 7), NOW.date()) == "in 3 days"


def test_a_relative_time_carries_the_exact_one() -> None:
    assert exact_time(NOW) == "4 May 2026, 17:40 UTC"
    moment = timezone.now() - timedelta(minutes=5, seconds=1)
    written = shown("{{ moment|ago }}", moment=moment)

    assert written.endswith(">5 minutes ago</time>")
    assert f'title="{exact_time(moment.astimezone(UTC))}"' in written
    assert shown("{{ day|when }}", day=date(2026, 5, 4)) == (
        '<time datetime="2026-05-04" title="4 May 2026">4 May 2026</time>'
    )


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("P1D", "1 day"),
        ("P1DT2H30M", "1 day, 2 hours and 30 minutes"),
        ("PT0S", "0 seconds"),
        ("-P2W", "minus 2 weeks"),
        ("P1Y6M", "1 year and 6 months"),
        ("P", "P"),
        ("PT", "PT"),
        ("soon", "soon"),
        (timedelta(hours=26), "1 day and 2 hours"),
        (timedelta(milliseconds=40), "40 milliseconds"),
        (timedelta(0), "0 seconds"),
    ],
)
def test_durations(written: object, words: str) -> None:
    assert duration_in_words(written) == words


def test_a_name_breaks_after_its_dots_and_underscores_only() -> None:
    assert breakable_name("crm.order_header") == "crm.<wbr>order_<wbr>header"
    assert breakable_name("trailing_") == "trailing_"
    assert breakable_name("<b>.x") == "&lt;b&gt;.<wbr>x"


@given(st.text())
def test_a_breakable_name_lets_no_markup_through(name: str) -> None:
    assert "<" not in breakable_name(name).replace("<wbr>", "")


@pytest.mark.parametrize(
    ("name", "letters"), [("Finance Operations", "FO"), ("a b c", "AC"), ("crm", "C"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("current", "last", "window"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (4, 9, [1, 2, 3, 4, 5, 6, None, 9]),
        (7, 20, [1, None, 5, 6, 7, 8, 9, None, 20]),
        (20, 20, [1, None, 18, 19, 20]),
    ],
)
def test_the_pager_shows_the_ends_and_the_neighbors(
    current: int, last: int, window: list[int | None]
) -> None:
    assert page_window(current, last) == window


@pytest.mark.parametrize(
    ("stored", "said", "first"),
    [
        ("ml_model", "ML model", "ML model"),
        ("sql", "SQL", "SQL"),
        ("materialized_view", "materialized view", "Materialized view"),
        ("legal-hold", "legal-hold", "Legal-hold"),
    ],
)
def test_stored_values_are_said_with_their_acronyms(stored: str, said: str, first: str) -> None:
    assert (spoken(stored), spoken_first(stored)) == (said, first)


@pytest.mark.parametrize(
    ("many", "one"),
    [("datasets", "dataset"), ("queries", "query"), ("people", "person"), ("entries", "entry")],
)
def test_the_only_one_of_a_list_is_called_so(many: str, one: str) -> None:
    assert one_of(many) == one
