"""Abbreviations: whether names are found that are shortened, joined or spelled out otherwise.

    python -m benchmarks.abbreviations [--elasticsearch] [--server http://host:9200] [--verbose]

Indexes the made catalog of `warehouse.py`, asks the searches of `judged/warehouse.yaml` and prints
nDCG@10, MRR and the time for either half, tables and columns apart. What is called exactly as
typed has the best grade, so that a wider search which pushes it down is seen.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from pathlib import Path

import yaml

from benchmarks.database import enter_database
from benchmarks.table import Measured, finish

enter_database()

from benchmarks.search_cluster import server, use  # noqa: E402
from benchmarks.warehouse import Judgeable, made, meant  # noqa: E402
from catalog.search.backends import backend  # noqa: E402
from catalog.search.engine import ranked  # noqa: E402
from catalog.search.judged import measures  # noqa: E402
from catalog.search.judged.trial import indexed  # noqa: E402
from catalog.search.query import Filter, SearchQuery  # noqa: E402
from catalog.search.registry import COLUMN, kinds  # noqa: E402
from catalog.search.visibility import Visibility  # noqa: E402

JUDGED = Path(__file__).parent / "judged" / "warehouse.yaml"
DEPTH = 10


def main() -> int:
    """Index, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="show what is not well found")
    parser.add_argument("--elasticsearch", action="store_true", help="ask a cluster")
    parser.add_argument("--server", default="", help="the address of a server that is there")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if options.elasticsearch or options.server:
            use(stack.enter_context(server(options.server, "512m")))
        documents, tables, columns = made()
        stack.enter_context(indexed([documents], progress=lambda done: None))
        return finish(_measured({"table": tables, "column": columns}, options.verbose))


def _measured(things: dict[str, list[Judgeable]], is_verbose: bool) -> list[Measured]:
    name = type(backend()).__name__.removesuffix("Backend")
    everything = Visibility(frozenset((*kinds.names(), COLUMN)))
    measured: list[Measured] = []
    print(f"{name:<14} {'searches':>8} {'nDCG@10':>8} {'MRR':>8} {'p50 ms':>8} {'p95 ms':>8}")
    for half, asked in yaml.safe_load(JUDGED.read_text()).items():
        of_half: list[float] = []
        for kind, searches in asked.items():
            scores: list[tuple[float, float]] = []
            taken: list[float] = []
            filters = (Filter("kind", COLUMN),) if kind == "column" else ()
            for text, meaning in searches:
                wanted = meant(meaning)
                grades = {
                    str(number): grade
                    for number, thing in enumerate(things[kind], start=1)
                    if (grade := thing.grade(wanted, text))
                }
                started = time.perf_counter()
                rows = ranked(SearchQuery(text, filters), everything, DEPTH)
                taken.append(1000 * (time.perf_counter() - started))
                found = [str(row.id) for row in rows]
                ndcg = measures.ndcg(found, grades, DEPTH)
                scores.append((ndcg, measures.reciprocal_rank(found, grades, DEPTH)))
                if is_verbose and ndcg < 0.8 and half != "kept":
                    names = [things[kind][row.id - 1].key for row in rows]
                    print(f"  {ndcg:.2f} {text!r} ({len(grades)}): {', '.join(names[:DEPTH])}")
            means = [measures.mean(values) for values in zip(*scores, strict=True)]
            times = [measures.percentile(taken, share) for share in (0.5, 0.95)]
            print(
                f"{half + ' ' + kind:<14} {len(scores):>8} {means[0]:>8.3f} {means[1]:>8.3f}"
                f" {times[0]:>8.1f} {times[1]:>8.1f}"
            )
            of_half += [ndcg for ndcg, _ in scores]
        label = f"abbreviations, {name}: {half} nDCG@10"
        measured.append(Measured(label, measures.mean(of_half), ""))
    return measured


if __name__ == "__main__":
    raise SystemExit(main())
