"""What all evidence of a column comes to: the odds of each class, and the likeliest."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from lineage.classes import words as known
from lineage.classes.names import read_name, words_of
from lineage.classes.types import ColumnFacts, DataClass, Detected, Evidence, Source
from lineage.classes.values import read_values

LEAST = 0.5
"""Below even odds nothing is suggested."""

_TEXTS = frozenset(
    "text string varchar char character bpchar nvarchar nchar clob str citext json jsonb variant"
    " uuid object varchar2 nvarchar2 longtext mediumtext tinytext fixedstring".split()
)
_WHOLE = frozenset(
    "int integer bigint smallint tinyint mediumint int2 int4 int8 int16 int32 int64 uint8 uint16"
    " uint32 uint64 long hugeint serial bigserial byteint i64".split()
)
_EXACT = frozenset("decimal numeric number money dec bignumeric smallmoney".split())
_FLOATS = frozenset("float double real float4 float8 float32 float64".split())
_TIMES = frozenset(
    "date datetime timestamp timestamptz time timetz datetime2 smalldatetime interval datetime64"
    " timestamp_ntz timestamp_ltz timestamp_tz date32".split()
)
_TIMELESS = frozenset(set(DataClass) - {DataClass.BIRTH, DataClass.SENSITIVE})
_NEVER_NUMBERS = {
    DataClass.NAME: -5.0, DataClass.EMAIL: -2.8, DataClass.FREE_TEXT: -4.0,
    DataClass.PASSWORD: -3.0, DataClass.TOKEN: -4.0, DataClass.USERNAME: -1.2,
    DataClass.IP: -1.0, DataClass.HASH: -2.0,
}  # fmt: skip

_NOUNS = known.PERSONS | known.PLACES | known.NO_NAMES
_OF_PERSONS = {
    DataClass.LOCATION: -1.8, DataClass.PHOTO: -1.8, DataClass.ADDRESS: -0.9, DataClass.PHONE: -0.9
}  # fmt: skip
"""What places and things have as well, and what it weighs that a table is about one."""


def detect(facts: ColumnFacts) -> Detected | None:
    """The likeliest class of a column, or None where none is as likely as not."""
    found = _by_name(
        facts.path.rpartition(".")[2] or facts.path,
        facts.dataset,
        _kind(facts.physical_type),
        facts.is_foreign_key,
    )
    if facts.statistics:
        found = _with_values(found, facts)
    best: Detected | None = None
    for data_class, evidence in found:
        odds = sum(one.weight for one in evidence)
        confidence = 1 / (1 + math.exp(-odds))
        if confidence >= LEAST and (best is None or confidence > best.confidence):
            ordered = tuple(sorted(evidence, key=lambda one: -abs(one.weight)))
            best = Detected(data_class, round(confidence, 4), ordered)
    return best


Found = tuple[tuple[DataClass, tuple[Evidence, ...]], ...]


@lru_cache(maxsize=200_000)
def _by_name(name: str, dataset: str, kind: str, is_foreign_key: bool) -> Found:
    around = words_of(dataset)
    table = words_of(dataset.rpartition(".")[2])
    return tuple(
        (
            data_class,
            (
                *evidence,
                *_type(data_class, kind),
                *_dataset(data_class, evidence, around, table),
                *_key(data_class, is_foreign_key),
            ),
        )
        for data_class, evidence in read_name(name)
    )


def _with_values(found: Found, facts: ColumnFacts) -> Found:
    named = frozenset(data_class for data_class, _ in found)
    added: dict[DataClass, list[Evidence]] = defaultdict(list)
    for data_class, one in read_values(facts.statistics, named):
        added[data_class].append(one)
    if not added:
        return found
    kind = _kind(facts.physical_type)
    return (
        *((data_class, (*evidence, *added.pop(data_class, ()))) for data_class, evidence in found),
        *(
            (data_class, (*evidence, *_key(data_class, facts.is_foreign_key)))
            for data_class, evidence in added.items()
            if kind != "flag"
        ),
    )


def _type(data_class: DataClass, kind: str) -> Iterator[Evidence]:
    weight, words = 0.0, kind
    if kind == "flag":
        weight, words = -7.0, "yes or no"
    elif kind == "time":
        weight, words = (-5.0, "a time") if data_class in _TIMELESS else (0.6, "a time")
    elif data_class is DataClass.AMOUNT:
        weight = {"exact": 0.8, "float": 0.4, "whole": -0.4, "text": -1.2}.get(kind, 0.0)
    elif data_class is DataClass.PAY:
        weight = {"exact": 0.6, "float": 0.4, "text": -0.4}.get(kind, 0.0)
    elif data_class is DataClass.LOCATION:
        weight = {"exact": 0.4, "float": 0.4, "text": -0.4}.get(kind, 0.0)
    elif kind in ("exact", "float", "whole"):
        weight = _NEVER_NUMBERS.get(data_class, 0.0)
    if weight:
        words = {"exact": "an exact number", "float": "a number", "whole": "a whole number"}.get(
            kind, words
        )
        yield Evidence(Source.TYPE, f"Its type is {words}", weight)


def _dataset(
    data_class: DataClass,
    evidence: tuple[Evidence, ...],
    around: tuple[str, ...],
    table: tuple[str, ...],
) -> Iterator[Evidence]:
    """What the table says: the last of its words that means somebody or something decides."""
    noun = next((word for word in reversed(table) if word in _NOUNS), "")
    is_person = noun in known.PERSONS
    about = f"Its table is about {'an' if noun[:1] in 'aeio' else 'a'} {noun}"
    if data_class is DataClass.NAME and evidence[0].weight < 0:
        if is_person:
            yield Evidence(Source.DATASET, about, 1.6)
    elif data_class is DataClass.PAY and known.PAY_PLACES.intersection(around):
        yield Evidence(Source.DATASET, "Its table is about work and pay", 0.8)
    elif data_class is DataClass.FREE_TEXT and known.TALK.intersection(table):
        yield Evidence(Source.DATASET, "Its table holds what people say", 0.6)
    elif data_class in _OF_PERSONS:
        if is_person:
            yield Evidence(Source.DATASET, about, 0.6)
        elif noun:
            yield Evidence(Source.DATASET, about, _OF_PERSONS[data_class])


def _key(data_class: DataClass, is_foreign_key: bool) -> Iterator[Evidence]:
    if is_foreign_key and data_class is not DataClass.SENSITIVE:
        yield Evidence(Source.KEY, "It refers to another table, and holds its keys", -3.0)


@lru_cache(maxsize=10_000)
def _kind(physical_type: str) -> str:
    """A type as flag, time, whole, exact, float or text; empty for what is not known."""
    text = physical_type.strip().lower()
    word = text.replace("(", " ").replace("<", " ").split(" ", 1)[0] if text else ""
    if word in ("bool", "boolean", "bit"):
        return "flag"
    for kind, words in (
        ("time", _TIMES), ("whole", _WHOLE), ("exact", _EXACT), ("float", _FLOATS), ("text", _TEXTS)
    ):  # fmt: skip
        if word in words:
            return kind
    return ""
