"""Template tags of the ingestion pages. `{% load catalog_ingestion %}`"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import IngestionRun
from catalog.registries.connectors import connectors
from catalog.web.ingestion import wording
from catalog.web.presentation.meanings import meaning_of
from catalog.web.presentation.word_diff import side_by_side

register = template.Library()


@register.inclusion_tag("shell/components/badge.html")
def run_badge(run: IngestionRun) -> dict[str, object]:
    """The state of a run: `{% run_badge run %}`."""
    meaning, word = wording.state_words(run)
    return {"meaning": meaning_of(meaning), "word": word, "href": "", "title": ""}


@register.filter
def run_sentence(run: IngestionRun) -> str:
    """What it did or would do."""
    return wording.run_sentence(run)


@register.filter
def run_duration(run: IngestionRun) -> str:
    """How long it took."""
    return wording.run_duration(run)


@register.filter
def connector_label(name: str) -> str:
    """The connector's name for people; the stored key of one that is not installed any more."""
    return connectors.get(name).label if name in connectors else name


@register.simple_tag
def before_after(pair: Sequence[Any]) -> SafeString:
    """Two cells of a table: what was with what went marked, what will be with what came."""
    before, after = side_by_side(shown(pair[0]), shown(pair[1]))
    cell = '<td data-label="{}" class="diff">{}</td>'
    return format_html(cell, "Before", before) + format_html(cell, "After", after)


@register.filter
def shown(value: Any) -> str:
    """A value of a difference as text: lists joined, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(item)}" for key, item in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
