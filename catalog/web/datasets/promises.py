"""How right and how fresh the data is, in words (R-064)."""

from __future__ import annotations

import re

from catalog.promises import Promise
from catalog.types import Consistency
from catalog.web.presentation.times import duration_in_words

_WHOLE_DAYS = re.compile(r"P(\d+)D")


def promise_sentence(promise: Promise) -> str:
    """'Roughly right, final on the 3rd day. New data shows within 15 minutes.'; empty where
    nothing was promised."""
    sentences = []
    final = _final(promise.finality_lag)
    if promise.consistency == Consistency.STRONG:
        sentences.append("Right at once" + (f", {final}" if final else ""))
    elif promise.consistency == Consistency.EVENTUAL:
        sentences.append("Roughly right" + (f", {final}" if final else ""))
    elif final:
        sentences.append(final.capitalize())
    if promise.expected_latency:
        sentences.append(f"New data shows within {duration_in_words(promise.expected_latency)}")
    return ". ".join(sentences) + ("." if sentences else "")


def promise_badge(promise: Promise) -> str:
    """The promise in a few words, for beside the name: 'Roughly right, final on the 3rd day'."""
    return promise_sentence(promise).partition(". ")[0].removesuffix(".")


def _final(lag: str) -> str:
    if not lag:
        return ""
    days = _WHOLE_DAYS.fullmatch(lag)
    if days:
        return f"final on the {_ordinal(int(days[1]))} day"
    return f"final after {duration_in_words(lag)}"


def _ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
