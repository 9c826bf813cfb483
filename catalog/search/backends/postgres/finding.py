"""Running a search against the tables, and reading its rows back."""

# ruff: noqa: S608 - only our own table and column names are formatted in; values never

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from catalog.models import SearchColumn
from catalog.models import SearchDocument as StoredDocument
from catalog.search.answers import Band
from catalog.search.backends.base import MAX_VALUES, Found, Request, Row, ValueCount
from catalog.search.backends.postgres import lexemes
from catalog.search.backends.postgres.lexemes import quoted
from catalog.search.backends.postgres.statement import (
    IS_COLUMN,
    Statement,
    allowed,
    band,
    decoded,
    matching,
    sort_expression,
    wanted_profiles,
)
from catalog.search.query import Order
from catalog.search.registry import COLUMN

_DOCUMENTS = StoredDocument._meta.db_table
_COLUMNS = SearchColumn._meta.db_table


def find(request: Request) -> Found:
    """Hits, total and facets in one statement, so that they are of one moment."""
    if not request.visibility.kinds:
        return Found(facets=dict.fromkeys(request.facets, ()))
    table = _COLUMNS if request.is_columns else _DOCUMENTS
    statement = matching(request, table)
    statement.add(", ok AS MATERIALIZED (SELECT p.id FROM catalog_searchprofile p WHERE ")
    _extend(statement, allowed(request))
    statement.add(
        "), g AS MATERIALIZED (SELECT profile_id, count(*) AS hits FROM m GROUP BY profile_id)"
        " SELECT 'total' AS what, NULL AS field, NULL AS value, NULL AS label,"
        " coalesce(sum(hits), 0)::bigint AS hits, NULL::jsonb AS row"
        " FROM g WHERE profile_id IN (SELECT id FROM ok)"
    )
    if request.size:
        _add_rows(statement, request, table)
    _add_facets(statement, request)
    total = 0
    rows: list[Mapping[str, Any]] = []
    facets: dict[str, list[ValueCount]] = {field: [] for field in request.facets}
    for what, field, value, label, hits, row in _fetch(statement):
        if what == "total":
            total = hits
        elif what == "row":
            rows.append(row if isinstance(row, dict) else json.loads(row))
        else:
            facets[field].append(ValueCount(value, label, hits))
    return Found(
        rows=_rows(rows, request, table),
        total=total,
        facets={
            field: tuple(sorted(values, key=lambda v: (-v.count, v.label, v.value)))
            for field, values in facets.items()
        },
    )


def complete(request: Request) -> tuple[Row, ...]:
    """Rows by their names alone."""
    if not request.visibility.kinds or not request.query.exact:
        return ()
    statement = matching(request, _DOCUMENTS, names_only=True)
    statement.add(", ok AS MATERIALIZED (SELECT p.id FROM catalog_searchprofile p WHERE ")
    _extend(statement, allowed(request))
    statement.add(") SELECT NULL, NULL, NULL, NULL, 0, NULL::jsonb WHERE false")
    _add_rows(statement, request, _DOCUMENTS)
    rows = [row if isinstance(row, dict) else json.loads(row) for *_, row in _fetch(statement)]
    return _rows(rows, request, _DOCUMENTS)


def columns_of(request: Request, datasets: Sequence[int], limit: int) -> dict[int, list[str]]:
    """Matching columns of datasets on the page: the whole name first, then the shortest."""
    if not datasets:
        return {}
    forms = [
        form
        for word in request.query.needed
        for form in (
            quoted(lexemes.NAME, word.stem),
            quoted(lexemes.NAME, word.surface, is_prefix=len(word.surface) > 2),
        )
    ]
    forms.append(quoted(lexemes.WHOLE_NAME, request.query.exact))
    for chosen in request.query.filters:
        if chosen.field == "column" and not chosen.is_negated:
            forms.append(quoted(lexemes.NAME, chosen.value.lower()))
            forms.append(quoted(lexemes.WHOLE_NAME, chosen.value.lower()))
    statement = Statement(
        "SELECT parent_id, display->>'name' FROM (SELECT parent_id, display, row_number() OVER"
        " (PARTITION BY parent_id ORDER BY (sort_name = %s) DESC,"
        " name_words, sort_name, object_id) AS position"
        f" FROM {_COLUMNS} WHERE parent_id = ANY(%s) AND tokens @@ %s::tsquery) ranked"
        " WHERE position <= %s ORDER BY parent_id, position",
        [request.query.exact, list(datasets), " | ".join(forms), limit],
    )
    found: dict[int, list[str]] = defaultdict(list)
    for parent, name in _fetch(statement):
        found[parent].append(name)
    return dict(found)


