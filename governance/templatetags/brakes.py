"""Brakes in words, for the page of an agreement."""

from __future__ import annotations

from django import template

from governance.agreements.kinds.brake.document import BrakeDocument
from governance.agreements.kinds.brake.sentences import data_in_words, rules_in_words
from governance.agreements.kinds.permission_policy.sentences import whom

register = template.Library()


@register.filter
def brake_rules(document: BrakeDocument) -> list[str]:
    """What it asks for, each with a capital letter."""
    return [rule[:1].upper() + rule[1:] for rule in rules_in_words(document)]


@register.filter
def brake_whom(document: BrakeDocument) -> str:
    """Whose queries it is about."""
    return whom(document.subjects)


@register.filter
def brake_data(document: BrakeDocument) -> str:
    """What data it is about."""
    return data_in_words(document.resources) if document.resources else ""
