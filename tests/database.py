"""The test database: made by the migrations once, then copied, which takes a tenth of the time."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.test.utils import setup_databases

_PREFIX = "concord_template_"
_LOCK = 20_261_121  # any number; the workers of a run share it


def make_test_database(verbosity: int) -> list[object]:
    """Make this worker's database and return what `teardown_databases` takes.

    The first worker of all runs in this folder migrates; the others, and later runs while no
    migration has changed, start from its copy.
    """
    template = _PREFIX + _migrations_digest()
    with _alone() as cursor:
        known = _templates(cursor)
        if template in known:
            connection.settings_dict["TEST"]["TEMPLATE"] = template
        made: list[object] = setup_databases(
            verbosity=verbosity, interactive=False, aliases={"default"}, serialized_aliases=set()
        )
        if template not in known:
            for name in known:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            own = connection.settings_dict["NAME"]
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]  # nobody may use what is copied
            cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{own}"')
    return made


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
