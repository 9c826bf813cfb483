"""Where the frame of every page leads: the places of the left navigation, at most seven (R-016),
the menu under a person's name, the tabs of their account. Packages add theirs at start-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog.registries.registry import Registry
from catalog.types import Principal


def _everybody(principal: Principal) -> bool:
    return principal.is_authenticated


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: words, address, icon, and who sees it; `order` is where it stands, `covers` are
    beginnings of addresses that belong to it beside its own. `tells_unread` is set for the entry
    behind which a person's messages are."""

    label: str
    href: str
    icon: str
    is_shown: Callable[[Principal], bool] = _everybody
    order: int = 50
    covers: tuple[str, ...] = ()
    tells_unread: bool = False


places: Registry[Place] = Registry("place")
person_menu: Registry[Place] = Registry("entry of the person's menu")
account_pages: Registry[Place] = Registry("page of one's account")
