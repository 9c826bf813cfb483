"""What the names in a document are called in the catalog. `{% load naming %}`"""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.web.middleware import principal_from
from governance.agreements.selectors.references import domains_named, owner_named
from governance.permissions.types import Mask
from governance.permissions.wording import MASKS

register = template.Library()


@register.filter
def masked(mask: Mask) -> str:
    """`{{ document.mask|masked }}`: "shown as the last four characters"."""
    return MASKS[mask]


@register.filter
def called_in(key: str, names: Mapping[str, str]) -> str:
    """`{{ document.domain|called_in:names }}`: its name there, else the key itself."""
    return names.get(key) or key


@register.simple_tag(takes_context=True)
def owner_called(context: Context, owner: str) -> str:
    """`{% owner_called document.owner %}`: `seat:finance-ops` is called FinanceOps; what nobody
    is called any more keeps the name that was written."""
    request = context.get("request")
    called = owner_named(principal_from(request), owner) if request is not None else ""
    return called or owner.partition(":")[2] or owner


@register.simple_tag(takes_context=True)
def domain_called(context: Context, slug: str) -> SafeString:
    """`{% domain_called document.domain %}`: the domain by its name, with its page."""
    request = context.get("request")
    found = domains_named(principal_from(request), [slug]) if request is not None else {}
    name = found[slug].name if slug in found else slug
    return format_html('<a href="{}">{}</a>', reverse("catalog:domain", args=[slug]), name)
