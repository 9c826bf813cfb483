"""The icons: our own, on a grid of 24, drawn with strokes of 1.5."""

from catalog.pictures.svg import Svg

# Each value is a list of path data; a circle or a rectangle is written as a path, too.
ICONS: dict[str, str] = {
    # Places
    "home": "M4 10.5 12 4l8 6.5V19a1 1 0 0 1-1 1h-4.5v-5.5h-5V20H5a1 1 0 0 1-1-1z",
    "explore": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15.5 8.5l-2 5-5 2 2-5z",
    "agreements": "M7 3.5h7L18.5 8v12a.5.5 0 0 1-.5.5H7a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1z"
    "M14 3.5V8h4.5M9 14l2 2 4-4",
    "council": "M4 20h16M4 9.5h16L12 4zM6.5 9.5V17m3.7-7.5V17m3.6-7.5V17m3.7-7.5V17M5 17h14",
    "access": "M8 11.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12.5 19.5 4M16 7.5l3 3M14 9.5l1.5 1.5",
    "ingestion": "M12 3.5v10.5m-4-4 4 4 4-4"
    "M4 15v3.5a1.5 1.5 0 0 0 1.5 1.5h13a1.5 1.5 0 0 0 1.5-1.5V15",
    "administration": "M4 7h8m4 0h4M4 17h4m4 0h8M14 5v4M10 15v4",
    "waiting": "M4 13.5 6.5 5h11L20 13.5V19H4zM4 13.5h4.5l1.5 2.5h4l1.5-2.5H20",
    "person": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c.8-3.3 3.7-5 7.5-5s6.7 1.7 7.5 5",
    "people": "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z"
    "M2.5 19c.7-3 3.2-4.5 6.5-4.5s5.8 1.5 6.5 4.5M16 5.3a3.5 3.5 0 0 1 0 6.4"
    "M18 14.9c1.9.6 3.1 2 3.5 4.1",
    # Things of the catalog
    "system": "M4.5 4h15v6.5h-15zM4.5 13.5h15V20h-15zM8 7.3h.01M8 16.8h.01M12 7.3h4M12 16.8h4",
    "database": "M12 4c4.1 0 7 1.1 7 2.7S16.1 9.4 12 9.4 5 8.3 5 6.7 7.9 4 12 4z"
    "M5 6.7v10.6C5 18.9 7.9 20 12 20s7-1.1 7-2.7V6.7M5 12c0 1.6 2.9 2.7 7 2.7s7-1.1 7-2.7",
    "schema": (
        "M3.5 6.5a1 1 0 0 1 1-1h4.8l2 2.5h8.2a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1z"
    ),
    "dataset": "M4 5.5h16v13H4zM4 10h16M4 14.2h16M9.5 10v8.5",
    "view": "M4 5.5h16v13H4zM4 10h16"
    "M12 11.8c2 0 3.5 1.2 4.3 2.5-.8 1.3-2.3 2.5-4.3 2.5s-3.5-1.2-4.3-2.5c.8-1.3 2.3-2.5 4.3-2.5z"
    "M12 14.3h.01",
    "column": "M9 4h6v16H9zM9 9h6M4.5 4v16M19.5 4v16",
    "pipeline": "M4 6.5h5v4H4zM15 13.5h5v4h-5zM9 8.5h3.5v7H15",
    "dashboard": "M4 4.5h16v12H4zM8 13.5v-3m4 3V8m4 5.5v-4M9 20h6M12 16.5V20",
    "file": "M6.5 3.5h7.5L18.5 8v12.5h-12zM14 3.5V8h4.5",
    "term": "M4 12V4.5h7.5L20 13l-7 7zM8.2 8.7h.01",
    "lineage": "M4 5h4.5v4.5H4zM4 14.5h4.5V19H4zM15.5 9.7H20v4.5h-4.5z"
    "M8.5 7.2h2.2c1.5 0 1.5 4.8 3 4.8h1.8M8.5 16.8h2.2c1.5 0 1.5-4.8 3-4.8",
    "quality": "M4 17a8.5 8.5 0 1 1 16 0M12 15l4-5M11 17h2",
    "history": "M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5M12 7.5V12l3 2",
    "uses": "M4 19.5h16M6.5 19.5v-6m5.5 6V5m5.5 14.5v-9",
    "question": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z"
    "M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.7h.01",
    # Meanings
    "agreed": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12.3l2.8 2.7L16 9.5",
    "proposed": "M12 3a9 9 0 0 1 3.4.7M18.9 6.2a9 9 0 0 1 1.9 3.8M20.9 13.5a9 9 0 0 1-1.8 4"
    "M16 20a9 9 0 0 1-4 1M8.3 20.2a9 9 0 0 1-3.3-2.6M3.2 14a9 9 0 0 1 0-3.9"
    "M4.8 6.7a9 9 0 0 1 3.5-2.9M12 8v8M8 12h8",
    "contested": "M12 4 21 19.5H3zM12 10v4.5M12 17h.01",
    "opted-out": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.7 5.7l12.6 12.6",
    "broken": "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3zM9 9l6 6m0-6-6 6",
    "unknown": "M5 5h14v14H5zM5 12l7-7M5 19 19 5M12 19l7-7",
    "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.8h.01",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2",
    "eye": "M2.5 12C4.5 8 8 5.8 12 5.8s7.5 2.2 9.5 6.2c-2 4-5.5 6.2-9.5 6.2S4.5 16 2.5 12z"
    "M12 9.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4z",
    "clock": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2",
    "calendar": "M4.5 6h15v14h-15zM4.5 10.5h15M8.5 3.5V7m7-3.5V7",
    # Acts
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.3 15.3 20.5 20.5",
    "edit": "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7 17 10.5",
    "plus": "M12 5v14M5 12h14",
    "minus": "M5 12h14",
    "check": "M5 12.5 10 17.5 19.5 7",
    "close": "M6 6l12 12M18 6 6 18",
    "copy": "M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4",
    "link": "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1"
    "M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1",
    "external": "M13 5h6v6M19 5l-9 9M10 6H5v13h13v-5",
    "download": "M12 4v11m-4.5-4.5L12 15l4.5-4.5M4.5 19.5h15",
    "upload": "M12 15V4M7.5 8.5 12 4l4.5 4.5M4.5 19.5h15",
    "follow": "M12 4l2.5 5.2 5.5.8-4 4 1 5.7-5-2.8-5 2.8 1-5.7-4-4 5.5-.8z",
    "comment": "M4 5h16v11.5h-8L7.5 20v-3.5H4z",
    "undo": "M8.5 5 4.5 9l4 4M4.5 9H14a5.5 5.5 0 0 1 0 11h-4",
    "filter": "M4 6h16M7 12h10M10 18h4",
    "print": "M7 9V4h10v5M7 16.5H4V9h16v7.5h-3M7 14h10v6H7z",
    "fit": "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "more": "M5.5 12h.01M12 12h.01M18.5 12h.01",
    "sign-out": "M14 4.5H5v15h9M10 12h10m-3.5-3.5L20 12l-3.5 3.5",
    "sun": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21"
    "M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1",
    "moon": "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
    "rows": "M4 5h16M4 9.7h16M4 14.3h16M4 19h16",
    "rows-wide": "M4 6h16M4 12h16M4 18h16",
    # Directions
    "arrow-right": "M5 12h14m-5-5 5 5-5 5",
    "arrow-left": "M19 12H5m5-5-5 5 5 5",
    "arrow-up": "M12 19V5m-5 5 5-5 5 5",
    "arrow-down": "M12 5v14m-5-5 5 5 5-5",
    "chevron-right": "M9.5 6l6 6-6 6",
    "chevron-down": "M6 9.5l6 6 6-6",
}


class UnknownIconError(ValueError):
    """The icon asked for was never drawn."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no icon {name!r}. Choose one of: {', '.join(sorted(ICONS))}.")


def icon_path(name: str) -> str:
    """The path data of an icon on its grid of 24; UnknownIconError for a name never drawn."""
    try:
        return ICONS[name]
    except KeyError:
        raise UnknownIconError(name) from None


def icon(name: str) -> Svg:
    """An icon as inline SVG in the color of the text. It is hidden from screen readers,
    so a word must stand beside it."""
    return Svg(
        '<svg class="icon" width="20" height="20" viewBox="0 0 24 24" '
        'aria-hidden="true" focusable="false">'
        f'<path d="{icon_path(name)}"/></svg>'
    )
