"""Telling upper packages what a run stored, for what records say beyond the catalog."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.registries.ingestion import ingestion_hooks
from catalog.services.ingest.work import RunMemory, Work
from catalog.services.transaction import writing


def tell_stored(memory: RunMemory, works: Sequence[Work]) -> None:
    """Call every hook with the datasets of a chunk, inside its transaction."""
    if memory.is_dry_run or not works:
        return
    stored = [(work.dataset_id, work.checked.record) for work in works]
    for hook in ingestion_hooks:
        hook.after_datasets(memory.run, stored, memory.acting)


def tell_read(memory: RunMemory) -> None:
    """Call every hook once all chunks are written."""
    if memory.is_dry_run:
        return
    for hook in ingestion_hooks:
        with writing(memory.acting, reason=memory.reason):
            hook.after_run(memory.run, memory.acting)
