"""Lineage in several processes, with a timer that no statement outlives.

The parser cannot be interrupted and holds the interpreter's lock. So the work is done by worker
processes; one that takes too long on a text is killed and replaced, and the text is answered from
a scan of its words.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any, TypeAlias

from lineage.sql.dialects import dialect_of, portable_rules_of
from lineage.sql.report import report_line
from lineage.sql.token_scan import token_scan

BATCH = 32
"""Texts that a worker gets at once; few enough that the last ones are shared out evenly."""
FLUSH = 0.05
"""Seconds after which a worker hands over what it has, so that one that hangs is noticed."""
STARTING = 120.0
"""Seconds that a process may take to start."""
AHEAD = 4
"""Batches per worker that are read before their answers are asked for."""

Line: TypeAlias = tuple[int, str]
"""A request as JSON, with its number in the file, for the sentence that refuses it."""


@dataclass(slots=True)
class _Worker:
    """A process and the batch it is busy with."""

    process: Any
    pipe: Connection
    position: Any
    """Shared with the process: which line of its batch it is at."""
    number: int = -1
    batch: list[Line] = field(default_factory=list)
    answers: list[str | None] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    """The lines of the batch that the process was given."""
    handed: int = 0
    """How many of those it has answered."""
    since: float = 0.0
    ready: bool = False
    """Whether it has started up; until then the time is not the text's."""

    def deadline(self, seconds: float) -> float:
        return self.since + (seconds if self.ready else STARTING)


def _serve(pipe: Connection, position: Any) -> None:
    """A worker's life. Requests come and answers leave as text, which nobody between here and
    the file has to take apart: one process would otherwise do that for all."""
    pipe.send([])  # started
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            return
        done: list[str] = []
        since = time.monotonic()
        for index, (number, line) in enumerate(batch):
            position.value = index
            done.append(report_line(line, number))
            if time.monotonic() - since > FLUSH and index + 1 < len(batch):
                pipe.send(done)
                done = []
                since = time.monotonic()
        pipe.send(done)


def reports(
    requests: Iterable[Mapping[str, Any]], *, workers: int, seconds: float
) -> Iterator[dict[str, Any]]:
    """Answers as ``report`` gives them, in the order of the requests.

    A request that takes more than ``seconds`` of one process is answered with the tables that a
    scan of its words finds.
    """
    lines = ((number, json.dumps(request)) for number, request in enumerate(requests, start=1))
    for answer in report_lines(lines, workers=workers, seconds=seconds):
        yield json.loads(answer)


def report_lines(lines: Iterable[Line], *, workers: int, seconds: float) -> Iterator[str]:
    """As ``reports``, from JSON to JSON."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    crew = [_start(context) for _ in range(workers)]
    batches = _batches(iter(lines))
    finished: dict[int, list[str]] = {}
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


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH)):
        yield batch


def _start(context: Any) -> _Worker:
    ours, theirs = context.Pipe()
    position = context.RawValue("q", 0)
    process = context.Process(target=_serve, args=(theirs, position), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours, position)


def _stop(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.terminate()
    worker.process.join()


def _give(worker: _Worker, number: int, batch: list[Line]) -> None:
    worker.number, worker.batch, worker.answers = number, batch, [None] * len(batch)
    _ask(worker)


def _ask(worker: _Worker) -> None:
    """Send what is not answered yet."""
    worker.asked = [i for i, answer in enumerate(worker.answers) if answer is None]
    worker.handed = 0
    worker.since = time.monotonic()
    worker.position.value = 0
    worker.pipe.send([worker.batch[index] for index in worker.asked])


def _collect(
    context: Any,
    crew: list[_Worker],
    busy: list[_Worker],
    finished: dict[int, list[str]],
    seconds: float,
) -> None:
    """Take in what workers answered; replace those that are over their time or gone."""
    left = min(worker.deadline(seconds) for worker in busy) - time.monotonic()
    ready = wait([worker.pipe for worker in busy], timeout=max(0.0, left))
    for worker in busy:
        if worker.pipe in ready:
            try:
                for answer in worker.pipe.recv():
                    worker.answers[worker.asked[worker.handed]] = answer
                    worker.handed += 1
                worker.since = time.monotonic()
                worker.ready = True
            except EOFError:
                _replace(context, crew, worker, finished, "The process that read it ended.")
                continue
            _finish(worker, finished)
        elif time.monotonic() >= worker.deadline(seconds):
            reason = f"Reading it took more than {seconds:g} seconds."
            _replace(context, crew, worker, finished, reason)


def _finish(worker: _Worker, finished: dict[int, list[str]]) -> None:
    answers = [answer for answer in worker.answers if answer is not None]
    if len(answers) == len(worker.batch):
        finished[worker.number] = answers
        worker.batch = []


def _replace(
    context: Any,
    crew: list[_Worker],
    worker: _Worker,
    finished: dict[int, list[str]],
    reason: str,
) -> None:
    """The line at which the worker stopped is scanned; the rest, and those before it whose
    answers it had not handed over, go to its successor."""
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()
    fresh = _start(context)
    crew[crew.index(worker)] = fresh
    fresh.number, fresh.batch, fresh.answers = worker.number, worker.batch, worker.answers
    asked = worker.asked
    stopped = asked[min(worker.position.value, len(asked) - 1)]
    fresh.answers[stopped] = scanned_line(worker.batch[stopped], reason)
    if None in fresh.answers:
        _ask(fresh)
    else:
        _finish(fresh, finished)


def scanned_line(line: Line, reason: str) -> str:
    """What a scan of the words says of a text that could not be read in time."""
    try:
        request = json.loads(line[1])
    except (ValueError, RecursionError):
        request = {}
    return json.dumps(scanned_report(request, reason), ensure_ascii=False)


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
