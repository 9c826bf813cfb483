"""Reading the rows that a chunk is going to change, locked, and the defaults of new ones."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection

from catalog.models import Column, Dataset
from catalog.models.copying import table_of
from catalog.services.ingest.merging import COLUMN_FIELDS, DATASET_FIELDS, JSON_FIELDS, Row


def lock_datasets(cursor: Any, dataset_ids: Sequence[int]) -> dict[int, Row]:
    """Rows by key, locked in the order of keys so that two imports never deadlock."""
    if not dataset_ids:
        return {}
    cursor.execute(
        f"SELECT id, {_names(DATASET_FIELDS)} FROM {table_of(Dataset)}"  # noqa: S608
        " WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [list(dataset_ids)],
    )
    return {key: _row(values) for key, *values in cursor.fetchall()}


def _row(values: Sequence[Any]) -> Row:
    row = dict(zip(DATASET_FIELDS, values, strict=True))
    for name in JSON_FIELDS:
        row[name] = json.loads(row[name])
    return row


def load_columns(cursor: Any, dataset_ids: Sequence[int]) -> dict[int, dict[str, tuple[int, Row]]]:
    """By dataset and path: the key and the row of every column."""
    found: dict[int, dict[str, tuple[int, Row]]] = defaultdict(dict)
    if dataset_ids:
        cursor.execute(
            # One index lookup per dataset, also while the table has no statistics yet.
            "SELECT found.* FROM unnest(%s::bigint[]) AS wanted (id), LATERAL"  # noqa: S608
            f" (SELECT dataset_id, id, {_names(COLUMN_FIELDS)} FROM {table_of(Column)}"
            " WHERE dataset_id = wanted.id OFFSET 0) AS found",
            [list(dataset_ids)],
        )
        for dataset_id, key, *values in cursor.fetchall():
            found[dataset_id][values[0]] = (key, dict(zip(COLUMN_FIELDS, values, strict=True)))
    return found


def dataset_defaults(now: dt.datetime) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """(columns, values) of a new dataset for everything that no source writes."""
    names, values = _model_defaults()
    return (*names, "created_at"), (*values, now)


@lru_cache(maxsize=1)
def _model_defaults() -> tuple[tuple[str, ...], tuple[Any, ...]]:
    written = {"id", "created_at", *DATASET_FIELDS}
    fields = [f for f in Dataset._meta.concrete_fields if f.attname not in written]
    return (
        tuple(f.attname for f in fields),
        tuple(f.get_db_prep_save(f.get_default(), connection) for f in fields),
    )


def _names(fields: Sequence[str]) -> str:
    return ", ".join(connection.ops.quote_name(name) for name in fields)
