"""The test database: made by the migrations once, then copied, which takes a tenth of the time,
and emptied after a test by deleting what is there, where truncating every table takes ten times as
long."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.test.utils import setup_databases

_PREFIX = "concord_template_"
_LOCK = 20_261_121  # any number; the workers of a run share it
_KEPT = ("django_content_type", "auth_permission")  # made again after each emptying, the same ones
_LARGE = 1_000_000  # bytes from which on a table is truncated: deleted rows would stay in its file


def make_test_database(verbosity: int) -> None:
    """Make this worker's database.

    The first worker of all runs in this folder migrates; the others, and later runs while no
    migration has changed, start from its copy.
    """
    template = _PREFIX + _migrations_digest()
    connection.ops.sql_flush = sql_that_empties
    with _alone() as cursor:
        known = _templates(cursor)
        if template in known:
            connection.settings_dict["TEST"]["TEMPLATE"] = template
        setup_databases(
            verbosity=verbosity, interactive=False, aliases={"default"}, serialized_aliases=set()
        )
        if template not in known:
            for name in known:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            own = connection.settings_dict["NAME"]
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]  # nobody may use what is copied
            cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{own}"')


def drop_test_database() -> None:
    """Take this worker's database away, whatever a live server's threads still hold of it."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    with _alone() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def sql_that_empties(
    style: object,
    tables: Iterable[str],
    *,
    reset_sequences: bool = False,
    allow_cascade: bool = False,
) -> list[str]:
    """What the database's `sql_flush` answers, for the tables that hold something only.

    Triggers rest meanwhile: they keep a history of what a test leaves behind, and refuse to take
    from what is append-only. Sequences go on, as they do for Django's tests.
    """
    named = [connection.ops.quote_name(table) for table in tables if table not in _KEPT]
    query = " UNION ALL ".join(
        f"SELECT %s, pg_relation_size(%s) WHERE EXISTS (SELECT FROM {table})" for table in named
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [table for table in named for _ in range(2)])
        filled = cursor.fetchall()
    if not filled:
        return []
    large = [table for table, size in filled if size > _LARGE]
    small = [table for table, size in filled if size <= _LARGE]
    return [
        *([f"TRUNCATE {', '.join(large)} CASCADE"] if large else []),
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in small),
        *(f"DELETE FROM {table}" for table in small),
        "SET CONSTRAINTS ALL IMMEDIATE",  # nothing may be pending when triggers come back
        *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in small),
    ]


@contextmanager
def _alone() -> Iterator[CursorWrapper]:
    """A cursor outside every test database, while no other worker makes one."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield cursor


def _templates(cursor: CursorWrapper) -> list[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_PREFIX])
    return [name for (name,) in cursor.fetchall()]


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    for (app, name), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        source = inspect.getsource(inspect.getmodule(type(migration)))  # type: ignore[arg-type]
        digest.update(f"{app} {name}\n{source}".encode())
    return digest.hexdigest()[:16]
