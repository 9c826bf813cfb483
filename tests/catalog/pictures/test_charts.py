"""Charts: the title says what is shown, gaps stay gaps, unknown is not zero."""

from xml.etree import ElementTree

import pytest

from catalog.pictures.charts import Bar, Point, bar_chart, line_chart, nice_ceiling

SVG = "{http://www.w3.org/2000/svg}"


def with_class(svg: str, name: str) -> list[ElementTree.Element]:
    return [e for e in ElementTree.fromstring(svg).iter() if e.get("class") == name]


def test_a_line_names_itself_and_each_point_on_hover() -> None:
    svg = line_chart("Rows per day", [Point("1 May", 4), Point("2 May", 10, "ten")])

    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == "Rows per day"
    assert [e.text for e in root.iter(f"{SVG}title")] == ["1 May: 4", "2 May: ten"]
    assert [e.get("d") for e in with_class(svg, "chart-line")] == ["M48 108L508 36"]


def test_a_missing_measurement_is_a_gap() -> None:
    svg = line_chart(
        "x", [Point("a", 1), Point("b", None), Point("c", float("nan")), Point("d", 1)]
    )

    assert len(with_class(svg, "chart-line")) == 2
    assert len(with_class(svg, "chart-dot")) == 2


@pytest.mark.parametrize("points", [[], [Point("a", None)], [Point("a", 0)], [Point("a", -3)]])
def test_a_line_is_drawn_from_almost_nothing(points: list[Point]) -> None:
    assert ElementTree.fromstring(line_chart("x", points)).tag == f"{SVG}svg"


def test_bars_are_measured_against_the_whole_and_unknown_is_hatched() -> None:
    svg = bar_chart("Empty values", [Bar("a", 0.5, "50%"), Bar("b", None)], width=500, full=1)

    room = 500 * 0.64 - 76
    assert [e.get("width") for e in with_class(svg, "chart-bar")] == [f"{room / 2:g}", "0"]
    assert len(with_class(svg, "chart-gap")) == 1
    assert [e.text for e in with_class(svg, "chart-value")] == ["50%", "unknown"]


def test_names_are_escaped_and_addresses_stay_within_the_service() -> None:
    svg = bar_chart("<b>", [Bar("<script>", 1, "<i>", "javascript:x"), Bar("ok", 1, "", "/d/1")])

    root = ElementTree.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert [e.get("href") for e in root.iter(f"{SVG}a")] == ["/d/1"]


@pytest.mark.parametrize(
    ("value", "ceiling"),
    [(0, 1), (0.3, 0.5), (1, 1), (1.1, 2), (2.2, 2.5), (4, 5), (5.1, 10), (88_014, 100_000)],
)
def test_the_axis_ends_at_a_round_number(value: float, ceiling: float) -> None:
    assert nice_ceiling(value) == pytest.approx(ceiling)


def test_a_long_title_takes_a_second_line_and_the_chart_stays_where_it_is() -> None:
    title = "Months whose movements do not make the closing revenue, in months"
    short, long = line_chart("Months", [Point("a", 1)]), line_chart(title, [Point("a", 1)])

    assert [e.text for e in with_class(long, "chart-title")] == [
        "Months whose movements do not make the closing revenue, in",
        "months",
    ]
    assert ElementTree.fromstring(short).get("viewBox") == "0 0 520 180"
    assert ElementTree.fromstring(long).get("viewBox") == "0 -16 520 196"
    dots = [[e.attrib for e in with_class(one, "chart-dot")] for one in (short, long)]
    assert dots[0] == dots[1]
    assert ElementTree.fromstring(long).get("aria-label") == title
    assert len(with_class(line_chart("word " * 80, []), "chart-title")) == 2
