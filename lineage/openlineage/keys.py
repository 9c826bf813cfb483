"""The keys under which names of any length are stored."""

from __future__ import annotations

import hashlib

from catalog.connectors.openlineage.states import JobKey, job_text

_DIGEST = 16


def key_of(text: str) -> bytes:
    """The key of a name of any length."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def key_of_job(job: JobKey) -> bytes:
    """The key of a job."""
    return key_of(job_text(job))
