"""Where each node, lane and edge of a lineage picture stands, in pixels."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from catalog.pictures.layers import Layering, arrange
from catalog.pictures.lineage_shapes import PictureEdge, PictureNode

NODE_WIDTH = 232
HEADER_HEIGHT = 48
COLUMN_HEIGHT = 24
COLUMNS_FOOT = 6
NODE_GAP = 28
WAYPOINT_HEIGHT = 10
WAYPOINT_GAP = 8
LANE_HEAD = 34
LANE_FOOT = 22
LANE_SIDE = 18
LANE_GAP = 16
MARGIN = 8
NARROWEST_GAP = 84
WIDEST_GAP = 180
SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Lane:
    title: str
    box: Box


@dataclass(slots=True)
class Layout:
    """`waypoints` of an edge are the heights at which it crosses the layers between its ends,
    as (left x, right x, y) from its left end to its right end."""

    width: float = 0
    height: float = 0
    lanes: list[Lane] = field(default_factory=list)
    nodes: dict[str, Box] = field(default_factory=dict)
    waypoints: dict[tuple[str, str], list[tuple[float, float, float]]] = field(default_factory=dict)
    backward: set[tuple[str, str]] = field(default_factory=set)


def node_height(node: PictureNode) -> float:
    count = len(node.drawn_columns)
    if not count:
        return HEADER_HEIGHT
    more = 1 if len(node.columns) > count else 0
    return HEADER_HEIGHT + (count + more) * COLUMN_HEIGHT + COLUMNS_FOOT


@dataclass(slots=True)
class _Row:
    """Lanes that stand beside each other, because no layer holds two of them."""

    lanes: list[tuple[str, int, int]] = field(default_factory=list)
    items: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def has_room(self, first: int, last: int) -> bool:
        return all(
            last < other_first or other_last < first for _, other_first, other_last in self.lanes
        )


def place_lineage(nodes: list[PictureNode], edges: list[PictureEdge]) -> Layout:
    """Layers from left to right, lanes as boxes, nodes pulled toward what they are joined to."""
    number = {node.id: place for place, node in enumerate(nodes)}
    links = [(number[edge.source_node], number[edge.target_node]) for edge in edges]
    layering = arrange(len(nodes), links)
    rows, row_of = _rows(nodes, layering)
    heights = {vertex: float(WAYPOINT_HEIGHT) for vertex in layering.layer}
    heights |= {place: node_height(node) for place, node in enumerate(nodes)}
    tops = _vertical_places(rows, row_of, heights, layering, links)
    lefts = _horizontal_places(layering, links)
    return _assemble(nodes, layering, rows, row_of, heights, tops, lefts)


def _rows(nodes: list[PictureNode], layering: Layering) -> tuple[list[_Row], dict[int, int]]:
    members: dict[str, list[int]] = defaultdict(list)
    for place, node in enumerate(nodes):
        members[node.lane].append(place)
    spans = []
    for title, places in members.items():
        layers = [layering.layer[place] for place in places]
        middle = sum(layering.order[place] for place in places) / len(places)
        spans.append((min(layers), round(middle, 3), title, max(layers)))
    rows: list[_Row] = []
    row_of: dict[int, int] = {}
    for first, _, title, last in sorted(spans):
        count = next(
            (count for count, row in enumerate(rows) if row.has_room(first, last)), len(rows)
        )
        if count == len(rows):
            rows.append(_Row())
        rows[count].lanes.append((title, first, last))
        row_of |= dict.fromkeys(members[title], count)
    for (source, target), passed in sorted(layering.waypoints.items()):
        for place, extra in enumerate(passed):
            row_of[extra] = row_of[source] if place < len(passed) / 2 else row_of[target]
    for vertex, count in row_of.items():
        rows[count].items[layering.layer[vertex]].append(vertex)
    for row in rows:
        for stack in row.items.values():
            stack.sort(key=lambda vertex: (layering.order[vertex], vertex))
    return rows, row_of


def _gap(upper: int, lower: int, node_count: int) -> float:
    return NODE_GAP if upper < node_count and lower < node_count else WAYPOINT_GAP


def _vertical_places(
    rows: list[_Row],
    row_of: dict[int, int],
    heights: dict[int, float],
    layering: Layering,
    links: list[tuple[int, int]],
) -> dict[int, float]:
    """The top of each vertex within its row, from 0."""
    neighbors: dict[int, set[int]] = defaultdict(set)
    for source, target in links:
        left, right = (
            (target, source) if (source, target) in layering.backward else (source, target)
        )
        for a, b in pairwise([left, *layering.waypoints.get((left, right), ()), right]):
            if row_of[a] == row_of[b] and a != b:
                neighbors[a].add(b)
                neighbors[b].add(a)
    node_count = min(
        (vertex for passed in layering.waypoints.values() for vertex in passed),
        default=len(heights),
    )
    tops: dict[int, float] = {}
    for row in rows:
        layers = sorted(row.items)
        for layer in layers:
            top = 0.0
            for place, vertex in enumerate(row.items[layer]):
                if place:
                    top += _gap(row.items[layer][place - 1], vertex, node_count)
                tops[vertex] = top
                top += heights[vertex]
        for sweep in range(SWEEPS):
            for layer in layers if sweep % 2 else reversed(layers):
                _pull(row.items[layer], tops, heights, neighbors, node_count)
        highest = min(tops[vertex] for stack in row.items.values() for vertex in stack)
        for stack in row.items.values():
            for vertex in stack:
                tops[vertex] -= highest
    return tops


def _pull(
    stack: list[int],
    tops: dict[int, float],
    heights: dict[int, float],
    neighbors: dict[int, set[int]],
    node_count: int,
) -> None:
    """Move a layer's vertices as near to their neighbors as their order allows: isotonic
    regression by pooling adjacent violators, on tops from which the stack above is taken off."""

    def anchor(vertex: int) -> float:
        return tops[vertex] + min(heights[vertex], HEADER_HEIGHT) / 2

    offsets: list[float] = []
    offset = 0.0
    for place, vertex in enumerate(stack):
        if place:
            offset += heights[stack[place - 1]] + _gap(stack[place - 1], vertex, node_count)
        offsets.append(offset)
    pools: list[tuple[float, int]] = []
    for vertex, above in zip(stack, offsets, strict=True):
        near = sorted(neighbors[vertex])
        wish = tops[vertex]
        if near:
            wish = sum(anchor(other) for other in near) / len(near)
            wish -= min(heights[vertex], HEADER_HEIGHT) / 2
        pools.append((wish - above, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            value, count = pools.pop()
            before, before_count = pools.pop()
            both = count + before_count
            pools.append(((value * count + before * before_count) / both, both))
    values = [value for value, count in pools for _ in range(count)]
    for vertex, above, value in zip(stack, offsets, values, strict=True):
        tops[vertex] = value + above


def _horizontal_places(layering: Layering, links: list[tuple[int, int]]) -> list[float]:
    """The left of each layer; a gap that many edges cross is wider."""
    last = max(layering.layer.values(), default=0)
    crossing = [0] * (last + 1)
    for source, target in links:
        left, right = sorted((layering.layer[source], layering.layer[target]))
        for layer in range(left, right):
            crossing[layer] += 1
    lefts = [float(MARGIN + LANE_SIDE)]
    for layer in range(last):
        gap = min(WIDEST_GAP, NARROWEST_GAP + 3 * crossing[layer])
        lefts.append(lefts[-1] + NODE_WIDTH + gap)
    return lefts


def _assemble(
    nodes: list[PictureNode],
    layering: Layering,
    rows: list[_Row],
    row_of: dict[int, int],
    heights: dict[int, float],
    tops: dict[int, float],
    lefts: list[float],
) -> Layout:
    layout = Layout(width=lefts[-1] + NODE_WIDTH + LANE_SIDE + MARGIN)
    row_tops: list[float] = []
    y = float(MARGIN)
    for row in rows:
        row_tops.append(y + LANE_HEAD)
        inner = max(
            tops[vertex] + heights[vertex] for stack in row.items.values() for vertex in stack
        )
        height = LANE_HEAD + inner + LANE_FOOT
        for title, first, last in row.lanes:
            left = lefts[first] - LANE_SIDE
            width = lefts[last] + NODE_WIDTH + LANE_SIDE - left
            layout.lanes.append(Lane(title, Box(left, y, width, height)))
        y += height + LANE_GAP
    layout.height = max(y - LANE_GAP, 0) + MARGIN
    for place, node in enumerate(nodes):
        layout.nodes[node.id] = Box(
            lefts[layering.layer[place]],
            row_tops[row_of[place]] + tops[place],
            NODE_WIDTH,
            heights[place],
        )
    for (left_end, right_end), passed in layering.waypoints.items():
        points = []
        for vertex in passed:
            left = lefts[layering.layer[vertex]]
            height = row_tops[row_of[vertex]] + tops[vertex] + WAYPOINT_HEIGHT / 2
            points.append((left, left + NODE_WIDTH, height))
        layout.waypoints[(nodes[left_end].id, nodes[right_end].id)] = points
    layout.backward = {(nodes[source].id, nodes[target].id) for source, target in layering.backward}
    return layout
