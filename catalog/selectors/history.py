"""How things were: the state at any instant, and the list of changes with who and why.

History rows of one transaction carry one instant. Within one object the row number is the order
of change, so the state at `t` is the last row at or before `t`, unless that row says "deleted".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, Model, OuterRef, Q, QuerySet, Subquery

from catalog.errors import InvalidInput
from catalog.models import Column, ColumnLabel, Dataset, DatasetLabel, Label, Ownership
from catalog.registries.history import companions
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.definitions import TEXTS, WITHHELD, readable_texts
from catalog.types import Principal
from catalog.whole_numbers import whole

_ORDER = ("dataset", "column", "owner", "label", "column label")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_BOOKKEEPING = frozenset(
    {"pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "id", "lookup_name"}
    | {"earlier"}
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
    what: str  # dataset, column, owner, label, column label
    subject: str
    verb: str  # insert, update, delete
    actor: str
    reason: str
    request_id: str
    fields: tuple[FieldChange, ...]

    @property
    def place(self) -> ChangePlace:
        """Where it stands in the list."""
        return ChangePlace(self.at, _ORDER.index(self.what), self.history_id)


@dataclass(frozen=True, slots=True)
class ChangePlace:
    """A place in the list of changes: after all before an instant, or after one change of it.

    Changes of one transaction share an instant, and there may be more of them than a page holds:
    an instant alone would lose those that the page before had no room for.
    """

    at: dt.datetime
    order: int = 0
    history_id: int = 0

    @classmethod
    def read(cls, cursor: str) -> ChangePlace:
        """From a cursor, or from an instant in microseconds since the epoch: what is before it.

        Raises InvalidInput for anything else, and for an instant that no calendar reaches.
        """
        numbers = [whole(part) for part in cursor.split("-")]
        if len(numbers) not in {1, 3} or None in numbers:
            said = "before is the cursor that came with a page, or microseconds since 1970."
            raise InvalidInput(said, field="before")
        microseconds, order, history_id = ([*numbers, 0, 0])[:3]
        try:
            at = _EPOCH + dt.timedelta(microseconds=microseconds or 0)
        except OverflowError:
            said = "before is too large: no change is that late."
            raise InvalidInput(said, field="before") from None
        return cls(at, order or 0, history_id or 0)

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.order}-{self.history_id}"

    def after(self, rows: QuerySet[Any], order: int) -> QuerySet[Any]:
        """Those history rows of one kind that come after this place."""
        earlier = Q(pgh_created_at__lt=self.at)
        if order > self.order:
            earlier |= Q(pgh_created_at=self.at)
        elif order == self.order:
            earlier |= Q(pgh_created_at=self.at, pgh_id__lt=self.history_id)
        return rows.filter(earlier)


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
    principal: Principal, dataset_id: int, *, after: ChangePlace | None = None, limit: int = 50
) -> list[Change]:
    """The newest `limit` changes to the dataset itself, its columns, owners and labels, those of
    columns included; with `after` those that follow that place in the list."""
    if not visible_datasets(principal).filter(pk=dataset_id).exists():
        return []
    found: list[Change] = []
    readable = readable_texts(principal, dataset_id)
    for what, rows, subjects in _sources(dataset_id):
        scoped = after.after(rows, _ORDER.index(what)) if after else rows
        newest = scoped.order_by("-pgh_created_at", "-pgh_id")[:limit]
        found.extend(_changes(what, newest, subjects, readable))
    # Changes of one transaction share an instant: the dataset's own come first, then its parts'.
    found.sort(key=lambda change: change.history_id, reverse=True)
    found.sort(key=lambda change: _ORDER.index(change.what))
    found.sort(key=lambda change: change.at, reverse=True)
    return found[:limit]


Row = dict[str, Any]
Subjects = Callable[[Sequence[Row]], Callable[[Row], str]]
"""Who names the subject of each of some rows."""


def _sources(dataset_id: int) -> Iterator[tuple[str, QuerySet[Any], Subjects]]:
    yield "dataset", _of(Dataset, pgh_obj_id=dataset_id), _field("qualified_name")
    yield "column", _of(Column, dataset_id=dataset_id), _field("path")
    yield "owner", _of(Ownership, dataset_id=dataset_id), _field("kind")
    yield "label", _of(DatasetLabel, dataset_id=dataset_id), _label_names
    columns = _of(Column, dataset_id=dataset_id).values("pgh_obj_id")
    yield "column label", _of(ColumnLabel, column_id__in=columns), _column_label_names


def _field(name: str) -> Subjects:
    return lambda rows: lambda row: str(row[name])


def _label_names(rows: Sequence[Row]) -> Callable[[Row], str]:
    ids = {row["label_id"] for row in rows}
    paths = dict(Label.objects.filter(pk__in=ids).values_list("pk", "path")) if ids else {}
    return lambda row: paths.get(row["label_id"], "a label that was deleted")


def _column_label_names(rows: Sequence[Row]) -> Callable[[Row], str]:
    label = _label_names(rows)
    ids = {row["column_id"] for row in rows}
    # What a column was called last, though it is gone.
    named = _of(Column, pgh_obj_id__in=ids).order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
    columns = dict(named.values_list("pgh_obj_id", "path")) if ids else {}
    return lambda row: f"{label(row)} on {columns[row['column_id']]}"


def _changes(
    what: str, rows: QuerySet[Any], subjects: Subjects, readable: frozenset[str] | None
) -> Iterator[Change]:
    before = rows.model.objects.filter(
        pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id")
    ).order_by("-pgh_id")
    newest_first = list(rows.annotate(earlier=Subquery(before.values("pgh_id")[:1])).values())
    # An insert has none before it, and a delete needs none.
    wanted = {row["earlier"] for row in newest_first if row["pgh_label"] == "update"}
    held = rows.model.objects.filter(pgh_id__in=wanted).values() if wanted else ()
    previous = {row["pgh_id"]: row for row in held}
    subject = subjects(newest_first)
    for row in newest_first:
        context = row["pgh_context"] or {}
        earlier = previous.get(row["earlier"]) if row["pgh_label"] == "update" else None
        yield Change(
            history_id=row["pgh_id"],
            at=row["pgh_created_at"],
            what=what,
            subject=subject(row),
            verb=row["pgh_label"],
            actor=context.get("actor", "Concord"),
            reason=context.get("reason", ""),
            request_id=context.get("request_id", ""),
            fields=tuple(_shown(field, readable) for field in _difference(earlier, row)),
        )


def _shown(field: FieldChange, readable: frozenset[str] | None) -> FieldChange:
    before, after = (
        WITHHELD if _is_withheld(field.field, value, readable) else value
        for value in (field.before, field.after)
    )
    return FieldChange(field.field, before, after)


def _is_withheld(name: str, value: Any, readable: frozenset[str] | None) -> bool:
    return name in TEXTS and bool(value) and readable is not None and value not in readable


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
