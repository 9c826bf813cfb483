"""The lineage graph in the database, asked level by level for what a walk needs and no more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from catalog.models import DatasetLabel, ProductPort
from catalog.names import split_parts
from catalog.types import DatasetKind, Lifecycle, Principal
from governance.proposals.impact.graph import Facts, Found
from lineage.models import DatasetEdge
from lineage.selectors.walking import visible_sql

# Criticality runs from 1, the highest, to 4; the specification counts the other way round, so its
# "at least 3 of 4" are these two.
MOST_CRITICAL = 2

_FROM_COLUMNS = """
SELECT COALESCE(edge.target_column_id, -edge.target_id), edge.target_id, min(frontier.rank)
FROM unnest(%s::bigint[], %s::integer[]) AS frontier(id, rank)
JOIN lineage_columnedge AS edge ON edge.source_column_id = frontier.id
GROUP BY 1, 2
"""

# Where datasets are connected and no column is, every column may matter.
_UNEXPLAINED = """
SELECT -edge.target_id, edge.target_id, min(frontier.rank)
FROM unnest(%s::bigint[], %s::integer[]) AS frontier(id, rank)
JOIN lineage_datasetedge AS edge ON edge.source_id = frontier.id
WHERE NOT EXISTS (
    SELECT FROM lineage_columnedge AS known
    WHERE known.source_id = edge.source_id AND known.target_id = edge.target_id
)
GROUP BY 2
"""

_FROM_DATASETS = """
SELECT -edge.target_id, edge.target_id, min(frontier.rank)
FROM unnest(%s::bigint[], %s::integer[]) AS frontier(id, rank)
CROSS JOIN LATERAL (
    SELECT target_id FROM lineage_datasetedge WHERE source_id = frontier.id
    UNION ALL
    SELECT target_id FROM lineage_columnedge WHERE source_id = frontier.id
) AS edge
GROUP BY 2
"""

_FACTS = """
SELECT dataset.id, substr(dataset.qualified_name, length(system.qualified_name) + 2),
    dataset.domain_id, dataset.system_id, dataset.kind, dataset.lifecycle, dataset.criticality,
    dataset.enterprise_importance, dataset.disappeared_at IS NOT NULL
FROM catalog_dataset AS dataset JOIN catalog_system AS system ON system.id = dataset.system_id
WHERE dataset.id = ANY(%s) AND dataset.id IN ({visible})
"""


class StoredGraph:
    """The graph as one principal may see it; see `governance.proposals.impact.graph.Graph`.

    `hub_tags` name the tags of utilities that everything uses and that are never passed.
    """

    def __init__(self, principal: Principal, hub_tags: Collection[str]) -> None:
        self._visible, self._parameters = visible_sql(principal)
        self._hubs = _hubs(hub_tags)
        self._model_inputs = _model_inputs()
        self._contracted = _contracted()
        self._explained: set[int] = set()

    def following(self, frontier: Sequence[Found]) -> Iterable[Found]:
        """See `Graph`: at most three queries, whatever the frontier holds."""
        columns = {item.node: item.rank for item in frontier if item.node > 0}
        wholes = {item.dataset_id: item.rank for item in frontier if item.node < 0}
        # A dataset's unexplained edges lead on from the first of its columns that is reached.
        first: dict[int, int] = {}
        for item in frontier:
            if item.node > 0 and item.dataset_id not in self._explained:
                first[item.dataset_id] = min(item.rank, first.get(item.dataset_id, item.rank))
        self._explained |= first.keys()
        found: dict[int, Found] = {}
        for sql, ranks in (
            (_FROM_COLUMNS, columns),
            (_UNEXPLAINED, first),
            (_FROM_DATASETS, wholes),
        ):
            for node, dataset_id, rank in _rows(sql, ranks):
                known = found.get(node)
                if known is None or rank < known.rank:
                    found[node] = Found(node, dataset_id, rank)
        return found.values()

    def facts(self, dataset_ids: Collection[int]) -> Mapping[int, Facts]:
        """See `Graph`: one query through the access port's scope."""
        with connection.cursor() as cursor:
            cursor.execute(
                _FACTS.format(visible=self._visible), [list(dataset_ids), *self._parameters]
            )
            return {row[0]: self._facts(row) for row in cursor.fetchall()}

    def _facts(self, row: Sequence[Any]) -> Facts:
        pk, name, domain_id, system_id, kind, lifecycle, criticality, is_important, is_gone = row
        governed = tuple(
            words
            for words, holds in (
                ("curated", lifecycle == Lifecycle.CURATED),
                (f"criticality {criticality}", (criticality or 9) <= MOST_CRITICAL),
                ("important to the whole enterprise", is_important),
                ("under contract", pk in self._contracted),
                ("a model", kind == DatasetKind.ML_MODEL),
                ("input of a model", pk in self._model_inputs),
            )
            if holds
        )
        return Facts(
            id=pk,
            name=short_name(name),
            domain_id=domain_id,
            system_id=system_id,
            kind=kind,
            governed=governed,
            is_ended=is_gone or lifecycle == Lifecycle.ARCHIVED,
            is_hub=pk in self._hubs,
        )


def short_name(parts: str) -> str:
    """What people call a dataset: the last two parts of its name, `core.dim_customer`."""
    if '"' not in parts:
        return ".".join(parts.split(".")[-2:])
    return ".".join(split_parts(parts)[-2:])


def _rows(sql: str, ranks: Mapping[int, int]) -> list[tuple[int, int, int]]:
    if not ranks:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(ranks), list(ranks.values())])
        return cursor.fetchall()


def _hubs(tags: Collection[str]) -> frozenset[int]:
    labels = DatasetLabel.objects.filter(label__kind="tag", label__path__in=tags)
    return frozenset(labels.order_by().values_list("dataset_id", flat=True))


def _model_inputs() -> frozenset[int]:
    edges = DatasetEdge.objects.filter(target__kind=DatasetKind.ML_MODEL)
    return frozenset(edges.order_by().values_list("source_id", flat=True))


def _contracted() -> frozenset[int]:
    ports = ProductPort.objects.filter(is_output=True).exclude(contract="")
    return frozenset(ports.order_by().values_list("dataset_id", flat=True))
