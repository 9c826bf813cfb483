"""Hooks of an ingestion run: how an upper package stores what a record says beyond the catalog.

`services.ingest` calls every hook; it knows none of them. Lineage stores declared edges
(`DatasetRecord.upstream` and `.lineage`) this way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.registries.registry import Registry
from catalog.types import DatasetRecord, Principal

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
