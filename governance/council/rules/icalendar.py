"""Calendars as iCalendar text (RFC 5545): escaping, folding, times in UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

PRODUCT = "-//Concord//Council//EN"
_LINE = 75  # octets, without the line break (3.1)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One event. `uid` never changes, `sequence` grows with each change, `stamp` is when the
    record last changed. An instant has `starts` as a datetime; a whole day as a date."""

    uid: str
    sequence: int
    stamp: dt.datetime
    starts: dt.datetime | dt.date
    summary: str
    ends: dt.datetime | None = None
    description: str = ""
    location: str = ""
    url: str = ""
    status: str = "CONFIRMED"
    categories: tuple[str, ...] = field(default_factory=tuple)


def calendar_text(name: str, events: Iterable[CalendarEvent]) -> str:
    """The calendar as a file: lines end with CRLF and are folded at 75 octets."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for event in events:
        lines.extend(_event(event))
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def escaped(text: str) -> str:
    """A TEXT value (3.3.11): backslash, semicolon, comma and line breaks; control characters,
    which no value may hold, are left out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(char for char in plain if char in "\n\t" or (char >= " " and char != "\x7f"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """The line in pieces of at most 75 octets, each further one begun by a space, no character
    cut in two (3.1)."""
    pieces: list[str] = []
    piece, size = "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > _LINE:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + char, size + octets
    return "\r\n".join([*pieces, piece])


def _event(event: CalendarEvent) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{escaped(event.uid)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{_instant(event.stamp)}",
        f"LAST-MODIFIED:{_instant(event.stamp)}",
        *_times(event),
        f"SUMMARY:{escaped(event.summary)}",
        f"STATUS:{event.status}",
    ]
    if event.description:
        lines.append(f"DESCRIPTION:{escaped(event.description)}")
    if event.location:
        lines.append(f"LOCATION:{escaped(event.location)}")
    if event.url:
        lines.append(f"URL:{event.url}")
    if event.categories:
        lines.append(f"CATEGORIES:{','.join(escaped(name) for name in event.categories)}")
    if not isinstance(event.starts, dt.datetime):
        lines.append("TRANSP:TRANSPARENT")
    lines.append("END:VEVENT")
    return lines


def _times(event: CalendarEvent) -> list[str]:
    if not isinstance(event.starts, dt.datetime):
        following = event.starts + dt.timedelta(days=1)
        return [
            f"DTSTART;VALUE=DATE:{event.starts:%Y%m%d}",
            f"DTEND;VALUE=DATE:{following:%Y%m%d}",
        ]
    ends = [] if event.ends is None else [f"DTEND:{_instant(event.ends)}"]
    return [f"DTSTART:{_instant(event.starts)}", *ends]


def _instant(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
