"""Backends: each holds the same documents and answers the same requests with the same hits."""

from __future__ import annotations

from functools import cache

from catalog.search.backends.base import Backend


@cache
def backend() -> Backend:
    """The backend in use."""
    from catalog.search.backends.postgres import PostgresBackend

    return PostgresBackend()
