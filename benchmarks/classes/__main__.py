"""`python -m benchmarks.classes [--fixtures DIR] [--part judge] [--wrong]`: precision and recall.

Labels stand in `labels.txt` and in the demonstration's own schema; those of data contracts are read
from the contracts. Detectors were tuned on the part `tune` alone; `judge` is what they are judged
on. A suggestion counts as right where its class is the labeled one; in the second line of a part,
where the labeled column is personal, financial or secret alike.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.classes.labeled import Labeled, labeled
from lineage.classes import ColumnFacts, DataClass, detect
from lineage.classes.types import NAMINGS


def main() -> None:
    """Print the figures of both parts, or of one, and the speed of reading names."""
    parser = argparse.ArgumentParser(prog="benchmarks.classes", description=__doc__)
    parser.add_argument("--fixtures", type=Path, help="folder of the published schemas")
    parser.add_argument("--part", choices=("tune", "judge"), help="one part alone")
    parser.add_argument("--wrong", action="store_true", help="list what is missed and made up")
    parser.add_argument("--least", type=float, default=0.5, help="confidence from which it counts")
    parser.add_argument("--speed", action="store_true", help="how many columns in a second")
    given = parser.parse_args()
    for part in [given.part] if given.part else ["tune", "judge"]:
        _judge(part, list(labeled(given.fixtures, part)), given.least, is_long=given.wrong)
    if given.speed:
        _speed()


def _judge(part: str, columns: list[Labeled], least: float, *, is_long: bool) -> None:
    count = sum(column.truth is not None for column in columns)
    print(f"\n{part}: {len(columns):,} columns, {count:,} labeled")
    right: Counter[str] = Counter()
    made_up: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    roots: Counter[str] = Counter()
    by_source: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    for column in columns:
        found = detect(column.facts)
        said = found.data_class if found is not None and found.confidence >= least else None
        truth = said if column.is_any and column.truth and said else column.truth
        source = by_source.setdefault(column.source, Counter())
        place = f"{column.source} {column.facts.dataset}.{column.facts.path}"
        roots[f"{_root(said)}|{_root(truth)}"] += 1
        if said is not None and said == truth:
            right[said] += 1
            source["right"] += 1
        else:
            if said is not None:
                made_up[said] += 1
                source["made up"] += 1
            if truth is not None:
                missed[truth] += 1
                source["missed"] += 1
            if said is not None or truth is not None:
                sure = f" {found.confidence:.2f}" if found is not None else ""
                wrong.append(f"  {place}: said {said}{sure}, is {truth}")
    _line("every class", right.total(), made_up.total(), missed.total())
    same = sum(n for key, n in roots.items() if len(set(key.split("|"))) == 1 and key != "-|-")
    said_any = sum(n for key, n in roots.items() if not key.startswith("-|"))
    is_any = sum(n for key, n in roots.items() if not key.endswith("|-"))
    _line("personal, financial, secret alike", same, said_any - same, is_any - same)
    for data_class in DataClass:
        if right[data_class] or made_up[data_class] or missed[data_class]:
            _line(data_class, right[data_class], made_up[data_class], missed[data_class])
    for source_name, found_in in sorted(by_source.items()):
        _line(f"in {source_name}", found_in["right"], found_in["made up"], found_in["missed"])
    if is_long:
        print("\n".join(wrong))


def _root(data_class: DataClass | None) -> str:
    return "-" if data_class is None else NAMINGS[data_class].path.partition(" / ")[0]


def _line(name: str, right: int, made_up: int, missed: int) -> None:
    precision = right / (right + made_up) if right + made_up else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    print(
        f"  {name:36} precision {precision:6.1%}  recall {recall:6.1%}"
        f"  ({right} right, {made_up} made up, {missed} missed)"
    )


def _speed() -> None:
    """A million columns of 20,000 tables: with names that many share, and with none alike."""
    nouns = [fact.facts.path for fact in labeled(None, "tune")]
    print()
    for distinct in (5_000, 1_000_000):
        columns = list(_many(nouns, distinct))
        began = time.process_time()
        found = sum(detect(one) is not None for one in columns)
        seconds = time.process_time() - began
        print(
            f"  {len(columns):,} columns with {min(distinct, len(columns)):,} distinct names:"
            f" {len(columns) / seconds:,.0f} in a second of processor time, {found:,} suggested"
        )


def _many(nouns: list[str], distinct: int) -> Iterable[ColumnFacts]:
    for number in range(1_000_000):
        name = f"{nouns[number % len(nouns)]}_{number % distinct}"
        yield ColumnFacts(name, f"schema{number // 50 % 40}.table{number // 50}", "varchar")


if __name__ == "__main__":
    main()
