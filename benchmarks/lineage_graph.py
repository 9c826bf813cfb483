"""Traversals over 200,000 edges, the impact of a column over a million, answers over REST written
out, and reading 1,000 statements into the graph.

    python -m benchmarks.lineage_graph

Runs on the database that CONCORD_VAR names, or on a throwaway one, in one transaction that is
rolled back. Goals: depth 15 over 200,000 edges at most 60 ms; the impact of one column over
1,000,000 column edges at most 200 ms; one dataset's lineage over REST, the answer written out, at
depth 5 at most 50 ms and at depth 20 over 4,500 datasets at most 300 ms.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable

from benchmarks.database import enter_database
from benchmarks.table import Measured, finish

enter_database()

from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from catalog.models import Column, Dataset, Person, System  # noqa: E402
from catalog.types import DatasetKind, Principal  # noqa: E402
from lineage.models import ColumnEdge, DatasetEdge, Statement  # noqa: E402
from lineage.selectors.classifications import classification_suggestions  # noqa: E402
from lineage.selectors.columns import column_closure  # noqa: E402
from lineage.selectors.impact import column_impact, dataset_impact  # noqa: E402
from lineage.selectors.traversal import downstream, neighbours, upstream  # noqa: E402
from lineage.services.reading import read_definitions  # noqa: E402

LEVELS = 40
WIDTH = 1_250
FAN_IN = 4
STATEMENTS = 1_000
COLUMNS = 5
ANSWER_LEVELS = 20
ANSWER_WIDTH = 225
BAR_MILLISECONDS = 60
COLUMN_BAR_MILLISECONDS = 200
SHALLOW_BAR_MILLISECONDS = 50
DEEP_BAR_MILLISECONDS = 300
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


def _traversals(nodes: list[Dataset]) -> float:
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


def _column_graph(nodes: list[Dataset]) -> None:
    """Five columns in each of 50,000 datasets, every column made from four of the level above:
    some direct, some conditions."""
    first = nodes[0].pk
    with connection.cursor() as cursor:
        # A million rows of history would only cost the benchmark time.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE lineage_columnedge DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE catalog_column DISABLE TRIGGER USER")
        Column.objects.bulk_create(
            [
                Column(dataset=node, path=f"c{n}", name=f"c{n}", ordinal=n)
                for node in nodes
                for n in range(COLUMNS)
            ],
            batch_size=10_000,
        )
        cursor.execute(
            """
            CREATE TEMP TABLE place AS
            SELECT id, dataset_id, row_number() OVER (ORDER BY dataset_id, ordinal) - 1 AS n
            FROM catalog_column WHERE dataset_id BETWEEN %(first)s AND %(last)s;
            CREATE UNIQUE INDEX ON place (n);
            ANALYZE place;
            INSERT INTO lineage_columnedge (
                source_id, source_column_id, target_id, target_column_id, statement_id, kind,
                subtype, confidence, reason, masking, transformation, preparations, since
            )
            SELECT above.dataset_id, above.id, place.dataset_id, place.id, statement.id,
                CASE WHEN way = 3 THEN 'INDIRECT' ELSE 'DIRECT' END,
                (ARRAY['IDENTITY', 'TRANSFORMATION', 'AGGREGATION', 'FILTER'])[way + 1],
                1, 'BY_SCHEMA', false, '', '{}', now()
            FROM place
            JOIN lineage_statement AS statement ON statement.dataset_id = place.dataset_id
            CROSS JOIN generate_series(0, 3) AS way
            JOIN place AS above ON above.n = (place.n / %(level)s - 1) * %(level)s
                + (place.n * 7919 + way * 104729 + way * way * 31) %% %(level)s
            WHERE place.n >= %(level)s
            """,
            {"first": first, "last": nodes[-1].pk, "level": WIDTH * COLUMNS},
        )
        cursor.execute("ANALYZE lineage_columnedge; ANALYZE catalog_column")
    # Garbage is looked for among an answer's values, as in a service; not among all these rows.
    gc.collect()
    gc.freeze()


def _columns_asked(nodes: list[Dataset]) -> list[Measured]:
    _column_graph(nodes)
    print(f"{ColumnEdge.objects.count():,} column edges over {Column.objects.count():,} columns")
    column = Column.objects.get(dataset=nodes[3 * WIDTH + 3], path="c2").pk
    late = Column.objects.get(dataset=nodes[33 * WIDTH + 3], path="c2").pk

    def told(pk: int) -> str:
        found = column_impact(PRINCIPAL, pk)
        return f"{len(found.affected):,} datasets{', truncated' if found.truncated else ''}"

    near = _timed("impact of a column, six levels below it", lambda: told(late))
    far = _timed("impact of a column, all below it", lambda: told(column))
    _timed("closure of a column", lambda: f"{len(column_closure(PRINCIPAL, late).columns):,}")
    _timed(
        "classifications of a dataset",
        lambda: str(
            len(classification_suggestions(PRINCIPAL, dataset_id=nodes[-1].pk).suggestions)
        ),
    )
    return [
        Measured("impact of a column, six levels: median", near, "ms", COLUMN_BAR_MILLISECONDS),
        Measured("impact of a column, all: median", far, "ms", COLUMN_BAR_MILLISECONDS),
    ]


def _answers(system: System) -> list[Measured]:
    """4,500 datasets in twenty levels, asked for over REST by a signed-in person."""
    names = [f"a{level}_{n}" for level in range(ANSWER_LEVELS + 1) for n in range(ANSWER_WIDTH)]
    nodes = _tables(system, names[: ANSWER_LEVELS * ANSWER_WIDTH + 1], [""] * (
        ANSWER_LEVELS * ANSWER_WIDTH + 1))  # fmt: skip
    start, rest = nodes[-1], nodes[:-1]
    statements = Statement.objects.bulk_create(
        Statement(
            dataset=node,
            kind=Statement.Kind.VIEW,
            status="PARSED",
            digest="",
            read_at="2026-01-01T00:00Z",
        )
        for node in rest
    )
    chosen = random.Random(11)
    DatasetEdge.objects.bulk_create(
        DatasetEdge(
            source=source,
            target=target,
            statement=statements[place],
            confidence=1.0,
            reason="BY_SCHEMA",
        )
        for place, target in enumerate(rest)
        for source in (
            [start]
            if place < ANSWER_WIDTH
            else [
                rest[(place // ANSWER_WIDTH - 1) * ANSWER_WIDTH + offset]
                # The same place above keeps every dataset within reach.
                for offset in {place % ANSWER_WIDTH, *chosen.sample(range(ANSWER_WIDTH), 2)}
            ]
        )
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client(SERVER_NAME="localhost")
    client.force_login(Person.objects.create(username="benchmark", employment_kind="employee"))

    def told(depth: int) -> str:
        address = f"/api/v1/datasets/{start.pk}/lineage/?direction=down&depth={depth}"
        answer = client.get(address)
        assert answer.status_code == 200, answer.content[:500]
        return f"{len(answer.content):,} bytes"

    def reached(depth: int) -> int:
        address = f"/api/v1/datasets/{start.pk}/lineage/?direction=down&depth={depth}"
        levels = client.get(address).json()["traversals"][0]["levels"]
        return sum(map(len, levels))

    assert reached(20) == len(rest)
    print(f"{reached(5):,} datasets within 5 steps of one, {len(rest):,} within 20")

    shallow = _timed("one dataset over REST, depth 5", lambda: told(5))
    deep = _timed("one dataset over REST, depth 20", lambda: told(20))
    return [
        Measured("REST, depth 5: median", shallow, "ms", SHALLOW_BAR_MILLISECONDS),
        Measured("REST, depth 20, 4,500 datasets: median", deep, "ms", DEEP_BAR_MILLISECONDS),
    ]


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
        nodes = _graph(system)
        slowest = _traversals(nodes)
        answered = _answers(system)
        asked = _columns_asked(nodes)
        transaction.set_rollback(True)
    return finish(
        [
            Measured("lineage, depth 15: median", slowest, "ms", BAR_MILLISECONDS),
            *answered,
            *asked,
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
