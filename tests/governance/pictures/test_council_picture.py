"""The picture of the council: every seat once, in the frame, hostile names harmless."""

import re
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.pictures.council_picture import SeatShape, draw_council

SEATS = st.builds(
    SeatShape,
    name=st.text(min_size=1, max_size=60),
    person=st.text(max_size=60),
    href=st.just("/council/seats/x/"),
    is_hub=st.booleans(),
    note=st.text(max_size=60),
)


@settings(deadline=None)
@given(st.lists(SEATS, max_size=30))
def test_every_seat_is_drawn_inside_the_frame(seats: list[SeatShape]) -> None:
    picture = ElementTree.fromstring(str(draw_council(seats)))

    width, height = (float(picture.attrib[name]) for name in ("width", "height"))
    assert len(picture.findall("{*}a")) == len(seats)
    for box in picture.findall("{*}rect"):
        assert 0 <= float(box.attrib["x"]) <= width - float(box.attrib["width"])
        assert 0 <= float(box.attrib["y"]) <= height - float(box.attrib["height"])


def test_a_vacant_seat_says_so_and_a_name_cannot_break_out() -> None:
    picture = str(
        draw_council(
            [
                SeatShape("Legal", "", "/council/seats/legal/", is_hub=False),
                SeatShape('<script>"', "Inés", "/council/seats/x/", is_hub=True),
            ]
        )
    )

    assert "Vacant" in picture
    assert "seat-vacant" in picture
    assert "<script>" not in picture
    assert re.search(r"The council: 1 hub seats and 1 spoke seats", picture)
