"""The tables of a statement with what was measured of them last (R-003)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Profile
from governance.brakes.engine import Span


@dataclass(frozen=True, slots=True)
class Size:
    """Rows and bytes as measured last, None where nobody did; `measured_at` is the older of both.

    `is_guessed` marks a planner's statistics.
    """

    rows: int | None = None
    bytes: int | None = None
    measured_at: dt.datetime | None = None
    is_guessed: bool = False
    spans: Mapping[str, Span] = field(default_factory=dict)


def sizes_of(datasets: Iterable[int]) -> Mapping[int, Size]:
    """The newest measurement of each fact; a size below zero is none."""
    wanted = list(datasets)
    latest = Profile.objects.filter(dataset__in=wanted).order_by("dataset_id", "-taken_at")
    rows = latest.filter(rows__gte=0).distinct("dataset_id")
    sizes = latest.filter(size_bytes__gte=0).distinct("dataset_id")
    spanned = latest.exclude(columns={}).distinct("dataset_id")
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    taken: dict[int, list[dt.datetime]] = defaultdict(list)
    for pk, count, at, estimated in rows.values_list("dataset_id", "rows", "taken_at", "estimated"):
        found[pk] |= {"rows": count, "is_guessed": estimated}
        taken[pk].append(at)
    for pk, count, at, estimated in sizes.values_list(
        "dataset_id", "size_bytes", "taken_at", "estimated"
    ):
        guessed = estimated or found[pk].get("is_guessed", False)
        found[pk] |= {"bytes": count, "is_guessed": guessed}
        taken[pk].append(at)
    for pk, columns in spanned.values_list("dataset_id", "columns"):
        found[pk]["spans"] = _spans(columns)
    return {pk: Size(measured_at=min(taken[pk], default=None), **one) for pk, one in found.items()}


def _spans(columns: Mapping[str, Any]) -> dict[str, Span]:
    found = {}
    for path, known in columns.items():
        first, last = (_day(known.get(end)) for end in ("min", "max"))
        if first is not None and last is not None and first <= last:
            found[path.lower()] = Span(first, last)
    return found


def _day(value: object) -> dt.date | None:
    if not isinstance(value, str):
        return None
    try:
        return dt.date.fromisoformat(value[:10])
    except ValueError:
        return None
