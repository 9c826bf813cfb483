"""The `lineage` facet of a job: its entries as facets of the datasets that they are about."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from catalog.connectors.openlineage.events import EventDataset
from catalog.connectors.openlineage.facets import InputField, JobLineageFacet, LineageEntry
from catalog.connectors.openlineage.states import JobKey


def facets_of_entries(facet: JobLineageFacet, job: JobKey) -> Iterator[tuple[EventDataset, bool]]:
    """Datasets as an event would report them, and whether the job makes them.

    An entry on a dataset becomes that dataset's own `lineage` facet. An entry on the job itself
    says what the job reads. Between other jobs nothing is said of datasets.
    """
    for entry in facet.entries:
        sources = [source for source in entry.inputs if _is_dataset(source)]
        if _names_dataset(entry):
            yield _dataset(entry, sources), True
        elif entry.name is None or (entry.namespace, entry.name) == job:
            for source in sources:
                yield EventDataset(source.namespace or "", source.name), False


def other_jobs(facet: JobLineageFacet) -> Iterator[JobKey]:
    """Jobs that a job says it, or what it makes, depends on."""
    for entry in facet.entries:
        for source in entry.inputs:
            if source.type == "JOB" and source.name and source.namespace:
                yield source.namespace, source.name


def _is_dataset(source: InputField) -> bool:
    return bool(source.name and source.namespace) and source.type in {None, "DATASET"}


def _names_dataset(entry: LineageEntry) -> bool:
    return entry.type == "DATASET" and bool(entry.name and entry.namespace)


def _dataset(entry: LineageEntry, sources: list[InputField]) -> EventDataset:
    fields = {
        name: {"inputs": [source for source in field.inputs if _is_dataset(source)]}
        for name, field in entry.fields.items()
    }
    facet = msgspec.json.encode({"inputs": sources, "fields": fields})
    return EventDataset(entry.namespace or "", entry.name or "", {"lineage": Raw(facet)})
