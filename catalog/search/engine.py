"""A search from the text typed to the answer shown, whichever backend holds the documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from catalog.access import Action, gate
from catalog.errors import InvalidInput
from catalog.search import cursors, placing, spelling
from catalog.search.answers import (
    Band,
    DidYouMean,
    Notice,
    Page,
    SearchAnswer,
    SearchField,
)
from catalog.search.backends import backend
from catalog.search.backends.base import Found, Request, Row
from catalog.search.choosing import (
    checked,
    choices,
    conditions,
    dates,
    kinds_chosen,
    with_alternatives,
)
from catalog.search.facets import shown_facets
from catalog.search.fields import FACET_FIELDS, FIELDS
from catalog.search.hits import Listed, shown_hits
from catalog.search.query import Order, ParsedQuery, SearchQuery
from catalog.search.reading import MAX_CHARACTERS, parse, parse_plain, replace_words
from catalog.search.registry import COLUMN
from catalog.search.synonyms import one_search, with_synonyms
from catalog.search.visibility import Visibility, visibility_of
from catalog.search.widening import widened
from catalog.types import Principal

MAX_PAGE = 200
FEW_HITS = 10
COLUMN_HITS = 5
MAX_COLUMNS = 10_000  # counted where columns were asked for; beyond it counts are lower bounds
MAX_COLUMNS_BESIDE = 1_000  # the same beside other kinds, where only their number is shown


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns to show beside the other kinds, how they were asked for, and how many there are
    where that is counted."""

    request: Request
    best: tuple[Row, ...]
    counted: Callable[[], Found]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the backend found, for which request, and what the person should know of it."""

    request: Request
    found: Found
    columns: Callable[[], _Columns]
    notices: tuple[Notice, ...] = ()
    did_you_mean: DidYouMean | None = None


_Find = Callable[[Request], _Outcome]


def search(
    principal: Principal, query: SearchQuery, page: Page, facets: tuple[str, ...]
) -> SearchAnswer:
    """See `catalog.selectors.search`."""
    with one_search():
        return _search(principal, query, page, facets)


def _search(
    principal: Principal, query: SearchQuery, page: Page, facets: tuple[str, ...]
) -> SearchAnswer:
    _check(page, facets)
    position = cursors.decode(page.cursor, query.order)
    visibility = visibility_of(principal)
    parsed = _parsed(query, visibility)
    if not visibility.kinds:
        verdict = gate().authorize(principal, Action.SEE)
        return SearchAnswer(notices=(Notice("refused", verdict.reason),))
    with backend().searching(visibility):
        request = _request(query, parsed, visibility, page, position, facets)
        outcome = _answered(request, query, partial(_with_columns, is_first=position is None))
        arranged = placing.arranged(outcome.request, outcome.found.rows, page.size, position)
        columns = outcome.columns()
    next_page = None
    if arranged.following is not None:
        next_page = Page(page.size, cursors.encode(arranged.following, query.order))
    hits, column_hits = shown_hits(
        principal,
        Listed(arranged.rows, outcome.request, arranged.notes),
        Listed(columns.best, columns.request),
    )
    found = outcome.found.counted()  # last, for a cluster counts longest
    return SearchAnswer(
        hits=hits,
        total=found.total,
        total_is_exact=found.is_exact,
        first_position=position.seen + 1 if position else 1,
        column_hits=column_hits,
        facets=shown_facets(outcome.request, found, columns.counted()),
        notices=(*parsed.notices, *outcome.notices),
        did_you_mean=outcome.did_you_mean,
        next_page=next_page,
    )


def ranked(query: SearchQuery, visibility: Visibility, size: int) -> tuple[Row, ...]:
    """The best rows for `query` as they are stored, found as a search finds them; whether their
    objects still exist is not looked up."""
    parsed = _parsed(query, visibility)
    request = _request(query, parsed, visibility, Page(size), None, ())
    return _answered(request, query, _without_columns).found.rows[:size]


def search_fields() -> tuple[SearchField, ...]:
    """See `catalog.selectors.search`."""
    return FIELDS


def _parsed(query: SearchQuery, visibility: Visibility) -> ParsedQuery:
    parsed = parse_plain(query.text) if query.is_plain else _read(query.text, visibility)
    parsed = widened(with_synonyms(parsed, visibility.kinds), visibility)
    # A question is seldom without hits, so that what no document has would be asked for in vain.
    return spelling.with_likely(parsed, visibility) if query.is_plain else parsed


def _read(text: str, visibility: Visibility) -> ParsedQuery:
    """The text as a query, or as a name where it is one and no query: titles have colons."""
    try:
        return parse(text)
    except InvalidInput:
        if len(text) <= MAX_CHARACTERS and visibility.kinds:
            plain = parse_plain(text)
            if plain.needed and _is_named(Request(plain, visibility, len(plain.needed))):
                return plain
        raise


def _check(page: Page, facets: Iterable[str]) -> None:
    if not 1 <= page.size <= MAX_PAGE:
        raise InvalidInput(f"A page holds 1 to {MAX_PAGE} hits, not {page.size}.", field="size")
    unknown = [field for field in facets if field not in FACET_FIELDS]
    if unknown:
        raise InvalidInput(
            f"There is no facet {unknown[0][:40]!r}; use {', '.join(FACET_FIELDS)}.",
            field="facets",
        )


def _request(
    query: SearchQuery,
    parsed: ParsedQuery,
    visibility: Visibility,
    page: Page,
    position: cursors.Position | None,
    facets: tuple[str, ...],
) -> Request:
    filters = checked((*parsed.filters, *query.filters))
    chosen, groups = with_alternatives(choices(filters, visibility), conditions(parsed, visibility))
    kinds = kinds_chosen(chosen)
    is_columns = kinds == {COLUMN}
    with_columns = COLUMN in kinds and not is_columns
    if with_columns:
        # Columns are a group beside the others, never mixed into their order.
        chosen = tuple(
            replace(choice, values=tuple(v for v in choice.values if v != COLUMN))
            if choice.field == "kind"
            else choice
            for choice in chosen
        )
    return Request(
        query=replace(parsed, filters=filters),
        visibility=visibility,
        must_match=parsed.must_match(all_words=query.all_words),
        choices=chosen,
        order=query.order,
        size=page.size + len(position.placed if position else ()),
        after=position.key if position else None,
        facets=facets,
        is_columns=is_columns,
        limit=MAX_COLUMNS if is_columns else None,
        conditions=groups,
        dates=dates(filters),
        with_columns=with_columns,
    )


def _answered(request: Request, query: SearchQuery, find: _Find) -> _Outcome:
    """The hits; or, where there are none, those of the nearest query that has some: corrected,
    without the demand for a phrase, with some of the words, with words that begin alike. What is
    decided here depends on totals only, so that every page of one search decides alike."""
    words = request.query.needed
    is_part = 0 < request.must_match < len(words) and not request.query.is_question
    if is_part and _is_a_name(request):
        request = replace(request, must_match=len(words))
    outcome = find(request)
    if not words:
        is_empty = bool(query.text or request.query.filters) and not outcome.found.has(1)
        return replace(outcome, notices=(_nothing(request, query),)) if is_empty else outcome
    if outcome.found.has(1):
        return _found(replace(outcome, found=_filled(request, outcome.found, query)), query)
    tried = [] if query.is_verbatim else [_corrected]
    tried += [_without_phrases] if request.query.phrases else []
    if len(words) > 1 and request.must_match > 1 and not query.all_words:
        tried += [_some_words] if query.is_verbatim else [_some_words, _some_corrected]
    tried += [] if query.is_verbatim else [_begun_alike]
    for attempt in tried:
        better = attempt(request, query, find)
        if better is not None:
            return better
    return replace(outcome, notices=(_nothing(request, query),))


def _filled(request: Request, found: Found, query: SearchQuery) -> Found:
    """Where running text has few hits, what has fewer of its words follows them."""
    if (
        query.all_words
        or request.is_columns
        or not _is_filled(request)
        or found.has(FEW_HITS)
        or _has_many_without_choices(request)
    ):
        return found
    return backend().find(replace(request, must_match=1))


def _is_filled(request: Request) -> bool:
    if request.query.is_plain:
        return request.must_match > 1
    return (
        1 < request.must_match < len(request.query.needed) and request.query.exact.count(" ") >= 2
    )


def _has_many_without_choices(request: Request) -> bool:
    """Whether only what was chosen leaves few: then the words fit well enough, and the numbers that
    facets told of them must hold."""
    words = _without_choices(request)
    if words == request:
        return False
    asked = replace(words, facets=(), size=0, after=None, limit=FEW_HITS)
    return backend().find(asked).total >= FEW_HITS


def _without_choices(request: Request) -> Request:
    """What the words alone ask for: by it is decided how many of them a hit must hold, so that a
    choice leaves as many hits as the facet said."""
    return replace(request, choices=(), dates=())


def _is_a_name(request: Request) -> bool:
    """Who wrote a whole name wants what has all its words: thousands share some of them."""
    documents = replace(_without_choices(request), is_columns=False, limit=None)
    return _is_named(documents) or (request.is_columns and _is_named(_without_choices(request)))


def _is_named(request: Request) -> bool:
    typed = tuple(replace(word, others=()) for word in request.query.words)
    named = replace(
        request,
        query=replace(request.query, words=typed),
        must_match=len(request.query.needed),
        order=Order.RELEVANCE,
        size=1,
        after=None,
        facets=(),
        names_only=True,
        is_counted=False,
    )
    rows = backend().find(named).rows
    return bool(rows) and rows[0].band in (Band.QUALIFIED_NAME, Band.NAME)


def _found(outcome: _Outcome, query: SearchQuery) -> _Outcome:
    """Hits there are; when even the best has not every word, say so and offer a correction."""
    request, rows = outcome.request, outcome.found.rows
    if request.after is not None or not rows or rows[0].band is not Band.SOME_WORDS:
        return outcome
    if request.query.group is not None:
        return outcome
    suggestion = None
    corrected = None if query.is_verbatim else _corrected_request(request)
    if corrected is not None:
        text, asked = corrected
        better = replace(asked, must_match=len(asked.query.needed), facets=(), size=0, limit=1)
        suggestion = DidYouMean(text) if backend().find(better).total else None
    return replace(outcome, notices=(_SOME_WORDS,), did_you_mean=suggestion)


_SOME_WORDS = Notice("some_words", "Nothing has all words: showing what fits.")


def _corrected(request: Request, query: SearchQuery, find: _Find) -> _Outcome | None:
    corrected = _corrected_request(request)
    if corrected is None:
        return None
    text, asked = corrected
    outcome = find(asked)
    if not outcome.found.has(1):
        return None
    notice = Notice("corrected", f"Nothing matches “{request.query.text}”: showing “{text}”.")
    return replace(outcome, notices=(notice,), did_you_mean=DidYouMean(text, was_applied=True))


def _corrected_request(request: Request) -> tuple[str, Request] | None:
    corrections = spelling.corrections(request.query, request.visibility)
    if not corrections:
        return None
    is_plain = request.query.is_plain
    text = replace_words(request.query.text, corrections, is_plain=is_plain)
    read = parse_plain(text) if is_plain else parse(text)
    parsed = widened(with_synonyms(read, request.visibility.kinds), request.visibility)
    parsed = replace(parsed, filters=request.query.filters)
    asked = conditions(parsed, request.visibility)
    return text, replace(request, query=parsed, conditions=asked)


def _without_phrases(request: Request, query: SearchQuery, find: _Find) -> _Outcome | None:
    outcome = find(replace(request, query=replace(request.query, phrases=())))
    notice = Notice("no_phrase", "Nothing has these words in this order: showing them apart.")
    return replace(outcome, notices=(notice,)) if outcome.found.has(1) else None


def _some_words(request: Request, query: SearchQuery, find: _Find) -> _Outcome | None:
    outcome = find(replace(request, query=replace(request.query, phrases=()), must_match=1))
    return replace(outcome, notices=(_SOME_WORDS,)) if outcome.found.has(1) else None


def _some_corrected(request: Request, query: SearchQuery, find: _Find) -> _Outcome | None:
    corrected = _corrected_request(request)
    if corrected is None:
        return None
    text, asked = corrected
    outcome = _some_words(asked, query, find)
    if outcome is None:
        return None
    return replace(outcome, did_you_mean=DidYouMean(text, was_applied=True))


def _begun_alike(request: Request, query: SearchQuery, find: _Find) -> _Outcome | None:
    words = tuple(word if word.is_optional else word.begun for word in request.query.words)
    if words == request.query.words or request.query.group is not None:
        return None
    fewest = len(request.query.needed) if query.all_words else 1
    asked = replace(
        request, query=replace(request.query, words=words, phrases=()), must_match=fewest
    )
    outcome = find(asked)
    notice = Notice("begun_alike", "Nothing has these words: showing what has words like them.")
    return replace(outcome, notices=(notice,)) if outcome.found.has(1) else None


def _nothing(request: Request, query: SearchQuery) -> Notice:
    if request.query.filters and not request.query.words:
        return Notice("nothing", "Nothing passes these filters.")
    if request.query.filters:
        return Notice("nothing", "Nothing matches these words with these filters.")
    if query.all_words and len(request.query.needed) > 1:
        return Notice("nothing", "Nothing has all words: search for any of them instead.")
    return Notice("nothing", "Nothing matches. Try another word for it, or fewer letters.")


def _without_columns(request: Request) -> _Outcome:
    return _Outcome(request, backend().find(request), lambda: _Columns(request, (), Found))


def _with_columns(request: Request, *, is_first: bool) -> _Outcome:
    """What the backend finds, and along with it the columns beside the other kinds."""
    kinds = kinds_chosen(request.choices)
    is_counted = "kind" in request.facets and not request.is_columns
    are_wanted = request.with_columns or (not kinds and bool(request.query.words))
    is_shown = is_first and are_wanted and not request.is_columns
    asked = replace(
        request,
        is_columns=True,
        facets=(),
        after=None,
        limit=MAX_COLUMNS_BESIDE,
        choices=tuple(
            choice for choice in request.choices if choice.field != "kind" or choice.is_negated
        ),
    )
    named = replace(asked, names_only=True, is_counted=False, size=COLUMN_HITS)
    counted = replace(asked, size=0, must_match=len(asked.query.needed))
    others = ([named] if is_shown else []) + ([counted] if is_counted else [])
    found, along = backend().find_along(request, others)

    def columns() -> _Columns:
        answers = iter(along())
        best = next(answers).rows[:COLUMN_HITS] if is_shown else ()
        of_page = replace(asked, size=0)
        number = _columns_counted(of_page, next(answers)) if is_counted else Found
        return _Columns(named, best, number)

    return _Outcome(request, found, columns)


def _columns_counted(asked: Request, with_every_word: Found) -> Callable[[], Found]:
    """Those with every word are soon counted and are at least so many; those with some of the
    words are only counted where there are no others, while hits are put together."""
    if asked.must_match >= len(asked.query.needed):
        return lambda: with_every_word
    if with_every_word.total:
        return lambda: replace(with_every_word, is_exact=False)
    return backend().beside(lambda: backend().find(asked))
