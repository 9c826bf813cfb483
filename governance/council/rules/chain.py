"""The chain of decisions: each link's hash covers the link before it and its own record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from governance.agreements.canonical import canonical

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One decision as it is stored: `columns` are the values beside the record that repeat it,
    under the names that the record has for them; of `texts` the record has a salted digest."""

    key: str
    number: int
    record: str
    prev_hash: str
    hash: str
    columns: dict[str, Any]
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain as somebody remembers it."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain is broken, in a sentence."""

    key: str
    sentence: str


def hash_of(prev_hash: str, record: str) -> str:
    """SHA-256 over the hash before it and the record, in hexadecimal digits."""
    return hashlib.sha256(f"{prev_hash}\n{record}".encode()).hexdigest()


def salted(salt: str, text: str) -> str:
    """What the chain keeps of a text that a person wrote, so that it can be erased."""
    return hashlib.sha256(f"{salt}{text}".encode("utf-8", "surrogatepass")).hexdigest()


def written(record: dict[str, Any]) -> str:
    """A record as it is hashed (RFC 8785)."""
    return canonical(record)


def faults(links: Iterable[Link], head: Head | None = None) -> Iterator[Fault]:
    """Everything that is wrong with a chain given in the order of its numbers: a record that was
    changed, a link that is missing or stands elsewhere, columns that say something else than the
    record, and a tail that was cut off, where `head` is remembered."""
    before, expected = GENESIS, 1
    remembered = head is None
    for link in links:
        if link.number != expected:
            yield Fault(link.key, f"Number {expected} is missing before {link.key}.")
            expected = link.number
        if link.prev_hash != before:
            yield Fault(link.key, f"{link.key} does not follow the decision before it.")
        if hash_of(link.prev_hash, link.record) != link.hash:
            yield Fault(link.key, f"The record of {link.key} was changed.")
        yield from _column_faults(link)
        if head is not None and link.number == head.number:
            remembered = True
            if link.hash != head.hash:
                yield Fault(link.key, f"{link.key} is not the decision that was remembered.")
        before, expected = link.hash, expected + 1
    if not remembered and head is not None:
        yield Fault(
            f"DR-{head.number:04d}",
            f"The chain ends before number {head.number}, which was remembered.",
        )


def _column_faults(link: Link) -> Iterator[Fault]:
    try:
        record = json.loads(link.record)
    except ValueError:
        yield Fault(link.key, f"The record of {link.key} is no JSON.")
        return
    if not isinstance(record, dict):
        yield Fault(link.key, f"The record of {link.key} is no object.")
        return
    for name, value in link.columns.items():
        if record.get(name) != value:
            yield Fault(link.key, f"{link.key} shows another {name} than its record.")
    salt = str(record.get("salt", ""))
    for name, text in link.texts.items():
        if record.get(name) != salted(salt, text):
            yield Fault(link.key, f"{link.key} shows another {name} than its record.")
