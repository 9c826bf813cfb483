"""Writing documents: the newest version wins, whatever the order in which writes arrive."""

# ruff: noqa: S608 - only our own table and column names are formatted in; values never

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from catalog.models import SearchColumn
from catalog.models import SearchDocument as StoredDocument
from catalog.models.copying import copy_rows, staged
from catalog.search.backends.base import Key
from catalog.search.backends.postgres.rows import (
    DOCUMENT_COLUMNS,
    SHARED_COLUMNS,
    Profiles,
    column_rows,
    document_rows,
    tombstone,
)
from catalog.search.documents import SearchDocument

DOCUMENTS = StoredDocument._meta.db_table
COLUMNS = SearchColumn._meta.db_table


def write(documents: Sequence[SearchDocument], gone: Iterable[Key], *, version: int) -> None:
    """Store `documents` and tombstones in one transaction; a newer stored version stays."""
    with transaction.atomic():
        profiles = Profiles()
        rows = document_rows(documents, version=version, profiles=profiles)
        rows += [tombstone(kind, object_id, version) for kind, object_id in gone]
        # In one order everywhere, so that two writers never wait for each other in a circle.
        rows.sort(key=lambda row: (row[0], row[2]))
        if not rows:
            return
        changed = _upsert(rows)
        _write_columns(
            [d for d in documents if (d.kind, d.id) in changed], changed, version, profiles
        )


def _upsert(rows: Sequence[tuple[object, ...]]) -> set[Key]:
    """Returns the datasets whose row was written and whose columns are new as well."""
    names = ", ".join(DOCUMENT_COLUMNS)
    updates = ", ".join(
        f"{name} = excluded.{name}"
        for name in DOCUMENT_COLUMNS
        if name not in ("kind", "object_id")
    )
    with (
        connection.cursor() as cursor,
        staged(cursor, StoredDocument, DOCUMENT_COLUMNS, rows) as stage,
    ):
        # Locked before they are compared: another writer may be about to change them.
        cursor.execute(
            "SELECT stored.kind, stored.object_id, stored.columns_digest"
            f" FROM {DOCUMENTS} stored JOIN {stage} USING (kind, object_id)"
            " ORDER BY stored.kind, stored.object_id FOR UPDATE OF stored"
        )
        before = {(kind, pk): digest for kind, pk, digest in cursor.fetchall()}
        cursor.execute(
            f"INSERT INTO {DOCUMENTS} AS stored ({names})"
            f" SELECT {names} FROM {stage} ORDER BY kind, object_id"
            f" ON CONFLICT (kind, object_id) DO UPDATE SET {updates}"
            " WHERE stored.version <= excluded.version"
            " RETURNING kind, object_id, columns_digest"
        )
        return {
            (kind, pk) for kind, pk, digest in cursor.fetchall() if before.get((kind, pk)) != digest
        }


def _write_columns(
    documents: Sequence[SearchDocument], changed: set[Key], version: int, profiles: Profiles
) -> None:
    datasets = [pk for kind, pk in changed if kind == "dataset"]
    if not datasets:
        return
    rows = column_rows(documents, version=version, profiles=profiles)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {COLUMNS} WHERE parent_id = ANY(%s) OR object_id = ANY(%s)",
            [datasets, [row[2] for row in rows]],
        )
        if rows:
            copy_rows(cursor, COLUMNS, SHARED_COLUMNS, rows)
