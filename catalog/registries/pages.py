"""Tabs, panels and badges that packages put on the catalog's pages.

The pages know nothing of lineage, goals or opt-outs; they register themselves here. A tab is a page
with an address of its own; a panel is a template on an object's page, a part one on a page that is
about no one object; a badge is a short word in the header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.registries.registry import Registry
from catalog.types import Principal

if TYPE_CHECKING:
    from catalog.models import Dataset, Team


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the dataset page: `href(dataset)` is its address, `order` its place."""

    label: str
    href: Callable[[Dataset], str]
    order: int = 100
    count: Callable[[Principal, Dataset], int | None] = lambda principal, dataset: None


@dataclass(frozen=True, slots=True)
class Panel:
    """A section of the overview or of the access tab: a template and what it shows; None leaves
    it out."""

    template: str
    context: Callable[[Principal, Dataset], Mapping[str, Any] | None]
    order: int = 100


@dataclass(frozen=True, slots=True)
class TeamPanel:
    """A section of a team's page: a template and what it shows; None leaves it out."""

    template: str
    context: Callable[[Principal, Team], Mapping[str, Any] | None]
    order: int = 100


@dataclass(frozen=True, slots=True)
class PagePart:
    """A section of a page that is about no one object: a template and what it shows; None leaves
    it out. At home those of an order below 50 stand before what waits, the others at the end."""

    template: str
    context: Callable[[Principal], Mapping[str, Any] | None] = lambda principal: {}
    order: int = 100

    @staticmethod
    def shown(parts: Iterable[PagePart], principal: Principal) -> list[tuple[str, Any]]:
        """The templates of those that have something to show, in order, each with it."""
        return [
            (part.template, shown)
            for part in sorted(parts, key=lambda part: part.order)
            if (shown := part.context(principal)) is not None
        ]


@dataclass(frozen=True, slots=True)
class Badge:
    """A word beside the name, with one of the five meanings; None leaves it out."""

    text: str
    meaning: str
    title: str = ""


dataset_tabs: Registry[Tab] = Registry("dataset tab")
dataset_panels: Registry[Panel] = Registry("dataset panel")
dataset_access: Registry[Panel] = Registry("part of the access tab")
dataset_badges: Registry[Callable[[Principal, Dataset], Badge | None]] = Registry("dataset badge")
team_panels: Registry[TeamPanel] = Registry("team panel")
home_parts: Registry[PagePart] = Registry("part of the home page")
administration_parts: Registry[PagePart] = Registry("part of administration")
search_miss_parts: Registry[PagePart] = Registry("part of a search that finds nothing")
