"""Putting a judged collection to search: an index of its own, every query, what was found."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from catalog.errors import InvalidInput
from catalog.search import spelling
from catalog.search.backends import backend, backend_apart
from catalog.search.documents import SearchDocument, spelled
from catalog.search.engine import ranked
from catalog.search.judged import measures
from catalog.search.judged.collection import JudgedCollection
from catalog.search.query import SearchQuery
from catalog.search.registry import COLUMN, kinds
from catalog.search.visibility import Visibility

DEPTH = 10
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Report:
    """Means over the queries that have a judgement; times of one query in milliseconds."""

    documents: int
    queries: int
    recall_5: float
    recall_10: float
    ndcg_10: float
    mrr_10: float
    zero_hits: int
    absent: int  # of what is judged to be of use: documents that are not in the collection
    p50_ms: float
    p95_ms: float
    index_seconds: float


def put_to_search(
    collection: JudgedCollection, progress: Callable[[int], None] = lambda done: None
) -> Report:
    """Index the collection apart, ask every judged query as a plain text, measure."""
    started = time.monotonic()
    keys: list[str] = []
    with indexed(_batches(collection, keys), progress):
        index_seconds = time.monotonic() - started
        return _asked(collection, keys, index_seconds)


@contextmanager
def indexed(
    batches: Iterable[Sequence[SearchDocument]], progress: Callable[[int], None]
) -> Iterator[None]:
    """Until the end an index apart of these documents is searched, by their words alone."""
    counts: Counter[str] = Counter()

    def counted() -> Iterator[Sequence[SearchDocument]]:
        for batch in batches:
            for document in batch:
                counts.update(iter(spelled(document)))
            yield batch

    with backend_apart():
        spelling.forget_read()
        try:
            backend().rebuild(counted(), progress=progress, position=lambda: 0)
            with transaction.atomic():
                spelling.replace_all(counts)
            yield
        finally:
            spelling.forget_read()


def _batches(collection: JudgedCollection, keys: list[str]) -> Iterator[Sequence[SearchDocument]]:
    batch: list[SearchDocument] = []
    for key, document in collection.numbered():
        keys.append(key)
        batch.append(document)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _asked(collection: JudgedCollection, keys: list[str], index_seconds: float) -> Report:
    if not keys:
        raise InvalidInput(f"{collection.documents.name} has no documents.", field="file")
    useful = collection.useful()
    absent = useful.difference(keys)
    if absent == useful:
        raise InvalidInput(
            f"No document that has a grade above 0 is in {collection.documents.name}: the ids of"
            " both must be the same.",
            field="file",
        )
    everything = Visibility(frozenset((*kinds.names(), COLUMN)))
    results: list[tuple[list[str], measures.Grades]] = []
    taken: list[float] = []
    for key, text in collection.queries.items():
        grades = collection.grades.get(key, {})
        if not any(grade > 0 for grade in grades.values()):
            continue
        started = time.perf_counter()
        # Who asks for nothing browses everything, which is no answer to a question.
        rows = ranked(SearchQuery(text, is_plain=True), everything, DEPTH) if text else ()
        taken.append((time.perf_counter() - started) * 1000)
        results.append(([keys[row.id - 1] for row in rows], grades))
    return Report(
        documents=len(keys),
        queries=len(results),
        recall_5=measures.mean([measures.recall(*result, 5) for result in results]),
        recall_10=measures.mean([measures.recall(*result, 10) for result in results]),
        ndcg_10=measures.mean([measures.ndcg(*result, 10) for result in results]),
        mrr_10=measures.mean([measures.reciprocal_rank(*result, 10) for result in results]),
        absent=len(absent),
        zero_hits=sum(1 for found, _ in results if not found),
        p50_ms=measures.percentile(taken, 0.5),
        p95_ms=measures.percentile(taken, 0.95),
        index_seconds=index_seconds,
    )
