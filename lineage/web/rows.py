"""The edges of a dataset as rows of a table and of a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from catalog.types import Principal
from lineage.selectors.answers import ColumnLink, Node
from lineage.selectors.columns import column_edges, links_from
from lineage.selectors.history import past_column_links
from lineage.selectors.links import nodes_of
from lineage.web.asked import Asked
from lineage.web.wording import belief, how

ROWS_ON_A_PAGE = 50
HEADER = (
    "source",
    "source column",
    "target",
    "target column",
    "how",
    "kind",
    "subtype",
    "confidence",
    "reason",
    "transformation",
    "masking",
    "preparations",
    "span start",
    "span end",
    "since",
)


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A column edge in words; `target_column` is empty for every row of the target."""

    source: Node
    source_column: str
    target: Node
    target_column: str
    how: str
    belief: str
    transformation: str
    evidence_href: str


def edge_page(
    principal: Principal, dataset_id: int, asked: Asked, at: dt.datetime | None
) -> tuple[Page[Any], list[EdgeRow]]:
    """One page of the column edges into and out of a dataset, now or as of `at`."""
    page: Page[Any]
    if at:
        page = Paginator(past_column_links(principal, dataset_id, at), ROWS_ON_A_PAGE).get_page(
            asked.page
        )
        links: list[ColumnLink] = list(page.object_list)
    else:
        page = Paginator(column_edges(principal, dataset_id), ROWS_ON_A_PAGE).get_page(asked.page)
        links = links_from(page.object_list)
    nodes = _ends(principal, links)
    rows = [
        EdgeRow(
            source=nodes[link.source_id],
            source_column=link.source_column.path,
            target=nodes[link.target_id],
            target_column=link.target_column.path if link.target_column else "",
            how=how(link.subtype, link.masking, link.preparations, is_rollup=link.is_rollup),
            belief=belief(link.confidence, link.reason),
            transformation=link.transformation,
            evidence_href=""
            if at
            else asked.evidence_href(link.source_id, link.target_id, link.id),
        )
        for link in links
    ]
    return page, rows


def file_rows(
    principal: Principal, dataset_id: int, at: dt.datetime | None
) -> Iterable[Sequence[object]]:
    """Every column edge into and out of a dataset, under `HEADER`."""
    links = (
        past_column_links(principal, dataset_id, at)
        if at
        else links_from(column_edges(principal, dataset_id))
    )
    nodes = _ends(principal, links)
    for link in links:
        yield (
            nodes[link.source_id].qualified_name,
            link.source_column.path,
            nodes[link.target_id].qualified_name,
            link.target_column.path if link.target_column else "",
            how(link.subtype, link.masking, link.preparations, is_rollup=link.is_rollup),
            link.kind,
            link.subtype,
            link.confidence,
            link.reason,
            link.transformation,
            link.masking,
            ", ".join(link.preparations),
            link.span[0] if link.span else None,
            link.span[1] if link.span else None,
            link.since,
        )


def _ends(principal: Principal, links: Sequence[ColumnLink]) -> dict[int, Node]:
    return nodes_of(principal, {pk for link in links for pk in (link.source_id, link.target_id)})
