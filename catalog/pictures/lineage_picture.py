"""Lineage as a picture: SVG that is drawn on the server, works without a script and can be
cached, tested, printed and exported as it is."""

import hashlib
import json
import re
from collections.abc import Iterable

from catalog.pictures import icons
from catalog.pictures.lineage_layout import (
    COLUMN_HEIGHT,
    HEADER_HEIGHT,
    Box,
    Lane,
    Layout,
    place_lineage,
)
from catalog.pictures.lineage_shapes import (
    PictureColumn,
    PictureEdge,
    PictureNode,
    check_picture,
    confidence_word,
)
from catalog.pictures.standalone import standalone_style
from catalog.pictures.svg import Svg, cut, number, text

TITLE_LETTER = 7.5
SUBTITLE_LETTER = 6.0
COLUMN_LETTER = 7.3
SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SAFE_ADDRESS = re.compile(r"(?:[/?#]|https?://)", re.IGNORECASE)


def draw_lineage(
    nodes: Iterable[PictureNode],
    edges: Iterable[PictureEdge],
    label: str = "Lineage",
    standalone: bool = False,
) -> Svg:
    """The picture as one <svg>. Equal input gives equal output, byte for byte. PictureError when
    it cannot be drawn (see `lineage_shapes.check_picture`). `standalone=True` is for export:
    the style is inside and the file opens anywhere."""
    drawn_nodes, given_edges = list(nodes), list(edges)
    check_picture(drawn_nodes, given_edges)
    if not drawn_nodes:
        return Svg("")
    layout = place_lineage(drawn_nodes, given_edges)
    known = {node.id: node for node in drawn_nodes}
    bundles = _bundles(known, given_edges)
    focus = next((node for node in drawn_nodes if node.focus), drawn_nodes[0])
    middle = layout.nodes[focus.id]
    width, height = number(layout.width), number(layout.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lineage" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" role="group" '
        f'aria-label="{text(label)}" data-focus-x="{number(middle.x + middle.width / 2)}" '
        f'data-focus-y="{number(middle.y + HEADER_HEIGHT / 2)}">',
        f"<style>{standalone_style('lineage')}</style>" if standalone else "",
        '<defs><pattern id="lineage-hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="hatch-paper" width="7" height="7"/>'
        '<path class="hatch-line" d="M0 0v7"/></pattern></defs>',
        f'<rect class="backdrop" width="{width}" height="{height}"/>' if standalone else "",
        *(_lane(lane) for lane in layout.lanes),
        *(_edge(bundle, known, layout) for bundle in bundles),
        *(_node(node, layout.nodes[node.id]) for node in drawn_nodes),
        "</svg>",
    ]
    return Svg("".join(parts))


def element_id(prefix: str, *parts: object) -> str:
    """A stable id: the given one where it is safe, a digest of it elsewhere."""
    if len(parts) == 1 and SAFE_ID.fullmatch(str(parts[0])):
        return f"{prefix}-{parts[0]}"
    digest = hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()
    return f"{prefix}-{digest[:16]}"


def _link(href: str, attributes: str, content: str) -> str:
    """An <a> where the address leads somewhere safe, else a plain group."""
    if SAFE_ADDRESS.match(href):
        return f'<a href="{text(href)}" {attributes}>{content}</a>'
    return f"<g {attributes}>{content}</g>"


def _lane(lane: Lane) -> str:
    box = lane.box
    title = text(cut(lane.title, box.width - 24, SUBTITLE_LETTER + 0.8))
    return (
        f'<g><title>{text(lane.title)}</title><rect class="lane" x="{number(box.x)}" '
        f'y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}" rx="8"/>'
        f'<text class="lane-title" x="{number(box.x + 12)}" y="{number(box.y + 21)}">'
        f"{title}</text></g>"
    )


# Nodes


def _node(node: PictureNode, box: Box) -> str:
    states = [
        "node",
        *(["node-focus"] if node.focus else []),
        *(["node-unparsed"] if node.unparsed else []),
        *(["node-locked"] if node.locked else []),
    ]
    own_id = element_id("node", node.id)
    parts = [
        f'<g class="{" ".join(states)}" id="{own_id}">',
        _header(node, box),
        *_columns(node, box, own_id),
        _expander(node.hidden_upstream, node.upstream_href, box, True, node.title),
        _expander(node.hidden_downstream, node.downstream_href, box, False, node.title),
        "</g>",
    ]
    return "".join(parts)


def _spoken(node: PictureNode) -> str:
    said = [node.title, node.subtitle, node.lane]
    if node.focus:
        said.append("this is what was asked for")
    if node.locked:
        said.append("you may not read its data")
    if node.unparsed:
        said.append("this statement could not be read")
    return ", ".join(part for part in said if part)


