"""Hooks of an ingestion run: how an upper package stores what a record says beyond the catalog.

`services.ingest` calls every hook; it knows none of them. Lineage stores declared edges
(`DatasetRecord.upstream` and `.lineage`) this way. Records of a type of its own, such as the
queries of a log, an upper package takes through a sink.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from catalog.registries.registry import Registry
from catalog.types import DatasetRecord, FurtherRecord, Principal, ProblemRecord

if TYPE_CHECKING:
    from catalog.models import IngestionRun

DatasetsStored = Callable[["IngestionRun", Sequence[tuple[int, DatasetRecord]], Principal], None]
RunRead = Callable[["IngestionRun", Principal], None]


@dataclass(frozen=True, slots=True)
class IngestionHook:
    """What follows the catalog's own writes.

    `after_datasets(run, stored, acting)` is called inside the transaction of each chunk, after
    its datasets and columns were written, with (dataset id, record) for every record that said
    something new; whatever it writes commits with the chunk, and what it raises undoes the
    chunk. `after_run(run, acting)` is called once, in a transaction of its own, when every chunk
    is written. Neither is called by a dry run.
    """

    after_datasets: DatasetsStored
    after_run: RunRead


ingestion_hooks: Registry[IngestionHook] = Registry("ingestion hook")


@dataclass(slots=True)
class Stored:
    """What became of some records: how many objects were made and changed, how many records said
    nothing new, and those that were refused, each with its place and a sentence."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[ProblemRecord] = field(default_factory=list)


class SinkSession(Protocol):
    """A sink at work for one run."""

    def store(self, records: Sequence[Any]) -> Stored:
        """Store some records, in a transaction of its own; a dry run only says what would be."""
        ...

    def finish(self, note_progress: Callable[[], None]) -> None:
        """What can be done only when everything was stored; not called by a dry run.

        `note_progress` is called at least every few seconds; it may raise to stop the run.
        """
        ...


@dataclass(frozen=True, slots=True)
class RecordSink:
    """Takes the records of one type; `open` is entered when the first one comes."""

    takes: type[FurtherRecord]
    open: Callable[[IngestionRun, Principal], AbstractContextManager[SinkSession]]


record_sinks: Registry[RecordSink] = Registry("record sink")
