"""Moving many rows at once: COPY into tables, and COPY into a temporary table to update from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Model

_json = msgspec.json.Encoder(enc_hook=str)
ANALYZE_FROM = 200  # staged rows; fewer are joined well without statistics


def table_of(model: type[Model]) -> str:
    """The quoted table name."""
    return connection.ops.quote_name(model._meta.db_table)


def as_json(value: Any) -> str:
    """A JSON column's text; dates become ISO text, numbers that JSON does not know null."""
    return _json.encode(value).decode()


def copy_rows(
    cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows with COPY; triggers fire as for any insert."""
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    with (
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


@contextmanager
def staged(
    cursor: Any, model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Iterator[str]:
    """A temporary table with columns as in the model's table, filled; yields its name."""
    stage = f"stage_{model._meta.model_name}"
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    cursor.execute(
        f"CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS"  # noqa: S608 - our own names
        f" SELECT {names} FROM {table_of(model)} WITH NO DATA"
    )
    copy_rows(cursor, stage, columns, rows)
    if len(rows) >= ANALYZE_FROM:
        cursor.execute(f"ANALYZE {stage}")
    yield stage
    cursor.execute(f"DROP TABLE {stage}")


def update_rows(
    cursor: Any,
    model: type[Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    only_where: str = "",
) -> None:
    """Update by primary key; `columns` are "id" and then what is set."""
    if not rows:
        return
    quoted = [connection.ops.quote_name(name) for name in columns[1:]]
    assignments = ", ".join(f"{name} = stage.{name}" for name in quoted)
    with staged(cursor, model, columns, rows) as stage:
        if len(rows) >= ANALYZE_FROM:
            # History's trigger joins old and new rows by the plan of this session's first change:
            # one made for a single row compares each of ten thousand with all others, for a minute.
            cursor.execute("DISCARD PLANS")
        cursor.execute(
            f"UPDATE {table_of(model)} AS target SET {assignments}"  # noqa: S608 - our own names
            f" FROM {stage} AS stage WHERE target.id = stage.id {only_where}"
        )


def insert_rows(
    cursor: Any,
    model: type[Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    conflict: Sequence[str] = (),
    replace: Sequence[str] = (),
) -> None:
    """Insert what is missing; on the `conflict` columns, set the `replace` columns that differ."""
    if not rows:
        return
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns)
    target = f"({', '.join(quote(name) for name in conflict)})" if conflict else ""
    action = "NOTHING"
    if replace:
        assignments = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in replace)
        old = ", ".join(f"target.{quote(name)}" for name in replace)
        new = ", ".join(f"excluded.{quote(name)}" for name in replace)
        action = f"UPDATE SET {assignments} WHERE ({old}) IS DISTINCT FROM ({new})"
    with staged(cursor, model, columns, rows) as stage:
        cursor.execute(
            f"INSERT INTO {table_of(model)} AS target ({names})"  # noqa: S608 - our own names
            f" SELECT {names} FROM {stage} ORDER BY {', '.join(quote(n) for n in conflict) or '1'}"
            f" ON CONFLICT {target} DO {action}"
        )


def new_ids(cursor: Any, model: type[Model], count: int) -> list[int]:
    """Primary keys for rows about to be copied in, ascending."""
    if not count:
        return []
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [model._meta.db_table, count],
    )
    return [key for (key,) in cursor.fetchall()]
