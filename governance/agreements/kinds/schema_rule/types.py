"""Types of columns across platforms: what is written differently and means the same."""

from __future__ import annotations

import re

_FAMILIES = (
    ("integer", "u?(tiny|small|medium|big|huge)?int(eger)?\\d*|(big|small)?serial|long|short"),
    ("decimal", "decimal|numeric|number|money|bignumeric"),
    ("float", "float\\d*|double( precision)?|real"),
    ("boolean", "bool(ean)?|bit"),
    ("timestamp", "timestamp\\w*|datetime\\d*|smalldatetime"),
    ("date", "date"),
    ("time", "time\\w*"),
    ("text", "n?(var)?char(acter)?( varying)?\\d*|(n|tiny|medium|long)?text|string|citext|n?clob"),
    ("uuid", "uuid|uniqueidentifier"),
    ("json", "jsonb?|variant|super|object|struct|map|array"),
    ("binary", "bytea|blob|(var)?binary|bytes"),
)
_COMPILED = tuple(
    (family, re.compile(rf"({words})\b", re.IGNORECASE)) for family, words in _FAMILIES
)

FAMILIES = tuple(family for family, _ in _FAMILIES)


def family_of(physical_type: str) -> str:
    """The family of a type, such as integer or text; empty where it is not known."""
    written = physical_type.strip()
    return next((family for family, words in _COMPILED if words.match(written)), "")


def is_of_type(physical_type: str, wanted: str) -> bool:
    """Whether a stored type is the one wanted: by family where a family is named, else as written,
    case and spaces apart."""
    plain = wanted.strip().lower()
    if plain in FAMILIES:
        return family_of(physical_type) == plain
    return _squeezed(physical_type) == _squeezed(wanted)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()
