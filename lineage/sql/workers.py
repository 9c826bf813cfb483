"""Lineage in several processes, with a timer that no statement outlives.

The parser cannot be interrupted and holds the interpreter's lock. So the work is done by worker
processes; one that takes too long on a text is killed and replaced, and the text is answered from
a scan of its words.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from lineage.sql.dialects import dialect_of, portable_rules_of
from lineage.sql.report import report
from lineage.sql.token_scan import token_scan

BATCH = 16
"""Texts that a worker gets at once; few enough that the last ones are shared out evenly."""
STARTING = 120.0
"""Seconds that a process may take to start."""
AHEAD = 4
"""Batches per worker that are read before their answers are asked for."""


@dataclass(slots=True)
class _Worker:
    """A process and the batch it is busy with."""

    process: Any
    pipe: Connection
    number: int = -1
    batch: list[Mapping[str, Any]] = field(default_factory=list)
    done: list[dict[str, Any]] = field(default_factory=list)
    since: float = 0.0
    ready: bool = False
    """Whether it has started up; until then the time is not the text's."""

    def deadline(self, seconds: float) -> float:
        return self.since + (seconds if self.ready else STARTING)


def _serve(pipe: Connection) -> None:
    """A worker's life: answer every request on its own, so that one that hangs is known."""
    pipe.send([])  # started
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            return
        if batch is None:
            return
        for request in batch:
            pipe.send([report(request)])


def reports(
    requests: Iterable[Mapping[str, Any]], *, workers: int, seconds: float
) -> Iterator[dict[str, Any]]:
    """Answers as ``report`` gives them, in the order of the requests.

    A request that takes more than ``seconds`` of one process is answered with the tables that a
    scan of its words finds.
    """
    context = multiprocessing.get_context("spawn")
    crew = [_start(context) for _ in range(workers)]
    batches = _batches(iter(requests))
    finished: dict[int, list[dict[str, Any]]] = {}
    following = number = 0
    exhausted = False
    try:
        while True:
            while not exhausted and number - following < AHEAD * workers:
                idle = next((worker for worker in crew if not worker.batch), None)
                if idle is None:
                    break
                batch = next(batches, None)
                if batch is None:
                    exhausted = True
                    break
                _give(idle, number, batch)
                number += 1
            while following in finished:
                yield from finished.pop(following)
                following += 1
            busy = [worker for worker in crew if worker.batch]
            if not busy:
                if exhausted and following == number:
                    return
                continue
            _collect(context, crew, busy, finished, seconds)
    finally:
        for worker in crew:
            _stop(worker)


def _batches(requests: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    pending: deque[Mapping[str, Any]] = deque()
    for request in requests:
        pending.append(request)
        if len(pending) == BATCH:
            yield list(pending)
            pending.clear()
    if pending:
        yield list(pending)


def _start(context: Any) -> _Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _stop(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.terminate()
    worker.process.join()


def _give(worker: _Worker, number: int, batch: list[Mapping[str, Any]]) -> None:
    worker.number, worker.batch, worker.done = number, batch, []
    worker.since = time.monotonic()
    worker.pipe.send(batch)


def _collect(
    context: Any,
    crew: list[_Worker],
    busy: list[_Worker],
    finished: dict[int, list[dict[str, Any]]],
    seconds: float,
) -> None:
    """Take in what workers answered; replace those that are over their time or gone."""
    left = min(worker.deadline(seconds) for worker in busy) - time.monotonic()
    ready = wait([worker.pipe for worker in busy], timeout=max(0.0, left))
    for worker in busy:
        if worker.pipe in ready:
            try:
                worker.done += worker.pipe.recv()
                worker.since = time.monotonic()
                worker.ready = True
            except EOFError:
                _replace(context, crew, worker, finished, "The process that read it ended.")
                continue
            _finish(worker, finished)
        elif time.monotonic() >= worker.deadline(seconds):
            reason = f"Reading it took more than {seconds:g} seconds."
            _replace(context, crew, worker, finished, reason)


def _finish(worker: _Worker, finished: dict[int, list[dict[str, Any]]]) -> None:
    if len(worker.done) == len(worker.batch):
        finished[worker.number] = worker.done
        worker.batch = []


def _replace(
    context: Any,
    crew: list[_Worker],
    worker: _Worker,
    finished: dict[int, list[dict[str, Any]]],
    reason: str,
) -> None:
    """The request at which the worker stopped is scanned; the rest goes to its successor."""
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()
    fresh = _start(context)
    crew[crew.index(worker)] = fresh
    answered = len(worker.done)
    done = [*worker.done, scanned_report(worker.batch[answered], reason)]
    rest = worker.batch[answered + 1 :]
    fresh.number, fresh.batch, fresh.done = worker.number, worker.batch, done
    fresh.since = time.monotonic()
    if rest:
        fresh.pipe.send(rest)
    else:
        _finish(fresh, finished)


def scanned_report(request: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """What a scan of the words says of a text that could not be read in time."""
    rules = portable_rules_of(dialect_of(str(request.get("dialect") or "")))
    scanned = token_scan(str(request.get("sql") or ""), rules)
    sources = [".".join(parts) for parts in scanned.sources]
    return {
        "id": request.get("id"),
        "sources": sources,
        "targets": [".".join(parts) for parts in scanned.targets],
        "column_edges": [],
        "output_columns": [],
        "indirect_dataset": [],
        "mentioned": sources,
        "errors": [reason],
        "unresolved": [],
    }
