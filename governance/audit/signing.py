"""Signatures of the audit's heads: Ed25519, so that whoever checks needs no secret.

The key is derived from `AUDIT_SIGNING_KEY`, or where that is not given from the service's own
secret key, which is never a default. It does not lie in the database.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


def sign(statement: str) -> str:
    """The signature of a statement, as `key:signature` in hexadecimal."""
    key = _key()
    return f"{key.public_key().public_bytes_raw().hex()}:{key.sign(statement.encode()).hex()}"


def is_signed(statement: str, signature: str, key: str | None = None) -> bool:
    """Whether a statement is signed with `key`, the service's own where none is named."""
    expected = key or public_key()
    given, _, signed = signature.partition(":")
    if given != expected:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(expected))
        public.verify(bytes.fromhex(signed), statement.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key() -> str:
    """The public half, to be kept where the signed heads go."""
    return _key().public_key().public_bytes_raw().hex()


def _key() -> Ed25519PrivateKey:
    secret = settings.AUDIT_KEY or settings.SECRET_KEY
    seed = hmac.new(secret.encode(), b"concord audit heads", hashlib.sha256).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)
