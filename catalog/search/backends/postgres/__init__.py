"""Search in the service's own PostgreSQL: finished words in a GIN index, ranked in bands."""

from __future__ import annotations

from catalog.search.backends.postgres.backend import PostgresBackend

__all__ = ["PostgresBackend"]
