"""Server time and queries of the pages people open most, at 100,000 datasets.

`python -m benchmarks.pages [--datasets 100000] [--columns 10] [--keep FOLDER] [--explain PAGE]`

Fills a throwaway database (or takes the one kept in FOLDER) and asks for each page through all of
Django, middleware and templates included, as a signed-in steward. Prints the median and the 95th
percentile in milliseconds, how much of it Python computed (which the load of a shared machine
changes less) and the most queries that one page took; with `--explain` the queries of
one page, slowest first, instead. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.database import benchmark_database
from benchmarks.table import Measured, finish

ROUNDS = 40
PASSWORD = "benchmark"
_TRANSACTION_WORDS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
GRAPHQL = """{ datasets(first: 50) { edges { node {
  qualifiedName columns { path physicalType } owners { kind } tags { path }
  upstreamEdges { source { qualifiedName } } } } } }"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to measure: its addresses, drawn anew each round, and its goals in milliseconds."""

    name: str
    addresses: Callable[[random.Random], str]
    median: float | None = None
    p95: float | None = None
    queries: int | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=10, help="columns of each dataset")
    parser.add_argument("--keep", type=Path, help="a folder whose filled database is used again")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--explain", action="store_true", help="show queries instead of times")
    options = parser.parse_args(arguments)
    with benchmark_database(options.keep):
        from django.core.management import call_command

        from benchmarks.catalog import fill
        from catalog.models import Dataset

        call_command("collectstatic", interactive=False, verbosity=0)
        if not Dataset.objects.exists():
            fill(options.datasets, options.columns)
        visitor = Visitor()
        chosen = [page for page in _pages() if options.only in page.name]
        if options.explain:
            for page in chosen:
                visitor.explain(page)
            return 0
        results = [line for page in chosen for line in visitor.measure(page, options.rounds)]
        if not options.only or "GraphQL" in options.only:
            results += visitor.measure_graphql(options.rounds)
        return finish(results)


class Visitor:
    """A signed-in steward who opens pages."""

    def __init__(self) -> None:
        from django.test import Client

        from catalog.models import Person

        person = Person.objects.get(username="person0")
        if not person.check_password(PASSWORD):
            person.set_password(PASSWORD)
            person.save(update_fields=["password"])
            _make_steward(person)
        self.client = Client(HTTP_HOST="localhost")
        if not self.client.login(username=person.username, password=PASSWORD):
            raise RuntimeError("The benchmark's steward cannot sign in.")

    def open(self, address: str) -> None:
        response = self.client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}.")

    def ask(self) -> None:
        response = self.client.post(
            "/graphql/", json.dumps({"query": GRAPHQL}), content_type="application/json"
        )
        body = response.json()
        if response.status_code != 200 or "errors" in body:
            raise RuntimeError(f"GraphQL answered {response.status_code}: {body.get('errors')}")
        if not any(edge["node"]["upstreamEdges"] for edge in body["data"]["datasets"]["edges"]):
            raise RuntimeError("GraphQL showed no lineage at all.")

    def measure(self, page: Page, rounds: int) -> Iterator[Measured]:
        chance = random.Random(page.name)
        addresses = [page.addresses(chance) for _ in range(rounds + 2)]
        calls = [lambda address=address: self.open(address) for address in addresses]
        yield from _measured(page, calls)

    def measure_graphql(self, rounds: int) -> Iterator[Measured]:
        page = Page("GraphQL, 50 datasets", lambda _: "", queries=12)
        yield from _measured(page, [self.ask] * (rounds + 2))

    def explain(self, page: Page) -> None:
        """Print the queries of one page, the slowest first."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        chance = random.Random(page.name)
        self.open(page.addresses(chance))
        with CaptureQueriesContext(connection) as captured:
            address = page.addresses(chance)
            self.open(address)
        print(f"\n{page.name} {address}: {len(captured)} queries")
        for query in sorted(captured.captured_queries, key=lambda q: -float(q["time"])):
            print(f"{float(query['time']) * 1000:8.0f} ms  {query['sql']}")


def _make_steward(person: Any) -> None:
    from django.contrib.auth.models import Permission

    from catalog.models import Domain, DomainUserObjectPermission

    permission = Permission.objects.get(codename="steward_domain")
    for domain in Domain.objects.order_by("pk")[:2]:
        DomainUserObjectPermission.objects.get_or_create(
            user=person, permission=permission, content_object=domain
        )


def _measured(page: Page, calls: Sequence[Callable[[], None]]) -> Iterator[Measured]:
    """The first two calls only warm up, the second of them counts its queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    calls[0]()
    times, computing, counts = [], [], []
    for call in calls[2:]:
        started, computed = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - started) * 1000)
        computing.append((time.process_time() - computed) * 1000)
    for call in (calls[1], *calls[2:7]):
        with CaptureQueriesContext(connection) as captured:
            call()
        counts.append(
            sum(
                not query["sql"].startswith(_TRANSACTION_WORDS)
                for query in captured.captured_queries
            )
        )
    p95 = sorted(times)[int(len(times) * 0.95)]
    yield Measured(f"{page.name}: median", statistics.median(times), "ms", page.median)
    yield Measured(f"{page.name}: p95", p95, "ms", page.p95)
    yield Measured(f"{page.name}: computing in Python", statistics.median(computing), "ms")
    yield Measured(f"{page.name}: queries", max(counts), "", page.queries)


