"""Tags and classifications on datasets and columns."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.errors import InvalidInput, NotFound
from catalog.events import DatasetChanged, RecordChanged
from catalog.models import Column, ColumnLabel, Dataset, DatasetLabel, Label
from catalog.services.curation.locking import take_dataset
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import LabelKind, Origin, Principal

MAX_NAME = 100
SEPARATOR = " / "
_FACT = {LabelKind.TAG: "tags", LabelKind.CLASSIFICATION: "classifications"}


def find_or_make_label(kind: LabelKind, path: str, *, acting: Principal) -> Label:
    """The label with this path, made with its parents when it is missing; call inside `writing`.

    Raises InvalidInput for an empty or overlong name.
    """
    names = (
        [name.strip() for name in path.split("/")]
        if kind is LabelKind.CLASSIFICATION
        else [path.strip()]
    )
    if not all(names):
        raise InvalidInput("A label needs a name.", field=_FACT[kind])
    if any(len(name) > MAX_NAME or "\x00" in name for name in names):
        raise InvalidInput(f"A label has at most {MAX_NAME} characters.", field=_FACT[kind])
    parent: Label | None = None
    for depth, name in enumerate(names):
        full = SEPARATOR.join(names[: depth + 1])
        parent, is_new = Label.objects.get_or_create(
            kind=kind, path=full, defaults={"name": name, "parent": parent}
        )
        if is_new:
            record(RecordChanged(change="created"), parent, acting=acting)
    assert parent is not None
    return parent


def add_label(
    *,
    acting: Principal,
    dataset_id: int,
    kind: LabelKind,
    path: str,
    column_path: str = "",
    origin: Origin = Origin.DECLARED,
    reason: str = "",
) -> Label:
    """Put a label on a dataset, or on its column named; a second time changes nothing but makes a
    harvested label a declared one, which stays when its source takes it back."""
    fact = _FACT[kind]
    held: ColumnLabel | DatasetLabel
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=[fact])
        label = find_or_make_label(kind, path, acting=acting)
        if column_path:
            held, is_changed = ColumnLabel.objects.get_or_create(
                column=_column(dataset, column_path), label=label, defaults={"origin": origin}
            )
        else:
            held, is_changed = DatasetLabel.objects.get_or_create(
                dataset=dataset, label=label, defaults={"origin": origin}
            )
        if origin is Origin.DECLARED and held.origin == Origin.HARVESTED:
            held.origin = origin
            held.save(update_fields=["origin"])
            is_changed = True
        if is_changed:
            event = DatasetChanged(fields=(fact,), columns=bool(column_path), reason=reason)
            record(event, dataset, acting=acting)
    return label


def remove_label(
    *,
    acting: Principal,
    dataset_id: int,
    kind: LabelKind,
    path: str,
    column_path: str = "",
    reason: str = "",
) -> None:
    """Take a label off; raises NotFound when it is not there."""
    fact = _FACT[kind]
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=[fact])
        on_dataset = DatasetLabel.objects.filter(
            dataset=dataset, label__kind=kind, label__path=path
        )
        on_column = ColumnLabel.objects.filter(
            column__dataset=dataset, column__path=column_path, label__kind=kind, label__path=path
        )
        deleted, _ = on_column.delete() if column_path else on_dataset.delete()
        if not deleted:
            raise NotFound(f"The label {path!r} is not there any more.")
        event = DatasetChanged(fields=(fact,), columns=bool(column_path), reason=reason)
        record(event, dataset, acting=acting)


def set_tags(
    *, acting: Principal, dataset_id: int, tags: Iterable[str], reason: str = ""
) -> Dataset:
    """Make the dataset's tags exactly these."""
    wanted = {tag.strip() for tag in tags if tag.strip()}
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=["tags"])
        held = DatasetLabel.objects.filter(dataset=dataset, label__kind=LabelKind.TAG)
        before = set(held.values_list("label__path", flat=True))
        if before == wanted:
            return dataset
        held.exclude(label__path__in=wanted).delete()
        DatasetLabel.objects.bulk_create(
            DatasetLabel(
                dataset=dataset,
                label=find_or_make_label(LabelKind.TAG, tag, acting=acting),
                origin=Origin.DECLARED,
            )
            for tag in sorted(wanted - before)
        )
        record(DatasetChanged(fields=("tags",), reason=reason), dataset, acting=acting)
    return dataset


def _column(dataset: Dataset, path: str) -> Column:
    column = Column.objects.filter(dataset=dataset, path=path).first()
    if column is None:
        raise NotFound(f"{dataset.name} has no column {path}.")
    return column
