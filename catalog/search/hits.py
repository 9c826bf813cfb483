"""From stored rows to hits: marks, words of explanation, locks. The database has the last word on
whether an object is still there and may be seen."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db.models import Model

from catalog.access import Action, gate
from catalog.models import Dataset
from catalog.search.answers import HitFacts, Lock, MarkedText, SearchHit
from catalog.search.backends import backend
from catalog.search.backends.base import Request, Row
from catalog.search.explaining import explanation, matched_fields
from catalog.search.marking import marked, snippet
from catalog.search.registry import COLUMN, kinds
from catalog.types import Principal

COLUMNS_SHOWN = 5
Objects = Mapping[tuple[type[Model], int], Model]


class Listed(NamedTuple):
    """Rows to be shown one after another, and for what; `notes` are what is said of datasets
    beside why they stand here."""

    rows: Sequence[Row]
    request: Request
    notes: Mapping[int, str] = MappingProxyType({})


def shown_hits(principal: Principal, *lists: Listed) -> list[tuple[SearchHit, ...]]:
    """For each list hits for those of its rows that still exist and may be seen, in their order."""
    columns = backend().beside(
        lambda: [_matching_columns(listed.rows, listed.request) for listed in lists]
    )
    objects = _objects(principal, [row for listed in lists for row in listed.rows])
    return [
        _hits(principal, listed, objects, its_columns)
        for listed, its_columns in zip(lists, columns(), strict=True)
    ]


def _matching_columns(rows: Sequence[Row], request: Request) -> dict[int, list[str]]:
    """Names of the matching columns of the datasets among the rows."""
    asks_for_columns = any(chosen.field == "column" for chosen in request.query.filters)
    with_columns = [
        row.id
        for row in rows
        if row.kind == "dataset"
        and (
            asks_for_columns
            or row.has_exact_column
            or any(word.column or word.synonym for word in row.words)
        )
    ]
    return backend().columns_of(request, with_columns, COLUMNS_SHOWN)


def _hits(
    principal: Principal, listed: Listed, objects: Objects, columns: Mapping[int, list[str]]
) -> tuple[SearchHit, ...]:
    hits = []
    for row in listed.rows:
        subject = objects.get(_object_key(row))
        if subject is not None:
            names = columns.get(row.id, []) if row.kind == "dataset" else []
            note = listed.notes.get(row.id, "") if row.kind == "dataset" else ""
            hits.append(_hit(row, listed.request, _lock(principal, subject), names, note))
    return tuple(hits)


def _hit(
    row: Row, request: Request, lock: Lock | None, columns: Sequence[str], note: str
) -> SearchHit:
    words = request.query.words
    display = row.display
    return SearchHit(
        kind=row.kind,
        id=row.id,
        name=marked(display["name"], words),
        qualified_name=display["qualified_name"],
        band=row.band,
        explanation="; ".join(filter(None, (explanation(row, request.query), note))),
        place=tuple(display.get("place", ())),
        parent_id=row.parent_id,
        snippet=(
            snippet(display["description"], words) if display.get("description") else MarkedText("")
        ),
        matched=matched_fields(row),
        columns=tuple(marked(name, words) for name in columns),
        facts=_facts(display.get("facts", {})),
        lock=lock,
    )


def _facts(stored: Mapping[str, Any]) -> HitFacts:
    values = dict(stored)
    for key in ("owners", "labels"):
        if key in values:
            values[key] = tuple(values[key])
    for key in ("disappeared_at", "modified_at"):
        if values.get(key):
            values[key] = dt.datetime.fromisoformat(values[key])
    return HitFacts(**values)


def _object_key(row: Row) -> tuple[type[Model], int]:
    """The object through which the access port decides about a row."""
    if row.kind == COLUMN:
        return Dataset, row.parent_id or 0
    kind = kinds.get(row.kind)
    return kind.visible, row.id if kind.visible_by == "object_id" else row.parent_id or 0


def _objects(principal: Principal, rows: Sequence[Row]) -> Objects:
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for row in rows:
        model, pk = _object_key(row)
        wanted[model].add(pk)
    return {
        (model, subject.pk): subject
        for model, ids in wanted.items()
        for subject in gate().scope(
            principal,
            Action.SEE,
            model._default_manager.filter(pk__in=ids).order_by().only(*_decided_by(model)),
        )
    }


@cache
def _decided_by(model: type[Model]) -> tuple[str, ...]:
    """What decisions are made by: which object it is, and what it belongs to. Whatever else is
    asked of one is read then; to read it of all takes longer than all else that makes a hit."""
    fields = model._meta.concrete_fields
    return tuple(field.name for field in fields if field.primary_key or field.is_relation)


def _lock(principal: Principal, subject: Model) -> Lock | None:
    """Set where the metadata may be seen and the data not: shown with its reason (law 4)."""
    verdict = gate().authorize(principal, Action.READ, subject)
    return None if verdict.allowed else Lock(verdict.reason, verdict.ask)
