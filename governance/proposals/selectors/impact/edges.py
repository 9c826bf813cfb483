"""The lineage graph in the database, asked level by level for what a walk needs and no more."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Collection, Mapping, Set
from typing import Any

from django.db import connection

from catalog.models import DatasetLabel, ProductPort
from catalog.types import DatasetKind, Lifecycle, Principal
from governance.proposals.impact.graph import Facts
from lineage.models import DatasetEdge
from lineage.selectors.walking import seen_sql

# Criticality runs from 1, the highest, to 4; the specification counts the other way round, so its
# "at least 3 of 4" are these two.
MOST_CRITICAL = 2
_ARCHIVED = Lifecycle.ARCHIVED.value

# Going on: each query answers with one row, all it found as big-endian 64-bit integers, which is
# read at once where rows would be made one by one.
_AFTER_COLUMNS = """
SELECT string_agg(int8send(node) || int8send(home), '') FROM (
    SELECT DISTINCT COALESCE(target_column_id, -target_id) AS node, target_id AS home
    FROM lineage_columnedge WHERE source_column_id = ANY(%s::bigint[])
) AS found
"""

_AFTER_DATASETS = """
SELECT string_agg(int8send(-target_id), '') FROM (
    SELECT DISTINCT target_id FROM lineage_datasetedge WHERE source_id = ANY(%s::bigint[])
) AS found
"""

# Where datasets are connected and no column is, every column may matter.
_UNEXPLAINED = """
SELECT string_agg(int8send(-target_id), '') FROM (
    SELECT DISTINCT target_id FROM (
        SELECT source_id, target_id FROM lineage_datasetedge WHERE source_id = ANY(%s::bigint[])
        EXCEPT
        SELECT source_id, target_id FROM lineage_columnedge WHERE source_id = ANY(%s::bigint[])
    ) AS unexplained
) AS found
"""

# Going back, from the few nodes on a shortest way.
_BEFORE_COLUMNS = """
SELECT DISTINCT source_column_id, target_column_id FROM lineage_columnedge
WHERE target_column_id = ANY(%s::bigint[])
"""

_BEFORE_ROWS = """
SELECT DISTINCT source_column_id, -target_id FROM lineage_columnedge
WHERE target_id = ANY(%s::bigint[]) AND target_column_id IS NULL
"""

_BEFORE_DATASETS = """
SELECT DISTINCT edge.source_id, -edge.target_id, EXISTS (
    SELECT FROM lineage_columnedge AS made
    WHERE made.source_id = edge.source_id AND made.target_id = edge.target_id
) FROM lineage_datasetedge AS edge WHERE edge.target_id = ANY(%s::bigint[])
"""

# What datasets have in common is one word, which is read once for all that share it.
_FACTS = """
SELECT id, qualified_name, domain_id, system_id, concat_ws(' ', kind, lifecycle,
    COALESCE(criticality, 0), enterprise_importance, disappeared_at IS NOT NULL)
