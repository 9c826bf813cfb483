"""Tables of search in a schema of their own, which comes first for this connection alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from catalog.models import (
    RefusedDocument,
    SearchColumn,
    SearchDocument,
    SearchGeneration,
    SearchProfile,
    SearchTerm,
    SearchWord,
)

_TABLES = (
    *(SearchDocument, SearchColumn, SearchProfile, SearchTerm, SearchWord),
    *(SearchGeneration, RefusedDocument),
)


@contextmanager
def apart() -> Iterator[None]:
    """Empty tables in the place of the catalog's until the end; see `Backend.apart`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), current_schema(), pg_backend_pid()")
        path, home, process = cursor.fetchone()
        schema = f"search_apart_{process}"
        cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        cursor.execute(f"CREATE SCHEMA {schema}")
        try:
            for model in _TABLES:
                table = model._meta.db_table
                cursor.execute(f"CREATE TABLE {schema}.{table} (LIKE {home}.{table} INCLUDING ALL)")
            cursor.execute("SELECT set_config('search_path', %s, false)", [f"{schema}, {path}"])
            yield
        finally:
            cursor.execute("SELECT set_config('search_path', %s, false)", [path])
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
