"""The chain: each record is hashed with the one before it, so that none can change unseen.

A process has one chain for each way of keeping, so that what is pruned by age is always the
beginning of a chain. `h_n = SHA-256(h_(n-1) || canonical row)`; `h_0` is the hash of the chain's
own name.
"""

from __future__ import annotations

import hashlib
import secrets

import msgspec

from governance.audit.types import MOST_NAMED, AccessRecord

_encode = msgspec.json.Encoder().encode
_NUL = rb"\u0000"
decode = msgspec.json.Decoder(AccessRecord).decode


def genesis(chain: int) -> bytes:
    """What the first record of a chain is hashed with."""
    return hashlib.sha256(f"concord audit chain {chain}".encode()).digest()


def following(digest: bytes, body: bytes) -> bytes:
    """The hash of a record whose predecessor has the hash `digest`."""
    return hashlib.sha256(digest + body).digest()


def canonical(record: AccessRecord) -> bytes:
    """The bytes of a record that are hashed. Half characters and NUL, which no reader of PostgreSQL
    takes for text, are replaced, long lists cut."""
    if len(record.resources) > MOST_NAMED:
        record.asked = record.asked or len(record.resources)
        record.resources = record.resources[:MOST_NAMED]
    if len(record.columns) > MOST_NAMED:
        record.columns = record.columns[:MOST_NAMED]
    if len(record.datasets) > MOST_NAMED:
        record.datasets = record.datasets[:MOST_NAMED]
    if len(record.refused_indices) > MOST_NAMED:
        record.refused_indices = record.refused_indices[:MOST_NAMED]
    try:
        body = _encode(record)
    except UnicodeEncodeError:
        pass
    else:
        if _NUL not in body:
            return body
    for name in record.__struct_fields__:
        setattr(record, name, _whole(getattr(record, name)))
    return _encode(record)


def _whole(value: object) -> object:
    if type(value) is str:
        return value.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
    if isinstance(value, tuple):
        return tuple(_whole(one) for one in value)
    return value


class Chain:
    """The growing end of one chain."""

    def __init__(self) -> None:
        self.id = secrets.randbits(62)
        self.sequence = 0
        self.digest = genesis(self.id)

    def add(self, record: AccessRecord) -> bytes:
        """Give the record its place and return its canonical bytes; `digest` is then its hash."""
        self.sequence += 1
        record.chain = self.id
        record.sequence = self.sequence
        body = canonical(record)
        self.digest = following(self.digest, body)
        return body
