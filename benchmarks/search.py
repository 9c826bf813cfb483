"""Search at scale: 100,000 datasets with 1,000,000 columns in the embedded PostgreSQL.

    python -m benchmarks.search [--datasets 100000] [--columns 10] [--queries 200]

Measures on the database that CONCORD_VAR names (filled first with `--fill`), or fills a throwaway
one. Goals: hits 120 ms, with all facets 250 ms, at the 95th percentile. Afterwards, unless
`--speed-only` is given, `benchmarks.relevance` says how well what people hope for is found, once in
PostgreSQL and, with `--elasticsearch`, once more in a bare server of the tests.

Names are made of a business vocabulary whose words are used as unevenly as people use them
(Zipf), every dataset has an `id`, and queries are of the kinds that people type.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.database import enter_database
from benchmarks.table import RESULTS_VARIABLE, Measured, finish, read_results
from benchmarks.words import COLUMN_ENDS, QUALIFIERS, STEMS, Words

enter_database()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from catalog.models import (  # noqa: E402
    Column,
    Dataset,
    DatasetLabel,
    Domain,
    Label,
    Ownership,
    Person,
    System,
    Team,
)
from catalog.models.copying import copy_rows, new_ids, table_of  # noqa: E402
from catalog.selectors.search import ALL_FACETS, SearchQuery, search, suggest  # noqa: E402
from catalog.types import EmploymentKind, Principal, PrincipalKind  # noqa: E402

SEED = 20


def fill(datasets: int, columns_each: int) -> None:
    """Write straight into the tables, history switched off: this measures search alone."""
    chance = random.Random(SEED)
    words = Words(chance)
    with transaction.atomic(), connection.cursor() as cursor:
        for model in (Dataset, Column, Ownership, DatasetLabel):
            cursor.execute(f"ALTER TABLE {table_of(model)} DISABLE TRIGGER USER")
        systems = [_system(number) for number in range(20)]
        domains = [
            Domain.objects.create(name=f"{a.title()} {b}", slug=f"{a}-{b}-{number}")
            for number, (a, b) in enumerate(zip(STEMS[:30], STEMS[30:60], strict=True))
        ]
        teams = [Team.objects.create(name=f"{word.title()} crew") for word in set(STEMS[60:100])]
        people = [
            Person.objects.create(username=f"user{number}", display_name=f"Benchmark {number}")
            for number in range(200)
        ]
        labels = [
            Label.objects.create(kind="tag", name=word, path=word) for word in set(STEMS[100:150])
        ]
        ids = new_ids(cursor, Dataset, datasets)
        column_ids = iter(new_ids(cursor, Column, datasets * columns_each))
        copy_rows(
            cursor,
            table_of(Dataset),
            _DATASET_COLUMNS,
            _dataset_rows(ids, chance, words, systems, domains),
        )
        copy_rows(
            cursor,
            table_of(Column),
            _COLUMN_COLUMNS,
            _column_rows(ids, column_ids, columns_each, chance, words),
        )
        copy_rows(
            cursor,
            table_of(Ownership),
            ("dataset_id", "kind", "person_id", "team_id", "origin", "created_at"),
            (
                (pk, "business_owner", *owner, "declared", "2026-01-01")
                for pk in ids
                if chance.random() < 0.7
                for owner in [
                    (chance.choice(people).pk, None)
                    if chance.random() < 0.3
                    else (None, chance.choice(teams).pk)
                ]
            ),
        )
        copy_rows(
            cursor,
            table_of(DatasetLabel),
            ("dataset_id", "label_id", "origin"),
            (
                (pk, label.pk, "declared")
                for pk in ids
                if chance.random() < 0.4
                for label in chance.sample(labels, chance.randint(1, 3))
            ),
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in (Dataset, Column, Ownership, DatasetLabel):
            cursor.execute(f"ALTER TABLE {table_of(model)} ENABLE TRIGGER USER")


def _system(number: int) -> System:
    platform = ("postgres", "snowflake", "kafka", "s3", "tableau")[number % 5]
    name = f"{platform}://server{number}"
    return System.objects.create(
        platform=platform, instance=f"server{number}", qualified_name=name, lookup_name=name
    )


_DATASET_COLUMNS = (
    *("id", "system_id", "domain_id", "kind", "name", "display_name", "qualified_name"),
    *("lookup_name", "harvested_description", "declared_description", "harvested_metadata"),
    *("declared_metadata", "custom", "boosted_fields", "hidden_fields", "data_kind", "motion"),
    *("stage", "declared_stage", "capture_kind", "consistency", "expected_latency"),
    *("finality_lag", "correction_policy", "residency", "encryption_at_rest"),
    *("encryption_in_transit", "lifecycle", "deprecation_note", "enterprise_importance"),
    *("operations", "definition_sql", "definition_source", "definition_platform"),
    *("definition_defaults", "url", "created_at", "usage_score"),
)


def _dataset_rows(
    ids: list[int],
    chance: random.Random,
    words: Words,
    systems: list[System],
    domains: list[Domain],
) -> Iterator[tuple[Any, ...]]:
    lifecycles = ("published",) * 15 + ("draft", "curated", "curated", "deprecated", "archived")
    stages = ("", "capture", "ingestion", "preparation", "analysis", "egress")
    kinds = ("table",) * 7 + ("view", "view", "file", "topic", "dashboard")
    taken: set[str] = set()
    for number, pk in enumerate(ids):
        parts = list(dict.fromkeys(words.draw(chance.randint(1, 3))))
        if chance.random() < 0.4:
            parts.insert(0, chance.choice(QUALIFIERS))
        name = "_".join(parts)
        if chance.random() < 0.2:
            name = "".join(part.title() for part in parts)
        system = systems[int(chance.random() ** 2 * len(systems))]
        schema = STEMS[chance.randint(0, 39)]
        place = f"{system.qualified_name}/db{number % 7}.{schema}_{number // 50}"
        if f"{place}.{name}" in taken:  # once in half a million
            name = f"{name}_{number}"
        qualified = f"{place}.{name}"
        taken.add(qualified)
        description = " ".join(words.draw(chance.randint(6, 20))) if chance.random() < 0.7 else ""
        # A domain goes with the schema, as in real companies; so profiles are shared.
        domain = domains[len(schema) * 7 % len(domains)].pk if chance.random() < 0.8 else None
        yield (
            *(pk, system.pk, domain, chance.choice(kinds), name, "", qualified),
            *(qualified, description, "", "{}"),
            *("{}", "{}", "{}", "{}", "", "at_rest"),
            *(chance.choice(stages), "", "", "", ""),
            *("", "", "", ""),
            *("", chance.choice(lifecycles), "", chance.random() < 0.02),
            *("{}", "select 1" if chance.random() < 0.2 else "", "", ""),
            *("{}", "", "2026-01-01", chance.paretovariate(1) - 1),
        )


_COLUMN_COLUMNS = (
    *("id", "dataset_id", "path", "name", "parent_path", "ordinal", "physical_type", "default"),
    *("harvested_description", "declared_description"),
)


def _column_rows(
    ids: list[int],
    keys: Iterator[int],
    columns_each: int,
    chance: random.Random,
    words: Words,
) -> Iterator[tuple[Any, ...]]:
    for pk in ids:
        seen = {"id"}
        while len(seen) < columns_each:
            seen.add(f"{words.draw(1)[0]}_{chance.choice(COLUMN_ENDS)}")
        names = sorted(seen, key=lambda name: name != "id")[:columns_each]
        for ordinal, name in enumerate(names):
            yield (next(keys), pk, name, name, "", ordinal, "text", "", "", "")


def beginnings(texts: list[str]) -> list[str]:
    """What stands in the box after three characters, and after six."""
    return [text[:length] for text in texts for length in (3, 6) if len(text) >= length]


def queries(count: int, *, seed: int = SEED + 1) -> list[str]:
    """What people type: whole names, parts, prefixes, columns, several words, slips."""
    chance = random.Random(seed)
    words = Words(chance)
    names = list(
        Dataset.objects.order_by("pk").values_list("name", flat=True)[:: max(1, 100_000 // 400)]
    )
    made: list[str] = []
    while len(made) < count:
        kind = len(made) % 10
        draw = words.draw(3)
        made.append(
            {
                0: chance.choice(names),
                1: draw[0],
                2: f"{draw[0]} {draw[1]}",
                3: draw[0][: max(2, len(draw[0]) - 2)],
                4: f"{draw[0]}_{chance.choice(COLUMN_ENDS)}",
                5: " ".join(draw),
                6: f"{draw[0]} nonexistingword",
                7: f"{draw[0]} owner:crew",
                8: f"{draw[0]}s by {draw[1]}",
                9: chance.choice(("id", "customer", "order id", "type:view", "", "customer id")),
            }[kind]
        )
    return made


def _processor_seconds(pid: int) -> float:
    """Processor time that this process and the database's for our connection have used (Linux)."""
    nanoseconds = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return time.process_time() + nanoseconds / 1e9


