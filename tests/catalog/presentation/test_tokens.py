"""The tokens keep their promise: text can be read, and the files stay small."""

import re

import pytest
from django.contrib.staticfiles import finders

from catalog.pictures.standalone import STYLES, color_tokens

COLORS = color_tokens()
THEMES = {"light": 0, "dark": 1}
MEANINGS = ("agreed", "proposed", "contested", "opted-out", "broken")
PAPERS = ("paper-0", "paper-1", "paper-2")

# (what is read, what it stands on)
TEXT = [
    *((ink, paper) for ink in ("ink-1", "ink-2", "ink-3") for paper in PAPERS),
    *((ink, "paper-3") for ink in ("ink-1", "ink-2")),
    *((accent, paper) for accent in ("accent", "accent-strong") for paper in PAPERS),
    ("accent-strong", "accent-paper"),
    ("accent", "accent-paper"),
    ("ink-1", "accent-paper"),
    ("ink-2", "accent-paper"),
    ("ink-3", "accent-paper"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("ink-1", "mark"),
    *((meaning, f"{meaning}-paper") for meaning in MEANINGS),
    *(("ink-1", f"{meaning}-paper") for meaning in MEANINGS),
    *((meaning, paper) for meaning in MEANINGS for paper in PAPERS),
]

# (a line, an edge or a bar of a picture, what it stands on)
LINES = [
    *(("ink-4", paper) for paper in PAPERS),
    *((f"{meaning}-line", paper) for meaning in MEANINGS for paper in ("paper-0", "paper-1")),
    *((f"series-{count}", "paper-0") for count in (1, 2, 3)),
    *(("focus", paper) for paper in PAPERS),
    ("from", "paper-0"),
    ("to", "paper-0"),
]


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, of '#rrggbb'."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(color[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio as WCAG 2.2 defines it, between 1 and 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_is_the_known_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(text: str, ground: str, theme: str) -> None:
    side = THEMES[theme]

    assert contrast(COLORS[text][side], COLORS[ground][side]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("line", "ground"), LINES)
def test_lines_can_be_seen(line: str, ground: str, theme: str) -> None:
    side = THEMES[theme]

    assert contrast(COLORS[line][side], COLORS[ground][side]) >= 3


def test_every_token_that_is_used_is_defined() -> None:
    sheets = {path.name: path.read_text("utf-8") for path in sorted(STYLES.glob("*.css"))}
    defined = set(re.findall(r"(?:^|[{;\s])--([\w-]+)\s*:", "\n".join(sheets.values())))
    used = set(re.findall(r"var\(--([\w-]+)", "\n".join(sheets.values())))

    assert used <= defined


def test_colors_are_named_in_the_tokens_only() -> None:
    for path in STYLES.glob("*.css"):
        # On paper there is one theme; the selection is beside every meaning.
        if path.name not in ("tokens.css", "print.css"):
            rules = [
                line for line in path.read_text("utf-8").splitlines() if "::selection" not in line
            ]
            assert not re.findall(r"#[0-9a-f]{3,8}\b(?=[;,) ])", "\n".join(rules)), path.name


def test_the_styles_and_scripts_stay_small_and_load_nothing_from_elsewhere() -> None:
    styles = [path.read_text("utf-8") for path in STYLES.glob("*.css")]
    script = finders.find("concord/js/concord.js")

    assert sum(len(style.encode()) for style in styles) < 60_000
    assert script is not None
    with open(script, "rb") as file:
        assert len(file.read()) < 12_000
    assert not re.findall(r"https?://|@import|@font-face", "\n".join(styles))
