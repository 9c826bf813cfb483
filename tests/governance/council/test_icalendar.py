"""Calendars as iCalendar text: read back by a stock parser (RFC 5545)."""

import datetime as dt

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.council.rules.icalendar import CalendarEvent, calendar_text, folded

STAMP = dt.datetime(2026, 9, 4, 9, 0, tzinfo=dt.UTC)
STARTS = dt.datetime(2026, 9, 8, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))


def event(**changes: object) -> CalendarEvent:
    """A meeting of an hour."""
    stated: dict[str, object] = {
        "uid": "meeting-7@data.example.org",
        "sequence": 2,
        "stamp": STAMP,
        "starts": STARTS,
        "ends": STARTS + dt.timedelta(hours=1),
        "summary": "Council meeting",
        **changes,
    }
    return CalendarEvent(**stated)  # type: ignore[arg-type]


def test_the_exact_text_of_one_meeting() -> None:
    text = calendar_text(
        "Council",
        [event(location="Room 4; first floor, left", url="https://data.example.org/m/7/")],
    )

    assert text.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Concord//Council//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Council",
        "X-WR-CALNAME:Council",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "BEGIN:VEVENT",
        "UID:meeting-7@data.example.org",
        "SEQUENCE:2",
        "DTSTAMP:20260904T090000Z",
        "LAST-MODIFIED:20260904T090000Z",
        "DTSTART:20260908T100000Z",
        "DTEND:20260908T110000Z",
        "SUMMARY:Council meeting",
        "STATUS:CONFIRMED",
        "LOCATION:Room 4\\; first floor\\, left",
        "URL:https://data.example.org/m/7/",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_stock_parser_reads_the_same_back() -> None:
    whole_day = event(
        uid="sunset-term:mql@data.example.org",
        starts=dt.date(2026, 9, 30),
        ends=None,
        summary="MQL is taken away",
        status="CANCELLED",
        description="Ünlike, a; b\\c\nsecond line",
        categories=("sunset", "a,b"),
    )

    calendar = icalendar.Calendar.from_ical(calendar_text("Changes", [event(), whole_day]))

    first, second = calendar.walk("VEVENT")
    assert calendar.get("X-WR-CALNAME") == "Changes"
    assert first.decoded("DTSTART") == STARTS
    assert first.decoded("DTEND") - first.decoded("DTSTART") == dt.timedelta(hours=1)
    assert (first["UID"], first["SEQUENCE"]) == ("meeting-7@data.example.org", 2)
    assert second.decoded("DTSTART") == dt.date(2026, 9, 30)
    assert second.decoded("DTEND") == dt.date(2026, 10, 1)
    assert second["DESCRIPTION"] == "Ünlike, a; b\\c\nsecond line"
    assert second["STATUS"] == "CANCELLED"
    assert second.decoded("DTSTAMP") == STAMP


@pytest.mark.parametrize("text", ["x" * 75, "x" * 76, "ü" * 200, "x" * 74 + "€" * 3, "🗓" * 60])
def test_lines_are_folded_at_75_octets_and_no_character_is_cut(text: str) -> None:
    lines = folded(text).split("\r\n")

    assert all(len(line.encode()) <= 75 for line in lines)
    assert all(line.startswith(" ") for line in lines[1:])
    assert lines[0] + "".join(line[1:] for line in lines[1:]) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_comes_back_and_breaks_no_line(text: str) -> None:
    written = calendar_text("Council", [event(summary="x", description=text)])

    assert all(len(line.encode("utf-8", "surrogatepass")) <= 75 for line in written.split("\r\n"))
    [read] = icalendar.Calendar.from_ical(written).walk("VEVENT")
    kept = "".join(
        char
        for char in text.replace("\r\n", "\n").replace("\r", "\n")
        if char in "\n\t" or (char >= " " and char != "\x7f")
    )
    assert str(read.get("DESCRIPTION", "")) == kept
