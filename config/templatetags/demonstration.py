"""What a demonstration adds to pages. `{% load demonstration %}`."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.template.context import Context

from config.demo import entrance
from config.demo.larkfield import story
from config.demo.people import LOGIN

register = template.Library()


@register.simple_tag(takes_context=True)
def demonstration_visitors(context: Context) -> tuple[entrance.Visitor, ...]:
    """Whom this request may be with one click; nobody wherever that is not open."""
    request = context.get("request")
    return entrance.visitors() if request is not None and entrance.is_open(request) else ()


@register.simple_tag
def demonstration_administrator() -> str:
    """The user name of whoever administers the demonstration."""
    return LOGIN


@register.simple_tag
def story_is_being_told() -> bool:
    """Whether this is a demonstration whose story has not come to its beginning yet."""
    return settings.STORY_CLOCK and not story.is_told()
