"""How open data is stands on the council's agenda, with what a week did to it."""

from __future__ import annotations

import datetime as dt

import pytest

from governance.council.health import Signal, signals
from governance.models import OpennessMeasure

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)


def measured(days_ago: int, open_pairs: int, reasons: list[dict[str, str]] | None = None) -> None:
    OpennessMeasure.objects.create(
        day=NOW.date() - dt.timedelta(days=days_ago),
        measured_at=NOW - dt.timedelta(days=days_ago),
        people=10,
        datasets=100,
        columns=0,
        pairs=1_000,
        open_pairs=open_pairs,
        denied_pairs=1_000 - open_pairs,
        column_pairs=0,
        open_column_pairs=0,
        reasons=reasons or [],
    )


def told() -> Signal:
    return signals.get("openness")(NOW)


def test_nothing_is_claimed_before_it_was_measured() -> None:
    measured(-1, 500)

    assert told() == Signal(0, "How open data is was not measured yet.", False)


def test_the_share_is_told_with_the_opt_out_that_closes_the_most() -> None:
    measured(0, 962, [{"number": "OO-3"}, {"number": "OO-1"}])

    assert told() == Signal(
        96, "Pairs of a person and a dataset that are open: 96.2 %; OO-3 closes the most.", False
    )


@pytest.mark.parametrize(
    ("before", "words", "is_alarming"),
    [
        (950, "1.2 points more", False),
        (970, "0.8 points less", False),
        (980, "1.8 points less", True),
    ],
)
def test_a_fall_by_a_point_in_a_week_is_alarming(
    before: int, words: str, is_alarming: bool
) -> None:
    measured(9, before)
    measured(3, 0)
    measured(0, 962)

    signal = told()

    assert f"{words} than a week ago." in signal.sentence
    assert signal.is_alarming is is_alarming
