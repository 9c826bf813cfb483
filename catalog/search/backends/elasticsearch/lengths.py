"""How long texts are on average, asked of a cluster once a minute: it need only be known roughly,
and to read it takes a cluster as long as to count the words of a search."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from catalog.search.backends.elasticsearch import layout
from catalog.search.backends.elasticsearch.bodies import OF_ONE_WORD

SECONDS = 60.0  # for which it is taken to be what it was
_MEASURED = 500  # documents
_known: dict[str, tuple[float, float]] = {}  # until when, and how long, of an index


def known() -> float | None:
    """What was measured last; None where that is too long ago."""
    until, average = _known.get(layout.live(layout.DOCUMENTS), (0.0, 0.0))
    return average if time.monotonic() < until else None


def measuring() -> dict[str, Any]:
    """What the documents are asked for it."""
    average = {"avg": {"field": "length"}}
    return {"size": 0, "terminate_after": _MEASURED, "aggs": {"length": average}}


def measured(answer: Mapping[str, Any]) -> float:
    """The answer to `measuring`; that of an index without any text is soon another."""
    average = float(answer["aggregations"]["length"]["value"] or 0) / OF_ONE_WORD
    if average:
        _known[layout.live(layout.DOCUMENTS)] = time.monotonic() + SECONDS, average
    return average


def forget() -> None:
    """Measure anew: another index answers from now on."""
    _known.clear()
