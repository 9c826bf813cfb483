"""The catalog's own places of the left navigation."""

from __future__ import annotations

from catalog.access import Action, gate
from catalog.registries.navigation import Place, places
from catalog.registries.waiting import Waiting, waiting
from catalog.types import Principal
from catalog.web.remarks import waiting_questions


def register_places() -> None:
    """Add them to the registry; called once when the applications are ready."""
    waiting.add("questions", Waiting("other question", None, waiting_questions))
    places.add("home", Place("Home", "/", "home", order=10))
    places.add("explore", Place("Explore", "/search/", "explore", order=20))
    places.add("stewardship", Place("Stewardship", "/stewardship/", "edit", order=60))
    places.add("ingestion", Place("Ingestion", "/ingestion/", "ingestion", _imports, order=70))
    places.add(
        "administration",
        Place("Administration", "/administration/", "administration", _administers, order=80),
    )


def _imports(principal: Principal) -> bool:
    return gate().authorize(principal, Action.INGEST).allowed


def _administers(principal: Principal) -> bool:
    return gate().authorize(principal, Action.ADMINISTER).allowed
