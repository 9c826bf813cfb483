"""How right and how late data is allowed to be, and what several promises make together (R-064)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from catalog.durations import seconds_of
from catalog.types import Consistency


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
