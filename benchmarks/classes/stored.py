"""Classes of a large catalog: `python -m benchmarks.classes.stored [--datasets N]`.

Fills a throwaway PostgreSQL with datasets of ten columns that are named like those of the
demonstration, looks at all of them, at all of them again, and at one that changed; then lists what
waits for a review, and forty of it as a page asks for them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from benchmarks.classes.labeled import larkfield
from benchmarks.database import benchmark_database

COLUMNS = 10


def main() -> None:
    """Print columns a second and milliseconds."""
    parser = argparse.ArgumentParser(prog="benchmarks.classes.stored", description=__doc__)
    parser.add_argument("--datasets", type=int, default=100_000)
    given = parser.parse_args()
    with benchmark_database():
        _measure(given.datasets)


def _measure(count: int) -> None:
    from catalog.models import Column, Dataset, Label, System
    from catalog.types import DatasetKind, LabelKind, Principal
    from lineage.models import SuggestedClass
    from lineage.selectors.classifications import classification_suggestions
    from lineage.selectors.detected import Asked
    from lineage.services.detecting import detect_classes, detect_missing

    acting = Principal.system("benchmark")
    names = [one.facts.path for one in larkfield()]
    system = System.objects.create(
        platform="postgres", instance="w", qualified_name="postgres://w", lookup_name="postgres://w"
    )
    Label.objects.create(kind=LabelKind.CLASSIFICATION, name="pii", path="pii")
    for start in range(0, count, 5_000):
        made = Dataset.objects.bulk_create(
            Dataset(
                system=system, kind=DatasetKind.TABLE, name=f"t{number}",
                qualified_name=f"postgres://w/d.s{number // 100}.t{number}",
                lookup_name=f"postgres://w/d.s{number // 100}.t{number}",
            )
            for number in range(start, min(count, start + 5_000))
        )  # fmt: skip
        Column.objects.bulk_create(
            (
                Column(
                    dataset=dataset, path=name, name=name, ordinal=place, physical_type="varchar"
                )
                for number, dataset in enumerate(made, start)
                for place, name in enumerate(
                    {names[(number * 7 + at * 13) % len(names)]: 0 for at in range(COLUMNS)}
                )
            ),
            batch_size=10_000,
        )
    columns = Column.objects.count()
    seconds = _timed(lambda: detect_missing(acting=acting, most=count))
    kept = SuggestedClass.objects.count()
    print(
        f"{columns:,} columns of {count:,} datasets looked at: {columns / seconds:,.0f} a second,"
    )
    print(f"  {kept:,} suggestions kept")
    print(f"nothing to do: {_timed(lambda: detect_missing(acting=acting)) * 1000:,.0f} ms")
    some = list(Dataset.objects.order_by("pk").values_list("pk", flat=True)[:1])
    print(
        f"one dataset again: {_timed(lambda: detect_classes(some, acting=acting)) * 1000:,.1f} ms"
    )
    for words, asked in (
        ("everything, the surest 500", Asked()),
        ("those of one class", Asked(under="pii / E-mail")),
        ("by a name", Asked(text="salary")),
    ):
        spent = _timed(lambda asked=asked: classification_suggestions(acting, asked=asked))  # type: ignore[misc]
        print(f"{words}: {spent * 1000:,.0f} ms")


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
