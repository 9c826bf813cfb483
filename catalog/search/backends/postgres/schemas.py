"""Tables of search in the place of the catalog's, for this connection alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection, transaction

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
    """Empty tables in the place of the catalog's until the end; see `Backend.apart`.

    They are temporary ones: whoever is killed leaves none behind.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), current_schema()")
        path, home = cursor.fetchone()
        # Too late where the connection has used a temporary table before: then it is only slower.
        with suppress(DatabaseError), transaction.atomic():
            cursor.execute("SET temp_buffers = '128MB'")
        try:
            for model in _TABLES:
                table = model._meta.db_table
                cursor.execute(
                    f"CREATE TEMPORARY TABLE {table} (LIKE {home}.{table} INCLUDING ALL)"
                )
            # Named first, it is also where tables are made that say nothing of where they lie.
            cursor.execute("SELECT set_config('search_path', %s, false)", [f"pg_temp, {path}"])
            yield
        finally:
            if connection.is_usable():
                cursor.execute("SELECT set_config('search_path', %s, false)", [path])
                cursor.execute("DISCARD TEMP")
