"""Two small charts that say in their title what they show: a line over time and bars to compare.

Charts are drawn as SVG with classes for color, so they follow the page's light and dark."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.pictures.standalone import standalone_style
from catalog.pictures.svg import Svg, cut, number, text

LETTER = 6.2
TITLE_LETTER = 8.2  # bold, in the widest of the system's faces
TITLE_LINE = 16
TITLE_HEIGHT = 30
HATCH = (
    '<defs><pattern id="chart-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="hatch-line" d="M0 0v6"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Point:
    """One moment of a series; `value` None means that nothing was measured then."""

    label: str
    value: float | None
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `value` None means unknown and is drawn hatched, never as zero."""

    label: str
    value: float | None
    shown: str = ""
    href: str = ""


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _said(value: float | None, shown: str) -> str:
    if shown:
        return shown
    return "unknown" if value is None else f"{value:,.6g}"


def _open(title: str, width: int, height: float, standalone: bool) -> str:
    style = f"<style>{standalone_style('chart')}</style>" if standalone else ""
    lines = _lines(title, width)
    above = TITLE_LINE * (len(lines) - 1)  # the chart itself stays where it is
    written = "".join(
        f'<text class="chart-title" x="0" y="{14 - above + TITLE_LINE * place}">{text(line)}</text>'
        for place, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="{width}" '
        f'height="{number(height + above)}" viewBox="0 {-above} {width} {number(height + above)}" '
        f'role="img" aria-label="{text(title)}">{style}{written}'
    )


def _lines(title: str, width: int) -> list[str]:
    """The title in one line or two; what does not fit into two is cut in its middle."""
    lines = textwrap.wrap(title, int(width / TITLE_LETTER)) or [""]
    return [lines[0], *(cut(" ".join(lines[1:]), width, TITLE_LETTER) for _ in lines[1:2])]


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 2, 2.5, 5, 10 times a power of ten that is not below `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    # The tolerance keeps 0.3 / 0.1 = 2.9999999999999996 and its kin at the step they mean.
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9))


def line_chart(
    title: str,
    points: Sequence[Point],
    width: int = 520,
    height: int = 180,
    top: float | None = None,
    top_shown: str = "",
    standalone: bool = False,
) -> Svg:
    """A series over time with its area, from zero to `top` (the next round number unless told).
    A point without a value leaves a gap. The title says what is shown, in which unit."""
    values = [_finite(point.value) for point in points]
    measured = [value for value in values if value is not None]
    ceiling = top if top and top > 0 else nice_ceiling(max(measured, default=1.0))
    left, right = 48.0, width - 12.0
    upper, lower = TITLE_HEIGHT + 6.0, height - 24.0
    step = (right - left) / max(1, len(points) - 1)

    def x(place: int) -> float:
        return left + place * step if len(points) > 1 else (left + right) / 2

    def y(value: float) -> float:
        return lower - min(max(value, 0.0), ceiling) / ceiling * (lower - upper)

    parts = [_open(title, width, height, standalone)]
    for share, words in ((0.0, "0"), (0.5, ""), (1.0, top_shown or f"{ceiling:,.6g}")):
        level = number(y(ceiling * share))
        parts.append(f'<path class="chart-axis" d="M{number(left)} {level}H{number(right)}"/>')
        if words:
            parts.append(
                f'<text text-anchor="end" x="{number(left - 8)}" '
                f'y="{number(y(ceiling * share) + 4)}">{text(words)}</text>'
            )
    for run in _runs(values):
        spots = [f"{number(x(place))} {number(y(value))}" for place, value in run]
        line = "L".join(spots)
        first, last = number(x(run[0][0])), number(x(run[-1][0]))
        ground = number(lower)
        parts.append(
            f'<path class="chart-area" d="M{first} {ground}L{line}L{last} {ground}z"/>'
            f'<path class="chart-line" d="M{line}"/>'
        )
    for place, (point, value) in enumerate(zip(points, values, strict=True)):
        if value is None:
            continue
        said = f"{point.label}: {_said(value, point.shown)}"
        radius = 4 if place == len(points) - 1 else 2.5
        parts.append(
            f'<circle class="chart-dot" cx="{number(x(place))}" cy="{number(y(value))}" '
            f'r="{radius}"><title>{text(said)}</title></circle>'
        )
    if points:
        parts.append(f'<text x="{number(left)}" y="{height - 6}">{text(points[0].label)}</text>')
    if len(points) > 1:
        parts.append(
            f'<text text-anchor="end" x="{number(right)}" y="{height - 6}">'
            f"{text(points[-1].label)}</text>"
        )
    parts.append("</svg>")
    return Svg("".join(parts))


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches without a gap, as (place, value)."""
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]


def bar_chart(
    title: str,
    bars: Sequence[Bar],
    width: int = 520,
    full: float | None = None,
    standalone: bool = False,
) -> Svg:
    """Horizontal bars in the given order, from zero to `full` (the longest bar unless told; 1
    for shares). The title says what is shown, in which unit."""
    values = [_finite(bar.value) for bar in bars]
    longest = full if full and full > 0 else max((v for v in values if v), default=1.0)
    row, left, room = 26.0, width * 0.36, width * 0.64 - 76
    height = TITLE_HEIGHT + row * len(bars) + 4
    hatch = HATCH if None in values else ""
    parts = [_open(title, width, height, standalone), hatch]
    for place, (bar, value) in enumerate(zip(bars, values, strict=True)):
        y = TITLE_HEIGHT + place * row
        shown = _said(value, bar.shown)
        filled = 0.0 if value is None else min(max(value, 0.0) / longest, 1.0) * room
        fill = "chart-gap" if value is None else "chart-bar-track"
        content = (
            f"<title>{text(bar.label)}: {text(shown)}</title>"
            f'<text x="0" y="{number(y + 17)}">{text(cut(bar.label, left - 10, LETTER))}</text>'
            f'<rect class="{fill}" x="{number(left)}" y="{number(y + 7)}" width="{number(room)}" '
            'height="12" rx="2"/>'
            f'<rect class="chart-bar" x="{number(left)}" y="{number(y + 7)}" '
            f'width="{number(filled)}" height="12" rx="2"/>'
            f'<text class="chart-value" x="{number(left + room + 8)}" y="{number(y + 17)}">'
            f"{text(shown)}</text>"
        )
        linked = bar.href.startswith(("/", "?", "#"))
        parts.append(f'<a href="{text(bar.href)}">{content}</a>' if linked else f"<g>{content}</g>")
    parts.append("</svg>")
    return Svg("".join(parts))
