"""Telling upper packages what a run stored, for what records say beyond the catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from catalog.registries.ingestion import RecordSink, SinkSession, ingestion_hooks, record_sinks
from catalog.services.ingest.work import RunMemory, Work
from catalog.services.transaction import writing
from catalog.types import FurtherRecord


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


class Sinks:
    """The sinks of one run, each opened when its first record comes."""

    def __init__(self, memory: RunMemory, stack: ExitStack) -> None:
        self._memory = memory
        self._stack = stack
        self._open: dict[str, SinkSession] = {}

    def store(self, records: Sequence[FurtherRecord]) -> None:
        """Hand records to their sinks and count what became of them."""
        report = self._memory.report
        by_sink: dict[str, list[FurtherRecord]] = {}
        for record in records:
            name = next(
                (n for n in record_sinks.names() if _takes(record_sinks.get(n), record)), ""
            )
            by_sink.setdefault(name, []).append(record)
        for record in by_sink.pop("", ()):
            report.refuse(record.location, "Nothing in this service takes records of its kind.")
        for name, taken in by_sink.items():
            stored = self._session(name).store(taken)
            report.created += stored.created
            report.updated += stored.updated
            report.unchanged += stored.unchanged
            for problem in stored.refused:
                report.refuse(problem.location, problem.message)

    def finish(self, note_progress: Callable[[], None]) -> None:
        """Once every record was stored."""
        if not self._memory.is_dry_run:
            for session in self._open.values():
                session.finish(note_progress)

    def _session(self, name: str) -> SinkSession:
        if name not in self._open:
            opened = record_sinks.get(name).open(self._memory.run, self._memory.acting)
            self._open[name] = self._stack.enter_context(opened)
        return self._open[name]


def _takes(sink: RecordSink, record: FurtherRecord) -> bool:
    return isinstance(record, sink.takes)


@contextmanager
def sinks_of(memory: RunMemory) -> Iterator[Sinks]:
    """The sinks of a run; what they opened is closed at the end, also after a failure."""
    with ExitStack() as stack:
        yield Sinks(memory, stack)
