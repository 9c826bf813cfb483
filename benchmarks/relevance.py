"""Relevance: what people of Larkfield hope to find, and which of many databases has the answer.

    python -m benchmarks.relevance [--elasticsearch] [--server http://host:9200]
        [--fixtures FOLDER] [--verbose]

Asks PostgreSQL; with `--elasticsearch` a bare server of the tests, or that which `--server` names.
Loads the demonstration into a throwaway database (or uses the one that CONCORD_VAR names), asks
the judged queries of `judged/larkfield.yaml` as the people they name, and prints nDCG@5, MRR and
success@1 for each class of query. Every query is asked again with one wrong word more. Where the
folder of fixtures is, the 135 questions of `spider2-sqlite` are asked as well: how often the first
table found is of the database that answers the question. Goals: nDCG@5 0.90; an exact name first,
always; no page emptied by one wrong word.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.database import enter_database
from benchmarks.table import Measured, finish

os.environ.setdefault("CONCORD_STORY_CLOCK", "1")  # without it nobody tells Larkfield's story
enter_database()

from django.core.management import call_command  # noqa: E402

from benchmarks.search_cluster import server, use  # noqa: E402
from catalog.models import Dataset, Person, System  # noqa: E402
from catalog.search.backends import backend  # noqa: E402
from catalog.search.documents import ColumnDocument, SearchDocument, Term  # noqa: E402
from catalog.search.engine import ranked  # noqa: E402
from catalog.search.judged import measures  # noqa: E402
from catalog.search.judged.trial import indexed  # noqa: E402
from catalog.search.query import SearchQuery  # noqa: E402
from catalog.search.registry import COLUMN, kinds  # noqa: E402
from catalog.search.visibility import Visibility  # noqa: E402
from catalog.selectors.principals import principal_of  # noqa: E402
from catalog.selectors.search import SearchHit, search  # noqa: E402
from governance.models import Decision  # noqa: E402

JUDGED = Path(__file__).parent / "judged" / "larkfield.yaml"
ANALYST = "peta.marsh"
WRONG = "xqzzyv"
DEPTH = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A query with the grades of what should be found."""

    text: str
    kind: str
    who: str
    want: dict[str, float]


