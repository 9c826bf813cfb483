"""How much each word of a query tells, and what text is ranked by (BM25).

S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009): a rare
word weighs more, a word's second time adds less than its first, a long text owes its words to its
length. Words are counted among what the person may see, so that what is hidden moves no hit.
"""

# ruff: noqa: S608 - only our own table names are formatted in; values never

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import SearchDocument
from catalog.search.backends.base import Request
from catalog.search.backends.postgres import conditions
from catalog.search.backends.postgres.statement import (
    Statement,
    add_visibility,
    fetched,
)
from catalog.search.query import Word

_TABLE = SearchDocument._meta.db_table
SATURATION = 1.5  # k1
SHARE_OF_LENGTH = 0.75  # b
MAX_TELLING = 3_000  # documents that the words a question is sought by are in
_MAX_SAMPLED = 5_000  # documents in which words are counted for who does not see everything
_OF_OTHERS = 0.8  # what another word for the same weighs, of what it would
_MAX_OTHERS = 20
_COMMON = 1_000  # documents with a word that is not counted but estimated
_MEASURED = 500  # documents whose average length is taken


@dataclass(frozen=True, slots=True)
class Weighing:
    """The needed words with their weights, and other words for the same; those that a question is
    sought by; the length of an average document; and what one would weigh that is all about every
    needed word."""

    weights: tuple[tuple[Word, float], ...]
    telling: tuple[Word, ...]
    average: float
    most: float


def is_question(request: Request) -> bool:
    """Whether hits are sought by the words that tell most."""
    return request.must_match == 1 and request.query.is_question


def weigh(request: Request) -> Weighing:
    """Count the needed words, in one statement."""
    words = words_weighed(request)
    counts, documents, average = _measured(request, words)
    return weighing_of(words, len(request.query.needed), counts, documents, average)


def words_weighed(request: Request) -> tuple[Word, ...]:
    """The needed words, and after them other words for the same."""
    needed = request.query.needed
    return (*needed, *_others(needed))


def weighing_of(
    words: tuple[Word, ...], needed: int, counts: list[int], documents: int, average: float
) -> Weighing:
    """The weights of `words`, of which the first are needed, from how many documents hold each."""
    documents = max(documents, 2 * max(counts, default=0))
    weights = [
        math.sqrt(word.times) * math.log1p((documents - count + 0.5) / (count + 0.5))
        for word, count in zip(words, counts, strict=True)
    ]
    most = sum(weights[:needed]) or 1.0
    weights[needed:] = [_OF_OTHERS * weight for weight in weights[needed:]]
    return Weighing(tuple(zip(words, weights, strict=True)), _telling(words, counts), average, most)


def _others(needed: tuple[Word, ...]) -> list[Word]:
    """Other words for the same, each root once."""
    known = {word.root for word in needed}
    others = {word.root: word for one in needed for other in one.others_in_texts for word in other}
    return [word for root, word in others.items() if root not in known][:_MAX_OTHERS]


def _telling(words: tuple[Word, ...], counts: list[int]) -> tuple[Word, ...]:
    """The rarest words, as many as are in few documents together; one at least."""
    found: list[Word] = []
    together = 0
    for count, word in sorted(zip(counts, words, strict=True), key=lambda pair: pair[0]):
        if count == 0:
            continue
        together += count
        if found and together > MAX_TELLING:
            break
        found.append(word)
    return tuple(found)


def _measured(request: Request, words: tuple[Word, ...]) -> tuple[list[int], int, float]:
    """In how many documents that may be seen each word is; about how many documents there are, and
    the length of an average one, both so rounded that no single document moves them."""
    forms = [conditions.by_root(word) for word in words]
    is_whole = not request.visibility.partial
    common = _estimated(forms) if is_whole else [None] * len(forms)
    statement = Statement(
        "SELECT (SELECT reltuples FROM pg_class WHERE oid = %s::regclass),"
        " (SELECT avg(length) FROM (SELECT length FROM"
        f" {_TABLE} WHERE length > 0 ORDER BY id LIMIT %s) measured)",
        [_TABLE, _MEASURED],
    )
    for form, estimate in zip(forms, common, strict=True):
        if estimate is not None:
            statement.add(", %s", estimate)
        elif is_whole:
            statement.add(f", (SELECT count(*) FROM {_TABLE} d WHERE d.tokens @@ %s::tsquery", form)
            add_visibility(statement, request, _TABLE)
            statement.add(")")
        else:
            statement.add(", count(*) FILTER (WHERE m.tokens @@ %s::tsquery)", form)
    if not is_whole:
        statement.add(
            f" FROM (SELECT d.tokens FROM {_TABLE} d WHERE d.tokens @@ %s::tsquery",
            conditions.any_of(forms),
        )
        add_visibility(statement, request, _TABLE)
        statement.add(" LIMIT %s) m", _MAX_SAMPLED)
    ((documents, average, *counts),) = fetched(statement)
    return counts, int(rounded(documents or 0)), rounded(average or 0)


def _estimated(forms: Sequence[str]) -> list[int | None]:
    """In how many documents common words are, by the statistics that the planner has of them; None
    for a rare word, which is counted as fast. Read from a plan: nothing is executed."""
    if not forms:
        return []
    statement = Statement("EXPLAIN (FORMAT JSON) ")
    for number, form in enumerate(forms):
        statement.add(" UNION ALL " if number else "")
        statement.add(f"SELECT 1 FROM {_TABLE} d WHERE d.tokens @@ %s::tsquery", form)
    (((plan,),),) = fetched(statement)
    parts = plan["Plan"].get("Plans", []) if len(forms) > 1 else [plan["Plan"]]
    if len(parts) != len(forms):
        return [None] * len(forms)
    return [rows if (rows := int(part["Plan Rows"])) > _COMMON else None for part in parts]


def rounded(number: float) -> float:
    """The nearest power of the fourth root of two; 8 at least, for what is hardly there."""
    return float(2 ** (round(4 * math.log2(max(number, 8))) / 4))
