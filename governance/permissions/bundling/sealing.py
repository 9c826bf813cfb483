"""Whose word a bundle is, and how fresh: a header signed with Ed25519 over the body's digest.

A client pins the public key. Each answer signs the client's own nonce, so that an old answer cannot
be told again; what lies on disk is judged by the instant in its header.

    concord bundle 1\\n · length of the header (4 bytes) · header (JSON) · signature (64) · body
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from catalog.names import lookup_key, lookup_parts

MARK = b"concord bundle 1\n"
BUNDLE, CHANGES, STILL = "bundle", "changes", "still"
MOST_BYTES = 256 * 2**20
"""A body larger than this, once it is decompressed, is refused."""
_SIGNATURE = 64


class BundleRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """What was received or lies on disk is not used; the sentence says why."""


class Place(msgspec.Struct, frozen=True):
    """What a catalog of an engine is called: `prefix` begins the name of its tables."""

    prefix: str
    system: str


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an answer is for, and what holds there. `stale` and `open` are the seconds after which
    data closes when the service is away: all that is not marked as open, and all."""

    gateway: str
    purpose: str = ""
    environment: str = ""
    elsewhere: Place
    catalogs: Mapping[str, Place] = {}
    stale: float = 300.0
    open: float = 3_600.0

    def name_of(self, catalog: str, schema: str, table: str) -> tuple[str, str]:
        """The name of a table and of its system in Concord, in lower case."""
        within = self.catalogs.get(catalog.lower())
        if within is not None:
            return lookup_key(within.prefix) + lookup_parts((schema, table)), within.system
        within = self.elsewhere
        return lookup_key(within.prefix) + lookup_parts((catalog, schema, table)), within.system


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed. `kind` is a whole bundle, changes after `base`, or that nothing changed.

    `version` is the state that whoever takes it has then, `latest` the one in force, `epoch` the
    policy epoch of `version`. `at` is the service's instant (seconds since 1970), `confirmed` when
    its database last said so, `nonce` what the client asked with, `digest` SHA-256 of the body as
    it is sent.
    """

    kind: str
    version: int
    latest: int
    at: float
    confirmed: float
    nonce: str
    served: Served
    base: int = 0
    epoch: int = 0
    digest: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Header).decode


def compressed(body: bytes) -> bytes:
    """A body as it is sent."""
    return zlib.compress(body, 6)


def digest_of(body: bytes) -> str:
    """What a header says of a body as it is sent."""
    return sha256(body).hexdigest()


def sealed(header: Header, body: bytes, key: Ed25519PrivateKey) -> bytes:
    """A header, signed, with the compressed body whose digest it names."""
    said = _encode(header)
    return b"".join((MARK, len(said).to_bytes(4, "big"), said, key.sign(MARK + said), body))


def opened(data: bytes, keys: Iterable[Ed25519PublicKey]) -> tuple[Header, bytes]:
    """The header and the body, decompressed. Raises BundleRefused for what was cut, changed, or
    signed with another key."""
    start = len(MARK) + 4
    if not data.startswith(MARK) or len(data) < start:
        raise BundleRefused("This is no bundle.")
    size = int.from_bytes(data[len(MARK) : start], "big")
    end = start + size + _SIGNATURE
    if size > MOST_BYTES or len(data) < end:
        raise BundleRefused("The bundle was cut.")
    header = _checked(data[start : start + size], data[start + size : end], keys)
    body = data[end:]
    if digest_of(body) != header.digest:
        raise BundleRefused("The bundle was cut or changed: its body is not the one signed.")
    return header, _decompressed(body)


def sealed_word(header: Header, key: Ed25519PrivateKey) -> str:
    """A header alone, for an answer without a body."""
    said = _encode(header)
    return ".".join(
        base64.urlsafe_b64encode(part).decode() for part in (said, key.sign(MARK + said))
    )


def word_in(text: str, keys: Iterable[Ed25519PublicKey]) -> Header:
    """The header in such a text. Raises BundleRefused."""
    said, _, signature = text.partition(".")
    try:
        told, seal = (base64.urlsafe_b64decode(part) for part in (said, signature))
    except ValueError:
        raise BundleRefused("The answer's seal is none.") from None
    return _checked(told, seal, keys)


def _checked(said: bytes, signature: bytes, keys: Iterable[Ed25519PublicKey]) -> Header:
    for key in keys:
        try:
            key.verify(signature, MARK + said)
        except InvalidSignature:
            continue
        try:
            return _decode(said)
        except msgspec.DecodeError as error:
            raise BundleRefused(f"The header cannot be read: {error}") from None
    raise BundleRefused("It is not signed with a key that this client trusts.")


def _decompressed(body: bytes) -> bytes:
    reading = zlib.decompressobj()
    try:
        found = reading.decompress(body, MOST_BYTES)
    except zlib.error as error:
        raise BundleRefused(f"The body cannot be decompressed: {error}") from None
    if reading.unconsumed_tail or not reading.eof:
        raise BundleRefused("The body was cut, or is larger than a client takes.")
    return found
