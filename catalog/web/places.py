"""The catalog's own places of the left navigation."""

from __future__ import annotations

from catalog.registries.navigation import Place, places


def register_places() -> None:
    """Add them to the registry; called once when the applications are ready."""
    places.add("home", Place("Home", "/", "home"))
    places.add("explore", Place("Explore", "/search/", "explore"))