def _header(node: PictureNode, box: Box) -> str:
    kind = "lock" if node.locked else node.kind if node.kind in icons.ICONS else "dataset"
    toggle_room = 52 if node.all_columns and node.columns_href else 0
    room = box.width - 40 - 12 - toggle_room
    content = (
        f"<title>{text(_spoken(node))}</title>"
        f'<rect class="node-box" x="{number(box.x)}" y="{number(box.y)}" '
        f'width="{number(box.width)}" height="{number(box.height)}" rx="6"/>'
        f'<path class="node-icon" transform="translate({number(box.x + 12)} {number(box.y + 14)}) '
        f'scale(0.83)" d="{icons.icon_path(kind)}"/>'
        f'<text class="node-title" x="{number(box.x + 40)}" y="{number(box.y + 21)}">'
        f"{text(cut(node.title, room, TITLE_LETTER))}</text>"
        f'<text class="node-subtitle" x="{number(box.x + 40)}" y="{number(box.y + 37)}">'
        f"{text(cut(node.subtitle, room, SUBTITLE_LETTER))}</text>"
    )
    header = _link(node.href, 'class="node-link"', content)
    if not toggle_room:
        return header
    act = "Hide" if node.expanded else "Show"
    turn = "chevron-down" if node.expanded else "chevron-right"
    toggle = (
        f"<title>{act} the {_columns_said(node.all_columns)} of {text(node.title)}</title>"
        f'<rect class="column-box" x="{number(box.x + box.width - 48)}" y="{number(box.y + 8)}" '
        'width="42" height="32" rx="4"/>'
        f'<text class="node-subtitle" text-anchor="end" x="{number(box.x + box.width - 26)}" '
        f'y="{number(box.y + 28)}">{node.all_columns}</text>'
        f'<path class="node-icon" transform="translate({number(box.x + box.width - 24)} '
        f'{number(box.y + 16)}) scale(0.67)" d="{icons.icon_path(turn)}"/>'
    )
    return header + _link(node.columns_href, 'class="node-toggle"', toggle)


def _columns_said(count: int) -> str:
    return "column" if count == 1 else f"{count:,} columns"


def _columns(node: PictureNode, box: Box, own_id: str) -> list[str]:
    drawn = node.drawn_columns
    if not drawn:
        return []
    top = box.y + HEADER_HEIGHT
    parts = [
        f'<path class="node-rule" d="M{number(box.x)} {number(top)}h{number(box.width)}"/>',
        *(
            _column(node, column, box, top + place * COLUMN_HEIGHT, own_id)
            for place, column in enumerate(drawn)
        ),
    ]
    more = len(node.columns) - len(drawn)
    if more:
        y = top + len(drawn) * COLUMN_HEIGHT + 16
        words = (
            f'<text class="expander-text" x="{number(box.x + 14)}" y="{number(y)}">'
            f"{more:,} more columns</text>"
        )
        parts.append(_link(node.href, 'class="column-more"', words))
    return parts


def _column(node: PictureNode, column: PictureColumn, box: Box, y: float, own_id: str) -> str:
    type_width = min(80.0, len(column.type) * SUBTITLE_LETTER)
    room = box.width - 14 - 14 - type_width - 8
    said = f"{node.title}.{column.name}" + (f", {column.type}" if column.type else "")
    content = (
        f"<title>{text(said)}</title>"
        f'<rect class="column-box" x="{number(box.x + 4)}" y="{number(y + 2)}" '
        f'width="{number(box.width - 8)}" height="{COLUMN_HEIGHT - 2}" rx="4"/>'
        f'<text class="column-name" x="{number(box.x + 14)}" y="{number(y + 17)}">'
        f"{text(cut(column.name, room, COLUMN_LETTER))}</text>"
        f'<text class="column-type" text-anchor="end" x="{number(box.x + box.width - 14)}" '
        f'y="{number(y + 17)}">{text(cut(column.type, type_width + 1, SUBTITLE_LETTER))}</text>'
    )
    marked = " column-marked" if column.marked else ""
    attributes = (
        f'class="column{marked}" id="{element_id("column", node.id, column.name)}" '
        f'data-node="{own_id}" data-column="{text(column.name)}"'
    )
    return _link(column.href, attributes, content)


def _expander(hidden: int, href: str, box: Box, upstream: bool, title: str) -> str:
    if hidden <= 0:
        return ""
    words = f"+{hidden:,}"
    width = 14 + len(words) * 7
    x = box.x + 10 if upstream else box.x + box.width - 10 - width
    y = box.y + box.height - 9
    where = "upstream" if upstream else "downstream"
    content = (
        f"<title>Show {hidden:,} more {where} of {text(title)}</title>"
        f'<rect class="expander-box" x="{number(x)}" y="{number(y)}" width="{width}" height="18" '
        'rx="9"/>'
        f'<text class="expander-text" text-anchor="middle" x="{number(x + width / 2)}" '
        f'y="{number(y + 13)}">{words}</text>'
    )
    return _link(href, f'class="expander expander-{where}"', content)


