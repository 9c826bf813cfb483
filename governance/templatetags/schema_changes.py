"""What the page of a schema change asks of the catalog. `{% load schema_changes %}`"""

from __future__ import annotations

from django import template
from django.template.context import Context

from catalog.types import Principal
from catalog.web.middleware import principal_from
from governance.agreements.kinds.schema_change import Rewrite, Seen, rewrites, seen_at_source
from governance.agreements.kinds.schema_change.document import SchemaChangeDocument

register = template.Library()


def _principal(context: Context) -> Principal:
    request = context.get("request")
    return principal_from(request) if request is not None else Principal.anonymous()


@register.simple_tag(takes_context=True)
def seen(context: Context, document: SchemaChangeDocument) -> Seen:
    """`{% seen document as arrived %}`: whether the source shows what was agreed."""
    return seen_at_source(_principal(context), document)


@register.simple_tag(takes_context=True)
def suggested_rewrites(context: Context, document: SchemaChangeDocument) -> list[Rewrite]:
    """`{% suggested_rewrites document as statements %}`: the SQL that reads what changes."""
    return rewrites(_principal(context), document)
