"""Detecting classes of data in names and counts of values, and keeping what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import F, Q

from catalog.models import Column, Dataset, Label, Profile, Relation
from catalog.search.tokens import words
from catalog.services.curation.labels import find_or_make_label
from catalog.services.transaction import writing
from catalog.types import LabelKind, Principal, RelationKind
from lineage.classes import VERSION, ColumnFacts, DataClass, Detected, detect
from lineage.classes.types import NAMINGS, Naming
from lineage.models import ClassDetection, SuggestedClass

AT_ONCE = 500
"""Datasets in one transaction."""
SEPARATOR = " / "
_ROOTS = {
    "Personal": ("pii", "personal", "personal data", "privacy"),
    "Financial": ("financial", "fin", "finance", "hr"),
    "Secret": ("secret", "security", "secrets", "credentials"),
}
"""How companies call the first level of their tree."""
_COMPARED = ("label_id", "data_class", "confidence", "evidence")


def detect_classes(dataset_ids: Collection[int], *, acting: Principal) -> int:
    """Look at the columns of datasets and keep what is suggested now; how many suggestions moved.

    Only what differs is written. A classification that the company's tree does not have yet is
    made there, so that it can be named and reviewed.
    """
    moved = 0
    ordered = sorted(dataset_ids)
    for start in range(0, len(ordered), AT_ONCE):
        with writing(acting, reason="Classes detected in names and counts of values"):
            moved += _detect(ordered[start : start + AT_ONCE], acting)
    return moved


def detect_missing(*, acting: Principal, most: int = 5_000) -> int:
    """Look at datasets that no detector of this version saw, or that were measured since."""
    seen_now = Q(
        class_detection__version=VERSION, class_detection__profiled_at=F("profiled_at")
    ) | Q(
        class_detection__version=VERSION,
        class_detection__profiled_at__isnull=True,
        profiled_at__isnull=True,
    )
    waiting = Dataset.objects.filter(disappeared_at__isnull=True).exclude(
        pk__in=Dataset.objects.filter(seen_now).values("pk")
    )
    return detect_classes(
        list(waiting.order_by("pk").values_list("pk", flat=True)[:most]), acting=acting
    )


def _detect(dataset_ids: list[int], acting: Principal) -> int:
    datasets = {
        pk: (name, profiled)
        for pk, name, profiled in Dataset.objects.filter(pk__in=dataset_ids).values_list(
            "pk", "qualified_name", "profiled_at"
        )
    }
    found = _found(datasets)
    known = {row.column_id: row for row in SuggestedClass.objects.filter(dataset__in=datasets)}
    labels = _Labels(acting)
    added: list[SuggestedClass] = []
    changed: list[SuggestedClass] = []
    for column_id, (dataset_id, detected) in found.items():
        values = {
            "label_id": labels.of(detected.data_class),
            "data_class": detected.data_class,
            "confidence": detected.confidence,
            "evidence": [
                {"source": one.source, "text": one.text, "weight": one.weight}
                for one in detected.evidence
            ],
        }
        row = known.pop(column_id, None)
        if row is None:
            added.append(SuggestedClass(column_id=column_id, dataset_id=dataset_id, **values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    gone = [row.pk for row in known.values()]
    SuggestedClass.objects.bulk_create(added, batch_size=2_000)
    if changed:
        SuggestedClass.objects.bulk_update(changed, _COMPARED, batch_size=1_000)
    if gone:
        SuggestedClass.objects.filter(pk__in=gone).delete()
    ClassDetection.objects.bulk_create(
        [
            ClassDetection(dataset_id=pk, version=VERSION, profiled_at=profiled)
            for pk, (_, profiled) in datasets.items()
        ],
        update_conflicts=True,
        unique_fields=["dataset"],
        update_fields=["version", "profiled_at"],
    )
    return len(added) + len(changed) + len(gone)


def _found(datasets: Mapping[int, tuple[str, Any]]) -> dict[int, tuple[int, Detected]]:
    """What is detected, by column, with its dataset."""
    keys = _foreign_keys(datasets)
    measured = [pk for pk, (_, profiled) in datasets.items() if profiled is not None]
    statistics: dict[int, Mapping[str, Any]] = dict(
        Profile.objects.filter(dataset__in=measured)
        .order_by("dataset_id", "-taken_at")
        .distinct("dataset_id")
        .values_list("dataset_id", "columns")
    )
    found: dict[int, tuple[int, Detected]] = {}
    rows = Column.objects.filter(dataset__in=datasets, disappeared_at__isnull=True)
    for pk, dataset_id, path, physical_type in rows.order_by().values_list(
        "pk", "dataset_id", "path", "physical_type"
    ):
        counted = statistics.get(dataset_id, {}).get(path)
        detected = detect(
            ColumnFacts(
                path=path,
                dataset=_with_schema(datasets[dataset_id][0]),
                physical_type=physical_type,
                is_foreign_key=path in keys[dataset_id],
                statistics=counted if isinstance(counted, Mapping) else {},
            )
        )
        if detected is not None:
            found[pk] = (dataset_id, detected)
    return found


def _with_schema(qualified_name: str) -> str:
    """The last two parts of a name: `hr.employee` of `postgres://w/shop.hr.employee`."""
    return ".".join(qualified_name.rpartition("/")[2].split(".")[-2:])


def _foreign_keys(datasets: Iterable[int]) -> dict[int, set[str]]:
    keys: dict[int, set[str]] = defaultdict(set)
    rows = Relation.objects.filter(source__in=list(datasets), kind=RelationKind.FOREIGN_KEY)
    for dataset_id, columns in rows.values_list("source_id", "source_columns"):
        keys[dataset_id].update(columns)
    return keys


class _Labels:
    """Classifications of the company by class of data: the one whose path says the same, else one
    made below the company's own first level, else one by our path."""

    def __init__(self, acting: Principal) -> None:
        self._acting = acting
        self._known: dict[DataClass, int] = {}
        self._paths: dict[str, int] | None = None

    def of(self, data_class: DataClass) -> int:
        """The id of the label."""
        if data_class not in self._known:
            if self._paths is None:
                rows = Label.objects.filter(kind=LabelKind.CLASSIFICATION)
                self._paths = dict(rows.order_by("path").values_list("path", "pk"))
            path = label_path(NAMINGS[data_class], self._paths)
            self._known[data_class] = (
                self._paths.get(path)
                or find_or_make_label(LabelKind.CLASSIFICATION, path, acting=self._acting).pk
            )
        return self._known[data_class]


def label_path(naming: Naming, paths: Iterable[str]) -> str:
    """The path among those of a company that says what ours does, or the one to make."""
    root, _, leaf = naming.path.partition(SEPARATOR)
    roots = _ROOTS[root]
    best: tuple[int, int, str] | None = None
    first: tuple[int, str] | None = None
    for path in paths:
        parts = [_spoken(part) for part in path.split(SEPARATOR)]
        if parts[0] not in roots:
            continue
        if len(parts) == 1 and parts[0] != "hr":  # nothing of money but pay lies below it
            rank = (roots.index(parts[0]), path)
            first = rank if first is None else min(first, rank)
        if parts[-1] in naming.words:
            nearest = (naming.words.index(parts[-1]), len(parts), path)
            best = nearest if best is None else min(best, nearest)
    if best is not None:
        return best[2]
    return f"{first[1]}{SEPARATOR}{leaf}" if first is not None else naming.path


def _spoken(name: str) -> str:
    return " ".join(words(name))
