"""Template filters of the directory pages. `{% load catalog_directory %}`"""

from __future__ import annotations

from django import template

from catalog.models import Technology
from catalog.web.directory import registers

register = template.Library()


@register.filter
def is_overdue(technology: Technology) -> bool:
    """Whether a technology's maker supports it no longer."""
    return registers.is_overdue(technology)
