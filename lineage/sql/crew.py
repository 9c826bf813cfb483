"""Worker processes that answer questions about texts, under a timer that no text outlives.

The parser cannot be interrupted and holds the interpreter's lock. So the work is done by other
processes; one that takes too long on a text is killed and replaced, and the text is answered from
outside.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Self, TypeVar

BATCH = 32
"""Texts that a worker gets at once; few enough that the last ones are shared out evenly."""
FLUSH = 0.05
"""Seconds after which a worker hands over what it has, so that one that hangs is noticed."""
STARTING = 120.0
"""Seconds that a process may take to start."""
AHEAD = 4
"""Batches per worker that are read before their answers are asked for."""

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")


@dataclass(slots=True)
class _Worker(Generic[QuestionT, AnswerT]):
    """A process and the batch it is busy with."""

    process: Any
    pipe: Connection
    position: Any
    """Shared with the process: which question of its batch it is at."""
    number: int = -1
    batch: list[QuestionT] = field(default_factory=list)
    answers: dict[int, AnswerT] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    """The questions of the batch that the process was given."""
    handed: int = 0
    """How many of those it has answered."""
    since: float = 0.0
    ready: bool = False
    """Whether it has started up; until then the time is not the text's."""

    def deadline(self, seconds: float) -> float:
        return self.since + (seconds if self.ready else STARTING)

    def ask(self) -> None:
        """Send what is not answered yet."""
        self.asked = [index for index in range(len(self.batch)) if index not in self.answers]
        self.handed = 0
        self.since = time.monotonic()
        self.position.value = 0
        # That a process is gone is noticed when its answers are taken.
        with suppress(ConnectionError):
            self.pipe.send([self.batch[index] for index in self.asked])

    def take(self) -> None:
        """Receive what the process hands over; raises EOFError when it is gone."""
        for answer in self.pipe.recv():
            self.answers[self.asked[self.handed]] = answer
            self.handed += 1
        self.since = time.monotonic()
        self.ready = True


def _serve(pipe: Connection, position: Any, answer: Callable[[Any], Any]) -> None:
    """A worker's life."""
    pipe.send([])  # started
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            return
        done: list[Any] = []
        since = time.monotonic()
        for index, question in enumerate(batch):
            position.value = index
            done.append(answer(question))
            if time.monotonic() - since > FLUSH and index + 1 < len(batch):
                pipe.send(done)
                done = []
                since = time.monotonic()
        pipe.send(done)


class Crew(Generic[QuestionT, AnswerT]):
    """Worker processes that live as long as the block and call ``answer`` for every question.

    ``instead(question, reason)`` answers, in this process, for one that took more than
    ``seconds`` or whose process died. ``answer`` is found by its name in the workers, so it is a
    function of a module; what it needs should be imported there. A worker gets ``batch``
    questions at once: many keep it busy while the asker does something else.
    """

    def __init__(
        self,
        answer: Callable[[QuestionT], AnswerT],
        instead: Callable[[QuestionT, str], AnswerT],
        *,
        workers: int,
        seconds: float,
        batch: int = BATCH,
    ) -> None:
        self._batch = batch
        self._answer = answer
        self._instead = instead
        self._seconds = seconds
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([answer.__module__])
        self._workers = [self._start() for _ in range(workers)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.pipe.close()
            worker.process.terminate()
            worker.process.join()

    def answers(self, questions: Iterable[QuestionT]) -> Iterator[AnswerT]:
        """The answers in the order of the questions; one call at a time, read to its end."""
        source = iter(questions)
        finished: dict[int, list[AnswerT]] = {}
        following = number = 0
        exhausted = False
        while True:
            while not exhausted and number - following < AHEAD * len(self._workers):
                idle = next((worker for worker in self._workers if not worker.batch), None)
                if idle is None:
                    break
                batch = list(islice(source, self._batch))
                if not batch:
                    exhausted = True
                    break
                idle.number, idle.batch, idle.answers = number, batch, {}
                idle.ask()
                number += 1
            while following in finished:
                yield from finished.pop(following)
                following += 1
            busy = [worker for worker in self._workers if worker.batch]
            if not busy:
                if exhausted and following == number:
                    return
                continue
            self._collect(busy, finished)

    def _start(self) -> _Worker[QuestionT, AnswerT]:
        ours, theirs = self._context.Pipe()
        position = self._context.RawValue("q", 0)
        process = self._context.Process(
            target=_serve, args=(theirs, position, self._answer), daemon=True
        )
        process.start()
        theirs.close()
        return _Worker(process, ours, position)

    def _collect(
        self, busy: list[_Worker[QuestionT, AnswerT]], finished: dict[int, list[AnswerT]]
    ) -> None:
        """Take in what workers answered; replace those that are over their time or gone."""
        seconds = self._seconds
        left = min(worker.deadline(seconds) for worker in busy) - time.monotonic()
        ready = wait([worker.pipe for worker in busy], timeout=max(0.0, left))
        for worker in busy:
            if worker.pipe in ready:
                try:
                    worker.take()
                except (EOFError, ConnectionError):
                    self._replace(worker, finished, "The process that read it ended.")
                    continue
                _finish(worker, finished)
            elif time.monotonic() >= worker.deadline(seconds):
                self._replace(worker, finished, f"Reading it took more than {seconds:g} seconds.")

    def _replace(
        self,
        worker: _Worker[QuestionT, AnswerT],
        finished: dict[int, list[AnswerT]],
        reason: str,
    ) -> None:
        """The question at which the worker stopped is answered here; the rest, and those before
        it whose answers it had not handed over, go to its successor."""
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        fresh = self._start()
        self._workers[self._workers.index(worker)] = fresh
        fresh.number, fresh.batch, fresh.answers = worker.number, worker.batch, worker.answers
        asked = worker.asked
        stopped = asked[min(worker.position.value, len(asked) - 1)]
        fresh.answers[stopped] = self._instead(worker.batch[stopped], reason)
        if len(fresh.answers) < len(fresh.batch):
            fresh.ask()
        else:
            _finish(fresh, finished)


def _finish(worker: _Worker[QuestionT, AnswerT], finished: dict[int, list[AnswerT]]) -> None:
    if len(worker.answers) == len(worker.batch):
        finished[worker.number] = [worker.answers[index] for index in range(len(worker.batch))]
        worker.batch = []
