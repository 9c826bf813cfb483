"""The council as hub and spokes: the central team in the middle, the business around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.pictures.svg import Svg, cut, number, text

WIDTH = 960
BOX_WIDTH, BOX_HEIGHT, GAP = 260, 56, 14
HUB_WIDTH, HUB_LINE, HUB_TOP = 264, 44, 44
TITLE_LETTER, SMALL_LETTER = 7.0, 6.2
PADDING = 12


@dataclass(frozen=True, slots=True)
class SeatShape:
    """A seat as it is drawn. `person` empty means vacant; `note` says what it watches or who acts
    for its sitter."""

    name: str
    person: str
    href: str
    is_hub: bool
    note: str = ""
    is_voting: bool = True


def draw_council(seats: Sequence[SeatShape]) -> Svg:
    """Hub seats in one box, spokes left and right of it in the order given, joined by lines."""
    hub = [seat for seat in seats if seat.is_hub]
    spokes = [seat for seat in seats if not seat.is_hub]
    left, right = spokes[: (len(spokes) + 1) // 2], spokes[(len(spokes) + 1) // 2 :]
    rows = max(len(left), 1)
    hub_height = HUB_TOP + HUB_LINE * max(len(hub), 1)
    height = max(rows * (BOX_HEIGHT + GAP) - GAP, hub_height) + 2 * PADDING
    middle = height / 2
    hub_x, hub_y = (WIDTH - HUB_WIDTH) / 2, middle - hub_height / 2
    lines, boxes = [], []
    for side, column in ((0, left), (1, right)):
        x = PADDING if side == 0 else WIDTH - BOX_WIDTH - PADDING
        top = middle - (len(column) * (BOX_HEIGHT + GAP) - GAP) / 2
        for position, seat in enumerate(column):
            y = top + position * (BOX_HEIGHT + GAP)
            start = x + BOX_WIDTH if side == 0 else x
            end = hub_x if side == 0 else hub_x + HUB_WIDTH
            lines.append(_line(start, y + BOX_HEIGHT / 2, end, middle, seat))
            boxes.append(_spoke(x, y, seat))
    title = f"The council: {len(hub)} hub seats and {len(spokes)} spoke seats"
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="council-picture" width="{WIDTH}" '
        f'height="{number(height)}" viewBox="0 0 {WIDTH} {number(height)}" role="group" '
        f'aria-label="{text(title)}">{"".join(lines)}{_hub(hub_x, hub_y, hub_height, hub)}'
        f"{''.join(boxes)}</svg>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, seat: SeatShape) -> str:
    bend = (x1 + x2) / 2
    css = "spoke-line" if seat.person else "spoke-line spoke-line-vacant"
    return (
        f'<path class="{css}" d="M{number(x1)} {number(y1)}C{number(bend)} {number(y1)} '
        f'{number(bend)} {number(y2)} {number(x2)} {number(y2)}"/>'
    )


def _hub(x: float, y: float, height: float, seats: Sequence[SeatShape]) -> str:
    parts = [
        f'<rect class="hub-box" x="{number(x)}" y="{number(y)}" width="{HUB_WIDTH}" '
        f'height="{number(height)}" rx="8"/>'
        f'<text class="hub-title" x="{number(x + HUB_WIDTH / 2)}" y="{number(y + 26)}" '
        'text-anchor="middle">Central data team</text>'
    ]
    for position, seat in enumerate(seats):
        parts.append(_words(x + 16, y + HUB_TOP + position * HUB_LINE, HUB_WIDTH - 32, seat))
    return "".join(parts)


def _spoke(x: float, y: float, seat: SeatShape) -> str:
    css = "seat-box" if seat.person else "seat-box seat-vacant"
    return (
        f'<rect class="{css}" x="{number(x)}" y="{number(y)}" width="{BOX_WIDTH}" '
        f'height="{BOX_HEIGHT}" rx="6"/>{_words(x + 14, y + 4, BOX_WIDTH - 28, seat)}'
    )


def _words(x: float, y: float, width: float, seat: SeatShape) -> str:
    person = seat.person or "Vacant"
    detail = f"{person} · {seat.note}" if seat.note else person
    if not seat.is_voting:
        detail += " · signs, does not vote"
    return (
        f'<a href="{text(seat.href)}"><title>{text(f"{seat.name}: {detail}")}</title>'
        f'<text class="seat-name" x="{number(x)}" y="{number(y + 18)}">'
        f"{text(cut(seat.name, width, TITLE_LETTER))}</text>"
        f'<text class="seat-person" x="{number(x)}" y="{number(y + 36)}">'
        f"{text(cut(detail, width, SMALL_LETTER))}</text></a>"
    )