# Edges

Port = tuple[str, str | None]


def _bundles(known: dict[str, PictureNode], edges: list[PictureEdge]) -> list[list[PictureEdge]]:
    """Edges that would be drawn on top of each other, together; indirect ones come first, so
    that direct ones are painted over them."""

    def port(node_id: str, column: str | None) -> Port:
        drawn = {column.name for column in known[node_id].drawn_columns}
        return node_id, column if column in drawn else None

    bundles: dict[tuple[bool, Port, Port], list[PictureEdge]] = {}
    for edge in edges:
        key = (
            edge.direct,
            port(edge.source_node, edge.source_column),
            port(edge.target_node, edge.target_column),
        )
        bundles.setdefault(key, []).append(edge)
    return [bundles[key] for key in sorted(bundles, key=lambda key: key[0])]


def _end_y(node: PictureNode, column: str | None, box: Box) -> float:
    for place, drawn in enumerate(node.drawn_columns):
        if drawn.name == column:
            return box.y + HEADER_HEIGHT + place * COLUMN_HEIGHT + COLUMN_HEIGHT / 2 + 1
    return box.y + HEADER_HEIGHT / 2


def _edge(bundle: list[PictureEdge], known: dict[str, PictureNode], layout: Layout) -> str:
    first = max(bundle, key=lambda edge: edge.confidence)
    source, target = known[first.source_node], known[first.target_node]
    start_box, end_box = layout.nodes[source.id], layout.nodes[target.id]
    start_y = _end_y(source, first.source_column, start_box)
    end_y = _end_y(target, first.target_column, end_box)
    word = confidence_word(first.confidence)
    flow = "direct" if first.direct else "indirect"
    line, arrow = _curve(source.id, target.id, start_box, end_box, start_y, end_y, layout)
    pairs = {(edge.source_column or "", edge.target_column or "") for edge in bundle}
    columns = next(iter(pairs)) if len(pairs) == 1 else ("", "")
    labels = dict.fromkeys(edge.label for edge in bundle if edge.label)
    label = ", ".join(labels) if len(pairs) == 1 else first.label
    attributes = (
        f'class="edge edge-{flow} edge-{word}" '
        f'id="{element_id("edge", source.id, columns[0], target.id, columns[1], flow)}" '
        f'data-from="{element_id("node", source.id)}" data-from-column="{text(columns[0])}" '
        f'data-to="{element_id("node", target.id)}" data-to-column="{text(columns[1])}"'
    )
    said = (
        f"{_end_name(source, columns[0])} to {_end_name(target, columns[1])}: {flow}, {word}"
        + ("" if len(pairs) == 1 else f", {len(pairs):,} columns")
        + (f". {label}" if label else "")
    )
    content = (
        f'<title>{text(said)}</title><path class="edge-hit" d="{line}"/>'
        f'<path class="edge-line" d="{line}"/><path class="edge-end" d="{arrow}"/>'
    )
    return _link(first.href, attributes, content)


def _end_name(node: PictureNode, column: str) -> str:
    return f"{node.title}.{column}" if column else node.title


def _curve(
    source: str,
    target: str,
    start_box: Box,
    end_box: Box,
    start_y: float,
    end_y: float,
    layout: Layout,
) -> tuple[str, str]:
    """The path of an edge and of its arrow. An edge that closes a cycle runs from the left side
    of its source to the right side of its target."""
    if source == target:
        x = start_box.x + start_box.width
        low = max(end_y, start_y + 14)
        line = (
            f"M{number(x)} {number(start_y)}C{number(x + 36)} {number(start_y)} "
            f"{number(x + 36)} {number(low)} {number(x + 6)} {number(low)}"
        )
        return line, f"M{number(x)} {number(low)}l8 -4v8z"
    backward = (source, target) in layout.backward
    ahead = -1 if backward else 1
    start_x = start_box.x + (0 if backward else start_box.width)
    end_x = end_box.x + (end_box.width if backward else 0)
    tip = end_x - 7 * ahead
    points = layout.waypoints.get((target, source) if backward else (source, target), [])
    pieces = [f"M{number(start_x)} {number(start_y)}"]
    x, y = start_x, start_y
    for left, right, height in reversed(points) if backward else points:
        near, far = (right, left) if backward else (left, right)
        pieces.append(_bend(x, y, near, height) + f"H{number(far)}")
        x, y = far, height
    pieces.append(_bend(x, y, tip, end_y))
    arrow = f"M{number(end_x)} {number(end_y)}l{-8 * ahead} -4v8z"
    return "".join(pieces), arrow


def _bend(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = number((x + to_x) / 2)
    return f"C{middle} {number(y)} {middle} {number(to_y)} {number(to_x)} {number(to_y)}"
