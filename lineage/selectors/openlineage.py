"""What OpenLineage events of ours say, as a principal may see it: datasets and jobs.

The words are `lineage.openlineage.rendering`'s.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.utils import timezone

from catalog.models import Alias, Dataset, Ownership
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.openlineage.rendering import (
    DescribedDataset,
    DescribedJob,
    dataset_document,
    job_document,
)
from lineage.selectors.answers import ColumnLink, Direction, Node
from lineage.selectors.columns import column_links_among, columns_by_dataset
from lineage.selectors.history import past_column_links
from lineage.selectors.jobs import job_answer, visible_jobs
from lineage.selectors.links import links_among, node_of, nodes_of
from lineage.selectors.walking import MOST_DATASETS, walk_datasets

EXPORTED_TOGETHER = 500


def dataset_event(
    principal: Principal, dataset_id: int, *, at: dt.datetime | None = None
) -> dict[str, Any]:
    """The DatasetEvent of one dataset, now or as of `at`; raises NotFound like `node_of`."""
    node_of(principal, dataset_id)
    return dataset_events(principal, [dataset_id], at=at)[0]


def dataset_events(
    principal: Principal, dataset_ids: Collection[int], *, at: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """One DatasetEvent for each visible dataset of these, with everything one step above it.

    What people call it, who owns it and its other names are those of now, also as of `at`.
    """
    wanted = list(nodes_of(principal, dataset_ids))
    above = walk_datasets(principal, wanted, Direction.UP, depth=1, most=MOST_DATASETS, at=at)
    nodes = nodes_of(principal, above.levels)
    incoming: dict[int, list[ColumnLink]] = defaultdict(list)
    for link in _column_links(principal, wanted, nodes, at):
        if link.source_id in nodes and not link.is_rollup:
            incoming[link.target_id].append(link)
    sources: dict[int, set[int]] = defaultdict(set)
    for flow in links_among(nodes, at=at):
        sources[flow.target].add(flow.source)
    return [
        dataset_document(
            described,
            incoming[described.node.id],
            [nodes[source] for source in sorted(sources[described.node.id])],
            nodes,
            at=at or timezone.now(),
            producer=settings.BASE_URL,
        )
        for described in _described(principal, {pk: nodes[pk] for pk in wanted})
    ]


def job_event(principal: Principal, job_id: int) -> dict[str, Any]:
    """The JobEvent of a job; raises NotFound where it may not be seen."""
    answer = job_answer(principal, job_id)
    job: Any = answer.job  # with what may be told of it
    return job_document(
        DescribedJob(
            namespace=job.namespace,
            name=job.name,
            inputs=[dataset.qualified_name for dataset in answer.inputs],
            outputs=[dataset.qualified_name for dataset in answer.outputs],
            description=job.shown_description,
            integration=job.integration,
            processing=job.processing,
            job_type=job.job_type,
            sql=answer.sql,
            dialect=job.dialect,
            code_url=job.shown_code,
            code_version=job.code_version if job.shown_code else "",
        ),
        at=job.heard_at,
        producer=settings.BASE_URL,
    )


def all_events(principal: Principal) -> Iterator[dict[str, Any]]:
    """Every visible dataset and job as an event, a bounded number in memory at a time."""
    ids = list(visible_datasets(principal).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), EXPORTED_TOGETHER):
        yield from dataset_events(principal, ids[start : start + EXPORTED_TOGETHER])
    for job_id in list(visible_jobs(principal).order_by("pk").values_list("pk", flat=True)):
        yield job_event(principal, job_id)


def _described(principal: Principal, nodes: dict[int, Node]) -> Iterator[DescribedDataset]:
    columns = columns_by_dataset(principal, list(nodes))
    texts = {
        pk: declared or harvested
        for pk, declared, harvested in Dataset.objects.filter(pk__in=nodes).values_list(
            "pk", "declared_description", "harvested_description"
        )
    }
    owners: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in Ownership.objects.filter(dataset__in=nodes).select_related("person", "team"):
        owners[row.dataset_id].append((str(row.owner), row.kind))
    aliases: dict[int, list[str]] = defaultdict(list)
    named = Alias.objects.filter(dataset__in=nodes).order_by("pk")
    for pk, name in named.values_list("dataset_id", "qualified_name"):
        aliases[pk].append(name)
    for pk, node in nodes.items():
        yield DescribedDataset(
            node,
            [(column.path, column.physical_type) for column in columns.get(pk, ())],
            texts.get(pk, ""),
            owners[pk],
            aliases[pk],
        )


def _column_links(
    principal: Principal,
    wanted: Collection[int],
    nodes: Collection[int],
    at: dt.datetime | None,
) -> Iterable[ColumnLink]:
    if at is None:
        return (
            link for link in column_links_among(principal, nodes) if link.target_id in set(wanted)
        )
    return (
        link
        for pk in wanted
        for link in past_column_links(principal, pk, at)
        if link.target_id == pk
    )