FROM catalog_dataset WHERE id = ANY(%s::bigint[]) AND {seen}
"""


class StoredGraph:
    """The graph as one principal may see it; see `governance.proposals.impact.graph.Graph`.

    `hub_tags` name the tags of utilities that everything uses and that are never passed.
    `homes` are the datasets of the columns that a walk starts from.
    """

    def __init__(
        self, principal: Principal, hub_tags: Collection[str], homes: Mapping[int, int]
    ) -> None:
        self._seen, self._parameters = seen_sql(principal, "id")
        self._hubs = _hubs(hub_tags)
        self._model_inputs = _model_inputs()
        self._contracted = _contracted()
        self.homes = dict(homes)
        self._explained: set[int] = set()
        self._common: dict[tuple[str, bool, bool], tuple[str, tuple[str, ...], bool]] = {}

    def after(self, nodes: Collection[int]) -> Collection[int]:
        """See `Graph`: three queries at most."""
        columns = [node for node in nodes if node > 0]
        wholes = [-node for node in nodes if node < 0]
        found: set[int] = set()
        if columns:
            pairs = _packed(_AFTER_COLUMNS, columns)
            found.update(pairs[::2])
            self.homes.update(zip(pairs[::2], pairs[1::2], strict=True))
        if wholes:
            found.update(_packed(_AFTER_DATASETS, wholes))
        # What a dataset's columns lead to as a whole is found with the first of them.
        fresh = {self.homes[column] for column in columns} - self._explained
        if fresh:
            self._explained |= fresh
            found.update(_packed(_UNEXPLAINED, fresh, fresh))
        return found

    def between(self, nodes: Set[int], into: Collection[int]) -> Mapping[int, Set[int]]:
        """See `Graph`: three queries at most."""
        columns = [node for node in into if node > 0]
        wholes = [-node for node in into if node < 0]
        found: dict[int, set[int]] = defaultdict(set)
        for before, node in (*_rows(_BEFORE_COLUMNS, columns), *_rows(_BEFORE_ROWS, wholes)):
            if before in nodes:
                found[before].add(node)
        unexplained: dict[int, set[int]] = defaultdict(set)
        for dataset, node, is_explained in _rows(_BEFORE_DATASETS, wholes):
            if -dataset in nodes:
                found[-dataset].add(node)
            if not is_explained:
                unexplained[dataset].add(node)
        if unexplained:
            for before in nodes:
                if before > 0 and (reached := unexplained.get(self.homes[before])):
                    found[before] |= reached
        return found

    def facts(self, dataset_ids: Collection[int]) -> Mapping[int, Facts]:
        """See `Graph`: one query through the access port's scope."""
        with connection.cursor() as cursor:
            cursor.execute(_FACTS.format(seen=self._seen), [_array(dataset_ids), *self._parameters])
            rows = cursor.fetchall()
        contracted, inputs, hubs, known = (
            self._contracted, self._model_inputs, self._hubs, self._common
        )  # fmt: skip
        found = {}
        for pk, name, domain_id, system_id, word in rows:
            said = (word, pk in contracted, pk in inputs)
            common = known.get(said)
            if common is None:
                common = known[said] = _common(*said)
            found[pk] = Facts(pk, name, domain_id, system_id, *common, pk in hubs)
        return found


def _common(
    word: str, is_contracted: bool, is_model_input: bool
) -> tuple[str, tuple[str, ...], bool]:
    """Kind, why a dataset is governed and whether it is ended, of all that have this in common."""
    kind, lifecycle, criticality, is_important, is_gone = word.split(" ")
    governed = _governed(
        lifecycle, int(criticality) or None, is_important == "t", is_contracted, kind,
        is_model_input,
    )  # fmt: skip
    return kind, governed, is_gone == "t" or lifecycle == _ARCHIVED


def _governed(
    lifecycle: str,
    criticality: int | None,
    is_important: bool,
    is_contracted: bool,
    kind: str,
    is_model_input: bool,
) -> tuple[str, ...]:
    """In words, why a consumer is governed; the weightiest first."""
    return tuple(
        words
        for words, holds in (
            ("curated", lifecycle == Lifecycle.CURATED),
            (
                f"criticality {criticality}",
                criticality is not None and criticality <= MOST_CRITICAL,
            ),
            ("important to the whole enterprise", is_important),
            ("under contract", is_contracted),
            ("a model", kind == DatasetKind.ML_MODEL),
            ("input of a model", is_model_input),
        )
        if holds
    )


def _packed(sql: str, *ids: Collection[int]) -> tuple[int, ...]:
    """The integers that a query found."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [_array(each) for each in ids])
        (packed,) = cursor.fetchone()
    return struct.unpack(f">{len(packed) // 8}q", packed) if packed else ()


def _rows(sql: str, ids: Collection[int]) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [_array(ids)])
        return cursor.fetchall()


def _array(ids: Collection[int]) -> str:
    """An array as PostgreSQL writes it: made at once, where the driver would quote each number."""
    return f"{{{','.join(map(str, ids))}}}"


def _hubs(tags: Collection[str]) -> frozenset[int]:
    labels = DatasetLabel.objects.filter(label__kind="tag", label__path__in=tags)
    return frozenset(labels.order_by().values_list("dataset_id", flat=True))


def _model_inputs() -> frozenset[int]:
    edges = DatasetEdge.objects.filter(target__kind=DatasetKind.ML_MODEL)
    return frozenset(edges.order_by().values_list("source_id", flat=True))


def _contracted() -> frozenset[int]:
    ports = ProductPort.objects.filter(is_output=True).exclude(contract="")
    return frozenset(ports.order_by().values_list("dataset_id", flat=True))
