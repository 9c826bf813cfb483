"""What a benchmark measured beside its goal, and the table at the end."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS_VARIABLE = "CONCORD_BENCH_RESULTS"


@dataclass(frozen=True, slots=True)
class Measured:
    """One number; `goal` None means that it is only told. A goal is a ceiling unless `at_least`."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached; what has none always is."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def finish(results: Sequence[Measured]) -> int:
    """Print the table; the exit code is 1 when a goal is missed.

    Whoever runs all benchmarks names a file in `CONCORD_BENCH_RESULTS` to have the numbers kept.
    """
    print_table(results)
    if file := os.environ.get(RESULTS_VARIABLE):
        Path(file).write_text(json.dumps([asdict(result) for result in results]))
    return 0 if all(result.is_met for result in results) else 1


def read_results(file: Path) -> list[Measured]:
    """What `finish` kept; nothing when the benchmark ended before."""
    return [Measured(**entry) for entry in json.loads(file.read_text())] if file.exists() else []


def print_table(results: Sequence[Measured]) -> None:
    """One line per number: what, measured, goal, met or not."""
    width = max((len(result.what) for result in results), default=0)
    print(f"\n{'what':<{width}}  {'measured':>14}  {'goal':>16}")
    for result in results:
        sign = "" if result.goal is None else ("≥" if result.at_least else "≤")
        goal = "" if result.goal is None else f"{sign} {_number(result.goal)} {result.unit}"
        verdict = "" if result.goal is None else ("met" if result.is_met else "MISSED")
        measured = f"{_number(result.value)} {result.unit}"
        print(f"{result.what:<{width}}  {measured:>14}  {goal:>16}  {verdict}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}"
