"""What the page of a term asks of the glossary. `{% load terms %}`"""

from __future__ import annotations

from django import template

from governance.agreements.kinds.term.glossary import held_terms

register = template.Library()


@register.filter
def narrower(key: object) -> list[str]:
    """`{{ agreement.key|narrower }}`: the keys of the terms in force that name this as broader."""
    return held_terms().glossary.narrower_of(str(key)) if key else []


@register.filter
def term_title(key: object) -> str:
    """`{{ key|term_title }}`: what people call a term in force, else its key."""
    found = held_terms().titles.get(str(key))
    return found or str(key)
