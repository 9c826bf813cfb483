"""How much each word of a query tells, and the clauses that rank texts by it (BM25).

A cluster ranks by its own counts, which know of what is hidden and of what is deleted. So nothing
is left to them: words are counted among what may be seen, and a text scores by its length and by
how often, in steps of `LEVELS`, it holds each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.search.backends.base import Request
from catalog.search.backends.elasticsearch import layout, lengths
from catalog.search.backends.elasticsearch.asking import ask
from catalog.search.backends.elasticsearch.bodies import LEVELS, OF_ONE_WORD, level_of
from catalog.search.backends.elasticsearch.clauses import Clause, all_of, by_root
from catalog.search.backends.elasticsearch.conditions import limits
from catalog.search.backends.postgres.weighing import (
    SATURATION,
    SHARE_OF_LENGTH,
    Weighing,
    rounded,
    weighing_of,
    words_weighed,
)
from catalog.search.documents import unspaced
from catalog.search.query import ParsedQuery, Word

STEPS = 400  # of how well a text fits: what is nearly as good is a tie, and use breaks it
_MOST_LEVELED = 30  # words; a cluster refuses what has too many clauses
MANY = 50_000  # documents in which the words are: which of them say more of these tells nothing


@dataclass(frozen=True, slots=True)
class Weighed:
    """The weights; the clauses that give at most STEPS to what is all about the words; and how many
    hits each condition has that was asked about, MANY + 1 at most."""

    weighing: Weighing
    texts: tuple[Clause, ...]
    hits: tuple[int, ...]


class Scales:
    """The weights of the needed words of a request and of others for the same, and the hits of
    `conditions`: asked for along with something else, or when they are needed."""

    def __init__(self, request: Request, conditions: Sequence[Clause] = ()) -> None:
        self.conditions = conditions
        self._request = request
        self._words = words_weighed(request)
        self._weighed: Weighed | None = None
        self._length: float | None = None  # of a text, where it need not be asked for

    @property
    def weighed(self) -> Weighed:
        """What they say."""
        if self._weighed is None:
            self.take(ask([(layout.DOCUMENTS, search) for search in self.searches()]))
        assert self._weighed is not None
        return self._weighed

    def searches(self) -> list[dict[str, Any]]:
        """What the documents have to be asked; nothing where it is known."""
        if self._weighed is not None:
            return []
        everything = Request(ParsedQuery(), self._request.visibility, 0)
        within = limits(self._request) if self.conditions else {}
        self._length = lengths.known()
        return [
            {
                "size": 0,
                "track_total_hits": True,
                "query": limits(everything),
                "aggs": {str(at): {"filter": by_root(word)} for at, word in enumerate(self._words)},
            },
            *([lengths.measuring()] if self._length is None else []),
            *(
                {"size": 0, "track_total_hits": MANY + 1, "query": all_of([condition, within])}
                for condition in self.conditions
            ),
        ]

    def take(self, answers: Sequence[Mapping[str, Any]]) -> None:
        """Read the answers to `searches`."""
        counted, *others = answers
        average = self._length
        if average is None:
            average = lengths.measured(others.pop(0))
        found = counted["aggregations"]
        counts = [found[str(at)]["doc_count"] for at in range(len(self._words))]
        documents = counted["hits"]["total"]["value"]
        needed = len(self._request.query.needed)
        weighing = weighing_of(
            self._words, needed, counts, int(rounded(documents)), rounded(average)
        )
        hits = tuple(one["hits"]["total"]["value"] for one in others)
        self._weighed = Weighed(weighing, tuple(texts_of(weighing, counts)), hits)


def texts_of(weighing: Weighing, counts: Sequence[int]) -> Iterator[Clause]:
    """What scores texts, from how many of them hold each word: those that tell most by how often
    they stand, the others by whether they do."""
    told = [
        (STEPS * weight / weighing.most, word)
        for (word, weight), count in zip(weighing.weights, counts, strict=True)
        if weight > 0 and count
    ]
    for place, (most, word) in enumerate(sorted(told, key=lambda one: -one[0])):
        levels = LEVELS if place < _MOST_LEVELED else LEVELS[:1]
        scored = [_at_level(word, level, most, weighing.average) for level in levels]
        yield {"dis_max": {"queries": scored}}


def _at_level(word: Word, level: float, most: float, average: float) -> Clause:
    """What a word gives that stands n times in a text of some length: n / (n + k1 * (1 - b + b *
    length / average)) of the most. A cluster knows pivot / (pivot + distance), which is the same
    where all is divided by k1 * b / average, the distance being that to a length below nothing."""
    share = SATURATION * SHARE_OF_LENGTH / average
    below = SATURATION * (1 - SHARE_OF_LENGTH) / share
    scored = {
        "field": "length",
        "origin": -round(below * OF_ONE_WORD),
        "pivot": f"{round(level / share * OF_ONE_WORD)}ms",
        "boost": most,
    }
    held = {"term": {"roots": unspaced(level_of(word.root, level))}}
    return {"bool": {"filter": [held], "should": [{"distance_feature": scored}]}}
