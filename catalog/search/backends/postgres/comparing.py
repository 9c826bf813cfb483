"""What the tables hold beside what they should hold, a stretch of ids at a time."""

# ruff: noqa: S608 - only our own table and column names are formatted in; values never

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from catalog.models import SearchDocument as StoredDocument
from catalog.models.copying import staged
from catalog.search.backends.postgres.rows import DOCUMENT_COLUMNS, Profiles, document_rows
from catalog.search.documents import SearchDocument

_TABLE = StoredDocument._meta.db_table
_COMPARED = [name for name in DOCUMENT_COLUMNS if name not in ("kind", "object_id", "version")]


def differing(
    kind: str, above: int, up_to: int | None, documents: Sequence[SearchDocument]
) -> set[int]:
    """See `Backend.differing`; rows are compared as they would be written now."""
    stored = ", ".join(f"stored.{name}" for name in _COMPARED)
    wanted = ", ".join(f"wanted.{name}" for name in _COMPARED)
    with transaction.atomic(), connection.cursor() as cursor:
        rows = document_rows(documents, version=0, profiles=Profiles())
        with staged(cursor, StoredDocument, DOCUMENT_COLUMNS, rows) as stage:
            cursor.execute(
                "SELECT coalesce(stored.object_id, wanted.object_id) FROM"
                f" (SELECT * FROM {_TABLE} WHERE kind = %s AND profile_id IS NOT NULL"
                " AND object_id > %s AND object_id <= coalesce(%s::bigint, object_id)) stored"
                f" FULL JOIN {stage} wanted USING (kind, object_id)"
                f" WHERE ({stored}) IS DISTINCT FROM ({wanted})",
                [kind, above, up_to],
            )
            return {pk for (pk,) in cursor.fetchall()}
