"""Lineage in OpenLineage's words: dataset events with schema and column lineage (1-2-0) facets."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone

from catalog.names import parse_name
from catalog.types import Principal
from lineage.selectors.answers import ColumnLink, Direction, Node
from lineage.selectors.columns import column_links_among, columns_by_dataset
from lineage.selectors.history import past_column_links
from lineage.selectors.links import links_among, node_of, nodes_of
from lineage.selectors.walking import MOST_DATASETS, walk_datasets

_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/DatasetEvent"
_COLUMN_LINEAGE = f"{_SPEC}/facets/1-2-0/ColumnLineageDatasetFacet.json"
_SCHEMA = f"{_SPEC}/facets/1-1-1/SchemaDatasetFacet.json"


def dataset_event(
    principal: Principal, dataset_id: int, *, at: dt.datetime | None = None
) -> dict[str, Any]:
    """The DatasetEvent of one dataset, now or as of `at`; raises NotFound like `node_of`."""
    node_of(principal, dataset_id)
    return dataset_events(principal, [dataset_id], at=at)[0]


def dataset_events(
    principal: Principal, dataset_ids: Collection[int], *, at: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """One DatasetEvent for each visible dataset of these, with everything one step above it."""
    wanted = list(nodes_of(principal, dataset_ids))
    above = walk_datasets(principal, wanted, Direction.UP, depth=1, most=MOST_DATASETS, at=at)
    nodes = nodes_of(principal, above.levels)
    columns = columns_by_dataset(principal, wanted)
    incoming: dict[int, list[ColumnLink]] = defaultdict(list)
    for link in _column_links(principal, wanted, nodes, at):
        if link.source_id in nodes:
            incoming[link.target_id].append(link)
    sources: dict[int, set[int]] = defaultdict(set)
    for flow in links_among(nodes, at=at):
        sources[flow.target].add(flow.source)
    now = (at or timezone.now()).isoformat()
    return [
        {
            "eventTime": now,
            "producer": settings.BASE_URL,
            "schemaURL": _EVENT,
            "dataset": {
                **_identity(nodes[pk]),
                "facets": {
                    "schema": {
                        **_facet(_SCHEMA),
                        "fields": [
                            {"name": column.path, "type": column.physical_type}
                            for column in columns.get(pk, ())
                        ],
                    },
                    "columnLineage": _column_lineage(
                        incoming[pk], [nodes[source] for source in sorted(sources[pk])], nodes
                    ),
                },
            },
        }
        for pk in wanted
    ]


def _column_links(
    principal: Principal,
    wanted: Collection[int],
    nodes: Collection[int],
    at: dt.datetime | None,
) -> Iterable[ColumnLink]:
    if at is None:
        return (link for link in column_links_among(nodes) if link.target_id in set(wanted))
    return (
        link
        for pk in wanted
        for link in past_column_links(principal, pk, at)
        if link.target_id == pk
    )


def _column_lineage(
    links: Iterable[ColumnLink], sources: Iterable[Node], nodes: dict[int, Node]
) -> dict[str, Any]:
    """What holds for the whole dataset stands in `dataset`, not in every field."""
    fields: dict[str, dict[tuple[int, str], list[dict[str, Any]]]] = defaultdict(dict)
    whole: dict[tuple[int, str], list[dict[str, Any]]] = {}
    named: set[int] = set()
    for link in links:
        named.add(link.source_id)
        inputs = whole if link.target_column is None else fields[link.target_column.path]
        inputs.setdefault((link.source_id, link.source_column.path), []).append(
            {
                "type": link.kind,
                "subtype": link.subtype,
                "description": link.transformation,
                "masking": link.masking,
            }
        )
    # A dataset that is known to flow in, though no column of it is, has no field to name.
    unnamed = [node for node in sources if node.id not in named]
    facet: dict[str, Any] = {
        **_facet(_COLUMN_LINEAGE),
        "fields": {name: {"inputFields": _inputs(inputs, nodes)} for name, inputs in
                   sorted(fields.items())},
        "dataset": _inputs(whole, nodes),
    }  # fmt: skip
    if unnamed:
        facet["concord_datasets"] = [_identity(node) for node in unnamed]
    return facet


def _inputs(
    inputs: dict[tuple[int, str], list[dict[str, Any]]], nodes: dict[int, Node]
) -> list[dict[str, Any]]:
    return [
        {**_identity(nodes[pk]), "field": column, "transformations": transformations}
        for (pk, column), transformations in inputs.items()
    ]


def _identity(node: Node) -> dict[str, str]:
    name = parse_name(node.qualified_name)
    system = f"{name.platform}://{name.instance}"
    return {"namespace": system, "name": node.qualified_name.removeprefix(f"{system}/")}


def _facet(schema: str) -> dict[str, str]:
    return {"_producer": settings.BASE_URL, "_schemaURL": schema}
