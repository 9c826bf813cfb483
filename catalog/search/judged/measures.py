"""Measures of a ranked list against judgements, pure.

Gains and discounts are those of trec_eval: the grade itself, divided by log2 of the position + 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

Grades = Mapping[str, float]  # of what was judged for one query; 0 and less is of no use


def ndcg(ranked: Sequence[str], grades: Grades, depth: int) -> float:
    """The gain of the first `depth`, as a share of what the best order would have; 0 to 1."""
    ideal = _gain(sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:depth])
    found = _gain([max(grades.get(name, 0), 0) for name in ranked[:depth]])
    return found / ideal if ideal else 0.0


def recall(ranked: Sequence[str], grades: Grades, depth: int) -> float:
    """The share of all that is of use which stands among the first `depth`."""
    useful = {name for name, grade in grades.items() if grade > 0}
    return len(useful.intersection(ranked[:depth])) / len(useful) if useful else 0.0


def reciprocal_rank(ranked: Sequence[str], grades: Grades, depth: int) -> float:
    """One divided by the position of the first of use among the first `depth`, else 0."""
    for position, name in enumerate(ranked[:depth], start=1):
        if grades.get(name, 0) > 0:
            return 1 / position
    return 0.0


def success(ranked: Sequence[str], grades: Grades) -> float:
    """1 when the first is one of those with the best grade, else 0."""
    best = max(grades.values(), default=0)
    return float(bool(ranked) and best > 0 and grades.get(ranked[0], 0) >= best)


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def _gain(grades: Sequence[float]) -> float:
    return sum(grade / log2(position + 1) for position, grade in enumerate(grades, start=1))
