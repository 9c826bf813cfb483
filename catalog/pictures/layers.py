"""Which layer each vertex of a graph stands in, and in which order: the Sugiyama method.

The drawing itself is done by `fast_sugiyama`. It aborts the process on a loop and mixes up its
extra vertices when a graph has several components, so it is given one component at a time,
without loops, without cycles and with vertices numbered from 0.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass, field

from fast_sugiyama import from_edges

Edge = tuple[int, int]

# The library reports every step of every drawing.
logging.getLogger("rust-sugiyama").setLevel(logging.WARNING)


@dataclass(slots=True)
class Layering:
    """`layer` and `order` of each vertex; layers count from 0 at the left.

    An edge over more than one layer passes through extra vertices, one in each layer between;
    `waypoints` names them from the edge's left end to its right end. `backward` holds the edges
    that run from right to left because they close a cycle."""

    layer: dict[int, int] = field(default_factory=dict)
    order: dict[int, float] = field(default_factory=dict)
    waypoints: dict[Edge, list[int]] = field(default_factory=dict)
    backward: set[Edge] = field(default_factory=set)


def arrange(vertex_count: int, edges: list[Edge]) -> Layering:
    """Layer the vertices 0 .. vertex_count-1. Loops are allowed and have no influence. The
    result depends on nothing but the arguments."""
    result = Layering()
    wanted = sorted({edge for edge in edges if edge[0] != edge[1]})
    result.backward = _closing_cycles(vertex_count, wanted)
    forward = sorted({(t, s) if (s, t) in result.backward else (s, t) for s, t in wanted})
    next_extra = vertex_count
    shift = 0.0
    for members in _components(vertex_count, forward):
        inside = set(members)
        own = [edge for edge in forward if edge[0] in inside]
        if not own:
            result.layer[members[0]] = 0
            result.order[members[0]] = shift
            shift += 1
            continue
        next_extra, width = _arrange_component(members, own, next_extra, shift, result)
        shift += width + 1
    return result


def _closing_cycles(vertex_count: int, edges: list[Edge]) -> set[Edge]:
    """The edges a depth-first walk finds to lead back to a vertex it is still inside of."""
    following: dict[int, list[int]] = defaultdict(list)
    entered = [0] * vertex_count
    for source, target in edges:
        following[source].append(target)
        entered[target] += 1
    # Starting where nothing comes in keeps the natural direction of as many edges as possible.
    starts = sorted(range(vertex_count), key=lambda vertex: (entered[vertex] > 0, vertex))
    fresh, open_, done = 0, 1, 2
    state = [fresh] * vertex_count
    closing: set[Edge] = set()
    for start in starts:
        if state[start] != fresh:
            continue
        state[start] = open_
        walk = [(start, iter(following[start]))]
        while walk:
            vertex, targets = walk[-1]
            for target in targets:
                if state[target] == open_:
                    closing.add((vertex, target))
                elif state[target] == fresh:
                    state[target] = open_
                    walk.append((target, iter(following[target])))
                    break
            else:
                state[vertex] = done
                walk.pop()
    return closing


def _components(vertex_count: int, edges: list[Edge]) -> list[list[int]]:
    """The connected components, the largest first, each with its vertices in order."""
    neighbors: dict[int, list[int]] = defaultdict(list)
    for source, target in edges:
        neighbors[source].append(target)
        neighbors[target].append(source)
    seen: set[int] = set()
    components: list[list[int]] = []
    for start in range(vertex_count):
        if start in seen:
            continue
        seen.add(start)
        members, queue = [start], [start]
        while queue:
            for neighbor in neighbors[queue.pop()]:
                if neighbor not in seen:
                    seen.add(neighbor)
                    members.append(neighbor)
                    queue.append(neighbor)
        components.append(sorted(members))
    return sorted(components, key=lambda members: (-len(members), members[0]))


def _arrange_component(
    members: list[int], edges: list[Edge], next_extra: int, shift: float, result: Layering
) -> tuple[int, float]:
    """Fill `result` for one component; returns the next free extra vertex and the width used."""
    number = {vertex: place for place, vertex in enumerate(members)}
    layouts = from_edges(
        [(number[source], number[target]) for source, target in edges],
        vertex_spacing=1,
        dummy_size=1,
        check_layout=False,
    )
    positions, width, _, drawn = layouts[0]
    place: dict[int, tuple[float, float]] = {int(key): (x, y) for key, (x, y) in positions}
    top = max(y for _, y in place.values())
    vertex_of: dict[int, int] = dict(enumerate(members))
    for key in sorted(place):
        if key >= len(members):
            vertex_of[key] = next_extra
            next_extra += 1
        x, y = place[key]
        result.layer[vertex_of[key]] = round(top - y)
        result.order[vertex_of[key]] = x + shift
    following: dict[int, list[int]] = defaultdict(list)
    for source, target in drawn or ():
        following[int(source)].append(int(target))
    for key in range(len(members)):
        for first in following[key]:
            passed, target = [], first
            while target >= len(members):
                passed.append(vertex_of[target])
                target = following[target][0]
            if passed:
                result.waypoints[(vertex_of[key], vertex_of[target])] = passed
    return next_extra, float(width)
