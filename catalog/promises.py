"""How right and how late data is allowed to be, and what several promises make together (R-064)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from catalog.durations import in_words, seconds_of
from catalog.types import Consistency

_WHOLE_DAYS = re.compile(r"P(\d+)D")


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised; `because` names the datasets from which a weaker one comes than was
    declared, and is empty for a promise of one's own. Durations are ISO 8601."""

    consistency: str = ""
    expected_latency: str = ""
    finality_lag: str = ""
    because: tuple[str, ...] = ()


def weakest(own: Promise, made_from: Iterable[tuple[str, Promise]]) -> Promise:
    """What may be promised of data that is made from others, each with its name: nothing is more
    right, earlier final or sooner there than the weakest of them. What promises nothing changes
    nothing."""
    sources = list(made_from)
    promises = [own, *(promise for _, promise in sources)]
    order = ("", Consistency.STRONG.value, Consistency.EVENTUAL.value)
    held = Promise(
        max((one.consistency for one in promises), key=order.index),
        max((one.expected_latency for one in promises), key=seconds_of),
        max((one.finality_lag for one in promises), key=seconds_of),
    )

    def gives(source: Promise) -> bool:
        return any(
            getattr(source, part) and getattr(source, part) == getattr(held, part)
            for part in ("consistency", "expected_latency", "finality_lag")
            if getattr(held, part) != getattr(own, part)
        )

    because = {name for name, source in sources if gives(source)}
    return replace(held, because=tuple(sorted(because)))


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
        sentences.append(f"New data shows within {in_words(promise.expected_latency)}")
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
    return f"final after {in_words(lag)}"


def _ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
