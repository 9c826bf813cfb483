"""How things were: the state at any instant, and the list of changes with who and why.

History rows of one transaction carry one instant. Within one object the row number is the order
of change, so the state at `t` is the last row at or before `t`, unless that row says "deleted".
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, Model, QuerySet

from catalog.errors import InvalidInput
from catalog.models import Column, ColumnLabel, Dataset, DatasetLabel, Label, Ownership
from catalog.registries.history import companions
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.definitions import TEXTS, WITHHELD, readable_texts
from catalog.types import Principal

_ORDER = ("dataset", "column", "owner", "label")
_BOOKKEEPING = frozenset(
    {"pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "id", "lookup_name"}
)


@dataclass(frozen=True, slots=True)
class DatasetSnapshot:
    """A dataset as it was at `at`: plain values, keyed like the models' fields.

    `companions` holds what upper packages add, such as lineage edges, by registry name.
    """

    at: dt.datetime
    dataset: dict[str, Any]
    columns: tuple[dict[str, Any], ...]
    owners: tuple[dict[str, Any], ...]
    labels: tuple[dict[str, Any], ...]
    column_labels: tuple[dict[str, Any], ...]
    companions: dict[str, Sequence[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; None before an insert and after a delete."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One row of history: what happened to what, by whom, in which request and why."""

    history_id: int
    at: dt.datetime
    what: str  # dataset, column, owner, label
    subject: str
    verb: str  # insert, update, delete
    actor: str
    reason: str
    request_id: str
    fields: tuple[FieldChange, ...]


def history_model(model: type[Model]) -> Any:
    """The history table of a tracked model."""
    return model.history.rel.related_model  # type: ignore[attr-defined]


def rows_as_of(rows: QuerySet[Any], at: dt.datetime) -> list[dict[str, Any]]:
    """The last row of each object at or before `at`, deleted objects left out."""
    latest = (
        rows.filter(pgh_created_at__lte=at).order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
    )
    return [row for row in latest.values() if row["pgh_label"] != "delete"]


def first_known(principal: Principal, dataset_id: int) -> dt.datetime | None:
    """Since when the catalog has the dataset; None for what the principal may not see."""
    if not visible_datasets(principal).filter(pk=dataset_id).exists():
        return None
    rows = history_model(Dataset).objects.filter(pgh_obj_id=dataset_id)
    found: dt.datetime | None = rows.aggregate(since=Min("pgh_created_at"))["since"]
    return found


def dataset_as_of(principal: Principal, dataset_id: int, at: dt.datetime) -> DatasetSnapshot | None:
    """The dataset with its columns, owners, labels and lineage at `at`.

    None when it did not exist then, or when the principal may not see it now.
    """
    if not visible_datasets(principal).filter(pk=dataset_id).exists():
        return None
    found = rows_as_of(history_model(Dataset).objects.filter(pgh_obj_id=dataset_id), at)
    if not found:
        return None
    columns = rows_as_of(history_model(Column).objects.filter(dataset_id=dataset_id), at)
    column_ids = [row["id"] for row in columns]
    readable = readable_texts(principal, dataset_id)
    return DatasetSnapshot(
        at=at,
        dataset={
            name: "" if _is_withheld(name, value, readable) else value
            for name, value in _plain(found[0]).items()
        },
        columns=tuple(
            _plain(row) for row in sorted(columns, key=lambda row: (row["ordinal"], row["id"]))
        ),
        owners=_sorted(rows_as_of(_of(Ownership, dataset_id=dataset_id), at)),
        labels=_sorted(rows_as_of(_of(DatasetLabel, dataset_id=dataset_id), at)),
        column_labels=_sorted(rows_as_of(_of(ColumnLabel, column_id__in=column_ids), at)),
        companions={
            name: companion.as_of(principal, dataset_id, at)
            for name, companion in companions.items()
        },
    )


