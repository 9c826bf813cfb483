"""A dataset among others: what contains it stands above it, what it is related to beside it.

Containment is a tree and drawn with whole lines; the other relations (R-041) go across it, many to
many, and are drawn with dashes, each with its word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.pictures.svg import Svg, cut, number, text

WIDTH, HEIGHT = 220, 44
GAP, COLUMN_GAP, MARGIN = 16, 170, 12
LETTER = 6.6
MOST = 12  # on each side; the table beside the picture holds all


@dataclass(frozen=True, slots=True)
class Related:
    """Another dataset; `is_source` when the relation leads from it to the one in the middle."""

    label: str
    place: str
    href: str
    relation: str
    is_source: bool


def relations_picture(name: str, containers: Sequence[str], related: Sequence[Related]) -> Svg:
    """The picture; `containers` are what contains the dataset, the outermost first."""
    left = [one for one in related if one.is_source][:MOST]
    right = [one for one in related if not one.is_source][:MOST]
    rows = max(len(left), len(right), 1)
    depth = len(containers) * (HEIGHT + GAP)
    height = max(depth + HEIGHT, rows * (HEIGHT + GAP)) + 2 * MARGIN
    width = 3 * WIDTH + 2 * COLUMN_GAP + 2 * MARGIN
    middle = MARGIN + WIDTH + COLUMN_GAP
    own = MARGIN + depth
    said = f"{name} is contained in {' in '.join(reversed(containers)) or 'nothing'}"
    said += f" and related to {len(related)} other dataset{'' if len(related) == 1 else 's'}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lineage relations" width="{width}"'
        f' height="{number(height)}" viewBox="0 0 {width} {number(height)}" role="group"'
        f' aria-label="{text(said)}">'
    ]
    for number_above, container in enumerate(containers):
        top = MARGIN + number_above * (HEIGHT + GAP)
        parts.append(_node(middle, top, container, "contains", "", "node-container"))
        center = middle + WIDTH / 2
        parts.append(
            f'<path class="edge-contains" d="M{number(center)} {number(top + HEIGHT)}v{GAP}"/>'
        )
    for side, x in ((left, MARGIN), (right, middle + WIDTH + COLUMN_GAP)):
        for row, one in enumerate(side):
            top = MARGIN + row * (HEIGHT + GAP)
            parts.append(_edge(one, x, top, middle, own))
            parts.append(_node(x, top, one.label, one.place, one.href, "node"))
    parts.append(_node(middle, own, name, "this dataset", "", "node node-focus"))
    parts.append("</svg>")
    return Svg("".join(parts))


def _edge(one: Related, x: float, top: float, middle: float, own: float) -> str:
    """From the source's right end to the target's left end, with the word in between."""
    there, here = top + HEIGHT / 2, own + HEIGHT / 2
    start, end = (x + WIDTH, middle) if one.is_source else (middle + WIDTH, x)
    begin, finish = (there, here) if one.is_source else (here, there)
    bend = COLUMN_GAP / 2
    at = (x + WIDTH + bend) if one.is_source else (x - bend)
    return (
        f'<path class="edge-related" d="M{number(start)} {number(begin)}'
        f"C{number(start + bend)} {number(begin)} {number(end - bend)} {number(finish)}"
        f' {number(end)} {number(finish)}"/>'
        f'<text class="edge-word" x="{number(at)}" y="{number(there - 5)}" text-anchor="middle">'
        f"{text(cut(one.relation, COLUMN_GAP - 20, LETTER))}</text>"
    )


def _node(x: float, y: float, title: str, subtitle: str, href: str, css: str) -> str:
    box = (
        f'<g class="{css}"><title>{text(title)}, {text(subtitle)}</title>'
        f'<rect class="node-box" x="{number(x)}" y="{number(y)}" width="{WIDTH}"'
        f' height="{HEIGHT}" rx="6"/>'
        f'<text class="node-title" x="{number(x + 10)}" y="{number(y + 18)}">'
        f"{text(cut(title, WIDTH - 20, 7.4))}</text>"
        f'<text class="node-subtitle" x="{number(x + 10)}" y="{number(y + 34)}">'
        f"{text(cut(subtitle, WIDTH - 20, LETTER))}</text></g>"
    )
    if not href:
        return box
    return f'<a href="{text(href)}" aria-label="{text(title)}, {text(subtitle)}">{box}</a>'
