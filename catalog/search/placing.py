"""What curators put first: hits that come before their like, and never out of their band.

An exact name stays before anything that was put first for less. The pages after that on which a hit
was put first leave it out, so that it is shown once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import connection
from django.utils import timezone

from catalog.dates import exact_day
from catalog.search.backends import backend
from catalog.search.backends.base import Request, Row
from catalog.search.cursors import MAX_PLACED, Position
from catalog.search.query import Order
from catalog.search.tokens import fold, tokens

_MOST = 100  # placements of one search that are looked at, seen or not
LIFT = 20  # points of importance, of 100, that a placement without words gives


@dataclass(frozen=True, slots=True)
class Arranged:
    """The rows of a page, where the next one begins, and what is said of datasets among them."""

    rows: tuple[Row, ...]
    following: Position | None
    notes: Mapping[int, str] = field(default_factory=dict)


def key_of(text: str) -> str:
    """What two ways to write the same words of a search share."""
    return " ".join(token.stem for token in tokens(fold(text)))


def today() -> dt.date:
    """The day that placements end on or after while they hold."""
    return timezone.now().date()


def told(query: str, until: dt.date, reason: str) -> str:
    """A placement as part of an explanation."""
    where = "put first for this search" if query else "lifted in all searches"
    return f"{where} until {exact_day(until)}: {reason}"


def arranged(
    request: Request, rows: Sequence[Row], size: int, position: Position | None
) -> Arranged:
    """A page of `size` of the rows, which go on beyond it where there are more."""
    before = position or Position(0, None)
    rest = [row for row in rows if not _is_among(row, before.placed)]
    placed, notes = _placed(request, before.placed)
    ordered = _inserted(rest, placed, is_all=len(rest) <= size)
    page = tuple(ordered[:size])
    if len(ordered) <= size:
        return Arranged(page, None, notes)
    ids = (*before.placed, *(row.id for row in placed if row in page))
    last = next((row.sort_key for row in reversed(page) if not _is_among(row, ids)), before.key)
    return Arranged(page, Position(before.seen + len(page), last, ids), notes)


def _placed(request: Request, shown: Sequence[int]) -> tuple[tuple[Row, ...], dict[int, str]]:
    """The datasets put first for these words that match and may be seen, in the order in which
    they were put; without those that were shown there already."""
    words = key_of(request.query.exact)
    if not words or request.order is not Order.RELEVANCE or request.is_columns:
        return (), {}
    placements = _placements(words)
    if not placements:
        return (), {}
    only = tuple(placements)
    asked = replace(request, only=only, size=len(only), after=None, facets=(), is_counted=False)
    found = {row.id: row for row in backend().find(asked).rows}
    # Chosen among those found, so that what may not be seen takes no place.
    seen = [pk for pk in only if pk in found][:MAX_PLACED]
    seen = [pk for pk in seen if pk not in shown]
    notes = {pk: told(words, *placements[pk]) for pk in seen}
    return tuple(found[pk] for pk in seen), notes


def _placements(words: str) -> dict[int, tuple[dt.date, str]]:
    """Until when a dataset is put first for these words, and why; by a statement that is not made
    anew each time, since every search asks for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dataset_id, ends_on, reason FROM catalog_searchplacement"
            " WHERE query = %s AND ends_on >= %s ORDER BY created_at, id LIMIT %s",
            [words, today(), _MOST],
        )
        return {pk: (until, reason) for pk, until, reason in cursor.fetchall()}


def _inserted(rows: Sequence[Row], placed: Sequence[Row], *, is_all: bool) -> list[Row]:
    """Each placed row before the first one that is no better than of its band and was not placed;
    none where all rows here are better and more follow."""
    ids = tuple(row.id for row in placed)
    rest = [row for row in rows if not _is_among(row, ids)]
    for row in sorted(placed, key=lambda one: one.band)[::-1]:
        at = next((n for n, other in enumerate(rest) if other.band >= row.band), None)
        if at is not None:
            rest.insert(at, row)
        elif is_all:
            rest.append(row)
    return rest


def _is_among(row: Row, datasets: Sequence[int]) -> bool:
    return row.kind == "dataset" and row.id in datasets
