"""What is left of search while its index is away: datasets by name, asked of the database.

The same access port decides, so nothing is found that search would not show (law 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Length

from catalog.access import Action, gate
from catalog.errors import InvalidInput
from catalog.models import Alias, Dataset
from catalog.names import lookup_key
from catalog.search.answers import Band, Notice, Page, SearchAnswer, Suggestion
from catalog.search.backends.base import Request, Row, WordMatch
from catalog.search.clauses import clauses
from catalog.search.hits import Listed, shown_hits
from catalog.search.marking import marked
from catalog.search.query import ParsedQuery, SearchQuery
from catalog.search.reading import parse, parse_plain
from catalog.search.registry import kinds
from catalog.search.tokens import tokens
from catalog.search.visibility import Visibility
from catalog.types import Principal

UNAVAILABLE = "search_unavailable"


def look_up(principal: Principal, query: SearchQuery, page: Page, reason: str) -> SearchAnswer:
    """Datasets whose name holds the words, those of exactly this name first; one page of them."""
    parsed = parse_plain(query.text) if query.is_plain else parse(query.text)
    rows = _rows(principal, parsed, page.size + 1)
    request = Request(ParsedQuery(exact=parsed.exact, words=parsed.words), Visibility(), 0)
    has_more = len(rows) > page.size
    notice = Notice(
        UNAVAILABLE,
        f"{reason} Datasets were looked up by name alone, in the database: columns, descriptions"
        " and filters are left aside until the index is back.",
    )
    return SearchAnswer(
        hits=shown_hits(principal, Listed(rows[: page.size], request))[0],
        total=min(len(rows), page.size),
        total_is_exact=not has_more,
        notices=(*parsed.notices, notice),
    )


def suggested(principal: Principal, text: str, limit: int) -> tuple[Suggestion, ...]:
    """The same for the list under the search box."""
    try:
        parsed = parse(text)
    except InvalidInput:
        return ()  # still being typed
    return tuple(
        Suggestion(
            row.kind,
            row.id,
            marked(row.display["name"], parsed.words),
            row.display["qualified_name"],
            tuple(row.display["place"]),
            row.display["facts"]["type"],
        )
        for row in _rows(principal, parsed, limit)
    )


def _plain(query: ParsedQuery) -> str:
    """The text without filters, signs, and what is left out."""
    if query.is_plain:
        return query.text
    found = clauses(query.text, [])
    words = [one.value for one in found if not (one.field or one.is_negated or one.sign)]
    return " ".join(words)


def _rows(principal: Principal, query: ParsedQuery, limit: int) -> Sequence[Row]:
    words = _plain(query)
    key = lookup_key(words)
    alias = Alias.objects.filter(dataset=OuterRef("pk"), lookup_name=key)
    found = gate().scope(principal, Action.SEE, Dataset.objects.all())
    if words:
        parts = [Q(name__icontains=words[token.start : token.end]) for token in tokens(words)]
        holds = reduce(and_, parts) if parts else Q(name__icontains=words)
        found = found.filter(Q(lookup_name=key) | holds | Exists(alias))
    ranked = found.annotate(
        band=Case(
            When(lookup_name=key, then=Value(Band.QUALIFIED_NAME.value)),
            When(Q(name__iexact=words) | Exists(alias), then=Value(Band.NAME.value)),
            default=Value(Band.NAME_PREFIX.value if words else Band.BROWSING.value),
            output_field=IntegerField(),
        )
    ).order_by("band", Length("name"), "lookup_name", "pk")[:limit]
    bands = {pk: Band(band) for pk, band in ranked.values_list("pk", "band")}
    documents = {document.id: document for document in kinds.get("dataset").load(list(bands))}
    return [
        Row(
            kind="dataset",
            id=pk,
            parent_id=None,
            band=band,
            words=tuple(WordMatch(name_prefix=True) for _ in query.words),
            has_exact_column=False,
            display={
                "name": documents[pk].name,
                "qualified_name": documents[pk].qualified_name,
                "place": documents[pk].place,
                "facts": {
                    "type": documents[pk].facts.type,
                    "lifecycle": documents[pk].facts.lifecycle,
                },
            },
            sort_key=(0, pk),
        )
        for pk, band in bands.items()
        if pk in documents
    ]
