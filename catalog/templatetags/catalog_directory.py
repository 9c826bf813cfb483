"""Template filters of the directory pages. `{% load catalog_directory %}`"""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from catalog.models import Ownership, Technology
from catalog.web.directory import registers

register = template.Library()


@register.filter
def is_overdue(technology: Technology) -> bool:
    """Whether a technology's maker supports it no longer."""
    return registers.is_overdue(technology)


@register.filter
def owners_once(ownerships: Iterable[Ownership]) -> list[Ownership]:
    """Everybody who owns something once, where only who it is matters and not as what."""
    once: dict[tuple[int | None, int | None], Ownership] = {}
    for one in ownerships:
        once.setdefault((one.person_id, one.team_id), one)
    return list(once.values())
