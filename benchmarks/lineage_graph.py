"""Traversals over 200,000 edges, and reading 1,000 statements into the graph.

    python -m benchmarks.lineage_graph

Runs on the database that CONCORD_VAR names, or on a throwaway one, in one transaction that is
rolled back. Goal: depth 15 over 200,000 edges at most 60 ms; the impact of a dataset beside it.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from benchmarks.database import enter_database
from benchmarks.table import Measured, finish

enter_database()

from django.db import connection, transaction  # noqa: E402

from catalog.models import Column, Dataset, System  # noqa: E402
from catalog.types import DatasetKind, Principal  # noqa: E402
from lineage.models import DatasetEdge, Statement  # noqa: E402
from lineage.selectors.impact import dataset_impact  # noqa: E402
from lineage.selectors.traversal import downstream, neighbours, upstream  # noqa: E402
from lineage.services.reading import read_definitions  # noqa: E402

LEVELS = 40
WIDTH = 1_250
FAN_IN = 4
STATEMENTS = 1_000
BAR_MILLISECONDS = 60
PRINCIPAL = Principal.system("benchmark")


def _tables(system: System, names: list[str], sql: list[str]) -> list[Dataset]:
    return Dataset.objects.bulk_create(
        [
            Dataset(
                system=system,
                kind=DatasetKind.VIEW if text else DatasetKind.TABLE,
                name=name,
                qualified_name=f"{system.qualified_name}/shop.public.{name}",
                lookup_name=f"{system.qualified_name}/shop.public.{name}",
                definition_sql=text,
                definition_platform="postgres",
                definition_defaults={"database": "shop", "schema": "public"},
            )
            for name, text in zip(names, sql, strict=True)
        ],
        batch_size=5_000,
    )


def _graph(system: System) -> list[Dataset]:
    """Forty levels of 1,250 datasets, each made from four of the level above."""
    names = [f"g{level}_{n}" for level in range(LEVELS) for n in range(WIDTH)]
    nodes = _tables(system, names, [""] * len(names))
    statements = Statement.objects.bulk_create(
        [
            Statement(
                dataset=node,
                kind=Statement.Kind.VIEW,
                status="PARSED",
                digest="",
                read_at="2026-01-01T00:00Z",
            )
            for node in nodes[WIDTH:]
        ],
        batch_size=5_000,
    )
    chosen = random.Random(7)
    edges = []
    for position, statement in enumerate(statements, start=WIDTH):
        above = (position // WIDTH - 1) * WIDTH
        for offset in chosen.sample(range(WIDTH), FAN_IN):
            edges.append(
                DatasetEdge(
                    source=nodes[above + offset],
                    target=nodes[position],
                    statement=statement,
                    is_direct=chosen.random() > 0.3,
                    confidence=1.0,
                    reason="BY_SCHEMA",
                )
            )
    edges += [
        DatasetEdge(
            source=nodes[chosen.randrange(len(nodes))],
            target=statement.dataset,
            statement=statement,
            confidence=1.0,
            reason="DECLARED",
        )
        for statement in chosen.sample(statements, 200_000 - len(edges))
    ]
    DatasetEdge.objects.bulk_create(edges, batch_size=5_000, ignore_conflicts=True)
    return nodes


def _timed(name: str, call: Callable[[], str], rounds: int = 15) -> float:
    times = []
    said = call()
    for _ in range(rounds):
        start = time.perf_counter()
        said = call()
        times.append((time.perf_counter() - start) * 1000)
    middle = statistics.median(times)
    print(f"{name:44} median {middle:7.1f} ms   worst {max(times):7.1f} ms   {said}")
    return middle


def _traversals(system: System) -> float:
    nodes = _graph(system)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{DatasetEdge.objects.count():,} edges over {len(nodes):,} datasets")
    first, middle = nodes[3].pk, nodes[20 * WIDTH + 3].pk

    def told(pk: int, walk: Callable[..., object], depth: int) -> str:
        found = walk(PRINCIPAL, pk, depth=depth)
        return f"{len(found.nodes):,} datasets{', truncated' if found.truncated else ''}"

    slowest = max(
        _timed("downstream, depth 15", lambda: told(first, downstream, 15)),
        _timed("upstream, depth 15", lambda: told(middle, upstream, 15)),
    )
    _timed("downstream, depth 5", lambda: told(first, downstream, 5))
    _timed("neighbours", lambda: str(len(neighbours(PRINCIPAL, middle).upstream)))
    _timed("impact, depth 20", lambda: str(len(dataset_impact(PRINCIPAL, first).affected)))
    return slowest


def _reading(system: System) -> None:
    columns = [f"c{n}" for n in range(20)]
    bases = _tables(system, [f"base{n}" for n in range(300)], [""] * 300)
    sql = [
        f"WITH a AS (SELECT c0, c1, c2 + c3 AS s, c4 FROM base{n % 300} WHERE c5 > {n}) "
        f"SELECT a.c0, a.c1, sum(a.s) AS c2, max(b.c3) AS c3 FROM a "
        f"JOIN base{(n * 7 + 1) % 300} b ON b.c0 = a.c0 LEFT JOIN base{(n * 3 + 2) % 300} d "
        f"ON d.c1 = a.c1 WHERE b.c4 IS NOT NULL GROUP BY a.c0, a.c1"
        for n in range(STATEMENTS)
    ]
    views = _tables(system, [f"view{n}" for n in range(STATEMENTS)], sql)
    Column.objects.bulk_create(
        [
            Column(dataset=table, path=name, name=name, ordinal=position)
            for tables, names in ((bases, columns), (views, columns[:4]))
            for table in tables
            for position, name in enumerate(names)
        ],
        batch_size=5_000,
    )
    ids = [view.pk for view in views]
    for name in ("read for the first time", "read again, unchanged"):
        start = time.perf_counter()
        outcome = read_definitions(ids, acting=PRINCIPAL)
        seconds = time.perf_counter() - start
        print(
            f"{STATEMENTS:,} statements {name}: {seconds:.2f} s, {STATEMENTS / seconds:,.0f}/s "
            f"(+{outcome.edges_added:,} edges)"
        )


def main() -> int:
    """Print the table; 1 when the goal is missed."""
    with transaction.atomic():
        system = System.objects.create(
            platform="postgres",
            instance="benchmark-lineage",
            qualified_name="postgres://benchmark-lineage",
            lookup_name="postgres://benchmark-lineage",
        )
        _reading(system)
        slowest = _traversals(system)
        transaction.set_rollback(True)
    return finish([Measured("lineage, depth 15: median", slowest, "ms", BAR_MILLISECONDS)])


if __name__ == "__main__":
    raise SystemExit(main())
