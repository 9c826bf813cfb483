"""From a lineage map to the picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from django.urls import reverse

from catalog.pictures.lineage_picture import draw_lineage
from catalog.pictures.lineage_shapes import MOST_COLUMNS, PictureColumn, PictureEdge, PictureNode
from catalog.pictures.svg import Svg
from catalog.types import Principal
from catalog.web.addresses import dataset_address
from lineage.selectors.answers import (
    ColumnClosure,
    ColumnLink,
    ColumnNode,
    Direction,
    Node,
    Paths,
)
from lineage.selectors.maps import LineageMap, lineage_map
from lineage.types import EdgeKind, StatementStatus
from lineage.web.asked import Asked
from lineage.web.wording import how


def picture(found: LineageMap, asked: Asked, *, standalone: bool = False) -> Svg:
    """The map as drawn; a standalone picture has no links, since it leaves the service."""
    links = None if standalone else asked
    return draw_lineage(
        [_node(node, found, asked, links) for node in found.nodes],
        _edges(found, links),
        label=f"Lineage of {found.start.name}",
        standalone=standalone,
    )


def image(
    principal: Principal, dataset_id: int, *, up: int, down: int, at: dt.datetime | None = None
) -> Svg:
    """The map around a dataset as a file that opens anywhere."""
    plain = Asked(up, down, expand=(), columns=(), column="", open=None, page=1, query={})
    found = lineage_map(principal, dataset_id, up=up, down=down, at=at)
    return picture(found, plain, standalone=True)


def paths_picture(found: Paths) -> Svg:
    """Every dataset on a way between two, the shortest ways' datasets in focus."""
    ends = {found.shortest[0][0].id, found.shortest[0][-1].id}
    return draw_lineage(
        [replace(_plain(node), focus=node.id in ends) for node in found.between],
        [
            PictureEdge(
                source_node=str(link.source),
                source_column=None,
                target_node=str(link.target),
                target_column=None,
                direct=link.is_direct,
                confidence=link.confidence,
                label="" if link.is_direct else "decides which rows there are",
                href=_evidence_address(link.source, link.target),
            )
            for link in found.links
        ],
        label="Ways between two datasets",
    )


def closure_picture(found: ColumnClosure) -> Svg:
    """The columns that a column's values reach, inside their datasets."""
    columns: dict[int, list[ColumnNode]] = {}
    for column in (found.start, *(node for node, _ in found.columns)):
        columns.setdefault(column.dataset_id, []).append(column)
    drawn = {pk: {c.id for c in held[:MOST_COLUMNS]} for pk, held in columns.items()}
    return draw_lineage(
        [
            replace(
                _plain(node),
                focus=node.id == found.start.dataset_id,
                columns=tuple(
                    PictureColumn(
                        c.path,
                        c.physical_type,
                        href=_column_address(c),
                        marked=c.id == found.start.id,
                    )
                    for c in columns.get(node.id, ())
                ),
                expanded=node.id in columns,
            )
            for node in found.datasets
        ],
        [_column_edge(link, drawn, None) for link in found.links],
        label=f"Where the values of {found.start.path} go",
    )


def _plain(node: Node) -> PictureNode:
    place = node.qualified_name.partition("://")[2].partition("/")[2].rpartition(".")[0]
    return PictureNode(
        id=str(node.id),
        title=node.name,
        subtitle=place,
        kind=node.kind,
        lane=node.system,
        href=reverse("lineage:dataset", args=[node.id]),
        unparsed=node.status is StatementStatus.UNPARSED,
    )


def _evidence_address(source: int, target: int, edge: int | None = None) -> str:
    """The page of the target with the evidence open."""
    numbers = [source, target] if edge is None else [source, target, edge]
    opened = "-".join(map(str, numbers))
    return f"{reverse('lineage:dataset', args=[target])}?open={opened}#drawer"


def _column_address(column: ColumnNode) -> str:
    """The page that follows the column's values."""
    query = urlencode({"column": column.path})
    return f"{reverse('lineage:column', args=[column.dataset_id])}?{query}"


def _column_edge(
    edge: ColumnLink, drawn: Mapping[int, Collection[int]], links: Asked | None
) -> PictureEdge:
    source, target = edge.source_column, edge.target_column
    ends = (edge.source_id, edge.target_id)
    address = links.evidence_href(*ends, edge.id) if links else _evidence_address(*ends, edge.id)
    return PictureEdge(
        source_node=str(ends[0]),
        source_column=source.path if source.id in drawn.get(ends[0], ()) else None,
        target_node=str(ends[1]),
        target_column=target.path if target and target.id in drawn.get(ends[1], ()) else None,
        direct=edge.kind == EdgeKind.DIRECT,
        confidence=edge.confidence,
        label=how(edge.subtype, edge.masking, edge.preparations),
        href=address,
    )


def _node(node: Node, found: LineageMap, asked: Asked, links: Asked | None) -> PictureNode:
    place = node.qualified_name.partition("://")[2].partition("/")[2].rpartition(".")[0]
    columns = tuple(
        PictureColumn(
            name=column.path,
            type=column.physical_type,
            href=_column_address(column) if links else "",
            marked=node.id == found.start.id and column.path == asked.column,
        )
        for column in found.columns.get(node.id, ())
    )
    return PictureNode(
        id=str(node.id),
        title=node.name,
        subtitle=place,
        kind=node.kind,
        lane=node.system,
        href=dataset_address(node.id, "dataset") if links else "",
        columns=columns,
        column_count=found.column_counts.get(node.id, 0),
        expanded=bool(columns),
        unparsed=node.status is StatementStatus.UNPARSED,
        focus=node.id == found.start.id,
        hidden_upstream=found.beyond_up.get(node.id, 0),
        hidden_downstream=found.beyond_down.get(node.id, 0),
        upstream_href=links.expanded_href(Direction.UP, node.id) if links else "",
        downstream_href=links.expanded_href(Direction.DOWN, node.id) if links else "",
        columns_href=links.columns_href(node.id) if links else "",
    )


def _edges(found: LineageMap, links: Asked | None) -> list[PictureEdge]:
    """A link is one line, or the lines of its column edges where an end shows its columns."""
    drawn = {pk: {c.id for c in columns[:MOST_COLUMNS]} for pk, columns in found.columns.items()}
    by_column: dict[tuple[int, int], list[ColumnLink]] = {}
    for edge in found.column_links:
        by_column.setdefault((edge.source_id, edge.target_id), []).append(edge)
    edges = []
    for link in found.links:
        ends = (link.source, link.target)
        for edge in by_column.get(ends, ()):
            drawn_edge = _column_edge(edge, drawn, links)
            edges.append(drawn_edge if links else replace(drawn_edge, href=""))
        if ends not in by_column:
            edges.append(
                PictureEdge(
                    source_node=str(link.source),
                    source_column=None,
                    target_node=str(link.target),
                    target_column=None,
                    direct=link.is_direct,
                    confidence=link.confidence,
                    label="" if link.is_direct else "decides which rows there are",
                    href=links.evidence_href(*ends) if links else "",
                )
            )
    return edges
