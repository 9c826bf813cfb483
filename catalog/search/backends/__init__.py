"""Backends: each holds the same documents and answers the same requests with the same hits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from django.conf import settings

from catalog.search.backends.base import Backend

_apart: ContextVar[Backend | None] = ContextVar("search_backend_apart", default=None)


def backend() -> Backend:
    """The backend in use."""
    return _apart.get() or configured()


@contextmanager
def backend_apart() -> Iterator[None]:
    """Until the end `backend()` is one with an empty index of its own; see `Backend.apart`."""
    with configured().apart() as place:
        token = _apart.set(place)
        try:
            yield
        finally:
            _apart.reset(token)


@cache
def configured() -> Backend:
    """Elasticsearch where its address is given, else the database itself."""
    if settings.ELASTICSEARCH_URL:
        from catalog.search.backends.elasticsearch import ElasticsearchBackend

        return ElasticsearchBackend()
    from catalog.search.backends.postgres import PostgresBackend

    return PostgresBackend()
