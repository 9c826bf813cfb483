"""Which data an opt-out covers, decided for one dataset at a time; compiling does the same for all.

What an opt-out says differently of different datasets becomes a variant of it, and each variant
one bit: the same subjects and the same effect for every dataset that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from governance.permissions.engine.conditions import (
    Attribute,
    Condition,
    Side,
    attributes_of,
    truth,
)
from governance.permissions.engine.patterns import columns_match, names_match
from governance.permissions.engine.periods import DAY
from governance.permissions.engine.types import Dataset, Resources, Rule, When
from governance.permissions.types import Effect


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule as it concerns some of its datasets.

    `given` are the values that its condition compares with the subject's, in the order of
    `joint_attributes`. `only_asked_from` holds where the data stands in another environment: then
    it applies to questions from there only. `stricter` says why it denies instead.
    """

    rule: str
    given: tuple[str, ...] = ()
    only_asked_from: bool = False
    stricter: str = ""


@dataclass(frozen=True, slots=True)
class Covered:
    """A dataset under a variant: as a whole (`columns` is None) or some of its columns.

    `columns` may be empty: the rule names columns by patterns, and none that is listed matches.
    """

    variant: Variant
    columns: frozenset[str] | None = field(default=None)


def coverage(rule: Rule, dataset: Dataset) -> Covered | None:
    """How a rule covers a dataset, subjects and time aside; None where it does not."""
    resources = rule.resources
    if not covers_dataset(resources, dataset) or not _of_version(rule.when, dataset):
        return None
    columns = _columns(resources, dataset)
    if columns is not None and not columns and not names_columns(resources):
        return None
    given = tuple(dataset.attribute(name) for name in joint_attributes(rule.condition))
    if not all(given):
        return None  # what is not known of a dataset is not named
    stricter = ""
    if rule.effect is Effect.ROW_FILTER:
        columns = None  # rows are hidden whatever is read of them
        stricter = _unfit(rule, dataset)
    environments = rule.when.environments
    elsewhere = bool(environments and dataset.environment) and (
        dataset.environment not in environments
    )
    return Covered(Variant(rule.key, given, elsewhere, stricter), columns)


def covers_dataset(resources: Resources, dataset: Dataset) -> bool:
    """Whether the criteria that concern a dataset as a whole are met; by whichever of its names,
    for data is no more open by another, or after it was renamed."""
    if resources.domains and resources.domains.isdisjoint(dataset.domains):
        return False
    if resources.regions and dataset.region not in resources.regions:
        return False
    if resources.kinds and dataset.kind not in resources.kinds:
        return False
    if resources.systems and dataset.system not in resources.systems:
        return False
    if resources.names and not any(names_match(resources.names, one) for one in dataset.names):
        return False
    return resources.where is None or truth(resources.where, value_of(dataset)) is True


def joint_attributes(condition: Condition | None) -> tuple[str, ...]:
    """The resource's attributes that a condition reads, by name."""
    if condition is None:
        return ()
    found = {one.name for one in attributes_of(condition) if one.side is Side.RESOURCE}
    return tuple(sorted(found))


def is_of_age(when: When, dataset: Dataset, at: float) -> bool:
    """Whether the data is as old as the opt-out asks; data of unknown age is."""
    if dataset.modified_at is None:
        return True
    days = (at - dataset.modified_at) / DAY
    if when.older_than_days is not None and days < when.older_than_days:
        return False
    return when.younger_than_days is None or days <= when.younger_than_days


def value_of(dataset: Dataset) -> _ValueOf:
    """A dataset as conditions see it."""
    return _ValueOf(dataset)


class _ValueOf:
    __slots__ = ("_dataset",)

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def __call__(self, attribute: Attribute) -> str:
        return self._dataset.attribute(attribute.name)


def names_columns(resources: Resources) -> bool:
    """Whether columns are covered by their names alone, listed or not."""
    return bool(resources.columns) and resources.labels is None


def is_named_column(resources: Resources, path: str) -> bool:
    """Whether a column that the catalog does not list is covered by its name."""
    return names_columns(resources) and columns_match(resources.columns, path)


def is_read(covered: frozenset[str], listed: Iterable[str], path: str) -> bool:
    """Whether using a column reads one that is covered: itself or, where it is not listed, the
    field around it or one inside."""
    if path in covered:
        return True
    if path in listed:
        return False
    nearest = next((around for around in _around(path) if around in listed), "")
    return nearest in covered or any(one.startswith(f"{path}.") for one in covered)


def _around(path: str) -> Iterable[str]:
    """The fields that a nested one lies in, the nearest first."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _columns(resources: Resources, dataset: Dataset) -> frozenset[str] | None:
    """The columns covered, None for the whole; empty where nothing is."""
    labels, patterns = resources.labels, resources.columns
    if labels is not None and labels.isdisjoint(dataset.labels):
        found = {path for path, own in dataset.columns.items() if not labels.isdisjoint(own)}
    elif not patterns:
        return None
    elif not dataset.columns:
        # No column is known yet: those written out are covered, a pattern may mean any of them.
        return None if any("*" in one for one in patterns) else frozenset(patterns)
    else:
        found = set(dataset.columns)
    if patterns:
        found = {path for path in found if columns_match(patterns, path)}
        if labels is None:
            found |= _fields_not_listed(patterns, dataset.columns)
    return frozenset(_with_nested(found, dataset.columns))


def _fields_not_listed(patterns: Iterable[str], known: Mapping[str, object]) -> set[str]:
    """Fields that a rule names, inside of columns that are listed without what is in them."""
    found = set()
    for pattern in patterns:
        field_ = pattern.partition("*")[0].rstrip(".")
        if "." not in pattern or not any(one in known for one in (field_, *_around(field_))):
            continue
        if not any(columns_match((pattern,), path) for path in known):
            found.add(field_)
    return found


def _with_nested(found: set[str], known: Iterable[str]) -> set[str]:
    """A field covered covers what lies inside, and whoever reads around it reads it."""
    if not found or not any("." in path for path in (*known, *found)):
        return found
    more = set(found)
    for path in known:
        for covered in found:
            if path.startswith(f"{covered}.") or covered.startswith(f"{path}."):
                more.add(path)
    return more


def _unfit(rule: Rule, dataset: Dataset) -> str:
    """Why the row filter cannot be applied here, so that it denies."""
    read = rule.filter.columns if rule.filter else frozenset()
    missing = sorted(read - dataset.columns.keys()) if dataset.columns else []
    if not missing:
        return ""
    return f"Its condition reads {', '.join(missing)}, which is no column here."


def _of_version(when: When, dataset: Dataset) -> bool:
    return not when.versions or not dataset.version or columns_match(when.versions, dataset.version)
