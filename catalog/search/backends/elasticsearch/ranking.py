"""The order of hits, as whole-number scores: no later reason ever outweighs an earlier one.

A score is a sum of constants. The band gives the most, being current the next, then how well the
name fits, which is saturated; what is left to break ties stands in `standing`. Sums of whole
numbers below 2^24 are exact in the cluster's arithmetic, whatever the order of adding. Where texts
are compared, 2^23 is added to the sum, which leaves a number of the cluster no room for fractions.

Texts are compared one by one. Where more than `MANY` hold the words, that takes longest and tells
least: then names and standing alone order, and the cluster passes over what is not good enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from catalog.search.backends.base import Request
from catalog.search.backends.elasticsearch.bodies import words_in
from catalog.search.backends.elasticsearch.clauses import (
    EVERYTHING,
    IS_CURRENT,
    IS_DEMOTED,
    NOTHING,
    Clause,
    all_of,
    any_of,
    at_least,
    exactly,
    in_any_field,
    in_names,
    in_synonyms,
    is_sentence,
    named,
    near_names,
    no_sentence,
    spoken,
    whole,
    without,
)
from catalog.search.backends.elasticsearch.conditions import (
    matches,
    telling,
    whole_names,
    whole_path,
)
from catalog.search.backends.elasticsearch.weighing import MANY, Scales, Weighed
from catalog.search.backends.postgres.marks import MAX_MARKED
from catalog.search.backends.postgres.weighing import is_question
from catalog.search.backends.standing import COVERED, DEMOTED, fitting_of, read_fitting
from catalog.search.query import Order, Word

Key = tuple[Any, int]
Bands = tuple[tuple[int, Clause], ...]

_LAST_RANK = 60
_BAND, _CURRENT = 1024, 64  # of a part that counts names: times the number of words
_IN_NAME, _BEGINS_NAME, _SPOKEN = 4, 11, 5  # and COVERED at most
_LONGEST = 30  # words of a name; of a longer one no share is worth anything
_WHOLE = 2**23
_STANDINGS = 1_000_000_000  # more than any standing
_WITHIN_RANK = 1_000_000  # more than any score inside a band


@dataclass(frozen=True, slots=True)
class Part:
    """Hits that are asked for together. `first` and `last` are the ranks of its bands; `bands`
    the alternatives that score and `scores` what else does; without them all are of one rank, and
    standing alone orders, or with `fitted` how well the name fits one word before it: `fitted` is
    what they all score inside their band beyond that. Scores are `scale` times what they mean, and
    `offset` more: less where something is alike in all hits."""

    condition: Clause
    first: int = 0
    last: int = 0
    bands: Bands = ()
    scores: tuple[Clause, ...] = ()
    scale: int = 1
    offset: int = 0
    fitted: int | None = None

    @property
    def is_scored(self) -> bool:
        """Whether its hits differ in more than their standing."""
        return bool(self.scores)


def scales_of(request: Request) -> Scales:
    """The scales by which `parts_of` tells how texts are compared, and whether at all."""
    if not _is_compared(request):
        return Scales(request)
    before = _before_texts(request)
    every, some = _bands(request)
    conditions = [without(every[-1][1], before)]
    if some:
        conditions.append(without(some[-1][1], [*before, every[-1][1]]))
    return Scales(request, conditions)


def parts_of(request: Request, scales: Scales) -> Iterator[list[Part]]:
    """Best first, in the groups in which they are asked for: a group that fills the page spares
    the next. A part leaves out what the parts before it hold."""
    query = request.query
    if query.is_browsing or request.order is not Order.RELEVANCE:
        asks = is_question(request) and not request.names_only
        yield [Part(matches(request, scales.weighed.weighing if asks else None))]
        return
    if len(query.words) == len(query.needed) == 1 and _is_by_name(request):
        yield from _by_one_word(request)
    else:
        yield list(_by_name(request))
    if request.names_only:
        for near in _near_names(request):
            named_so = all_of([in_names(word) for word in query.needed])
            rest = without(near, [*whole_names(request), named_so])
            yield [_unweighed(rest, ((6, EVERYTHING),), request)]
        return
    before = _before_words(request)
    if is_question(request):
        told = without(telling(scales.weighed.weighing), before)
        bands = ((9, EVERYTHING),)
        if request.is_columns:  # a column is a name and no text
            yield [_unweighed(told, bands, request)]
        else:
            yield [_weighed(told, bands, request, scales.weighed)]
        return
    *names, column = before
    if len(query.needed) <= 1:
        yield list(_of_one_word(request, names, column))
        return
    first = [_unweighed(without(column, names), ((5, EVERYTHING),), request)]
    for near in _near_names(request):
        first.append(_unweighed(without(near, before), ((6, EVERYTHING),), request))
    if _is_compared(request):
        yield from _of_words(request, scales, first)
    else:
        rest = without(matches(request, None), _before_texts(request))
        every, some = _bands(request)
        yield [*first, _unweighed(rest, (*every, *some), request)]


def search_of(part: Part, request: Request, limits: Clause) -> dict[str, Any] | None:
    """Query and order of a part; None where it ends before the page begins."""
    order = _order(request)
    if order is not None:
        after = _from_key(request)
        return _search(all_of([part.condition, limits]), [order, {"uid": "asc"}], after)
    after = None
    if request.after is not None:
        rank, behind, standing = _read(request.after[0])
        if rank > part.last:
            return None
        if rank >= part.first:
            after = [standing, int(request.after[1])]
            if part.is_scored:
                after.insert(0, _score(rank, part) + _BAND * part.scale - behind)
            elif part.fitted is not None:
                share = (_BAND - behind - part.fitted) % _CURRENT
                after[0] = fitting_of(share, standing)
    by_standing = [{"standing" if part.fitted is None else "fitting": "asc"}, {"uid": "asc"}]
    if not part.is_scored:
        return _search(all_of([part.condition, limits]), by_standing, after)
    best = [_constant(clause, _score(rank, part) - part.offset) for rank, clause in part.bands]
    alternatives = [{"dis_max": {"queries": best}}] if best else []
    scored = {
        "bool": {
            "filter": [part.condition, limits],
            "should": [*alternatives, *part.scores],
        }
    }
    return _search(scored, ["_score", *by_standing], after)


def key_of(part: Part, request: Request, sort: Sequence[Any]) -> Key:
    """The sort key of a hit from what the cluster sorted it by; smaller comes first."""
    uid = int(sort[-1])
    if request.order in (Order.USED, Order.CHANGED):
        return (-sort[0], uid)
    if _order(request) is not None:
        return (sort[0], uid)
    standing = int(sort[-2])
    share = 0
    if part.fitted is not None:
        share, standing = read_fitting(standing)
    if part.is_scored:
        above, within = divmod(round(sort[0]) - part.offset, _BAND * part.scale)
        rank, behind = _LAST_RANK - above, _BAND * part.scale - within
    else:
        within = (standing < DEMOTED) * _CURRENT + (part.fitted or 0) + share
        rank, behind = part.first, _BAND - within
    return ((rank * _WITHIN_RANK + behind) * _STANDINGS + standing, uid)


def _by_name(request: Request) -> Iterator[Part]:
    """Whole names, all words of a name and no other, words of names."""
    query = request.query
    needed = query.needed
    qualified = whole_path(request)
    names = named(query.exact, is_column=request.is_columns)
    in_order = spoken(query)
    yield Part(qualified, 0, 0)
    yield Part(without(names, [qualified]), 1, 1)
    if not needed or not _is_by_name(request):
        if in_order is not NOTHING:
            yield Part(without(in_order, [qualified, names]), 2, 2)
        return
    every_name = all_of([in_names(word) for word in needed])
    if not request.names_only:
        every_name = no_sentence(every_name)
    yield _unweighed(
        without(any_of([in_order, every_name]), [qualified, names]),
        (
            (2, in_order),
            (3, all_of([exactly("name", word) for word in needed])),
            (4, EVERYTHING),
        ),
        request,
        are_in_name=True,
    )


def _by_one_word(request: Request) -> Iterator[list[Part]]:
    """The same where hits differ in the share of their names that the word is, and in their
    standing: both were known when they were stored, so the cluster passes over what does not stand
    high. Beginnings of columns are gathered from many words, and so sought when they are needed."""
    (word,) = request.query.needed
    whole = [whole_path(request), named(request.query.exact, is_column=request.is_columns)]
    whole.append(spoken(request.query))
    first = [
        Part(without(clause, whole[:rank]), rank, rank)
        for rank, clause in enumerate(whole)
        if clause is not NOTHING
    ]
    exact, begun = exactly("name", word), in_names(word)
    if not (request.names_only or request.is_columns):
        exact, begun = no_sentence(exact), no_sentence(begun)
    first.append(Part(without(exact, whole), 3, 3, fitted=_IN_NAME + _BEGINS_NAME))
    begins = Part(without(begun, [*whole, exact]), 4, 4, fitted=_BEGINS_NAME)
    if begun == exact:
        yield first
    elif request.is_columns:
        yield from (first, [begins])
    else:
        yield [*first, begins]


def _is_by_name(request: Request) -> bool:
    """Whether all words may be those of a name; a question is none."""
    return len(request.query.words) <= MAX_MARKED and not is_question(request)


def _of_one_word(request: Request, before: Sequence[Clause], column: Clause) -> Iterator[Part]:
    """One word that is in no name says nothing of the name's fit, unless another word for it is:
    standing alone orders. What has it in a sentence that is its name comes before."""
    earlier = list(before)
    yield Part(without(column, earlier), 5, 5)
    earlier.append(column)
    for word in request.query.needed:
        for called in _near_names(request):
            yield _unweighed(without(called, earlier), ((6, EVERYTHING),), request)
            earlier.append(called)
        near = no_sentence(in_synonyms(word))
        yield Part(without(near, earlier), 7, 7)
        earlier.append(near)
        titled = all_of([IS_CURRENT, in_names(word), is_sentence()])
        if not request.is_columns:
            yield _unweighed(
                without(titled, earlier), ((8, EVERYTHING),), request, are_in_name=True
            )
            earlier.append(titled)
        yield Part(without(in_any_field(word), earlier), 8, 8)
        earlier.append(in_any_field(word))
    if request.query.group is not None:
        yield Part(without(EVERYTHING, earlier), 9, 9)


def _is_compared(request: Request) -> bool:
    """Whether it comes to what texts say, and the words are no question."""
    is_text = request.order is Order.RELEVANCE and not (request.names_only or request.is_columns)
    return is_text and len(request.query.needed) > 1 and not is_question(request)


def _before_words(request: Request) -> list[Clause]:
    """What has its place before the words of texts tell anything; the last, a whole column."""
    needed = request.query.needed
    before = [*whole_names(request)]
    if needed and _is_by_name(request):
        before.append(no_sentence(all_of([in_names(word) for word in needed])))
    if not is_question(request):
        before.append(whole("whole_columns", request.query.exact))
    return before


def _near_names(request: Request) -> list[Clause]:
    """That all words are in a name, or others for them; of a query without others, nothing."""
    needed = request.query.needed
    if not (_is_by_name(request) and any(word.others for word in needed)):
        return []
    near = all_of([near_names(word) for word in needed])
    return [near if request.names_only else no_sentence(near)]


def _before_texts(request: Request) -> list[Clause]:
    """The same, and what is called by other words."""
    return [*_before_words(request), *_near_names(request)]


def _of_words(request: Request, scales: Scales, before: list[Part]) -> Iterator[list[Part]]:
    """What has every word, then what has some: asked for together where the first are few."""
    hits = scales.weighed.hits
    parts: list[list[Part]] = []
    for condition, bands, many in zip(scales.conditions, _bands(request), hits, strict=False):
        if many > MANY:
            parts.append(list(_one_by_one(condition, bands, request)))
        else:
            parts.append([_weighed(condition, bands, request, scales.weighed)])
    (first, *others), *rest = parts
    groups = [[one] for one in (*others, *(one for part in rest for one in part))]
    if hits[0] <= request.size and groups:
        yield [*before, first, *groups.pop(0)]
    else:
        yield [*before, first]
    yield from groups


def _one_by_one(condition: Clause, bands: Bands, request: Request) -> Iterator[Part]:
    """Each band by itself, and in it what is current before what is not: what all hits of a part
    have scores nothing, so that the cluster need not look at most of them."""
    words = request.query.words
    scores = (_in_order(request), *_name_scores(words))
    earlier: list[Clause] = []
    for rank, clause in bands:
        for is_demoted in (False, True):
            held = [condition, clause, IS_DEMOTED if is_demoted else IS_CURRENT]
            alike = (_LAST_RANK - rank) * _BAND + (not is_demoted) * _CURRENT
            yield Part(
                without(all_of(held), earlier),
                rank,
                rank,
                scores=scores,
                scale=len(words),
                offset=-alike * len(words),
            )
        earlier.append(clause)


def _bands(request: Request) -> tuple[Bands, Bands]:
    """What has every word: in columns and places, in descriptions. And what has not: all words but
    one, all but two ...; what a group holds."""
    needed = request.query.needed
    anywhere = [in_any_field(word) for word in needed]
    near = no_sentence(all_of([in_synonyms(word) for word in needed]))
    every = ((7, near), (8, all_of(anywhere)))
    if request.query.group is not None and not request.must_match:
        return every, ((9, EVERYTHING),)
    fewer = range(1, len(needed) - request.must_match + 1)
    return every, tuple((8 + n, at_least(len(needed) - n, anywhere)) for n in fewer)


def _weighed(condition: Clause, bands: Bands, request: Request, weighed: Weighed) -> Part:
    """A part in which texts are compared: at most STEPS, half of it for what is demoted; and at
    most 31 for the name, unless a question was asked."""
    words = request.query.words
    scores: list[Clause] = [_constant(EVERYTHING, _WHOLE)]
    if weighed.texts:
        scores.append(_times(weighed.texts, {"filter": IS_DEMOTED, "weight": 0.5}))
    if not is_question(request):
        named = [*_name_scores(words), _in_order(request)]
        scores.append(_times(named, {"weight": 1 / len(words)}))
    ranks = [rank for rank, _ in bands]
    return Part(condition, min(ranks), max(ranks), bands, tuple(scores), offset=_WHOLE)


def _times(clauses: Sequence[Clause], *functions: dict[str, Any]) -> Clause:
    query = {"bool": {"should": list(clauses)}}
    return {"function_score": {"query": query, "functions": list(functions)}}


def _order(request: Request) -> dict[str, str] | None:
    """By what hits are ordered that relevance does not order."""
    match request.order:
        case Order.NAME:
            return {"sort_name": "asc"}
        case Order.USED:
            return {"usage": "desc"}
        case Order.CHANGED:
            return {"changed": "desc"}
    return {"standing": "asc"} if request.query.is_browsing else None


def _from_key(request: Request) -> list[Any] | None:
    """Where the page begins, as the cluster sorts."""
    if request.after is None:
        return None
    key, uid = request.after
    if request.order is Order.USED:
        return [-key, int(uid)]
    if request.order is Order.NAME:
        return [key, int(uid)]
    return [-int(key) if request.order is Order.CHANGED else int(key), int(uid)]


def _search(query: Clause, sort: list[Any], after: list[Any] | None) -> dict[str, Any]:
    search = {"query": query, "sort": sort}
    return {**search, "search_after": after} if after is not None else search


def _score(rank: int, part: Part) -> int:
    return (_LAST_RANK - rank) * _BAND * part.scale + part.offset


def _read(key: Any) -> tuple[int, int, int]:
    """Rank, how far behind the best of it, and standing."""
    above, standing = divmod(int(key), _STANDINGS)
    return (*divmod(above, _WITHIN_RANK), standing)


def _constant(clause: Clause, score: int) -> Clause:
    return {"constant_score": {"filter": clause, "boost": score}}


def _unweighed(
    condition: Clause,
    bands: Bands,
    request: Request,
    *,
    are_in_name: bool = False,
) -> Part:
    """A part in which being current comes before how well the name fits."""
    words = request.query.words
    current = _constant(IS_CURRENT, _CURRENT * len(words))
    ranks = [rank for rank, _ in bands]
    scores = (current, _in_order(request), *_name_scores(words, are_in_name=are_in_name))
    return Part(condition, min(ranks), max(ranks), bands, scores, scale=len(words))


def _in_order(request: Request) -> Clause:
    return _constant(spoken(request.query), _SPOKEN * len(request.query.words))


def _name_scores(words: Sequence[Word], *, are_in_name: bool = False) -> Iterator[Clause]:
    """How well the name fits, at most 30 times the number of words: each word in it or at its
    beginning, the share of it that was asked for, all its words in this order. Where every hit has
    the words in its name, what begins with them is not sought again: that is what takes longest."""
    near = _everything if are_in_name else near_names
    for word in words:
        if word.is_optional:
            yield _constant(exactly("name", word), _IN_NAME + _BEGINS_NAME)
        else:
            yield _constant(exactly("name", word), _IN_NAME)
            yield _constant(near(word), _BEGINS_NAME)
    yield _coverage(words, near)


def _everything(word: Word) -> Clause:
    return EVERYTHING


def _coverage(words: Sequence[Word], near: Callable[[Word], Clause]) -> Clause:
    """The number of words in the name, times what each is worth in a name of so many words."""
    one = partial(_constant, score=1)
    asked = [one(exactly("name", word) if word.is_optional else near(word)) for word in words]
    least = sum(not word.is_optional for word in words) or 1
    functions: list[dict[str, Any]] = [
        {
            "filter": {"term": {"name_words": words_in(length)}},
            "weight": COVERED * len(words) // max(length, least),
        }
        for length in range(1, min(len(words) * COVERED, _LONGEST) + 1)
    ]
    return {
        "function_score": {
            "query": {"bool": {"should": asked}},
            "functions": [*functions, {"filter": EVERYTHING, "weight": 0}],
            "score_mode": "first",
            "boost_mode": "multiply",
        }
    }
