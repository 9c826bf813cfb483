"""Breadth-first walks over the edge tables, each in one bounded query.

The query carries the level just found and everything seen as arrays, so that every node is
visited once, whatever cycles there are; it stops at the depth, at the cap, or at the end.
Edges to datasets that the principal may not see are not there at all (law 4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from catalog.models import Column
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.history import history_model
from catalog.types import Principal
from lineage.models import ColumnEdge, DatasetEdge
from lineage.selectors.answers import Direction
from lineage.types import EdgeKind

MOST_DEPTH = 20
MOST_DATASETS = 1_000
MOST_COLUMNS = 5_000

_WALK = """
WITH RECURSIVE walk(depth, found, seen) AS (
    SELECT 0, %s::bigint[], %s::bigint[]
    UNION ALL
    SELECT walk.depth + 1, next.ids, walk.seen || next.ids
    FROM walk CROSS JOIN LATERAL (
        SELECT array_agg(level.id) AS ids FROM (
            ({edges})
            EXCEPT SELECT unnest(walk.seen)
            ORDER BY 1 LIMIT %s - cardinality(walk.seen)
        ) AS level(id)
    ) AS next
    WHERE walk.depth < %s AND next.ids IS NOT NULL AND cardinality(walk.seen) < %s
)
SELECT depth, found FROM walk
"""

_CURRENT = """
SELECT edge.{to} FROM {table} AS edge
WHERE edge.{origin} = ANY(walk.found){also} AND {visible}
"""

# What an edge joins never changes, so its rows may be told by one end before the last is taken.
_AS_OF = """
SELECT edge.far FROM (
    SELECT DISTINCT ON (pgh_obj_id) pgh_label, {to} AS far, {dataset} AS dataset
    FROM {table} WHERE {ends} AND pgh_created_at <= %s
    ORDER BY pgh_obj_id, pgh_id DESC
) AS edge
WHERE edge.pgh_label <> 'delete' AND {visible}
"""
# The history of column edges is found by dataset.
_COLUMN_ENDS = (
    "{near} IN (SELECT dataset_id FROM {columns} WHERE id = ANY(walk.found))"
    " AND {origin} = ANY(walk.found)"
)


@dataclass(frozen=True, slots=True)
class Walk:
    """How many steps each node is from the nearest start (0 for a start itself)."""

    levels: dict[int, int]
    truncated: bool
    around: frozenset[int] = frozenset()
    """Columns at level 0 that only hold the start as a field: of their edges those count that are
    about the whole column, not those that stand for other fields."""

    def at(self, level: int) -> list[int]:
        """The ids at a distance, in order."""
        return sorted(pk for pk, found in self.levels.items() if found == level)


def walk_datasets(
    principal: Principal,
    starts: Iterable[int],
    direction: Direction,
    *,
    depth: int = MOST_DEPTH,
    most: int = MOST_DATASETS,
    at: dt.datetime | None = None,
) -> Walk:
    """Datasets within `depth` steps (at most 20), at most `most` of them, now or as of `at`."""
    origin, to = _ends(direction, "source_id", "target_id")
    visible, parameters = _seen(principal, to if at is None else None)
    names = {"to": to, "dataset": to, "visible": visible}
    if at is None:
        table = DatasetEdge._meta.db_table
        edges = _CURRENT.format(table=table, origin=origin, also="", **names)
        return _run(edges, parameters, starts, depth, most)
    table = history_model(DatasetEdge)._meta.db_table
    edges = _AS_OF.format(table=table, ends=f"{origin} = ANY(walk.found)", **names)
    return _run(edges, [at, *parameters], starts, depth, most)


def walk_columns(
    principal: Principal,
    starts: Iterable[int],
    direction: Direction,
    *,
    kinds: Sequence[EdgeKind] = tuple(EdgeKind),
    depth: int = MOST_DEPTH,
    most: int = MOST_COLUMNS,
    at: dt.datetime | None = None,
) -> Walk:
    """Columns within `depth` steps along edges of `kinds`, now or as of `at`.

    A column's edges stand for those of the fields inside it, too. A field that is a start also
    goes where the whole column around it goes.
    """

    def along(starts: Iterable[int], depth: int, only_whole: bool) -> Walk:
        only_such = _WHOLE if only_whole else ""
        return _along_columns(principal, starts, direction, kinds, depth, most, at, only_such)

    return with_columns_around(set(starts), depth, most, along)


Along: TypeAlias = Callable[[Iterable[int], int, bool], Walk]
"""A walk from some columns so many steps; along edges about the whole column only, where asked."""


def with_columns_around(first: set[int], depth: int, most: int, along: Along) -> Walk:
    """A walk from columns, and from those that hold them as fields along what is about them as a
    whole."""
    walk = along(first, depth, False)
    around = _around(first) - first
    if not around or depth < 1:
        return walk
    whole = along(around, 1, True)
    further = along(whole.at(1), depth - 1, False)
    levels = dict(walk.levels)
    for pk, level in further.levels.items():
        levels[pk] = min(level + 1, levels.get(pk, MOST_DEPTH + 1))
    truncated = walk.truncated or whole.truncated or further.truncated or len(levels) > most
    nearest = sorted(levels.items(), key=lambda entry: (entry[1], entry[0]))
    kept = dict(nearest[: len(first) + most])
    return Walk(dict.fromkeys(around, 0) | kept, truncated, frozenset(around))


_WHOLE = " AND NOT is_rollup"


def _around(columns: Iterable[int]) -> set[int]:
    """The columns that hold some of these as fields, at any depth; few columns are fields."""
    found: set[int] = set()
    inner = Column.objects.filter(pk__in=id_list(columns)).exclude(parent_path="")
    while rows := list(inner.values_list("dataset_id", "parent_path")):
        paths = Q()
        for dataset_id, path in rows:
            paths |= Q(dataset=dataset_id, path=path)
        outer = list(Column.objects.filter(paths).values_list("pk", flat=True))
        if found.issuperset(outer):
            break
        found.update(outer)
        inner = Column.objects.filter(pk__in=outer).exclude(parent_path="")
    return found


def _along_columns(
    principal: Principal,
    starts: Iterable[int],
    direction: Direction,
    kinds: Sequence[EdgeKind],
    depth: int,
    most: int,
    at: dt.datetime | None,
    only_such: str,
) -> Walk:
    origin, to = _ends(direction, "source_column_id", "target_column_id")
    near, dataset = _ends(direction, "source_id", "target_id")
    visible, parameters = _seen(principal, dataset if at is None else None)
    along = [str(kind) for kind in kinds]
    names = {"to": to, "dataset": dataset, "visible": visible}
    only = f" AND edge.kind = ANY(%s) AND edge.target_column_id IS NOT NULL{only_such}"
    if at is None:
        table = ColumnEdge._meta.db_table
        edges = _CURRENT.format(table=table, origin=origin, also=only, **names)
        return _run(edges, [along, *parameters], starts, depth, most)
    columns = Column._meta.db_table
    ends = _COLUMN_ENDS.format(near=near, columns=columns, origin=origin)
    also = f" AND target_column_id IS NOT NULL AND kind = ANY(%s){only_such}"
    edges = _AS_OF.format(
        table=history_model(ColumnEdge)._meta.db_table, ends=f"{ends}{also}", **names
    )
    return _run(edges, [along, at, *parameters], starts, depth, most)


def visible_sql(principal: Principal) -> tuple[str, list[Any]]:
    """The ids that the principal may see as a subquery for raw SQL."""
    try:
        sql, parameters = (
            visible_datasets(principal).order_by().values("pk").query.sql_with_params()
        )
    except EmptyResultSet:
        return "SELECT NULL::bigint WHERE false", []
    return sql, list(parameters)


def seen_sql(principal: Principal, column: str) -> tuple[str, list[Any]]:
    """The condition that the dataset in `column` of a row may be seen.

    None where everything may be, since looking each one up would take longer than the walk.
    """
    if not visible_datasets(principal).query.where:
        return "TRUE", []
    visible, parameters = visible_sql(principal)
    return f"{column} IN ({visible})", parameters


def _seen(principal: Principal, column: str | None) -> tuple[str, list[Any]]:
    """The condition that an edge's far end, in `column`, may be seen; in the history, without a
    `column`, an end may be gone by now."""
    if column is not None:
        return seen_sql(principal, f"edge.{column}")
    visible, parameters = visible_sql(principal)
    return f"edge.dataset IN ({visible})", parameters


def id_list(ids: Iterable[int]) -> RawSQL:
    """For `pk__in=...`: one array instead of a parameter for each of a thousand ids.

    It is written out as text, since the driver looks at each number of a list for its width.
    """
    return RawSQL("SELECT unnest(%s::bigint[])", [id_text(ids)])


def id_text(ids: Iterable[int]) -> str:
    """Ids as the text of an array of PostgreSQL."""
    return f"{{{','.join(map(str, sorted(set(ids))))}}}"


def _ends(direction: Direction, source: str, target: str) -> tuple[str, str]:
    return (source, target) if direction is Direction.DOWN else (target, source)


def _run(
    edges: str, parameters: Sequence[Any], starts: Iterable[int], depth: int, most: int
) -> Walk:
    first = sorted(set(starts))
    # One more than the cap is looked for, to know whether there is more.
    cap = len(first) + most + 1
    depth = max(0, min(depth, MOST_DEPTH))
    with connection.cursor() as cursor:
        cursor.execute(_WALK.format(edges=edges), [first, first, *parameters, cap, depth, cap])
        rows = cursor.fetchall()
    levels: dict[int, int] = {}
    for level, found in sorted(rows):
        for pk in found:
            levels.setdefault(pk, level)
    return bounded(levels, cap - 1)


def bounded(levels: dict[int, int], most: int) -> Walk:
    """The first of what was found, nearest first; truncated where there was more."""
    kept = dict(list(levels.items())[:most])
    return Walk(kept, truncated=len(kept) < len(levels))
