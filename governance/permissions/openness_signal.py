"""How open data is, as a signal on the council's agenda (R-009)."""

from __future__ import annotations

import datetime as dt

from governance.council.health import WEEK, Signal, signals
from governance.permissions.models import OpennessMeasure

ALARMING = 1.0  # points that the share falls within a week


def openness_of_the_week(now: dt.datetime) -> Signal:
    """The share of pairs of a person and a dataset that are open, in percent, and what a week did
    to it; alarming where it fell by a point or more."""
    kept = OpennessMeasure.objects.order_by("-day")
    newest = kept.filter(day__lte=now.date()).first()
    if newest is None:
        return Signal(0, "How open data is was not measured yet.", False)
    share = _share(newest)
    sentence = f"Pairs of a person and a dataset that are open: {share:.1f} %"
    before = kept.filter(day__lte=newest.day - WEEK).first()
    change = share - _share(before) if before is not None else 0.0
    if before is not None:
        sentence += (
            f", {abs(change):.1f} points {'more' if change >= 0 else 'less'} than a week ago"
        )
    widest = next(iter(newest.reasons), None)
    if widest is not None:
        sentence += f"; {widest['number']} closes the most"
    return Signal(round(share), f"{sentence}.", change <= -ALARMING)


def _share(measure: OpennessMeasure) -> float:
    return 100.0 * measure.open_pairs / measure.pairs if measure.pairs else 100.0


def register_openness_signal() -> None:
    """Put it on the agenda; called once when the application starts."""
    signals.add("openness", openness_of_the_week)