def main() -> int:
    """Load what is missing, ask, print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    given = os.environ.get("CONCORD_FIXTURES") or JUDGED.parents[2].parent / "shared" / "fixtures"
    parser.add_argument("--fixtures", type=Path, default=Path(given))
    parser.add_argument("--verbose", action="store_true", help="show what is not first")
    parser.add_argument("--elasticsearch", action="store_true", help="ask a cluster")
    parser.add_argument("--server", default="", help="the address of a server that is there")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if options.elasticsearch or options.server:
            use(stack.enter_context(server(options.server, "512m")))
        return _measured(options)


def _measured(options: argparse.Namespace) -> int:
    stated = yaml.safe_load(JUDGED.read_text())
    if not Decision.objects.exists():
        call_command("load_demo")
    _add_other_scripts(stated["extra"])
    call_command("rebuild_search")
    queries = [
        Judged(str(q["text"]), q["class"], q.get("who", ANALYST), q["want"])
        for q in stated["queries"]
    ]
    measured = _larkfield(queries, options.verbose)
    if (folder := options.fixtures / "spider2-sqlite").is_dir():
        measured.append(_right_database(folder))
    return finish(measured)


def _larkfield(queries: Sequence[Judged], is_verbose: bool) -> list[Measured]:
    name = type(backend()).__name__.removesuffix("Backend")
    scores: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for query in queries:
        found = [identity(hit) for hit in _hits(query.who, query.text)]
        score = (
            measures.ndcg(found, query.want, DEPTH),
            measures.reciprocal_rank(found, query.want, 10),
            measures.success(found, query.want),
        )
        scores[query.kind].append(score)
        if is_verbose and score[0] < 0.95:
            print(f"  {score[0]:.2f} {query.kind:<9} {query.text!r}: {', '.join(found[:DEPTH])}")
    print(f"\n{name:<14} {'queries':>8} {'nDCG@5':>8} {'MRR':>8} {'success@1':>10}")
    for kind, of_kind in (*scores.items(), ("all", [s for each in scores.values() for s in each])):
        means = [measures.mean(values) for values in zip(*of_kind, strict=True)]
        print(f"{kind:<14} {len(of_kind):>8} {means[0]:>8.3f} {means[1]:>8.3f} {means[2]:>10.3f}")
    exact = [score[2] for score in scores["exact"]]
    everything = [score for of_kind in scores.values() for score in of_kind]
    empty = [
        query.text
        for query in queries
        if "kind:" not in query.text and not _hits(query.who, f"{query.text} {WRONG}")
    ]
    for text in empty:
        print(f"  nothing for {text!r} and one wrong word")
    label = f"relevance, {name}:"
    return [
        Measured(f"{label} nDCG@5", measures.mean([s[0] for s in everything]), "", 0.9, True),
        Measured(f"{label} MRR", measures.mean([s[1] for s in everything]), ""),
        Measured(f"{label} success@1", measures.mean([s[2] for s in everything]), ""),
        Measured(f"{label} exact names first", 100 * measures.mean(exact), "%", 100, True),
        Measured(f"{label} emptied by one wrong word", len(empty), "queries", 0),
    ]


def _hits(username: str, text: str) -> tuple[SearchHit, ...]:
    person = Person.objects.get(username=username)
    return search(principal_of(person), SearchQuery(text)).hits


def identity(hit: SearchHit) -> str:
    """What the judgements call a hit."""
    name = hit.qualified_name
    match hit.kind:
        case "dataset":
            return ".".join((*hit.place[1:][-1:], hit.name.text))
        case "column":
            return f"{'.'.join(hit.place[-2:])}#{hit.name.text}"
        case "person":
            return f"person:{name}"
        case "system":
            return f"system:{name.partition('://')[2]}"
        case "domain":
            return f"domain:{name}"
        case "example_query":
            return f"query:{hit.name.text.partition(':')[0]}"
    return name


def _add_other_scripts(datasets: Sequence[dict[str, str]]) -> None:
    """Datasets straight into the table; a rebuild of the index follows."""
    system, _ = System.objects.get_or_create(
        qualified_name="postgres://abroad",
        defaults={"platform": "postgres", "instance": "abroad", "lookup_name": "postgres://abroad"},
    )
    for stated in datasets:
        name = f'postgres://abroad/"{stated["name"]}"'
        Dataset.objects.get_or_create(
            qualified_name=name,
            defaults={
                "system": system,
                "name": stated["name"],
                "lookup_name": name,
                "harvested_description": stated["description"],
            },
        )


def _right_database(folder: Path) -> Measured:
    tables = [json.loads(line) for line in (folder / "tables.jsonl").read_text().splitlines()]
    asked = [json.loads(line) for line in (folder / "questions.jsonl").read_text().splitlines()]
    everything = Visibility(frozenset((*kinds.names(), COLUMN)))
    right = 0
    with indexed([list(_tables(tables))], progress=lambda done: None):
        for question in asked:
            rows = ranked(SearchQuery(question["question"], is_plain=True), everything, 1)
            found = tables[rows[0].id - 1]["database"] if rows else ""
            right += _plain(found) == _plain(question["db"])
    print(f"the right database first for {right} of {len(asked)} questions")
    return Measured(
        "relevance, questions with the right database first", 100 * right / len(asked), "%"
    )


def _tables(tables: Sequence[dict[str, Any]]) -> Iterator[SearchDocument]:
    column = 0
    for number, table in enumerate(tables, start=1):
        columns = []
        for stated in table["columns"]:
            column += 1
            columns.append(ColumnDocument(column, stated["name"], stated["name"]))
        yield SearchDocument(
            kind="dataset",
            id=number,
            name=table["table"],
            qualified_name=f"{table['database']}.{table['table']}",
            place=(table["database"],),
            terms=(Term("kind", "dataset"),),
            columns=tuple(columns),
        )


def _plain(database: str) -> str:
    return database.lower().replace("-", "_")


if __name__ == "__main__":
    raise SystemExit(main())
