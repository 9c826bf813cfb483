"""What is wrong with a document, field by field, in plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from governance.agreements.form.fields import FieldKind, FormField, form_fields
from governance.agreements.kind import Document
from governance.agreements.patterns import IN_WORDS

FILL_IN = "Fill this in."


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong: dotted path (`states.0.entry`), a sentence, its label."""

    path: str
    message: str
    title: str = ""


def errors_of(document_type: type[Document], error: ValidationError) -> tuple[FieldError, ...]:
    """The errors of a validation; a field that is wrong in several ways is named once."""
    fields = form_fields(document_type)
    found: dict[str, FieldError] = {}
    for detail in error.errors(include_url=False):
        path, title = place_of(fields, detail["loc"])
        found.setdefault(path, FieldError(path, _sentence(detail), title))
    return tuple(found.values())


def place_of(fields: Sequence[FormField], location: Sequence[int | str]) -> tuple[str, str]:
    """(dotted path, label) of a place that pydantic names; names of union members are left out.

    The label is that of every field on the way, rows counted from one: `States 1, Entry`.
    """
    path: list[str] = []
    titles: list[str] = []
    inside: FormField | None = None
    for step in location:
        if inside is None or (inside.kind in _GROUPS and not isinstance(step, int)):
            named = next((one for one in _fields_in(inside, fields) if one.name == step), None)
            if named is None and inside is not None and inside.variant(str(step)) is not None:
                continue
            path.append(str(step))
            titles.append(named.title if named is not None else str(step))
            inside = named
            if named is None:
                break
        elif inside.kind in _NUMBERED and isinstance(step, int):
            path.append(str(step))
            titles[-1] += f" {step + 1}"
            inside = inside.item if inside.kind is FieldKind.LIST else inside
        elif inside.kind is FieldKind.MAPPING:
            path.append(str(step))
            titles.append(str(step))
            break
    return ".".join(path), ", ".join(titles)


def label_of(document_type: type[Document], path: str) -> str:
    """What a form calls the place with a dotted path: `states.0.entry` is `States 1, Entry`."""
    steps = [int(step) if step.isdecimal() else step for step in path.split(".")]
    return place_of(form_fields(document_type), steps)[1]


_GROUPS = frozenset({FieldKind.GROUP, FieldKind.ROWS, FieldKind.VARIANT})
_NUMBERED = frozenset({FieldKind.ROWS, FieldKind.LIST})


def _fields_in(inside: FormField | None, fields: Sequence[FormField]) -> Sequence[FormField]:
    if inside is None:
        return fields
    if inside.kind is FieldKind.VARIANT:
        return [one for variant in inside.variants for one in variant.fields]
    return inside.fields


def _sentence(detail: ErrorDetails) -> str:
    context: Mapping[str, Any] = detail.get("ctx", {})
    written = _SENTENCES.get(detail["type"])
    if written is not None:
        return written(context)
    if detail["type"] == "value_error":
        return str(context.get("error", detail["msg"]))
    return f"{detail['msg'].rstrip('.')}."


def _plural(count: Any, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _says(sentence: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _: sentence


def _too_short(context: Mapping[str, Any]) -> str:
    least = context["min_length"]
    return FILL_IN if least == 1 else f"Write at least {_plural(least, 'character')}."


_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": _says(FILL_IN),
    "string_too_short": _too_short,
    "string_too_long": lambda c: f"Write at most {_plural(c['max_length'], 'character')}.",
    "too_short": lambda c: f"Give at least {c['min_length']}.",
    "too_long": lambda c: f"Give at most {c['max_length']}.",
    "greater_than_equal": lambda c: f"Write a number of at least {c['ge']}.",
    "less_than_equal": lambda c: f"Write a number of at most {c['le']}.",
    "greater_than": lambda c: f"Write a number above {c['gt']}.",
    "less_than": lambda c: f"Write a number below {c['lt']}.",
    "extra_forbidden": _says("There is no such field; remove it."),
    "literal_error": lambda c: f"Choose one of {c['expected']}.",
    "enum": lambda c: f"Choose one of {c['expected']}.",
    "union_tag_invalid": lambda c: f"Choose one of {c['expected_tags']}.",
    "union_tag_not_found": _says("Choose one."),
    "int_parsing": _says("Write a whole number."),
    "int_from_float": _says("Write a whole number."),
    "int_type": _says("Write a whole number."),
    "float_parsing": _says("Write a number."),
    "finite_number": _says("Write a finite number."),
    "float_type": _says("Write a number."),
    "decimal_parsing": _says("Write a number."),
    "bool_parsing": _says("Say yes or no."),
    "bool_type": _says("Say yes or no."),
    "date_parsing": _says("Write a date such as 2026-03-01."),
    "date_from_datetime_parsing": _says("Write a date such as 2026-03-01."),
    "date_from_datetime_inexact": _says("Write a date such as 2026-03-01, without a time."),
    "date_type": _says("Write a date such as 2026-03-01."),
    "datetime_parsing": _says("Write a date and time such as 2026-03-01T09:00:00Z."),
    "datetime_from_date_parsing": _says("Write a date and time such as 2026-03-01T09:00:00Z."),
    "timezone_aware": _says("Say the time zone, as in 2026-03-01T09:00:00Z."),
    "time_delta_parsing": _says("Write a duration such as P7D (seven days) or PT6H (six hours)."),
    "string_type": _says("Write a text."),
    "list_type": _says("Give a list."),
    "dict_type": _says("Give names with values."),
    "model_type": _says("Give the fields of this part by their names."),
    "string_pattern_mismatch": lambda c: IN_WORDS.get(c["pattern"], "Write it in another form."),
}
