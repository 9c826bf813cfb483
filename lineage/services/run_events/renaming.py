"""Datasets that exchange names: one is renamed away, another takes the name that it had.

A former name stays an alias of its dataset, so that late events still find it. Whoever takes that
name must not be mistaken for the dataset that gave it up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from catalog.connectors.openlineage.events import EventDataset
from catalog.connectors.openlineage.facets import LifecycleFacet, decode_facet
from catalog.connectors.openlineage.naming import dataset_name
from catalog.connectors.openlineage.states import DatasetState
from catalog.models import Alias, Dataset
from catalog.names import NameRefused
from lineage.models import ReportedDataset
from lineage.openlineage.keys import key_of
from lineage.services.run_events.reports import StoredReports

Rename: TypeAlias = tuple[str, str]
"""The new name and the former one."""
_FACET = "lifecycleStateChange"
T = TypeVar("T")


def renames_among(datasets: Iterable[EventDataset]) -> Iterator[Rename]:
    """The renames that events tell of."""
    for dataset in datasets:
        raw = (dataset.facets or {}).get(_FACET)
        former = _former(decode_facet(raw, LifecycleFacet)) if raw else None
        if former is None:
            continue
        try:
            name = str(dataset_name(dataset.namespace, dataset.name))
        except NameRefused:
            continue
        if name != former:
            yield name, former


def in_turn(events: Sequence[T], renames: Callable[[T], object]) -> Iterator[Sequence[T]]:
    """The events in parts that end with a rename each, where there are several: a name that one
    frees another may take."""
    ends = [at for at, event in enumerate(events, start=1) if renames(event)]
    start = 0
    for end in ends[:-1]:
        yield events[start:end]
        start = end
    yield events[start:]


def free_names(renames: Sequence[Rename], reports: StoredReports) -> None:
    """Take names that other datasets had before they were renamed away from those."""
    taken = dict(renames)
    aliases = Alias.objects.filter(qualified_name__in=taken)
    held = {
        name: (pk, now)
        for name, pk, now in aliases.values_list(
            "qualified_name", "dataset_id", "dataset__qualified_name"
        )
    }
    if not held:
        return
    formers = list(taken.values())
    owners = dict(
        Alias.objects.filter(qualified_name__in=formers).values_list("qualified_name", "dataset_id")
    )
    owners |= dict(
        Dataset.objects.filter(qualified_name__in=formers).values_list("qualified_name", "pk")
    )
    freed = [
        name
        for name, (pk, now) in held.items()
        if owners.get(taken[name]) != pk and _name_before(reports.state(now)) == name
    ]
    Alias.objects.filter(qualified_name__in=freed).delete()
    ReportedDataset.objects.filter(key__in=[key_of(name) for name in freed]).delete()


def _name_before(state: DatasetState | None) -> str | None:
    """What a dataset was called before it was renamed, as far as that is the last told of it."""
    told = state.facets.get(_FACET) if state is not None else None
    return (
        _former(decode_facet(told.raw, LifecycleFacet)) if told is not None and told.raw else None
    )


def _former(facet: object) -> str | None:
    if not isinstance(facet, LifecycleFacet) or facet.lifecycleStateChange != "RENAME":
        return None
    if facet.previousIdentifier is None:
        return None
    try:
        return str(dataset_name(facet.previousIdentifier.namespace, facet.previousIdentifier.name))
    except NameRefused:
        return None
