"""Where a word may stand, as clauses of a query; all of them are filters and score nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.search.backends.elasticsearch.bodies import MAX_SORT_NAME
from catalog.search.documents import shortened, unspaced
from catalog.search.query import ParsedQuery, Word
from catalog.search.registry import sentence_kinds
from catalog.search.tokens import fold, tokens

Clause = dict[str, Any]

_MIN_PREFIX = 2  # characters typed before a name is found by its beginning
_MIN_COLUMN_PREFIX = 3  # columns are many: `id` must not mean `idle_time`
NOTHING: Clause = {"match_none": {}}
EVERYTHING: Clause = {"match_all": {}}
IS_DEMOTED: Clause = {"term": {"is_demoted": True}}
IS_CURRENT: Clause = {"bool": {"must_not": [IS_DEMOTED]}}


def any_of(clauses: Sequence[Clause]) -> Clause:
    """One of the clauses; of none, nothing."""
    return at_least(1, clauses)


def all_of(clauses: Sequence[Clause]) -> Clause:
    """All of the clauses."""
    return clauses[0] if len(clauses) == 1 else {"bool": {"filter": list(clauses)}}


def at_least(count: int, clauses: Sequence[Clause]) -> Clause:
    """So many of the clauses."""
    if not clauses:
        return NOTHING
    if count >= len(clauses):
        return all_of(clauses)
    return {"bool": {"should": list(clauses), "minimum_should_match": max(count, 1)}}


def without(clause: Clause, others: Sequence[Clause]) -> Clause:
    """The clause, and none of the others."""
    return {"bool": {"filter": [clause], "must_not": list(others)}} if others else clause


def whole(field: str, text: str) -> Clause:
    """A whole name; of nothing, nothing."""
    return {"term": {field: shortened(text)}} if text else NOTHING


def named(text: str, *, is_column: bool) -> Clause:
    """A whole name; that of a column mostly stands where it is sorted by it."""
    clause = whole("names", text)
    if not is_column or not text or len(text) >= MAX_SORT_NAME:
        return clause
    return any_of([clause, {"term": {"sort_name": text}}])


def exactly(field: str, word: Word) -> Clause:
    """The word itself or its stem, in this field."""
    forms = sorted({unspaced(word.stem), unspaced(word.surface)})
    return {"terms": {field: forms}} if len(forms) > 1 else {"term": {field: forms[0]}}


def stem_in(field: str, word: Word) -> Clause:
    """The stem of the word."""
    return {"term": {field: unspaced(word.stem)}}


def in_names(word: Word) -> Clause:
    """The word among names, or what begins with it once it is long enough."""
    return _beginning("name", word, _MIN_PREFIX)


def near_names(word: Word) -> Clause:
    """The same, or another word for it in a name."""
    others = [all_of([exactly("name", one) for one in other]) for other in word.others]
    return any_of([in_names(word), *others])


def is_sentence() -> Clause:
    """The name is a sentence."""
    sentences = sentence_kinds()
    return {"terms": {"facets.kind": list(sentences)}} if sentences else NOTHING


def no_sentence(clause: Clause) -> Clause:
    """The clause, where the name is no sentence: words of a sentence are a text."""
    return without(clause, [is_sentence()])


def in_columns(word: Word) -> Clause:
    """The word among names of columns, or what begins with it once it is long enough."""
    return _beginning("column", word, _MIN_COLUMN_PREFIX)


def in_synonyms(word: Word) -> Clause:
    """The word in a name, a column or a place; or another word for it there."""
    places = [in_names(word), in_columns(word), exactly("place", word)]
    return any_of([*places, *_others(other_names(word))])


def in_any_field(word: Word) -> Clause:
    """The word anywhere, or another word for it."""
    return any_of([in_synonyms(word), by_root(word), *_others(other_roots(word))])


def other_names(word: Word) -> Clause:
    """All words of another name of the same thing, in a name or a column."""
    return any_of(
        [
            all_of([any_of([exactly("name", w), exactly("column", w)]) for w in other])
            for other in word.others
        ]
    )


def other_roots(word: Word) -> Clause:
    """The same anywhere."""
    return any_of([all_of([by_root(w) for w in other]) for other in word.others_in_texts])


def by_root(word: Word) -> Clause:
    """Any form of the word, anywhere."""
    if word.beginning:
        return {"prefix": {"roots": {"value": unspaced(word.beginning)}}}
    return {"term": {"roots": unspaced(word.root)}}


def spoken(query: ParsedQuery) -> Clause:
    """All words of a name in this order, and no other."""
    return whole("spoken", fold(" ".join(token.surface for token in tokens(query.exact))).strip())


def phrase(text: str) -> Clause:
    """The words one after another, in one text."""
    return {"match_phrase": {"phrases": text.strip()}}


def _others(clause: Clause) -> list[Clause]:
    return [] if clause is NOTHING else [clause]


def _beginning(field: str, word: Word, shortest: int) -> Clause:
    if len(word.surface) < shortest:
        return exactly(field, word)
    prefix = {"prefix": {field: {"value": unspaced(word.surface)}}}
    if word.stem.startswith(word.surface):
        return prefix
    return any_of([stem_in(field, word), prefix])
