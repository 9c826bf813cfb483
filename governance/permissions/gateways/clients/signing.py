"""The key that bundles are signed with: Ed25519, so that a client needs no secret to check.

It is derived from `BUNDLE_SIGNING_KEY`, or where that is not given from the service's own secret
key. Clients pin its public half.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings


def signing_key() -> Ed25519PrivateKey:
    """The private half."""
    return _key(settings.BUNDLE_KEY or settings.SECRET_KEY)


def public_key() -> str:
    """The public half, in hexadecimal, as clients are given it."""
    return signing_key().public_key().public_bytes_raw().hex()


@lru_cache(maxsize=4)
def _key(secret: str) -> Ed25519PrivateKey:
    seed = hmac.new(secret.encode(), b"concord client bundles", hashlib.sha256).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)