def column_names(request: Request, limit: int) -> list[str]:
    """The first names in alphabetical order, from a bounded stretch of the index."""
    prefix = request.query.exact
    if COLUMN not in request.visibility.whole or not prefix:
        return []
    statement = Statement(
        "WITH ok AS MATERIALIZED (SELECT p.id FROM catalog_searchprofile p WHERE "
    )
    _extend(statement, allowed(request))
    statement.add(
        ") SELECT min(display->>'name') FROM ("
        f"SELECT sort_name, display, profile_id FROM {_COLUMNS}"
        " WHERE sort_name >= %s AND sort_name < %s ORDER BY sort_name LIMIT 500) near"
        " WHERE profile_id IN (SELECT id FROM ok) GROUP BY sort_name ORDER BY sort_name LIMIT %s",
        prefix,
        prefix + chr(0x10FFFF),
        limit,
    )
    return [name for (name,) in _fetch(statement)]


def _add_rows(statement: Statement, request: Request, table: str) -> None:
    order = sort_expression(request)
    join = "" if request.order is Order.RELEVANCE else f" JOIN {table} d ON d.id = m.id"
    cast = "text" if request.order is Order.NAME else "double precision"
    if request.order is Order.RELEVANCE:
        cast = "bigint"
    statement.add(
        " UNION ALL SELECT 'row', NULL, NULL, NULL, 0, jsonb_build_object('id', id,"
        " 'mask', mask::text, 'band', band, 'key', key) FROM ("
        f"SELECT m.id, m.mask, {band(request.query.words)} AS band, ({order})::{cast} AS key"
        f" FROM m{join} WHERE m.profile_id IN (SELECT id FROM ok)"
    )
    if request.after is not None:
        key, last = request.after
        statement.add(f" AND (({order})::{cast}, m.id) > (%s::{cast}, %s::bigint)", key, last)
    collation = ' COLLATE "C"' if request.order is Order.NAME else ""
    statement.add(f" ORDER BY key{collation}, m.id LIMIT %s) ranked", request.size + 1)


def _add_facets(statement: Statement, request: Request) -> None:
    """Counts of each field asked for; a field with a choice ignores that choice."""
    chosen = wanted_profiles(request.choices) & set(request.facets)
    others = [field for field in request.facets if field not in chosen]
    if others:
        _add_facet(statement, request, others, Statement("p.id IN (SELECT id FROM ok)"))
    for field in sorted(chosen):
        _add_facet(statement, request, [field], allowed(request, without=field))


def _add_facet(
    statement: Statement, request: Request, fields: Sequence[str], condition: Statement
) -> None:
    statement.add(
        " UNION ALL SELECT 'facet', field, value, label, hits, NULL::jsonb FROM ("
        "SELECT t.field, t.value, t.label, c.hits, row_number() OVER"
        " (PARTITION BY t.field ORDER BY c.hits DESC, t.label, t.value) AS position FROM ("
        "SELECT term, sum(g.hits)::bigint AS hits FROM g"
        " JOIN catalog_searchprofile p ON p.id = g.profile_id, unnest(p.terms) AS term WHERE "
    )
    _extend(statement, condition)
    statement.add(
        " GROUP BY term) c JOIN catalog_searchterm t ON t.id = c.term WHERE t.field = ANY(%s)",
        list(fields),
    )
    if request.value_prefix:
        begins = "lower(t.value) LIKE %s OR lower(t.label) LIKE %s OR lower(t.label) LIKE %s"
        escaped = re.sub(r"([\\%_])", r"\\\1", request.value_prefix)
        statement.add(f" AND ({begins})", f"{escaped}%", f"{escaped}%", f"% {escaped}%")
    statement.add(") counted WHERE position <= %s", MAX_VALUES + 1)


def _rows(found: Sequence[Mapping[str, Any]], request: Request, table: str) -> tuple[Row, ...]:
    if not found:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, kind, object_id, parent_id, display FROM {table} WHERE id = ANY(%s)",
            [[row["id"] for row in found]],
        )
        stored = {row[0]: row[1:] for row in cursor.fetchall()}
    rows = []
    for row in found:
        if row["id"] not in stored:
            continue  # replaced between the two statements
        kind, object_id, parent_id, display = stored[row["id"]]
        mask = int(row["mask"])
        rows.append(
            Row(
                kind=kind,
                id=object_id,
                parent_id=parent_id,
                band=Band(row["band"]),
                words=decoded(mask, request.query.words),
                has_exact_column=bool(mask & IS_COLUMN),
                display=display if isinstance(display, dict) else json.loads(display),
                sort_key=(row["key"], row["id"]),
            )
        )
    return tuple(rows)


def _extend(statement: Statement, other: Statement) -> None:
    statement.add(other.sql, *other.parameters)


def _fetch(statement: Statement) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return cursor.fetchall()
