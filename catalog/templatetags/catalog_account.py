"""Template filters of the account pages. `{% load catalog_account %}`"""

from __future__ import annotations

from django import template
from django.forms import BaseForm
from django.forms.boundfield import BoundField

register = template.Library()


@register.filter
def plain_fields(form: BaseForm) -> list[BoundField]:
    """The visible fields of a form of the sign-in library in Concord's words: sentence case, and
    no placeholder that repeats the label and vanishes on typing."""
    fields = form.visible_fields()
    for field in fields:
        field.label = str(field.label).capitalize()
        field.field.widget.attrs.pop("placeholder", None)
    return fields
