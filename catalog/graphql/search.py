"""Search in GraphQL."""

from __future__ import annotations

from typing import Any

import graphene

from catalog.selectors.search import ALL_FACETS, Order, Page, SearchQuery, search
from catalog.types import Principal


class MarkedTextType(graphene.ObjectType):
    """A text and the ranges of it that matched."""

    class Meta:
        name = "MarkedText"

    text = graphene.String(required=True)
    marks = graphene.List(graphene.List(graphene.Int), required=True)


class LockType(graphene.ObjectType):
    """Why the data behind a hit may not be read, and whom to ask."""

    class Meta:
        name = "Lock"

    reason = graphene.String(required=True)
    ask = graphene.String(required=True)


class HitFactsType(graphene.ObjectType):
    """What every result shows; empty where its kind has no such fact."""

    class Meta:
        name = "HitFacts"

    type = graphene.String(required=True)
    platform = graphene.String(required=True)
    system = graphene.String(required=True)
    domain = graphene.String(required=True)
    owners = graphene.List(graphene.NonNull(graphene.String), required=True)
    labels = graphene.List(graphene.NonNull(graphene.String), required=True)
    lifecycle = graphene.String(required=True)
    stage = graphene.String(required=True)
    is_demoted = graphene.Boolean(
        required=True, description="Deprecated, archived or gone at the source."
    )
    modified_at = graphene.DateTime()
    usage = graphene.Float(required=True)
    rows = graphene.Float(description="Rows at the latest profile.")
    physical_type = graphene.String(required=True, description="Of a column.")


class SearchHitType(graphene.ObjectType):
    """One result and why it stands here."""

    class Meta:
        name = "SearchHit"

    kind = graphene.String(required=True)
    id = graphene.Int(required=True)
    name = graphene.Field(MarkedTextType, required=True)
    qualified_name = graphene.String(required=True)
    parent_id = graphene.Int()
    place = graphene.List(graphene.NonNull(graphene.String), required=True)
    snippet = graphene.Field(MarkedTextType, required=True)
    explanation = graphene.String(required=True)
    matched = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Fields that hold a word."
    )
    columns = graphene.List(
        graphene.NonNull(MarkedTextType), required=True, description="Matching columns."
    )
    facts = graphene.Field(HitFactsType, required=True)
    lock = graphene.Field(LockType)


class FacetValueType(graphene.ObjectType):
    """A value to filter by."""

    class Meta:
        name = "FacetValue"

    value = graphene.String(required=True)
    label = graphene.String(required=True)
    count = graphene.Int(required=True)
    is_lower_bound = graphene.Boolean(required=True, description="There are more.")
    is_chosen = graphene.Boolean(required=True)


class FacetType(graphene.ObjectType):
    """One question of the filter list."""

    class Meta:
        name = "Facet"

    field = graphene.String(required=True)
    label = graphene.String(required=True)
    values = graphene.List(graphene.NonNull(FacetValueType), required=True)
    has_more = graphene.Boolean(required=True, description="There are values beyond those listed.")


class NoticeType(graphene.ObjectType):
    """Something to know about this answer."""

    class Meta:
        name = "Notice"

    code = graphene.String(required=True)
    text = graphene.String(required=True)


class DidYouMeanType(graphene.ObjectType):
    """A corrected query."""

    class Meta:
        name = "DidYouMean"

    text = graphene.String(required=True)
    was_applied = graphene.Boolean(
        required=True, description="The hits are those of the corrected query."
    )


class NextPageType(graphene.ObjectType):
    """Where the hits go on."""

    class Meta:
        name = "NextPage"

    cursor = graphene.String(required=True)


class SearchAnswerType(graphene.ObjectType):
    """A page of hits."""

    class Meta:
        name = "SearchAnswer"

    total = graphene.Int(required=True)
    total_is_exact = graphene.Boolean(required=True, description="False: there are more.")
    hits = graphene.List(graphene.NonNull(SearchHitType), required=True)
    column_hits = graphene.List(graphene.NonNull(SearchHitType), required=True)
    facets = graphene.List(graphene.NonNull(FacetType), required=True)
    notices = graphene.List(graphene.NonNull(NoticeType), required=True)
    did_you_mean = graphene.Field(DidYouMeanType)
    next_page = graphene.Field(NextPageType)


class SuggestionType(graphene.ObjectType):
    """One line under the search box."""

    class Meta:
        name = "Suggestion"

    kind = graphene.String(required=True)
    id = graphene.Int()
    name = graphene.Field(MarkedTextType, required=True)
    qualified_name = graphene.String(required=True)
    place = graphene.List(graphene.NonNull(graphene.String), required=True)
    query = graphene.String(required=True, description="What choosing a completion searches for.")
    note = graphene.String(
        required=True, description="Why it stands there before anything is typed."
    )


SearchOrderType = graphene.Enum.from_enum(Order, name="SearchOrder")


def run_search(
    principal: Principal,
    text: str,
    first: int,
    cursor: str,
    facets: list[str],
    **options: Any,
) -> Any:
    """One page of hits with the facets named; `all` stands for every facet. `options` are those
    of `SearchQuery`."""
    wanted = ALL_FACETS if facets == ["all"] else tuple(facets)
    return search(principal, SearchQuery(text, **options), Page(size=first, cursor=cursor), wanted)
