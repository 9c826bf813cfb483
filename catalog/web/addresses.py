"""Where each kind of thing has its page. A kind without a page of its own leads to the search
that lists what belongs to it, so that no link is dead."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from catalog.search.answers import SearchHit, Suggestion
from catalog.search.registry import kinds


def dataset_address(dataset_id: int, tab: str = "dataset", **query: object) -> str:
    """The address of a dataset's page or of one of its tabs."""
    address = reverse(f"catalog:{tab}", args=[dataset_id])
    return f"{address}?{urlencode(query)}" if query else address


def search_address(**query: object) -> str:
    """The address of a search."""
    return f"{reverse('catalog:search')}?{urlencode(query, doseq=True)}"


def address_of(
    kind: str, id: int | None, qualified_name: str, parent_id: int | None = None, name: str = ""
) -> str:
    """The page of a found object; see `SearchHit` for what the arguments are for each kind."""
    if kind == "dataset" and id is not None:
        return dataset_address(id)
    registered = kinds.get(kind) if kind in kinds else None
    if registered is not None and registered.address is not None and id is not None:
        return registered.address(id, qualified_name)
    if kind == "column" and parent_id is not None:
        path = qualified_name.rpartition("#")[2]
        return f"{dataset_address(parent_id, 'columns', column=path)}#column-{id}"
    if kind in {"question", "problem"} and parent_id is not None:
        return f"{dataset_address(parent_id)}#questions"
    if kind == "transcript" and parent_id is not None:
        return dataset_address(parent_id, "media")
    if kind == "example_query" and parent_id is not None:
        return f"{dataset_address(parent_id)}#examples"
    return own_page(kind, id, qualified_name) or search_address(**_search_of(kind, name, id))


def own_page(kind: str, id: int | None, qualified_name: str) -> str:
    """The page of a system, container, domain, person, team or label; empty where there is none."""
    keys = {"domain": qualified_name, "person": qualified_name, "product": qualified_name}
    try:
        return reverse(f"catalog:{kind}", args=[keys.get(kind, id)])
    except NoReverseMatch:
        return ""


def hit_address(hit: SearchHit) -> str:
    """Where a search hit leads."""
    return address_of(hit.kind, hit.id, hit.qualified_name, hit.parent_id, hit.name.text)


def suggestion_address(suggestion: Suggestion) -> str:
    """Where a suggestion leads: the object, or the completed search."""
    if suggestion.query:
        return search_address(q=suggestion.query)
    return address_of(
        suggestion.kind,
        suggestion.id,
        suggestion.qualified_name,
        suggestion.parent_id,
        suggestion.name.text,
    )


def _search_of(kind: str, name: str, id: int | None) -> dict[str, object]:
    fields = {
        "system": "system",
        "domain": "domain",
        "person": "owner",
        "team": "owner",
        "tag": "tag",
        "classification": "class",
        "label": "tag",
    }
    return {fields[kind]: name} if kind in fields else {"q": name}
