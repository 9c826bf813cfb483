"""The worker processes that read queries, under a timer that no statement outlives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import cast

from lineage.queries import Findings, Question, Shape, ShapeQuestion, answer, answer_in_place
from lineage.sql.workers import Crew

WORKERS = min(2, os.cpu_count() or 1)
SECONDS = 10.0
"""What one statement may take of one process."""
BATCH = 128
"""Texts that a process gets at once: as many as it reads while others are written."""


class QueryCrew:
    """Worker processes for both questions that are asked of a query's text."""

    def __init__(self, crew: Crew[ShapeQuestion | Question, Shape | Findings]) -> None:
        self._crew = crew

    def shapes(self, questions: Iterable[ShapeQuestion]) -> Iterator[Shape]:
        """The shapes of logged texts, in order."""
        return cast("Iterator[Shape]", self._crew.answers(questions))

    def findings(self, questions: Iterable[Question]) -> Iterator[Findings]:
        """What masked queries say, in order."""
        return cast("Iterator[Findings]", self._crew.answers(questions))


@contextmanager
def query_crew() -> Iterator[QueryCrew]:
    """Worker processes that live as long as the block."""
    with Crew(answer, answer_in_place, workers=WORKERS, seconds=SECONDS, batch=BATCH) as crew:
        yield QueryCrew(crew)
