"""The lineage picture: what is drawn where, with which words, and that nothing gets through."""

import random
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pictures.lineage_layout import HEADER_HEIGHT, place_lineage
from catalog.pictures.lineage_picture import draw_lineage
from catalog.pictures.lineage_shapes import (
    MOST_COLUMNS,
    PictureColumn,
    PictureEdge,
    PictureError,
    PictureNode,
    TooManyNodesError,
    confidence_word,
)

SVG = "{http://www.w3.org/2000/svg}"


def node(id_: str, **more: object) -> PictureNode:
    return PictureNode(**({"id": id_, "title": f"table_{id_}", "lane": "warehouse"} | more))  # type: ignore[arg-type]


def edge(source: str, target: str, **more: object) -> PictureEdge:
    ends = {
        "source_node": source,
        "source_column": None,
        "target_node": target,
        "target_column": None,
    }
    return PictureEdge(**(ends | more))  # type: ignore[arg-type]


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def by_id(root: ElementTree.Element, id_: str) -> ElementTree.Element:
    return next(element for element in root.iter() if element.get("id") == id_)


def titles(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}title")]


def edges_in(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [e for e in root.iter() if (e.get("class") or "").startswith("edge edge-")]


def test_a_node_is_a_link_with_its_words_and_the_asked_one_is_marked() -> None:
    root = parsed(draw_lineage([node("1", href="/d/1", subtitle="sales", focus=True)], []))

    group = by_id(root, "node-1")
    assert group.get("class") == "node node-focus"
    link = group.find(f"{SVG}a")
    assert link is not None
    assert link.get("href") == "/d/1"
    assert titles(group) == ["table_1, sales, warehouse, this is what was asked for"]


def test_flow_runs_from_left_to_right_and_lanes_hold_their_nodes() -> None:
    nodes = [node("1", lane="crm"), node("2"), node("3"), node("4", lane="bi")]
    layout = place_lineage(nodes, [edge("1", "2"), edge("2", "3"), edge("3", "4")])

    lefts = [layout.nodes[key].x for key in ("1", "2", "3", "4")]
    assert lefts == sorted(set(lefts))
    lanes = {lane.title: lane.box for lane in layout.lanes}
    assert set(lanes) == {"crm", "warehouse", "bi"}
    for one in nodes:
        lane, box = lanes[one.lane], layout.nodes[one.id]
        assert lane.x < box.x
        assert box.x + box.width < lane.x + lane.width
        assert lane.y < box.y
        assert box.y + box.height < lane.y + lane.height


def test_direct_and_indirect_edges_say_so_in_class_and_words() -> None:
    nodes = [node("1"), node("2")]
    root = parsed(
        draw_lineage(
            nodes,
            [
                edge("1", "2", confidence=0.95, href="/e/1"),
                edge("1", "2", direct=False, confidence=0.3, label="where"),
            ],
        )
    )

    indirect, direct = edges_in(root)
    assert direct.get("class") == "edge edge-direct edge-sure"
    assert (direct.tag, direct.get("href")) == (f"{SVG}a", "/e/1")
    assert titles(direct) == ["table_1 to table_2: direct, sure"]
    assert indirect.get("class") == "edge edge-indirect edge-uncertain"
    assert indirect.tag == f"{SVG}g"
    assert titles(indirect) == ["table_1 to table_2: indirect, uncertain. where"]


def test_an_edge_of_columns_ends_at_their_rows_when_both_are_expanded() -> None:
    columns = (PictureColumn("a", "int", "/c/a"), PictureColumn("b"))
    nodes = [node("1", columns=columns, expanded=True), node("2", columns=columns, expanded=True)]
    flow = edge("1", "2", source_column="a", target_column="b")
    root = parsed(draw_lineage(nodes, [flow]))
    layout = place_lineage(nodes, [flow])

    (drawn,) = edges_in(root)
    assert titles(drawn) == ["table_1.a to table_2.b: direct, sure"]
    assert drawn.get("data-from-column") == "a"
    assert drawn.get("data-to-column") == "b"
    start = drawn.findall(f"{SVG}path")[1].get("d") or ""
    first_row = layout.nodes["1"].y + HEADER_HEIGHT + 12 + 1
    assert start.startswith(f"M{layout.nodes['1'].x + 232:g} {first_row:g}C")


def test_edges_that_would_lie_on_each_other_are_drawn_once_with_their_count() -> None:
    nodes = [node("1"), node("2")]
    flows = [edge("1", "2", source_column=name, target_column=name) for name in "abc"]

    (drawn,) = edges_in(parsed(draw_lineage(nodes, flows)))

    assert titles(drawn) == ["table_1 to table_2: direct, sure, 3 columns"]


def test_what_one_column_does_to_another_in_two_ways_stays_an_edge_of_columns() -> None:
    columns = (PictureColumn("a"),)
    nodes = [node("1", columns=columns, expanded=True), node("2", columns=columns, expanded=True)]
    flows = [
        edge("1", "2", source_column="a", target_column="a", direct=False, label=label)
        for label in ("ordered by it", "chosen by it", "ordered by it")
    ]

    (drawn,) = edges_in(parsed(draw_lineage(nodes, flows)))

    assert titles(drawn) == ["table_1.a to table_2.a: indirect, sure. ordered by it, chosen by it"]
    assert (drawn.get("data-from-column"), drawn.get("data-to-column")) == ("a", "a")


def test_unparsed_and_locked_nodes_say_so() -> None:
    root = parsed(draw_lineage([node("1", unparsed=True), node("2", locked=True)], []))

    assert by_id(root, "node-1").get("class") == "node node-unparsed"
    assert by_id(root, "node-2").get("class") == "node node-locked"
    said = titles(root)
    assert "table_1, warehouse, this statement could not be read" in said
    assert "table_2, warehouse, you may not read its data" in said


def test_expanders_are_links_that_name_what_they_open() -> None:
    root = parsed(
        draw_lineage([node("1", hidden_upstream=3, upstream_href="?up=1", hidden_downstream=0)], [])
    )

    (link,) = [e for e in root.iter(f"{SVG}a") if "expander" in (e.get("class") or "")]
    assert link.get("href") == "?up=1"
    assert titles(link) == ["Show 3 more upstream of table_1"]
    assert [e.text for e in link.iter(f"{SVG}text")] == ["+3"]


def test_columns_that_are_not_given_yet_can_be_asked_for() -> None:
    nodes = [node("1", column_count=1_200, columns_href="?columns=1"), node("2", column_count=3)]
    root = parsed(draw_lineage(nodes, []))

    (link,) = [e for e in root.iter(f"{SVG}a") if e.get("class") == "node-toggle"]
    assert link.get("href") == "?columns=1"
    assert titles(link) == ["Show the 1,200 columns of table_1"]


def test_a_wide_table_shows_its_first_columns_and_how_many_more() -> None:
    columns = tuple(PictureColumn(f"column_{count}") for count in range(MOST_COLUMNS + 7))
    root = parsed(draw_lineage([node("1", columns=columns, expanded=True, href="/d/1")], []))

    drawn = [e for e in root.iter() if e.get("class") == "column"]
    assert len(drawn) == MOST_COLUMNS
    assert "7 more columns" in [e.text for e in root.iter(f"{SVG}text")]


def test_a_cycle_and_a_loop_are_drawn() -> None:
    nodes = [node("1"), node("2")]
    root = parsed(draw_lineage(nodes, [edge("1", "2"), edge("2", "1"), edge("1", "1")]))

    assert len(edges_in(root)) == 3


def test_too_many_nodes_are_refused_with_the_way_out() -> None:
    with pytest.raises(TooManyNodesError) as refusal:
        draw_lineage([node(str(count)) for count in range(201)], [])

    assert str(refusal.value) == (
        "A picture shows at most 200 datasets, this one would have 201. "
        "Ask for fewer levels, or read the table."
    )


@pytest.mark.parametrize(
    ("nodes", "edges", "sentence"),
    [
        ([node("1"), node("1")], [], "Two nodes of the picture have the id '1'; give each one."),
        (
            [node("1")],
            [edge("1", "9")],
            "An edge leads to '9', which is not a node of the picture; add the node.",
        ),
    ],
)
def test_a_picture_that_cannot_be_drawn_says_why(
    nodes: list[PictureNode], edges: list[PictureEdge], sentence: str
) -> None:
    with pytest.raises(PictureError) as refusal:
        draw_lineage(nodes, edges)

    assert str(refusal.value) == sentence


def test_no_nodes_make_no_picture() -> None:
    assert draw_lineage([], []) == ""


HOSTILE = '"><script>alert(1)</script>&\x00\x1b'


@given(st.text(max_size=30))
def test_any_name_gives_well_formed_xml_without_foreign_elements(name: str) -> None:
    nasty = name + HOSTILE
    nodes = [
        node(nasty, title=nasty, subtitle=nasty, lane=nasty, kind=nasty, href=nasty, focus=True),
        node(
            "2",
            columns=(PictureColumn(nasty, nasty, nasty),),
            expanded=True,
            columns_href="?x=" + nasty,
        ),
    ]
    flow = edge(nasty, "2", source_column=nasty, target_column=nasty, label=nasty, href="/" + nasty)

    root = parsed(draw_lineage(nodes, [flow], label=nasty))

    known = {"svg", "defs", "pattern", "rect", "path", "g", "a", "title", "text"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= known
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", " /x", "vbscript:x"])
def test_an_address_that_is_no_page_is_no_link(href: str) -> None:
    root = parsed(draw_lineage([node("1", href=href)], []))

    assert not list(root.iter(f"{SVG}a"))


def test_ids_are_unique_and_safe() -> None:
    nodes = [node(name) for name in ("1", "a b", "a/b", "ä", '"')]
    flows = [edge("1", "a b"), edge("1", "a b", direct=False), edge("a b", "ä")]
    ids = [e.get("id") for e in parsed(draw_lineage(nodes, flows)).iter() if e.get("id")]

    assert len(ids) == len(set(ids))
    assert all(id_ and id_.replace("-", "").isalnum() and id_.isascii() for id_ in ids)


def large_picture(
    count: int = 200, flows: int = 400
) -> tuple[list[PictureNode], list[PictureEdge]]:
    chance = random.Random(7)
    columns = tuple(PictureColumn(f"c{place}", "text") for place in range(6))
    nodes = [
        node(str(n), lane=f"system {n % 5}", columns=columns, expanded=n % 4 == 0)
        for n in range(count)
    ]
    edges = []
    for _ in range(flows):
        source, target = sorted(chance.sample(range(count), 2))
        edges.append(edge(str(source), str(target), source_column="c1", target_column="c2"))
    return nodes, edges


def test_equal_input_gives_equal_output() -> None:
    nodes, edges = large_picture(60, 120)

    assert draw_lineage(nodes, edges) == draw_lineage(nodes, edges)


def test_nodes_of_a_large_picture_do_not_overlap() -> None:
    nodes, edges = large_picture()
    boxes = list(place_lineage(nodes, edges).nodes.values())

    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            above = one.y + one.height <= other.y + 0.01 or other.y + other.height <= one.y + 0.01
            assert beside or above


def test_the_largest_picture_is_drawn_fast() -> None:
    nodes, edges = large_picture()
    draw_lineage(nodes, edges)
    spent = []
    for _ in range(3):
        start = time.process_time()
        draw_lineage(nodes, edges)
        spent.append(time.process_time() - start)

    # The budget is 100 ms on a quiet machine; process time and the best of three keep it honest.
    assert min(spent) < 0.25


def test_a_standalone_file_carries_plain_colors_for_light_and_dark() -> None:
    svg = draw_lineage([node("1")], [], standalone=True)

    assert "var(" not in svg
    assert "light-dark(" not in svg
    style = next(parsed(svg).iter(f"{SVG}style")).text or ""
    assert ".lineage .node-box{fill: #ffffff; stroke: #858176; stroke-width: 1;}" in style
    assert "@media (prefers-color-scheme:dark){" in style
    assert "<style>" not in draw_lineage([node("1")], [])


@pytest.mark.parametrize(
    ("confidence", "word"),
    [
        (1.0, "sure"),
        (0.9, "sure"),
        (0.89, "likely"),
        (0.6, "likely"),
        (0.59, "uncertain"),
        (float("nan"), "uncertain"),
    ],
)
def test_confidence_in_words(confidence: float, word: str) -> None:
    assert confidence_word(confidence) == word
