"""From a lineage map to the picture."""

from __future__ import annotations

from catalog.pictures.lineage_picture import draw_lineage
from catalog.pictures.lineage_shapes import MOST_COLUMNS, PictureColumn, PictureEdge, PictureNode
from catalog.pictures.svg import Svg
from catalog.web.addresses import dataset_address
from lineage.selectors.answers import ColumnLink, Direction, Node
from lineage.selectors.maps import LineageMap
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


def _node(node: Node, found: LineageMap, asked: Asked, links: Asked | None) -> PictureNode:
    place = node.qualified_name.partition("://")[2].partition("/")[2].rpartition(".")[0]
    columns = tuple(
        PictureColumn(
            name=column.path,
            type=column.physical_type,
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
            source, target = edge.source_column, edge.target_column
            edges.append(
                PictureEdge(
                    source_node=str(link.source),
                    source_column=source.path if source.id in drawn.get(ends[0], ()) else None,
                    target_node=str(link.target),
                    target_column=(
                        target.path if target and target.id in drawn.get(ends[1], ()) else None
                    ),
                    direct=edge.kind == EdgeKind.DIRECT,
                    confidence=edge.confidence,
                    label=how(edge.subtype, edge.masking),
                    href=links.evidence_href(*ends, edge.id) if links else "",
                )
            )
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
