"""Where two columns that mean the same do not fit together; pure, of what is known of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_VALUES = 100
"""Distinct values up to which a column is taken for a closed set of values."""


class MismatchKind(StrEnum):
    """What does not fit between two fields."""

    TYPE = "type"
    NULLABILITY = "nullability"
    VALUES = "values"
    CLASSIFICATION = "classification"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that does not fit, in a sentence."""

    kind: MismatchKind
    sentence: str


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What is known of a column. `distinct`, `least` and `greatest` are of its newest measurement,
    None where nothing was measured or whoever asks may not read the values."""

    path: str
    physical_type: str
    nullable: bool | None
    classifications: frozenset[str]
    distinct: int | None = None
    least: Any = None
    greatest: Any = None


_FAMILIES = (
    ("boolean", r"bool|bit$|bit\(1\)"),
    ("instant", r"timestamp|datetime"),
    ("date", r"date"),
    ("time", r"time"),
    ("integer", r"(tiny|small|medium|big|huge)?u?int|serial|long$|number\(\d+(,0)?\)"),
    ("number", r"num|dec|float|double|real|money"),
    ("text", r"char|text|string|clob|uuid|enum|varying|name$|citext"),
    ("document", r"json|struct|record|map|row|xml|variant|object"),
    ("list", r"array|list|\[\]"),
    ("bytes", r"blob|bytea|binary|bytes"),
)


def family_of(physical_type: str) -> str:
    """What kind of value a column holds, by its type as any system writes it; the type itself in
    lower case where it is none that is known, empty where there is none."""
    text = re.sub(r"\s+", "", physical_type.lower())
    if not text:
        return ""
    if "[]" in text or text.startswith(("array", "list")):
        return "list"
    return next(
        (name for name, pattern in _FAMILIES if re.match(rf"\w*?(?:{pattern})", text)), text
    )


def length_of(physical_type: str) -> int | None:
    """The length that a type of texts declares: varchar(40) is 40."""
    found = re.search(r"char\w*\s*(?:varying)?\s*\((\d+)\)", physical_type.lower())
    return int(found.group(1)) if found else None


def mismatches(left: FieldFacts, right: FieldFacts) -> Iterator[Mismatch]:
    """Everything that does not fit between two fields that mean the same; what is not known of
    one of them is no mismatch."""
    yield from _types(left, right)
    if left.nullable is not None and right.nullable is not None and left.nullable != right.nullable:
        empty, full = ("left", "right") if left.nullable else ("right", "left")
        yield Mismatch(
            MismatchKind.NULLABILITY,
            f"It may be empty on the {empty} and never on the {full}.",
        )
    yield from _values(left, right)
    yield from _classifications(left, right)


def _types(left: FieldFacts, right: FieldFacts) -> Iterator[Mismatch]:
    families = family_of(left.physical_type), family_of(right.physical_type)
    if "" in families:
        return
    if families[0] != families[1]:
        yield Mismatch(
            MismatchKind.TYPE,
            f"{left.physical_type} on the left is {_a(families[0])},"
            f" {right.physical_type} on the right {_a(families[1])}.",
        )
        return
    lengths = length_of(left.physical_type), length_of(right.physical_type)
    if None not in lengths and lengths[0] != lengths[1]:
        yield Mismatch(
            MismatchKind.TYPE,
            f"It holds {lengths[0]} characters on the left and {lengths[1]} on the right.",
        )


def _values(left: FieldFacts, right: FieldFacts) -> Iterator[Mismatch]:
    if left.distinct is None or right.distinct is None:
        return
    if min(left.distinct, right.distinct) <= MOST_VALUES and left.distinct != right.distinct:
        yield Mismatch(
            MismatchKind.VALUES,
            f"{left.distinct:,} different values on the left, {right.distinct:,} on the right.",
        )
    ends = (left.least, left.greatest), (right.least, right.greatest)
    if all(end is not None for pair in ends for end in pair) and ends[0] != ends[1]:
        yield Mismatch(
            MismatchKind.VALUES,
            f"Values go from {left.least} to {left.greatest} on the left, from {right.least} to"
            f" {right.greatest} on the right.",
        )


def _classifications(left: FieldFacts, right: FieldFacts) -> Iterator[Mismatch]:
    only_left = sorted(left.classifications - right.classifications)
    only_right = sorted(right.classifications - left.classifications)
    said = [
        f"{', '.join(names)} on the {side} only"
        for names, side in ((only_left, "left"), (only_right, "right"))
        if names
    ]
    if said:
        text = "; ".join(said)
        yield Mismatch(MismatchKind.CLASSIFICATION, f"Classified {text}.")


def _a(family: str) -> str:
    return f"{'an' if family[:1] in 'aeiou' else 'a'} {family}"
