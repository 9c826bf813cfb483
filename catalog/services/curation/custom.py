"""Values of custom properties, checked against their definitions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from catalog.errors import InvalidInput
from catalog.models import PropertyDefinition
from catalog.types import PropertyType


def checked_custom(values: Any) -> dict[str, Any]:
    """The values in stored form, empty ones left out; raises InvalidInput naming the property."""
    if not isinstance(values, Mapping):
        raise InvalidInput("Custom properties are a mapping of key to value.", field="custom")
    definitions = {
        definition.key: definition
        for definition in PropertyDefinition.objects.filter(key__in=list(values))
    }
    checked: dict[str, Any] = {}
    for key, value in values.items():
        definition = definitions.get(key)
        if definition is None:
            raise InvalidInput(
                f"There is no property {key!r}; an administrator can define it.",
                field=f"custom.{key}",
            )
        if value not in (None, ""):
            checked[key] = _value(definition, value)
    return checked


def _value(definition: PropertyDefinition, value: Any) -> Any:
    field = f"custom.{definition.key}"
    kind = PropertyType(definition.type)
    text = str(value).strip()
    if kind is PropertyType.NUMBER:
        try:
            number = float(text)
        except ValueError:
            raise InvalidInput(f"{definition.label} is a number.", field=field) from None
        return int(number) if number.is_integer() else number
    if kind is PropertyType.DATE:
        try:
            return dt.date.fromisoformat(text).isoformat()
        except ValueError:
            raise InvalidInput(
                f"{definition.label} is a date such as 2026-11-21.", field=field
            ) from None
    if kind is PropertyType.BOOLEAN:
        if text.lower() not in {"true", "false"}:
            raise InvalidInput(f"{definition.label} is true or false.", field=field)
        return text.lower() == "true"
    if kind is PropertyType.CHOICE and text not in definition.options:
        raise InvalidInput(
            f"{definition.label} is one of {', '.join(definition.options)}.", field=field
        )
    if kind is PropertyType.URL and not text.startswith(("https://", "http://")):
        raise InvalidInput(f"{definition.label} is an address starting with https://.", field=field)
    return text
