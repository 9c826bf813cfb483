"""Events folded over a file: of each dataset the latest facets, of each job its latest run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from msgspec import UNSET, Raw, Struct

from catalog.connectors.openlineage.events import (
    AssertionsFacet,
    ColumnLineageFacet,
    DatasetTypeFacet,
    DataSourceFacet,
    Deletable,
    DocumentationFacet,
    Event,
    EventDataset,
    LifecycleFacet,
    MetricsFacet,
    OwnershipFacet,
    SchemaFacet,
    SqlFacet,
    StorageFacet,
    SymlinksFacet,
    TagsFacet,
    decode_facet,
)
from catalog.connectors.openlineage.naming import dataset_name
from catalog.connectors.source_values import left_out, text_of
from catalog.names import NameRefused, QualifiedName
from catalog.types import ProblemRecord

_SHAPES: dict[str, type[Deletable]] = {
    "schema": SchemaFacet,
    "documentation": DocumentationFacet,
    "ownership": OwnershipFacet,
    "tags": TagsFacet,
    "symlinks": SymlinksFacet,
    "dataSource": DataSourceFacet,
    "datasetType": DatasetTypeFacet,
    "storage": StorageFacet,
    "lifecycleStateChange": LifecycleFacet,
    "columnLineage": ColumnLineageFacet,
    "lineage": ColumnLineageFacet,
    "dataQualityMetrics": MetricsFacet,
    "dataQualityAssertions": AssertionsFacet,
}
_WITHOUT_EFFECT = {"FAIL", "ABORT"}


@dataclass(slots=True)
class DatasetState:
    """The latest facets of a dataset, each with the time of its event.

    `is_whole_schema` says that the schema is the dataset's own: an input may list only the
    columns that were read.
    """

    name: QualifiedName
    namespace: str
    facets: dict[str, tuple[dt.datetime, Deletable]] = field(default_factory=dict)
    is_whole_schema: bool = False
    upstream: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)  # by job
    sql: SqlFacet | None = None


@dataclass(slots=True)
class _RunState:
    """What the events of one run, or of one job without runs, say together."""

    job: tuple[str, str]
    inputs: dict[str, None] = field(default_factory=dict)
    outputs: dict[str, None] = field(default_factory=dict)
    sql: SqlFacet | None = None
    event_type: str | None = None


class Fold:
    """Apply events in the order of their times; ask for `datasets` afterwards."""

    def __init__(self) -> None:
        self.datasets: dict[str, DatasetState] = {}
        self.problems: list[ProblemRecord] = []
        self._runs: dict[tuple[str, ...], _RunState] = {}

    def apply(self, at: dt.datetime, location: str, event: Event) -> None:
        """Take over one event; `location` names it in problems."""
        if event.dataset is not UNSET:
            self._take_dataset(at, location, event.dataset, is_whole=True)
        if event.job is UNSET:
            return
        job = (event.job.namespace, event.job.name)
        key = job if event.run is UNSET else (event.run.runId, *job)
        run = self._runs.pop(key, None) or _RunState(job)
        self._runs[key] = run  # the run heard of last is the last one
        run.event_type = event.eventType or run.event_type
        if raw := (event.job.facets or {}).get("sql"):
            sql = self._facet(location, "sql", raw, SqlFacet)
            if isinstance(sql, SqlFacet):
                run.sql = None if sql.deleted else sql
        for dataset in event.inputs or ():
            if name := self._take_dataset(at, location, dataset, is_whole=False):
                run.inputs[name] = None
        for dataset in event.outputs or ():
            if name := self._take_dataset(at, location, dataset, is_whole=True):
                run.outputs[name] = None

    def connect(self) -> None:
        """Derive each output's upstream and SQL; a run that failed or was aborted made nothing."""
        for run in self._runs.values():
            if run.event_type in _WITHOUT_EFFECT:
                continue
            for output in run.outputs:
                state = self.datasets[output]
                state.upstream[run.job] = tuple(name for name in run.inputs if name != output)
                state.sql = run.sql or state.sql

    def _take_dataset(
        self, at: dt.datetime, location: str, dataset: EventDataset, *, is_whole: bool
    ) -> str | None:
        try:
            name = dataset_name(dataset.namespace, dataset.name)
        except NameRefused as error:
            self.problems.append(left_out(location, error))
            return None
        state = self.datasets.setdefault(str(name), DatasetState(name, dataset.namespace))
        for facet_name, raw in _facets(dataset):
            shape = _SHAPES.get(facet_name)
            facet = self._facet(location, facet_name, raw, shape) if shape else None
            if facet is None:
                continue
            if facet.deleted:
                state.facets.pop(facet_name, None)
            elif facet_name != "schema" or is_whole or not state.is_whole_schema:
                state.facets[facet_name] = (at, facet)
                state.is_whole_schema |= facet_name == "schema" and is_whole
        return str(name)

    def _facet(
        self, location: str, name: str, raw: Raw, shape: type[Deletable]
    ) -> Deletable | None:
        facet: Struct | str = decode_facet(raw, shape)
        if isinstance(facet, str):
            message = f"Its facet {name} was left out: {facet}."
            self.problems.append(ProblemRecord(text_of(location) or "", message))
            return None
        assert isinstance(facet, Deletable)
        return facet


def _facets(dataset: EventDataset) -> Iterator[tuple[str, Raw]]:
    groups: Iterable[dict[str, Raw] | None] = (
        dataset.facets,
        dataset.inputFacets,
        dataset.outputFacets,
    )
    for group in groups:
        yield from (group or {}).items()
