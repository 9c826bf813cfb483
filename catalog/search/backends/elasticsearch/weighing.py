"""How much each word of a query tells, and the clauses that rank texts by it (BM25).

A cluster ranks by its own counts, which know of what is hidden and of what is deleted. So nothing
is left to them: words are counted among what may be seen, and a text scores constants, whole
numbers whose sum is the same in whatever order they are added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from catalog.search.backends.base import Request
from catalog.search.backends.elasticsearch import cluster, layout
from catalog.search.backends.elasticsearch.bodies import LEVELS, level_of, unspaced
from catalog.search.backends.elasticsearch.clauses import Clause, all_of, by_root
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
MANY = 50_000  # documents in which the words are: which of them say more of these tells nothing


class Weighed(NamedTuple):
    """The weights; the clauses that give at most STEPS, times FINER, to what is all about the
    words; and how many hits each condition has that was asked about, MANY + 1 at most."""

    weighing: Weighing
    texts: tuple[Clause, ...]
    hits: tuple[int, ...] = ()


def weigh(request: Request, conditions: Sequence[Clause] = ()) -> Weighed:
    """The weights of the needed words and of others for the same, counted in one request with the
    hits of the conditions."""
    words = words_weighed(request)
    seen = _seen(request, words, conditions)
    weighed = weighing_of(
        words, len(request.query.needed), seen.counts, int(rounded(seen.documents)), seen.average
    )
    texts = tuple(
        clause
        for (word, weight), count in zip(weighed.weights, seen.counts, strict=True)
        if weight > 0 and count
        for clause in _constants(word, STEPS * FINER * weight / weighed.most)
    )
    return Weighed(weighed, texts, seen.hits)


def _constants(word: Word, most: float) -> Iterator[Clause]:
    """What each further time adds that a word stands in a text: n / (n + k1) of the most in all."""
    given = 0
    for step, times in enumerate(LEVELS):
        reached = round(most * times / (times + SATURATION))
        if reached > given:
            held = {"term": {"roots": unspaced(level_of(word.root, step))}}
            yield {"constant_score": {"filter": held, "boost": reached - given}}
        given = reached


class _Seen(NamedTuple):
    """How many documents may be seen, in how many of them each word is, the length of an average
    one of some, and the hits of each condition."""

    documents: int
    counts: list[int]
    average: float
    hits: tuple[int, ...]


def _seen(request: Request, words: tuple[Word, ...], conditions: Sequence[Clause]) -> _Seen:
    asked = replace(request, query=ParsedQuery(), choices=(), conditions=())
    within = limits(request) if conditions else {}
    searches: list[dict[str, Any]] = [
        {
            "size": 0,
            "track_total_hits": True,
            "query": limits(asked),
            "aggs": {str(number): {"filter": by_root(word)} for number, word in enumerate(words)},
        },
        {
            "size": 0,
            "terminate_after": _MEASURED,
            "aggs": {"length": {"avg": {"field": "length"}}},
        },
        *(
            {"size": 0, "track_total_hits": MANY + 1, "query": all_of([condition, within])}
            for condition in conditions
        ),
    ]
    with cluster.asking() as client:
        answers = client.msearch(
            index=layout.live(layout.DOCUMENTS),
            searches=[
                line
                for search in searches
                for line in ({"allow_partial_search_results": False}, search)
            ],
        )["responses"]
    for one in answers:
        if "error" in one:
            cluster.raise_if_unavailable(one.get("status", 500), one)
            raise RuntimeError(f"The search index refused to count: {cluster.reason_of(one)}")
    counted, measured, *others = answers
    found = counted["aggregations"]
    return _Seen(
        counted["hits"]["total"]["value"],
        [found[str(number)]["doc_count"] for number in range(len(words))],
        measured["aggregations"]["length"]["value"] or 0.0,
        tuple(one["hits"]["total"]["value"] for one in others),
    )