def changes_of(
    principal: Principal, dataset_id: int, *, before: int | None = None, limit: int = 50
) -> list[Change]:
    """The newest `limit` changes to the dataset itself, its columns, owners and labels.

    `before` is a cursor: only changes before that instant in microseconds since the epoch. Raises
    InvalidInput for one that no calendar reaches.
    """
    if not visible_datasets(principal).filter(pk=dataset_id).exists():
        return []
    until = _instant(before) if before is not None else None
    found: list[Change] = []
    readable = readable_texts(principal, dataset_id)
    for what, rows, subject in _sources(dataset_id):
        scoped = rows.filter(pgh_created_at__lt=until) if until else rows
        newest = scoped.order_by("-pgh_created_at", "-pgh_id")[:limit]
        found.extend(_changes(what, newest, subject, readable))
    # Changes of one transaction share an instant: the dataset's own come first, then its parts'.
    found.sort(key=lambda change: change.history_id, reverse=True)
    found.sort(key=lambda change: _ORDER.index(change.what))
    found.sort(key=lambda change: change.at, reverse=True)
    return found[:limit]


def _instant(microseconds: int) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(microseconds / 1e6, tz=dt.UTC)
    except (ValueError, OverflowError):
        raise InvalidInput("before is too large: no change is that late.", field="before") from None


def _sources(
    dataset_id: int,
) -> Iterator[tuple[str, QuerySet[Any], Callable[[dict[str, Any]], str]]]:
    labels = dict(Label.objects.values_list("pk", "path"))
    yield "dataset", _of(Dataset, pgh_obj_id=dataset_id), lambda row: row["qualified_name"]
    yield "column", _of(Column, dataset_id=dataset_id), lambda row: row["path"]
    yield "owner", _of(Ownership, dataset_id=dataset_id), lambda row: row["kind"]
    yield (
        "label",
        _of(DatasetLabel, dataset_id=dataset_id),
        lambda row: labels.get(row["label_id"], "a label that was deleted"),
    )


def _changes(
    what: str,
    rows: QuerySet[Any],
    subject: Callable[[dict[str, Any]], str],
    readable: frozenset[str] | None,
) -> Iterator[Change]:
    newest_first = list(rows.values())
    previous = _previous_rows(rows.model, newest_first)
    for row in newest_first:
        context = row["pgh_context"] or {}
        yield Change(
            history_id=row["pgh_id"],
            at=row["pgh_created_at"],
            what=what,
            subject=subject(row),
            verb=row["pgh_label"],
            actor=context.get("actor", "Concord"),
            reason=context.get("reason", ""),
            request_id=context.get("request_id", ""),
            fields=tuple(
                _shown(field, readable) for field in _difference(previous.get(row["pgh_id"]), row)
            ),
        )


def _shown(field: FieldChange, readable: frozenset[str] | None) -> FieldChange:
    before, after = (
        WITHHELD if _is_withheld(field.field, value, readable) else value
        for value in (field.before, field.after)
    )
    return FieldChange(field.field, before, after)


def _is_withheld(name: str, value: Any, readable: frozenset[str] | None) -> bool:
    return name in TEXTS and bool(value) and readable is not None and value not in readable


def _previous_rows(model: Any, rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """For each update the row before it of the same object, in one query; an insert has none
    and a delete needs none."""
    objects = {row["pgh_obj_id"] for row in rows if row["pgh_label"] == "update"}
    if not objects:
        return {}
    oldest_first = list(
        model.objects.filter(pgh_obj_id__in=objects, pgh_id__lte=max(row["pgh_id"] for row in rows))
        .order_by("pgh_obj_id", "pgh_id")
        .values()
    )
    found: dict[int, dict[str, Any]] = {}
    for earlier, later in itertools.pairwise(oldest_first):
        if earlier["pgh_obj_id"] == later["pgh_obj_id"]:
            found[later["pgh_id"]] = earlier
    return found


def _difference(before: dict[str, Any] | None, after: dict[str, Any]) -> tuple[FieldChange, ...]:
    if after["pgh_label"] == "delete":
        return tuple(
            FieldChange(name, value, None)
            for name, value in after.items()
            if name not in _BOOKKEEPING and value not in (None, "", [], {})
        )
    if before is None:
        return tuple(
            FieldChange(name, None, value)
            for name, value in after.items()
            if name not in _BOOKKEEPING and value not in (None, "", [], {})
        )
    return tuple(
        FieldChange(name, before.get(name), value)
        for name, value in after.items()
        if name not in _BOOKKEEPING and before.get(name) != value
    )


def _of(model: type[Model], **where: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = history_model(model).objects.filter(**where)
    return rows


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("pgh_")}


def _sorted(rows: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    return tuple(_plain(row) for row in sorted(rows, key=lambda row: row["id"]))
