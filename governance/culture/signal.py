"""Data that people could not get, as a signal on the council's agenda (R-025)."""

from __future__ import annotations

import datetime as dt

from catalog.dates import exact_day
from catalog.types import Principal
from governance.council.health import Signal, signals
from governance.culture.selectors.reports import is_old, report_counts


def missing_data(now: dt.datetime) -> Signal:
    """Reports without an answer; alarming where one waits for longer than two weeks."""
    counts = report_counts(Principal.system("agenda"))
    sentence = f"Reports of data that somebody could not get, unanswered: {counts.unanswered}"
    if counts.oldest is not None:
        sentence += f", the oldest of {exact_day(counts.oldest)}"
    return Signal(counts.unanswered, f"{sentence}.", is_old(counts))


def register_missing_data_signal() -> None:
    """Put it on the agenda; called once when the application starts."""
    signals.add("missing data", missing_data)
