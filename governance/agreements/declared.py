"""What a document type declares of its fields beyond their form: titles, keys of lists, prose, SQL.

A field is named by its pattern: dotted names as they stand in the document, `[]` for any item of
a list. Of a field that several variants of a union have, the first declaration counts.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pydantic.fields import FieldInfo

from governance.agreements.kind import Document

MOST_DEPTH = 12


class TextKind(StrEnum):
    """How a text is read: as a value, as words for people, as an SQL predicate."""

    PLAIN = "plain"
    PROSE = "prose"
    SQL = "sql"


@dataclass(frozen=True, slots=True)
class Declaration:
    """`keyed_by` are the fields that tell one item of a list from another; empty for none."""

    title: str
    text: TextKind = TextKind.PLAIN
    keyed_by: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def declarations(document_type: type[Document]) -> Mapping[str, Declaration]:
    """Every field of a document type by its pattern."""
    found: dict[str, Declaration] = {}
    _collect(document_type, "", found, 0)
    return found


def extra_of(info: FieldInfo) -> Mapping[str, Any]:
    """What `json_schema_extra` says of a field."""
    extra = info.json_schema_extra
    return extra if isinstance(extra, Mapping) else {}


def spoken_name(name: str, info: FieldInfo) -> str:
    """The field's name in the document: its alias where Python needs another name."""
    return info.alias or name


def title_of(name: str, info: FieldInfo) -> str:
    """The field's label."""
    return info.title or name.replace("_", " ").capitalize()


def members(annotation: Any) -> tuple[Any, ...]:
    """The alternatives of a union, or the annotation alone."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return tuple(part for member in typing.get_args(annotation) for part in members(member))
    if typing.get_origin(annotation) is typing.Annotated:
        return members(typing.get_args(annotation)[0])
    return (annotation,)


def item_of(annotation: Any) -> Any | None:
    """The type of a list's items; None when the annotation is no list."""
    origin = typing.get_origin(annotation)
    if origin in (list, tuple, typing.Sequence) or str(origin).endswith("abc.Sequence'>"):
        return typing.get_args(annotation)[0]
    return None


def is_document(annotation: Any) -> bool:
    """Whether the annotation is a document or a part of one."""
    return isinstance(annotation, type) and issubclass(annotation, Document)


def _collect(
    document_type: type[Document], prefix: str, found: dict[str, Declaration], depth: int
) -> None:
    if depth > MOST_DEPTH:
        raise TypeError(f"{document_type.__name__} contains itself; a form cannot show that.")
    for name, info in document_type.model_fields.items():
        pattern = prefix + spoken_name(name, info)
        extra = extra_of(info)
        text = TextKind.SQL if extra.get("sql") else TextKind.PLAIN
        text = TextKind.PROSE if extra.get("prose") else text
        keyed_by = extra.get("keyed_by", ())
        keys = (keyed_by,) if isinstance(keyed_by, str) else tuple(keyed_by)
        found.setdefault(pattern, Declaration(title_of(name, info), text, keys))
        for suffix, part in _parts(info.annotation):
            _collect(part, f"{pattern}{suffix}.", found, depth + 1)


def _parts(annotation: Any) -> Iterator[tuple[str, type[Document]]]:
    for member in members(annotation):
        if is_document(member):
            yield "", member
        else:
            item = item_of(member)
            if item is not None:
                for suffix, part in _parts(item):
                    yield f"[]{suffix}", part
