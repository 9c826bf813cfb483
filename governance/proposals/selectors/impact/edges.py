"""The lineage graph in the database, asked level by level for what a walk needs and no more."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping

from django.db import connection

from catalog.models import DatasetLabel, ProductPort
from catalog.types import DatasetKind, Lifecycle, Principal
from governance.proposals.impact.graph import Facts
from lineage.models import ColumnEdge, DatasetEdge
from lineage.selectors.walking import visible_sql

# Criticality runs from 1, the highest, to 4; the specification counts the other way round, so its
# "at least 3 of 4" are these two.
MOST_CRITICAL = 2
_NOTHING: frozenset[int] = frozenset()
_ARCHIVED = Lifecycle.ARCHIVED.value

# Each query answers with one row for an id: what it leads to, as big-endian 64-bit integers. What
# several statements say is there several times; sets take it once, which is cheaper than DISTINCT.
_OF_COLUMNS = """
SELECT asked.id, (
    SELECT string_agg(
        int8send(COALESCE(edge.target_column_id, -edge.target_id)) || int8send(edge.target_id), ''
    ) FROM lineage_columnedge AS edge WHERE edge.source_column_id = asked.id
) FROM unnest(%s::bigint[]) AS asked(id)
"""

_OF_DATASETS = """
SELECT asked.id, (
    SELECT string_agg(int8send(-edge.target_id), '') FROM {table} AS edge
    WHERE edge.source_id = asked.id
) FROM unnest(%s::bigint[]) AS asked(id)
"""

_FACTS = """
SELECT id, qualified_name, domain_id, system_id, kind, lifecycle, criticality,
    enterprise_importance, disappeared_at IS NOT NULL
FROM catalog_dataset WHERE id = ANY(%s::bigint[]) AND id IN ({visible})
"""


class StoredGraph:
    """The graph as one principal may see it; see `governance.proposals.impact.graph.Graph`.

    `hub_tags` name the tags of utilities that everything uses and that are never passed.
    `homes` are the datasets of the columns that a walk starts from.
    """

    def __init__(
        self, principal: Principal, hub_tags: Collection[str], homes: Mapping[int, int]
    ) -> None:
        self._visible, self._parameters = visible_sql(principal)
        self._hubs = _hubs(hub_tags)
        self._model_inputs = _model_inputs()
        self._contracted = _contracted()
        self.homes = dict(homes)
        self._whole: dict[int, tuple[int, ...]] = {}
        self._unexplained: dict[int, frozenset[int]] = {}
        self._words: dict[tuple[object, ...], tuple[str, ...]] = {}

    def after(self, nodes: Collection[int]) -> Mapping[int, Collection[int]]:
        """See `Graph`: three queries at most, over what was not read before."""
        columns = [node for node in nodes if node > 0]
        wholes = [node for node in nodes if node < 0]
        self._read_whole([-node for node in wholes])
        found: dict[int, Collection[int]] = {node: self._whole[-node] for node in wholes}
        homes = self.homes
        self._read_unexplained({homes[column] for column in columns})
        for column, packed in _rows(_OF_COLUMNS, columns):
            pairs = unpacked(packed)
            nexts = pairs[::2]
            homes.update(zip(nexts, pairs[1::2], strict=True))
            unexplained = self._unexplained[homes[column]]
            found[column] = unexplained.union(nexts) if unexplained else nexts
        return found

    def facts(self, dataset_ids: Collection[int]) -> Mapping[int, Facts]:
        """See `Graph`: one query through the access port's scope."""
        with connection.cursor() as cursor:
            cursor.execute(
                _FACTS.format(visible=self._visible), [_array(dataset_ids), *self._parameters]
            )
            return {row[0]: self._facts(*row) for row in cursor.fetchall()}

    def _read_whole(self, dataset_ids: Collection[int]) -> None:
        """What whole datasets lead to; whatever connects columns connects their datasets, too."""
        missing = [pk for pk in dataset_ids if pk not in self._whole]
        table = DatasetEdge._meta.db_table
        for pk, packed in _rows(_OF_DATASETS.format(table=table), missing):
            self._whole[pk] = unpacked(packed)

    def _read_unexplained(self, dataset_ids: Collection[int]) -> None:
        """Where datasets are connected and no column is, every column may matter."""
        missing = [pk for pk in dataset_ids if pk not in self._unexplained]
        self._read_whole(missing)
        explained = {
            pk: unpacked(packed)
            for pk, packed in _rows(_OF_DATASETS.format(table=ColumnEdge._meta.db_table), missing)
        }
        for pk in missing:
            rest = set(self._whole[pk]).difference(explained[pk])
            self._unexplained[pk] = frozenset(rest) if rest else _NOTHING

    def _facts(
        self,
        pk: int,
        name: str,
        domain_id: int | None,
        system_id: int,
        kind: str,
        lifecycle: str,
        criticality: int | None,
        is_important: bool,
        is_gone: bool,
    ) -> Facts:
        said = (
            lifecycle, criticality, is_important, pk in self._contracted, kind,
            pk in self._model_inputs,
        )  # fmt: skip
        governed = self._words.get(said)
        if governed is None:
            governed = self._words[said] = _governed(*said)
        is_ended = is_gone or lifecycle == _ARCHIVED
        return Facts(pk, name, domain_id, system_id, kind, governed, is_ended, pk in self._hubs)


def unpacked(packed: bytes | None) -> tuple[int, ...]:
    """The integers that a query packed; none where it found none."""
    return struct.unpack(f">{len(packed) // 8}q", packed) if packed else ()


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


def _rows(sql: str, ids: Collection[int]) -> list[tuple[int, bytes | None]]:
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
