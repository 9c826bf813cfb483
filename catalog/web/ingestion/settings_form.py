"""A connector's settings as form fields, drawn from the JSON schema of its settings model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from catalog.registries.connectors import Connector

PREFIX = "settings."


def settings_fields(
    connector: Connector, values: Mapping[str, Any] | None = None
) -> dict[str, forms.Field]:
    """A field for each setting by the name `settings.<key>`, filled with `values` or defaults."""
    schema = connector.settings.model_json_schema()
    required = set(schema.get("required", ()))
    fields: dict[str, forms.Field] = {}
    for key, stated in schema.get("properties", {}).items():
        resolved = _resolved(stated, schema)
        held = (values or {}).get(key, stated.get("default"))
        fields[f"{PREFIX}{key}"] = _field(key, resolved, key in required, held)
    return fields


def settings_of(connector: Connector, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields hold, as the settings model takes it; an empty optional one is left out."""
    schema = connector.settings.model_json_schema()
    settings: dict[str, Any] = {}
    for key, stated in schema.get("properties", {}).items():
        value = cleaned.get(f"{PREFIX}{key}")
        kind = _resolved(stated, schema).get("type", "string")
        if kind == "array":
            settings[key] = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        elif kind == "boolean":
            settings[key] = bool(value)
        elif value not in (None, ""):
            settings[key] = value
    return settings


def _resolved(stated: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """One plain schema: references followed, 'this or nothing' read as this."""
    found = dict(stated)
    for option in found.get("anyOf", ()):
        if option.get("type") != "null":
            found = {**found, **option}
            break
    reference = found.get("$ref") or next((o["$ref"] for o in found.get("allOf", ())), "")
    if reference:
        found = {**schema.get("$defs", {}).get(reference.rpartition("/")[2], {}), **found}
    return found


def _field(key: str, schema: Mapping[str, Any], required: bool, held: Any) -> forms.Field:
    words: dict[str, Any] = {
        "label": schema.get("title") or key.replace("_", " ").capitalize(),
        "help_text": schema.get("description", ""),
        "required": required,
        "initial": held,
    }
    kind = schema.get("type", "string")
    if "enum" in schema:
        options = [(value, str(value).replace("_", " ").capitalize()) for value in schema["enum"]]
        if not required:
            options.insert(0, ("", "Not said"))
        return forms.ChoiceField(choices=options, **words)
    if kind == "boolean":
        return forms.BooleanField(**{**words, "required": False})
    if kind == "integer":
        return forms.IntegerField(**words, **_bounds(schema))
    if kind == "number":
        return forms.FloatField(**words, **_bounds(schema))
    if kind == "array":
        words["initial"] = "\n".join(str(item) for item in held or ())
        words["help_text"] = f"{words['help_text']} One to a line.".strip()
        area = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
        return forms.CharField(widget=area, max_length=10_000, **words)
    attributes = {"spellcheck": "false", "autocomplete": "off"}
    return forms.CharField(
        max_length=schema.get("maxLength", 2000),
        widget=forms.TextInput(attrs=attributes),
        **words,
    )


def _bounds(schema: Mapping[str, Any]) -> dict[str, Any]:
    names = {"minimum": "min_value", "maximum": "max_value"}
    return {ours: schema[theirs] for theirs, ours in names.items() if theirs in schema}
