"""A new generation of the tables: built beside the old one, which answers until the swap."""

# ruff: noqa: S608 - only our own table and column names are formatted in; values never

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from catalog.errors import Conflict
from catalog.models.copying import copy_rows
from catalog.search.backends.postgres.rows import (
    DOCUMENT_COLUMNS,
    SHARED_COLUMNS,
    Profiles,
    column_rows,
    document_rows,
)
from catalog.search.backends.postgres.writing import COLUMNS, DOCUMENTS
from catalog.search.documents import SearchDocument

_TABLES = (DOCUMENTS, COLUMNS)
_LOCK = 7_301_865_114  # any number, the same in every process
PATIENCE = 300.0  # seconds for which a moment is sought in which nobody reads


def rebuild(
    batches: Iterable[Sequence[SearchDocument]],
    *,
    progress: Callable[[int], None],
    position: Callable[[], int],
) -> int:
    """See `Backend.rebuild`; raises Conflict when another rebuild is running."""
    with connection.cursor() as cursor, _alone(cursor):
        version = position()
        for table in _TABLES:
            _create_next(cursor, table)
        count = _fill(cursor, batches, progress, version)
        for table in _TABLES:
            _index_next(cursor, table)
        deadline = time.monotonic() + PATIENCE
        while not _is_swapped(cursor, version, position):
            if time.monotonic() > deadline:
                raise Conflict(
                    "Somebody reads the search index without end, as a backup does: the old one"
                    " stays. Rebuild it when that has ended."
                )
            time.sleep(random.uniform(0.05, 0.5))  # noqa: S311 - no secret
    return count


def _is_swapped(cursor: Any, version: int, position: Callable[[], int]) -> bool:
    """Put the new tables in the place of the old ones; False where those who read them are in the
    way. They read both in any order, so whoever waited for them for long would have them wait in a
    circle, and everybody else behind it."""
    try:
        with transaction.atomic():
            cursor.execute(f"LOCK TABLE {DOCUMENTS}, {COLUMNS} IN SHARE ROW EXCLUSIVE MODE")
            _keep_newer(cursor, version, position())
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            cursor.execute(f"LOCK TABLE {DOCUMENTS}, {COLUMNS} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
            for table in _TABLES:
                _swap(cursor, table)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        return False
    return True


@contextmanager
def _alone(cursor: Any) -> Iterator[None]:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
    if not cursor.fetchone()[0]:
        raise Conflict("The search index is being rebuilt already: wait until that has ended.")
    try:
        yield
    finally:
        if connection.is_usable():
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _create_next(cursor: Any, table: str) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {table}_next")
    cursor.execute(
        f"CREATE TABLE {table}_next"
        f" (LIKE {table} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING STORAGE)"
        " WITH (toast_tuple_target = 256)"  # what ranking does not read lies apart from the row
    )
    cursor.execute(f"ALTER TABLE {table}_next ALTER name_tokens SET STORAGE MAIN")


def _fill(
    cursor: Any,
    batches: Iterable[Sequence[SearchDocument]],
    progress: Callable[[int], None],
    version: int,
) -> int:
    profiles = Profiles()
    count = 0
    for documents in batches:
        rows = document_rows(documents, version=version, profiles=profiles)
        copy_rows(cursor, f"{DOCUMENTS}_next", DOCUMENT_COLUMNS, rows)
        rows = column_rows(documents, version=version, profiles=profiles)
        copy_rows(cursor, f"{COLUMNS}_next", SHARED_COLUMNS, rows)
        count += len(documents)
        progress(count)
    return count


def _indexes(cursor: Any, table: str) -> list[tuple[str, str, str | None, str | None]]:
    """(name, definition, name of its constraint, type of that) of every index."""
    cursor.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid), con.conname, con.contype::text"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid"
        " WHERE i.indrelid = %s::regclass ORDER BY c.relname",
        [table],
    )
    return list(cursor.fetchall())


def _index_next(cursor: Any, table: str) -> None:
    # Best standing first: where thousands match alike, a search ranks the first it meets.
    cursor.execute(f"CREATE INDEX {table}_order ON {table}_next (standing, object_id)")
    cursor.execute(f"CLUSTER {table}_next USING {table}_order")
    cursor.execute(f"DROP INDEX {table}_order")
    for name, definition, _, _ in _indexes(cursor, table):
        head, _, tail = definition.partition(" USING ")
        unique = "UNIQUE " if head.startswith("CREATE UNIQUE") else ""
        cursor.execute(f'CREATE {unique}INDEX "{name}_next" ON {table}_next USING {tail}')
    # Vacuumed, a count is answered from the index alone; not possible inside a transaction.
    vacuum = "" if connection.in_atomic_block else "VACUUM "
    cursor.execute(f"{vacuum}ANALYZE {table}_next")


def is_current(position: Callable[[], int]) -> bool:
    """See `Backend.is_current`; migrations lay the tables out. Those of a database that was
    restored into another server may be ahead of it: what is written now would lose against them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(version), 0) FROM {DOCUMENTS}")
        (newest,) = cursor.fetchone()
    return bool(newest <= position())


def _keep_newer(cursor: Any, version: int, position: int) -> None:
    """What was written while the new generation was being read wins over it."""
    names = ", ".join(DOCUMENT_COLUMNS)
    updates = ", ".join(
        f"{name} = excluded.{name}"
        for name in DOCUMENT_COLUMNS
        if name not in ("kind", "object_id")
    )
    cursor.execute(
        f"INSERT INTO {DOCUMENTS}_next AS next ({names}) SELECT {names} FROM {DOCUMENTS}"
        f" WHERE version BETWEEN %s AND %s ON CONFLICT (kind, object_id) DO UPDATE SET {updates}"
        " WHERE next.version <= excluded.version RETURNING kind, object_id",
        [version, position],
    )
    datasets = [pk for kind, pk in cursor.fetchall() if kind == "dataset"]
    names = ", ".join(SHARED_COLUMNS)
    cursor.execute(f"DELETE FROM {COLUMNS}_next WHERE parent_id = ANY(%s)", [datasets])
    cursor.execute(
        f"INSERT INTO {COLUMNS}_next ({names}) SELECT {names} FROM {COLUMNS}"
        " WHERE parent_id = ANY(%s)",
        [datasets],
    )


def _swap(cursor: Any, table: str) -> None:
    """The new table takes the old one's name, with its indexes, constraints and sequence."""
    indexes = _indexes(cursor, table)
    cursor.execute(f"DROP TABLE {table}")
    cursor.execute(f"ALTER TABLE {table}_next RENAME TO {table}")
    cursor.execute(f"ALTER SEQUENCE {table}_next_id_seq RENAME TO {table}_id_seq")
    for name, _, constraint, kind in indexes:
        if constraint is None:
            cursor.execute(f'ALTER INDEX "{name}_next" RENAME TO "{name}"')
        else:
            words = "PRIMARY KEY" if kind == "p" else "UNIQUE"
            cursor.execute(
                f'ALTER TABLE {table} ADD CONSTRAINT "{constraint}" {words}'
                f' USING INDEX "{name}_next"'
            )
