"""Hits as the page shows them: grouped by kind, the exact name on top."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.search.answers import Band, Facet, SearchAnswer, SearchHit, Suggestion
from catalog.search.registry import kinds
from catalog.spoken import spoken_first
from catalog.web.addresses import hit_address, suggestion_address
from catalog.web.agreement_lines import line_of_hit
from catalog.web.presentation import shapes

KIND_WORDS = {
    "dataset": "Datasets",
    "column": "Columns",
    "system": "Systems",
    "container": "Databases and schemas",
    "domain": "Domains",
    "person": "People",
    "team": "Teams",
    "label": "Tags and classifications",
    "tag": "Tags",
    "classification": "Classifications",
    "product": "Data products",
    "question": "Questions",
    "problem": "Known problems",
    "transcript": "Words in media",
    "example_query": "Example queries",
}
KIND_ICONS = {
    "dataset": "dataset",
    "column": "column",
    "system": "system",
    "container": "schema",
    "domain": "explore",
    "person": "person",
    "team": "people",
    "question": "question",
    "problem": "contested",
    "transcript": "file",
    "example_query": "uses",
    "filter": "filter",
}
# Types that people look for as kinds of their own, though they are datasets to the catalog.
_KINDS_OF_TYPE = {"dashboard": "Dashboards", "metric": "Metrics", "ml_model": "Models"}
_TYPE_ICONS = {
    "view": "view",
    "materialized_view": "view",
    "file": "file",
    "dashboard": "dashboard",
}


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A hit with its address, icon and agreement line."""

    hit: SearchHit
    href: str
    icon: str
    line: shapes.AgreementLine | None


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind on this page; `count` is how many there are at all, where known."""

    kind: str
    label: str
    hits: tuple[ShownHit, ...]
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ShownSuggestion:
    """One line below the search box."""

    suggestion: Suggestion
    href: str
    icon: str
    place: str


def words_of(kind: str) -> str:
    """What hits of a kind are called together."""
    registered = kinds.get(kind).label if kind in kinds else spoken_first(kind)
    return KIND_WORDS.get(kind) or _KINDS_OF_TYPE.get(kind, registered)


def icon_of(kind: str, type_: str = "") -> str:
    """The icon of a kind of thing."""
    registered = kinds.get(kind).icon if kind in kinds else ""
    return _TYPE_ICONS.get(type_) or registered or KIND_ICONS.get(kind, "term")


def shown_hit(hit: SearchHit) -> ShownHit:
    """A hit ready for the page."""
    return ShownHit(hit, hit_address(hit), icon_of(hit.kind, hit.facts.type), line_of_hit(hit))


def top_hit(answer: SearchAnswer) -> SearchHit | None:
    """The one thing that has exactly the name asked for, on the first page."""
    if answer.first_position != 1 or not answer.hits:
        return None
    return answer.hits[0] if answer.hits[0].band in (Band.QUALIFIED_NAME, Band.NAME) else None


def groups(answer: SearchAnswer) -> list[Group]:
    """The page's hits by kind, kinds in the order of their best hit, the top hit left out."""
    counts = {
        value.value: value.count
        for facet in answer.facets
        if facet.field in ("kind", "type")
        for value in facet.values
        if facet.field == "kind" or value.value in _KINDS_OF_TYPE
    }
    # What has a group of its own is a dataset as well, and is counted there.
    if "dataset" in counts:
        counts["dataset"] -= sum(counts.get(type_, 0) for type_ in _KINDS_OF_TYPE)
    top = top_hit(answer)
    by_kind: dict[str, list[SearchHit]] = {}
    for hit in (*answer.hits, *answer.column_hits):
        if hit is not top:
            by_kind.setdefault(_group_of(hit), []).append(hit)
    return [
        Group(
            kind,
            words_of(kind),
            tuple(shown_hit(hit) for hit in hits),
            counts.get(kind),
        )
        for kind, hits in by_kind.items()
    ]


def _group_of(hit: SearchHit) -> str:
    own = hit.kind == "dataset" and hit.facts.type in _KINDS_OF_TYPE
    return hit.facts.type if own else hit.kind


def shown_facets(facets: Iterable[Facet]) -> list[shapes.Facet]:
    """Facets with something to choose, as the facet list takes them."""
    return [
        shapes.Facet(
            facet.field,
            facet.label,
            tuple(
                shapes.FacetValue(
                    value.value, value.label, value.count, value.is_chosen, value.is_lower_bound
                )
                for value in facet.values
            ),
        )
        for facet in facets
        if facet.values
    ]


def shown_suggestions(suggestions: Iterable[Suggestion]) -> list[ShownSuggestion]:
    """Suggestions with addresses."""
    return [
        ShownSuggestion(
            suggestion,
            suggestion_address(suggestion),
            icon_of(suggestion.kind, suggestion.type),
            " / ".join(suggestion.place),
        )
        for suggestion in suggestions
    ]