def _pages() -> list[Page]:
    from catalog.models import Container, Dataset, Domain, Person, System

    keys = list(Dataset.objects.order_by("pk").values_list("pk", flat=True))
    systems = list(System.objects.values_list("pk", flat=True))
    containers = list(Container.objects.filter(datasets__isnull=False).values_list("pk", flat=True))
    slugs = list(Domain.objects.values_list("slug", flat=True))
    names = list(Person.objects.filter(username__startswith="person").values_list("username"))

    def tab(name: str) -> Callable[[random.Random], str]:
        return lambda chance: f"/datasets/{chance.choice(keys)}/{name}"

    def fixed(address: str) -> Callable[[random.Random], str]:
        return lambda _: address

    dataset = {"median": 150.0, "queries": 25}
    return [
        Page("dataset overview", tab(""), **dataset),
        Page("dataset columns", tab("columns/"), **dataset),
        Page("dataset lineage", tab("lineage/"), **dataset),
        Page("dataset history", tab("history/"), **dataset),
        Page("dataset uses", tab("uses/"), **dataset),
        Page("search with all facets", _search_address, p95=250.0),
        Page("browse all, all facets", fixed("/search/"), p95=250.0),
        Page("suggestions", lambda c: f"/search/suggest/?q={_typed(c)[:4]}", p95=120.0),
        Page("home", fixed("/")),
        Page("stewardship queue", fixed("/stewardship/")),
        Page("my stewardship queue", fixed("/stewardship/?mine=1")),
        Page("all datasets", fixed("/datasets/")),
        Page("systems", fixed("/systems/")),
        Page("system", lambda c: f"/systems/{c.choice(systems)}/"),
        Page("container", lambda c: f"/containers/{c.choice(containers)}/"),
        Page("domains", fixed("/domains/")),
        Page("domain", lambda c: f"/domains/{c.choice(slugs)}/"),
        Page("people", fixed("/people/")),
        Page("person", lambda c: f"/people/{c.choice(names)[0]}/"),
        Page("teams", fixed("/teams/")),
        Page("tags", fixed("/tags/")),
        Page("imports", fixed("/ingestion/")),
    ]


def _search_address(chance: random.Random) -> str:
    return f"/search/?q={_typed(chance)}"


def _typed(chance: random.Random) -> str:
    """What somebody types: a word, two, a part of a name, a filter with it."""
    from benchmarks.catalog import WORDS, dataset_name

    word, other = chance.sample(WORDS, 2)
    name = dataset_name(chance.randrange(1000)).rpartition(".")[2]
    return chance.choice((word, f"{word}+{other}", name, f"{word}&kind=table", f"{word}_{other}"))


if __name__ == "__main__":
    sys.exit(main())
