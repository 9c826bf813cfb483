"""The fields of two datasets beside each other, and where they do not fit (R-096)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.errors import InvalidInput, NotFound
from catalog.models import Column, ColumnLabel, Dataset
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.quality import column_statistics
from catalog.types import LabelKind, Principal
from governance.mappings.comparing import FieldFacts, Mismatch, mismatches
from governance.mappings.selectors.grounds import grounds_between


@dataclass(frozen=True, slots=True)
class MappedField:
    """A field of each side that mean the same: why that is known, and what does not fit."""

    left: FieldFacts
    right: FieldFacts
    grounds: tuple[str, ...]
    mismatches: tuple[Mismatch, ...]


@dataclass(frozen=True, slots=True)
class MissingField:
    """A field that nothing connects with the other side; `alike` is the field there with the same
    name, where there is one: a question, and no answer."""

    field: FieldFacts
    alike: str


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Two datasets field by field, in the order of the left one's columns."""

    left: Dataset
    right: Dataset
    fields: tuple[MappedField, ...]
    missing_right: tuple[MissingField, ...]
    missing_left: tuple[MissingField, ...]

    @property
    def mismatch_count(self) -> int:
        """How many things do not fit in what is mapped."""
        return sum(len(field.mismatches) for field in self.fields)


def field_mapping(principal: Principal, left_id: int, right_id: int) -> FieldMapping:
    """The mapping of two datasets; the number of queries does not depend on their fields.

    Extreme values are compared only for who may read both as they are. Raises NotFound, and
    InvalidInput for a dataset with itself.
    """
    if left_id == right_id:
        raise InvalidInput("A dataset is not mapped to itself: choose another.", field="right")
    found = (
        visible_datasets(principal).select_related("system", "domain").in_bulk([left_id, right_id])
    )
    if len(found) < 2:
        raise NotFound("There is no such pair of datasets.")
    left, right = found[left_id], found[right_id]
    known = _facts(principal, left), _facts(principal, right)
    grounds = grounds_between(principal, left, right)
    order = {path: place for place, path in enumerate(known[0])}
    pairs = sorted(
        (pair for pair in grounds if pair[0] in known[0] and pair[1] in known[1]),
        key=lambda pair: (order[pair[0]], pair[1]),
    )
    fields = tuple(
        MappedField(
            known[0][one],
            known[1][other],
            grounds[one, other],
            tuple(mismatches(known[0][one], known[1][other])),
        )
        for one, other in pairs
    )
    mapped = {one for one, _ in pairs}, {other for _, other in pairs}
    return FieldMapping(
        left,
        right,
        fields,
        _missing(known[0], mapped[0], known[1]),
        _missing(known[1], mapped[1], known[0]),
    )


def _facts(principal: Principal, dataset: Dataset) -> Mapping[str, FieldFacts]:
    columns = list(
        Column.objects.filter(dataset=dataset, disappeared_at__isnull=True).order_by("ordinal")
    )
    classified: dict[int, set[str]] = {}
    labels = ColumnLabel.objects.filter(
        column__in=[column.pk for column in columns], label__kind=LabelKind.CLASSIFICATION
    )
    for pk, path in labels.values_list("column_id", "label__path"):
        classified.setdefault(pk, set()).add(path)
    measured = {one.path: one for one in column_statistics(principal, dataset)}
    return {
        column.path: FieldFacts(
            path=column.path,
            physical_type=column.physical_type,
            nullable=column.nullable,
            classifications=frozenset(classified.get(column.pk, ())),
            distinct=measured[column.path].distinct if column.path in measured else None,
            least=measured[column.path].least if column.path in measured else None,
            greatest=measured[column.path].greatest if column.path in measured else None,
        )
        for column in columns
    }


def _missing(
    here: Mapping[str, FieldFacts], mapped: set[str], there: Mapping[str, FieldFacts]
) -> tuple[MissingField, ...]:
    names = {path.lower().replace("_", ""): path for path in there}
    return tuple(
        MissingField(facts, names.get(path.lower().replace("_", ""), ""))
        for path, facts in here.items()
        if path not in mapped
    )
