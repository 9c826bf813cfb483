"""What a form holds while somebody fills it in: texts in the shape of the document.

A draft is a tree of dicts (groups), lists (rows, lists of scalars, names with values), texts and
booleans; None is an optional group that is not there. Nothing is lost in it, however wrong, so
that a form can be shown again as it was sent.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from governance.agreements.form.fields import FieldKind, FormField

MOST_ROWS = 1_000
MOST_KEYS = 20_000
ROWS = "rows"
GIVEN = "given"
NAME = "name"
VALUE = "value"

Draft = dict[str, Any]

_TRUE = frozenset({"on", "true", "1", "yes"})
_POSITION = re.compile(r"0|[1-9][0-9]{0,4}", re.ASCII)
_PLAIN_TEXT = re.compile(r"(?!true$|false$|null$)[^\s\"\-+.0-9].*", re.DOTALL)


# --- from a document ---------------------------------------------------------------------------


def draft_of_document(fields: Sequence[FormField], document: Mapping[str, Any]) -> Draft:
    """The draft that shows a document, given as plain data; what it lacks, or has in a shape that
    the field has not, shows its default."""
    shown = {}
    for field in fields:
        value = document.get(field.name)
        if field.chosen_by in document and isinstance(value, Mapping):
            value = {**value, field.discriminator: document[field.chosen_by]}
        is_shown = field.name in document and _has_shape(field, value)
        shown[field.name] = _of_value(field, value) if is_shown else blank(field)
    return shown


def _has_shape(field: FormField, value: Any) -> bool:
    if value is None:
        return True
    if field.kind in (FieldKind.GROUP, FieldKind.VARIANT, FieldKind.MAPPING):
        return isinstance(value, Mapping)
    if field.item is not None:
        inner = field.item
        return isinstance(value, list | tuple) and all(_has_shape(inner, one) for one in value)
    return not isinstance(value, Mapping | list | tuple)


def blank(field: FormField) -> Any:
    """What a field shows before anybody filled it in."""
    value = field.default
    if isinstance(value, Enum):
        value = value.value
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if field.kind is FieldKind.GROUP and value is None:
        return None if field.nullable else draft_of_document(field.fields, {})
    if field.kind is FieldKind.VARIANT and value is None:
        return None if field.nullable else _variant_draft(field, {})
    if field.kind is FieldKind.ROWS:
        value = [one.model_dump(mode="json") for one in value or ()]
    return _of_value(field, value)


def _of_value(field: FormField, value: Any) -> Any:
    if field.kind is FieldKind.GROUP:
        return None if value is None else draft_of_document(field.fields, value)
    if field.kind is FieldKind.VARIANT:
        return None if value is None else _variant_draft(field, value)
    if field.item is not None:
        return [_of_value(field.item, one) for one in value or ()]
    if field.kind is FieldKind.MAPPING:
        return [{NAME: name, VALUE: written_value(one)} for name, one in (value or {}).items()]
    if field.kind is FieldKind.BOOLEAN:
        return bool(value)
    return written(field, value)


def _variant_draft(field: FormField, value: Mapping[str, Any]) -> Draft:
    chosen = str(value.get(field.discriminator) or field.variants[0].value)
    variant = field.variant(chosen)
    inner = draft_of_document(variant.fields, value) if variant is not None else {}
    return {field.discriminator: chosen, **inner}


def written(field: FormField, value: Any) -> str:
    """A scalar as its field shows it."""
    if value is None:
        return ""
    if field.kind is FieldKind.VALUE:
        return written_value(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    return value if isinstance(value, str) else str(value)


def written_value(value: Any) -> str:
    """A scalar of any type so that it reads back the same: `5` is a number, `"5"` a text."""
    if isinstance(value, str):
        plain = _PLAIN_TEXT.fullmatch(value) and value == value.strip() and "\r" not in value
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def read_value(text: str) -> Any:
    """The scalar that a text means: what JSON reads as one, else the text itself."""
    try:
        value = json.loads(text, parse_constant=lambda name: name)
        str(value).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        return text
    is_scalar = not isinstance(value, dict | list)
    return value if is_scalar and (not isinstance(value, float) or math.isfinite(value)) else text


# --- from what was sent ------------------------------------------------------------------------


class Sent:
    """What a browser sent, and what of it no field asked for."""

    def __init__(self, data: Mapping[str, str], prefix: str) -> None:
        self._data = {key: data[key] for key in data if key.startswith(prefix)}
        self._asked: set[str] = set()
        self._inner = _beginnings(self._data)

    def text(self, key: str) -> str | None:
        """The text sent under a key, with line ends as the document has them."""
        self._asked.add(key)
        value = self._data.get(key)
        return None if value is None else str(value).replace("\r\n", "\n")

    def has_inner(self, key: str) -> bool:
        """Whether anything was sent for a part of this field."""
        return key in self._inner

    def rows(self, key: str) -> int:
        """How many rows were sent: as many as the mark says, or the highest position asks for."""
        said = self.text(f"{key}-{ROWS}") or ""
        count = int(said) if _POSITION.fullmatch(said) else 0
        positions = [int(one) for one in self._inner.get(key, ()) if _POSITION.fullmatch(one)]
        return min(max([count, *(position + 1 for position in positions)]), MOST_ROWS)

    def unknown(self) -> tuple[str, ...]:
        """Keys that no field asked for."""
        return tuple(key for key in self._data if key not in self._asked)


def _beginnings(data: Mapping[str, str]) -> dict[str, set[str]]:
    """For every beginning of a key, what follows it."""
    found: dict[str, set[str]] = {}
    for key in data:
        parts = key.split("-")
        for length in range(1, len(parts)):
            found.setdefault("-".join(parts[:length]), set()).add(parts[length])
    return found


def draft_of_data(fields: Sequence[FormField], sent: Sent, prefix: str) -> Draft:
    """The draft that was sent; a field that was not sent is missing, a checkbox then unchecked."""
    found = {field.name: _of_sent(field, sent, prefix + field.name) for field in fields}
    return {name: value for name, value in found.items() if value is not _ABSENT}


_ABSENT = object()


def _of_sent(field: FormField, sent: Sent, key: str) -> Any:
    if field.kind in (FieldKind.GROUP, FieldKind.VARIANT):
        given = sent.text(f"{key}-{GIVEN}")
        if field.nullable and not given and not sent.has_inner(key):
            return None
        if field.kind is FieldKind.GROUP:
            return draft_of_data(field.fields, sent, f"{key}-")
        return _variant_sent(field, sent, key)
    if field.item is not None:
        entries = [_of_sent(field.item, sent, f"{key}-{row}") for row in range(sent.rows(key))]
        return ["" if one is _ABSENT else one for one in entries]
    if field.kind is FieldKind.MAPPING:
        return [
            {part: sent.text(f"{key}-{row}-{part}") or "" for part in (NAME, VALUE)}
            for row in range(sent.rows(key))
        ]
    text = sent.text(key)
    if field.kind is FieldKind.BOOLEAN:
        return (text or "").strip().lower() in _TRUE
    return _ABSENT if text is None else text


def _variant_sent(field: FormField, sent: Sent, key: str) -> Draft:
    """The fields of the variant chosen; those of the others were shown before and are let go."""
    chosen = sent.text(f"{key}-{field.discriminator}") or ""
    found: Draft = {field.discriminator: chosen}
    for variant in field.variants:
        inner = draft_of_data(variant.fields, sent, f"{key}-")
        if variant.value == chosen:
            found.update(inner)
    return found


# --- to what is sent ---------------------------------------------------------------------------


def data_of(fields: Sequence[FormField], draft: Draft, prefix: str) -> dict[str, str]:
    """The draft as flat keys and texts, as a browser sends it."""
    data: dict[str, str] = {}
    for field in fields:
        if field.name in draft:
            _send(field, draft[field.name], prefix + field.name, data)
    return data


def _send(field: FormField, value: Any, key: str, data: dict[str, str]) -> None:
    if field.kind in (FieldKind.GROUP, FieldKind.VARIANT):
        if value is not None:
            if field.nullable:
                data[f"{key}-{GIVEN}"] = "1"
            _send_inner(field, value, key, data)
    elif field.kind in (FieldKind.ROWS, FieldKind.LIST, FieldKind.MAPPING):
        data[f"{key}-{ROWS}"] = str(len(value))
        for row, one in enumerate(value):
            place = f"{key}-{row}"
            if field.item is not None:
                _send(field.item, one, place, data)
            else:
                data.update({f"{place}-{part}": one[part] for part in (NAME, VALUE)})
    elif field.kind is FieldKind.BOOLEAN:
        if value:
            data[key] = "on"
    else:
        data[key] = value


def _send_inner(field: FormField, value: Draft, key: str, data: dict[str, str]) -> None:
    if field.kind is FieldKind.GROUP:
        data.update(data_of(field.fields, value, f"{key}-"))
        return
    chosen = value.get(field.discriminator, "")
    data[f"{key}-{field.discriminator}"] = chosen
    variant = field.variant(chosen)
    if variant is not None:
        data.update(data_of(variant.fields, value, f"{key}-"))


# --- to a document -----------------------------------------------------------------------------


def values_of(fields: Sequence[FormField], draft: Draft) -> dict[str, Any]:
    """The draft as the plain data that a document is validated from."""
    values: dict[str, Any] = {}
    for field in fields:
        if field.name in draft:
            value = _value(field, draft[field.name])
            if value is not _ABSENT:
                values[field.name] = value
            if field.chosen_by and isinstance(value, dict):
                values[field.chosen_by] = value.pop(field.discriminator, "")
    return values


def _value(field: FormField, value: Any) -> Any:
    if field.kind is FieldKind.GROUP:
        return None if value is None else values_of(field.fields, value)
    if field.kind is FieldKind.VARIANT:
        return None if value is None else _variant_value(field, value)
    if field.item is not None:
        entries = [_value(field.item, one) for one in value]
        return [one for one in entries if one is not _ABSENT and one is not None and one != ""]
    if field.kind is FieldKind.MAPPING:
        named = [one for one in value if one[NAME].strip() or one[VALUE].strip()]
        return {one[NAME].strip(): read_value(one[VALUE].strip()) for one in named}
    return value if field.kind is FieldKind.BOOLEAN else _scalar(field, value)


def _variant_value(field: FormField, value: Draft) -> dict[str, Any]:
    chosen = value.get(field.discriminator, "")
    variant = field.variant(chosen)
    inner = values_of(variant.fields, value) if variant is not None else {}
    return {field.discriminator: chosen, **inner}


def _scalar(field: FormField, text: str) -> Any:
    """A text as its field reads it; what cannot be read stays a text and is refused later."""
    stripped = text.strip()
    if not stripped:
        if field.nullable:
            return None
        return "" if field.kind in _TEXTS and not field.choices else _ABSENT
    if field.kind is FieldKind.NUMBER and not field.exact:
        return _number(stripped, whole=field.whole)
    if field.kind is FieldKind.VALUE:
        return read_value(stripped)
    if field.kind is FieldKind.CHOICE and {one.value for one in field.choices} == {"true", "false"}:
        return stripped == "true" if stripped in ("true", "false") else stripped
    return stripped


_TEXTS = frozenset(
    {FieldKind.TEXT, FieldKind.PROSE, FieldKind.SQL, FieldKind.PICKER, FieldKind.DURATION}
)


def _number(text: str, *, whole: bool) -> Any:
    if len(text) > 400:
        return text
    try:
        return int(text) if whole else float(text)
    except ValueError:
        return text
