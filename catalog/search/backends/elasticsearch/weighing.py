"""How much each word of a query tells, and the clauses that rank texts by it (BM25).

A cluster ranks by its own counts, which know of what is hidden and of what is deleted. So nothing
is left to them: words are counted among what may be seen, and a text scores constants, whole
numbers whose sum is the same in whatever order they are added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from catalog.search.backends.base import Request
from catalog.search.backends.elasticsearch import cluster, layout
from catalog.search.backends.elasticsearch.bodies import LEVELS, level_of, unspaced
from catalog.search.backends.elasticsearch.clauses import Clause, by_root
from catalog.search.backends.elasticsearch.conditions import limits
from catalog.search.backends.postgres.weighing import (
    SATURATION,
    Weighing,
    rounded,
    weighing_of,
    words_weighed,
)
from catalog.search.query import ParsedQuery, Word

STEPS = 400  # of how well a text fits: what is nearly as good is a tie, and use breaks it
_MEASURED = 500  # documents whose average length is taken
FINER = 256  # parts of a step in which constants are added up


def weigh(request: Request) -> tuple[Weighing, list[Clause]]:
    """The weights of the needed words and of others for the same, counted in one request; and the
    clauses that give at most STEPS, times FINER, to what is all about them."""
    words = words_weighed(request)
    documents, counts, average = _seen(request, words)
    weighed = weighing_of(
        words, len(request.query.needed), counts, int(rounded(documents)), average
    )
    return weighed, [
        clause
        for (word, weight), count in zip(weighed.weights, counts, strict=True)
        if weight > 0 and count
        for clause in _constants(word, STEPS * FINER * weight / weighed.most)
    ]


def _constants(word: Word, most: float) -> Iterator[Clause]:
    """What each further time adds that a word stands in a text: n / (n + k1) of the most in all."""
    given = 0
    for step, times in enumerate(LEVELS):
        reached = round(most * times / (times + SATURATION))
        if reached > given:
            held = {"term": {"roots": unspaced(level_of(word.root, step))}}
            yield {"constant_score": {"filter": held, "boost": reached - given}}
        given = reached


def _seen(request: Request, words: tuple[Word, ...]) -> tuple[int, list[int], float]:
    """How many documents may be seen, in how many of them each word is, and the length of an
    average one of some."""
    asked = replace(request, query=ParsedQuery(), choices=(), conditions=())
    with cluster.asking() as client:
        answers = client.msearch(
            index=layout.live(layout.DOCUMENTS),
            searches=[
                {"allow_partial_search_results": False},
                {
                    "size": 0,
                    "track_total_hits": True,
                    "query": limits(asked),
                    "aggs": {
                        str(number): {"filter": by_root(word)} for number, word in enumerate(words)
                    },
                },
                {},
                {
                    "size": 0,
                    "terminate_after": _MEASURED,
                    "aggs": {"length": {"avg": {"field": "length"}}},
                },
            ],
        )["responses"]
    for one in answers:
        if "error" in one:
            cluster.raise_if_unavailable(one.get("status", 500), one)
            raise RuntimeError(f"The search index refused to count: {cluster.reason_of(one)}")
    counted, measured = answers
    found = counted["aggregations"]
    counts = [found[str(number)]["doc_count"] for number in range(len(words))]
    average = measured["aggregations"]["length"]["value"] or 0.0
    return counted["hits"]["total"]["value"], counts, average
