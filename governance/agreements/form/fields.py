"""From a document type to the fields of its form."""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, StrEnum
from functools import lru_cache
from types import NoneType
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from catalog.spoken import spoken_first
from governance.agreements.declared import (
    MOST_DEPTH,
    extra_of,
    is_document,
    item_of,
    members,
    spoken_name,
    title_of,
)
from governance.agreements.kind import Document


class FieldKind(StrEnum):
    """How a field is shown.

    `value` takes any scalar (a number, true, false, null or text), `mapping` is rows of a name and
    such a value, `variant` a group whose other fields depend on the choice of its first.
    """

    TEXT = "text"
    PROSE = "prose"
    SQL = "sql"
    PICKER = "picker"
    CHOICE = "choice"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    DURATION = "duration"
    VALUE = "value"
    MAPPING = "mapping"
    LIST = "list"
    GROUP = "group"
    ROWS = "rows"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One alternative of a union: the value of the discriminator and what else it has."""

    value: str
    label: str
    about: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field as its document type declares it.

    `nullable` fields are None when left empty. `fields` are those of a group or of a row, `item`
    is an entry of a list or a row, `variants` the alternatives of a variant whose choice field is
    named `discriminator`; where the document has the choice beside the variant, `chosen_by` is its
    name there, and the form shows it once. `picker` names what is picked. `whole` numbers have no
    fraction, `exact` ones are decimals. Limits are None where there are none.
    """

    name: str
    kind: FieldKind
    title: str
    help: str = ""
    required: bool = False
    nullable: bool = False
    default: Any = None
    picker: str = ""
    choices: tuple[Choice, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    fewest: int | None = None
    most: int | None = None
    whole: bool = False
    exact: bool = False
    fields: tuple[FormField, ...] = ()
    item: FormField | None = None
    variants: tuple[Variant, ...] = ()
    discriminator: str = ""
    chosen_by: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def need(self) -> str:
        """What is said behind the title of a field that a draft may leave empty."""
        return str(self.extra.get("need", "optional"))

    def variant(self, value: str) -> Variant | None:
        """The alternative chosen."""
        return next((one for one in self.variants if one.value == value), None)


@lru_cache(maxsize=64)
def form_fields(document_type: type[Document]) -> tuple[FormField, ...]:
    """The fields of a document type, in the order of its declaration.

    Raises TypeError for a type that no field can show: fix the document type.
    """
    return _fields(document_type, 0)


_SCALARS: dict[type, FieldKind] = {
    bool: FieldKind.BOOLEAN,
    int: FieldKind.NUMBER,
    float: FieldKind.NUMBER,
    Decimal: FieldKind.NUMBER,
    dt.datetime: FieldKind.DATETIME,
    dt.date: FieldKind.DATE,
    dt.time: FieldKind.TIME,
    dt.timedelta: FieldKind.DURATION,
    str: FieldKind.TEXT,
}


def _fields(document_type: type[Document], depth: int, without: str = "") -> tuple[FormField, ...]:
    if depth > MOST_DEPTH:
        raise TypeError(f"{document_type.__name__} contains itself; a form cannot show that.")
    infos = document_type.model_fields.items()
    shown_elsewhere = {without} | {extra_of(info).get("chosen_by") for _, info in infos}
    return tuple(
        _field(spoken_name(name, info), info, depth)
        for name, info in infos
        if spoken_name(name, info) not in shown_elsewhere
    )


def _field(name: str, info: FieldInfo, depth: int) -> FormField:
    extra = extra_of(info)
    alternatives = members(info.annotation)
    nullable = NoneType in alternatives
    base = FormField(
        name=name,
        kind=FieldKind.TEXT,
        title=title_of(name, info),
        help=info.description or "",
        required=info.is_required(),
        nullable=nullable,
        default=_default(info),
        picker=str(extra.get("picker", "")),
        chosen_by=str(extra.get("chosen_by", "")),
        extra=extra,
        **_limits(info),
    )
    found = tuple(one for one in alternatives if one is not NoneType)
    if len(found) == 1:
        return _of_type(base, found[0], info, depth)
    if all(is_document(one) for one in found) and info.discriminator:
        return _variants(base, found, str(info.discriminator), depth)
    if all(one in _SCALARS for one in found):
        return replace(base, kind=FieldKind.VALUE)
    raise TypeError(f"A form cannot show the field {name!r} of the type {info.annotation!r}.")


def _of_type(base: FormField, annotation: Any, info: FieldInfo, depth: int) -> FormField:
    if is_document(annotation):
        return replace(base, kind=FieldKind.GROUP, fields=_fields(annotation, depth + 1))
    if typing.get_origin(annotation) is typing.Literal:
        values = [str(one) for one in typing.get_args(annotation)]
        return _choice(base, values)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _choice(base, [str(one.value) for one in annotation])
    if annotation is bool and base.nullable:
        yes_or_no = (Choice("true", "Yes"), Choice("false", "No"))
        return replace(base, kind=FieldKind.CHOICE, choices=yes_or_no)
    if annotation is str:
        return replace(base, kind=_text_kind(base))
    if annotation in _SCALARS:
        whole, exact = annotation is int, annotation is Decimal
        return replace(base, kind=_SCALARS[annotation], whole=whole, exact=exact)
    if typing.get_origin(annotation) in (dict, Mapping):
        return replace(base, kind=FieldKind.MAPPING)
    item = item_of(annotation)
    if item is not None:
        return _list(base, item, info, depth)
    raise TypeError(f"A form cannot show the field {base.name!r} of the type {annotation!r}.")


def _list(base: FormField, item: Any, info: FieldInfo, depth: int) -> FormField:
    entry = FieldInfo.from_annotation(item)
    entry.title, entry.description = base.title, base.help
    entry.json_schema_extra = {
        k: v for k, v in base.extra.items() if k in ("picker", "prose", "sql")
    }
    shown = _field(base.name, entry, depth + 1)
    if shown.kind is FieldKind.GROUP:
        return replace(base, kind=FieldKind.ROWS, fields=shown.fields, item=shown)
    if shown.kind in (FieldKind.LIST, FieldKind.ROWS, FieldKind.VARIANT):
        raise TypeError(f"A form cannot show lists of lists, as in the field {base.name!r}.")
    return replace(base, kind=FieldKind.LIST, item=shown)


def _variants(
    base: FormField, found: tuple[type[Document], ...], discriminator: str, depth: int
) -> FormField:
    variants = []
    for document_type in found:
        info = document_type.model_fields[discriminator]
        for value in typing.get_args(info.annotation):
            variants.append(
                Variant(
                    value=str(value),
                    label=str(document_type.model_config.get("title") or spoken_first(value)),
                    about=(document_type.__doc__ or "").strip().split("\n\n")[0],
                    fields=_fields(document_type, depth + 1, without=discriminator),
                )
            )
    return replace(
        base, kind=FieldKind.VARIANT, variants=tuple(variants), discriminator=discriminator
    )


def _text_kind(base: FormField) -> FieldKind:
    if base.picker:
        return FieldKind.PICKER
    if base.extra.get("sql"):
        return FieldKind.SQL
    if base.extra.get("duration"):
        return FieldKind.DURATION
    return FieldKind.PROSE if base.extra.get("prose") else FieldKind.TEXT


def _choice(base: FormField, values: list[str]) -> FormField:
    labels = base.extra.get("labels", {})
    choices = tuple(Choice(value, labels.get(value) or spoken_first(value)) for value in values)
    return replace(base, kind=FieldKind.CHOICE, choices=choices)


def _default(info: FieldInfo) -> Any:
    value = info.get_default(call_default_factory=True, validated_data={})
    return None if value is PydanticUndefined else value


def _limits(info: FieldInfo) -> dict[str, Any]:
    """Limits of the value, and of its length where it is a text or a list."""
    found: dict[str, Any] = {}
    for constraint in info.metadata:
        for attribute, limit in (
            ("ge", "minimum"),
            ("gt", "minimum"),
            ("le", "maximum"),
            ("lt", "maximum"),
            ("min_length", "fewest"),
            ("max_length", "most"),
        ):
            value = getattr(constraint, attribute, None)
            if value is not None:
                found[limit] = value
    return found
