"""One import of a connection at a time: a lock of the database session that imports.

It ends with the session, however the process ends, so that who holds it is alive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error
from django.db import connection as database

_CLASS = 0x696E67 << 32  # keeps our keys apart from other advisory locks


@contextmanager
def connection_lock(connection_id: int) -> Iterator[bool]:
    """Try to take the lock; yields whether this process has it now."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_CLASS + connection_id])
        (taken,) = cursor.fetchone()
    try:
        yield taken
    finally:
        if taken:
            # A lost session has released it already.
            with suppress(Error), database.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_CLASS + connection_id])


def session() -> int | None:
    """The server's number for this thread's session; another one means that the lock is lost.

    After an error Django opens a new session on its own, so who relies on a lock has to look.
    """
    raw = database.connection
    return None if raw is None or raw.closed else int(raw.info.backend_pid)


def is_locked(connection_id: int) -> bool:
    """Whether an import of the connection is running, here or anywhere."""
    key = _CLASS + connection_id
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND objsubid = 1 AND classid::bigint = %s AND objid::bigint = %s)",
            [key >> 32, key & 0xFFFFFFFF],
        )
        (held,) = cursor.fetchone()
    return bool(held)