def _measure(
    name: str, run: Callable[[str], object], texts: list[str], verbose: bool, goal: float | None
) -> list[Measured]:
    """Wall time of each; and processor time, which says nearly the same on a busy machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    for text in texts[:10]:
        run(text)
    times, computing = [], []
    for text in texts:
        started, used = time.perf_counter(), _processor_seconds(pid)
        run(text)
        times.append(((time.perf_counter() - started) * 1000, text))
        computing.append((_processor_seconds(pid) - used) * 1000)
    ordered, processor = sorted(taken for taken, _ in times), sorted(computing)
    p95 = int(len(ordered) * 0.95)
    print(
        f"{name:<22} p50 {statistics.median(ordered):7.1f} ms  p95 {ordered[p95]:7.1f} ms"
        f"  max {ordered[-1]:7.1f} ms  processor p50 {statistics.median(processor):6.1f} ms"
        f"  p95 {processor[p95]:6.1f} ms"
    )
    if verbose:
        for taken, text in sorted(times, reverse=True)[:12]:
            print(f"    {taken:7.1f} ms  {text!r}")
    return [
        Measured(f"search, {name}: p95", ordered[p95], "ms", goal),
        Measured(f"search, {name}: p95 of processor time", processor[p95], "ms"),
    ]


def _relevance(*, in_elasticsearch: bool) -> list[Measured]:
    """What `benchmarks.relevance` measures for each backend, in databases of its own."""
    apart = ("CONCORD_VAR", "DATABASE_URL", "ELASTICSEARCH_URL")
    variables = {key: value for key, value in os.environ.items() if key not in apart}
    measured: list[Measured] = []
    for choice in ([], ["--elasticsearch"])[: 1 + in_elasticsearch]:
        with tempfile.TemporaryDirectory(prefix="concord-results-") as folder:
            file = Path(folder) / "relevance"
            variables |= {RESULTS_VARIABLE: str(file)}
            command = [sys.executable, "-m", "benchmarks.relevance", *choice]
            subprocess.run(command, env=variables, check=False)
            measured += read_results(file)
    return measured


def main() -> int:
    """Fill where there is nothing, measure, print the table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fill", action="store_true", help="fill an empty catalog first")
    parser.add_argument("--datasets", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=10, help="columns of each dataset")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--verbose", action="store_true", help="show the slowest queries")
    parser.add_argument("--elasticsearch", action="store_true", help="relevance there as well")
    parser.add_argument("--speed-only", action="store_true", help="leave relevance out")
    options = parser.parse_args()
    if options.fill or not Dataset.objects.exists():
        started = time.perf_counter()
        fill(options.datasets, options.columns)
        print(f"filled in {time.perf_counter() - started:.0f} s")
        call_command("rebuild_search")
    someone = Principal(
        PrincipalKind.PERSON,
        1,
        "benchmark",
        "Benchmark",
        is_active=True,
        employment_kind=EmploymentKind.EMPLOYEE,
    )
    texts = queries(options.queries)
    typed = beginnings(texts)

    def with_facets(text: str) -> object:
        return search(someone, SearchQuery(text), facets=ALL_FACETS)

    return finish(
        [
            *_measure(
                "hits", lambda t: search(someone, SearchQuery(t)), texts, options.verbose, 120
            ),
            *_measure("hits with all facets", with_facets, texts, options.verbose, 250),
            *_measure("suggestions", lambda t: suggest(someone, t), typed, options.verbose, None),
            *([] if options.speed_only else _relevance(in_elasticsearch=options.elasticsearch)),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
