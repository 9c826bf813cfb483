"""The edges out of columns, each read once however many walks pass it.

Impact asks three things of the same edges: what values flow along, what conditions add to that,
and between which datasets they run. Reading them once and walking in memory answers all three in
the time of one walk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import chain
from typing import TypeAlias

from django.db import connection

from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.selectors.walking import (
    MOST_COLUMNS,
    MOST_DEPTH,
    Walk,
    bounded,
    id_list,
    id_text,
    with_columns_around,
)

DIRECT = 1
WHOLE = 2
"""An edge that decides the rows of a dataset, and reaches no column of it."""
COLUMN = 4
ROLLUP = 8

# Arrays instead of rows, since there are tens of thousands. The subquery hides the number of
# columns from the planner, who would read the whole table for many.
_OUT = f"""
    SELECT array_agg(source_column_id), array_agg(target_column_id), array_agg(source_id),
        array_agg(target_id), array_agg(
            CASE WHEN kind = 'DIRECT' THEN {DIRECT} ELSE 0 END
            + CASE WHEN target_column_id IS NULL THEN {WHOLE} ELSE {COLUMN} END
            + CASE WHEN is_rollup THEN {ROLLUP} ELSE 0 END)
    FROM lineage_columnedge WHERE source_column_id = ANY((SELECT %s::bigint[])::bigint[])
"""  # noqa: S608 - numbers of this module

Read: TypeAlias = tuple[list[int], list[int | None], list[int], list[int], list[int]]
"""Of edges: source columns, target columns, source datasets, target datasets, what they are."""


class Reach:
    """The columns below some, as a principal may see them, with the edges between."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal
        self._sees_all = not visible_datasets(principal).query.where
        self._judged: set[int] = set()
        self._visible: set[int] = set()
        self._known: set[int] = set()
        self._reads: list[Read] = []
        self._values: dict[int, list[int]] = defaultdict(list)
        self._conditions: dict[int, list[int]] = defaultdict(list)
        self._datasets: dict[int | None, int] = {}

    def walk(
        self, start: int, *, only_values: bool, depth: int = MOST_DEPTH, most: int = MOST_COLUMNS
    ) -> Walk:
        """The same as `walk_columns` finds downwards from one column."""

        def along(starts: Iterable[int], depth: int, only_whole: bool) -> Walk:
            return self._along(sorted(starts), depth, most, only_values, only_whole)

        return with_columns_around({start}, min(depth, MOST_DEPTH), most, along)

    def flows(self, walk: Walk) -> dict[tuple[int, int], int]:
        """What runs from the columns of a walk to others of them or to whole datasets: for each
        pair of datasets what the edges between are, taken together."""
        found, around = walk.levels, walk.around
        self._read(found)
        flows: dict[tuple[int, int], int] = {}
        for read in self._reads:
            for origin, column, source, target, what in zip(*read, strict=True):
                if (column in found or column is None) and origin in found:
                    if what & ROLLUP and origin in around:
                        continue  # it stands for fields other than the start
                    pair = (source, target)
                    flows[pair] = flows.get(pair, 0) | what
        return flows

    def visible(self, datasets: Iterable[int]) -> set[int]:
        """Those of them that the principal may see."""
        wanted = set(datasets)
        if self._sees_all:
            return wanted
        if fresh := wanted - self._judged:
            seen = visible_datasets(self._principal).filter(pk__in=id_list(fresh)).order_by()
            self._visible.update(seen.values_list("pk", flat=True))
            self._judged |= fresh
        return wanted & self._visible

    def _along(
        self, first: list[int], depth: int, most: int, only_values: bool, only_whole: bool
    ) -> Walk:
        levels = [first]
        seen = set(first)
        cap = len(first) + most + 1
        while levels[-1] and len(levels) <= depth and len(seen) < cap:
            fresh = self._next(levels[-1], only_values, only_whole) - seen
            if not self._sees_all:
                visible = self.visible(self._datasets[pk] for pk in fresh)
                fresh = {pk for pk in fresh if self._datasets[pk] in visible}
            level = sorted(fresh)[: cap - len(seen)]
            seen.update(level)
            levels.append(level)
        return bounded({pk: far for far, level in enumerate(levels) for pk in level}, cap - 1)

    def _next(self, columns: Collection[int], only_values: bool, only_whole: bool) -> set[int]:
        self._read(columns)
        if only_whole:
            unwanted = ROLLUP | WHOLE
            return {
                column
                for read in self._reads
                for origin, column, _, _, what in zip(*read, strict=True)
                if origin in columns
                and column is not None
                and not what & unwanted
                and (what & DIRECT or not only_values)
            }
        found = set(chain.from_iterable(self._values.get(pk, ()) for pk in columns))
        if not only_values:
            found.update(chain.from_iterable(self._conditions.get(pk, ()) for pk in columns))
        return found

    def _read(self, columns: Iterable[int]) -> None:
        fresh = [pk for pk in columns if pk not in self._known]
        if not fresh:
            return
        self._known.update(fresh)
        with connection.cursor() as cursor:
            cursor.execute(_OUT, [id_text(fresh)])
            read = cursor.fetchone()
        if read[0] is None:
            return
        self._reads.append(read)
        origins, columns_reached, _, targets, edges = read
        if not self._sees_all:
            self._datasets.update(zip(columns_reached, targets, strict=True))
        values, conditions = self._values, self._conditions
        for origin, column, what in zip(origins, columns_reached, edges, strict=True):
            if column is not None:
                (values if what & DIRECT else conditions)[origin].append(column)
