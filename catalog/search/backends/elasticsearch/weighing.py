"""How much each word of a query tells, and the clauses that rank texts by it (BM25).

The cluster ranks a root by its own count of it, which knows what is hidden and what is deleted. So
each root is boosted by what it weighs among what may be seen, over what the cluster makes of it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from catalog.search.backends.base import Request
from catalog.search.backends.elasticsearch import cluster, layout
from catalog.search.backends.elasticsearch.bodies import unspaced
from catalog.search.backends.elasticsearch.clauses import Clause, by_root
from catalog.search.backends.elasticsearch.conditions import limits
from catalog.search.backends.postgres.weighing import (
    Weighing,
    rounded,
    weighing_of,
    words_weighed,
)
from catalog.search.query import ParsedQuery, Word

STEPS = 400  # of how well a text fits: what is nearly as good is a tie, and use breaks it


def weigh(request: Request) -> tuple[Weighing, list[Clause]]:
    """The weights of the needed words and of others for the same, in two requests; and the clauses
    that give at most STEPS to what is all about them."""
    words = words_weighed(request)
    documents, counts = _seen(request, words)
    weighed = weighing_of(words, len(request.query.needed), counts, int(rounded(documents)), 0)
    stored, held = _statistics(words)
    return weighed, [
        _boosted(word, STEPS * weight / weighed.most / _own_weight(stored, held[word.root]))
        for word, weight in weighed.weights
        if weight > 0 and word.root in held
    ]


def _boosted(word: Word, boost: float) -> Clause:
    return {"term": {"roots": {"value": unspaced(word.root), "boost": boost}}}


def _own_weight(documents: int, count: int) -> float:
    """What the cluster multiplies a word's share with (Lucene's `idf`)."""
    return math.log1p((documents - count + 0.5) / (count + 0.5))


def _statistics(words: tuple[Word, ...]) -> tuple[int, dict[str, int]]:
    """How many documents there are, and how many hold each root, as the cluster counts them when
    it ranks: with those that were deleted and are not cleared away yet."""
    roots = {unspaced(word.root): word.root for word in words}
    with cluster.asking() as client:
        answer = client.termvectors(
            index=layout.live(layout.DOCUMENTS),
            doc={"roots": " ".join(roots)},
            fields=["roots"],
            term_statistics=True,
            field_statistics=True,
            positions=False,
            offsets=False,
            payloads=False,
        )
    vector: dict[str, Any] = answer["term_vectors"].get("roots", {})
    counts = {
        roots[root]: found["doc_freq"]
        for root, found in vector.get("terms", {}).items()
        if "doc_freq" in found and root in roots
    }
    return vector.get("field_statistics", {}).get("doc_count", 0), counts


def _seen(request: Request, words: tuple[Word, ...]) -> tuple[int, list[int]]:
    """How many documents may be seen, and in how many of them each word is."""
    asked = replace(request, query=ParsedQuery(), choices=(), conditions=())
    with cluster.asking() as client:
        answer = client.search(
            index=layout.live(layout.DOCUMENTS),
            size=0,
            track_total_hits=True,
            query=limits(asked),
            aggs={str(number): {"filter": by_root(word)} for number, word in enumerate(words)},
        )
    found = answer["aggregations"]
    counts = [found[str(number)]["doc_count"] for number in range(len(words))]
    return answer["hits"]["total"]["value"], counts
