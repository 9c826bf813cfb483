"""What people said, on the page of any object."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from catalog.web.middleware import principal_from
from catalog.web.remarks import said_about

register = template.Library()


@register.inclusion_tag("catalog/remarks/part.html", takes_context=True)
def remarks_part(
    context: Context, subject_type: str, subject_id: int, any_known: bool = True
) -> dict[str, Any]:
    """`{% remarks_part "system" system.pk %}` on a page whose view found the object for them."""
    request = context["request"]
    said = said_about(principal_from(request), subject_type, subject_id, any_known=any_known)
    return {"said": said, "request": request, "csrf_token": context.get("csrf_token")}
