"""How PostgreSQL plans the questions of a search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

_is_by_index: ContextVar[bool] = ContextVar("search_by_index", default=False)


@contextmanager
def by_index() -> Iterator[None]:
    """Keep the planner from reading whole tables: it takes a word's condition on a row for as
    cheap as comparing two numbers, while it means reading the row's whole vector. Within another
    one nothing is said again."""
    if _is_by_index.get():
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0"
        )
        token = _is_by_index.set(True)
        try:
            yield
        finally:
            _is_by_index.reset(token)
        cursor.execute(
            "SET LOCAL enable_seqscan TO DEFAULT;"
            " SET LOCAL max_parallel_workers_per_gather TO DEFAULT"
        )
