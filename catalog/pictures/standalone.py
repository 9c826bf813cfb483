"""The style a picture carries along when it leaves the service as a file."""

import re
from functools import cache
from pathlib import Path

STYLES = Path(__file__).resolve().parent.parent / "static" / "concord" / "css"
TOKEN = re.compile(r"--([\w-]+):\s*([^;]+);")
PAIR = re.compile(r"light-dark\(\s*(#\w+)\s*,\s*(#\w+)\s*\)")
USE = re.compile(r"var\(--([\w-]+)\)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def color_tokens() -> dict[str, tuple[str, str]]:
    """Every color token as (light, dark), both '#rrggbb'."""
    colors: dict[str, tuple[str, str]] = {}
    for name, value in TOKEN.findall(COMMENT.sub("", (STYLES / "tokens.css").read_text("utf-8"))):
        pair = PAIR.fullmatch(value.strip())
        if pair:
            colors[name] = (pair[1], pair[2])
        elif (use := USE.fullmatch(value.strip())) and use[1] in colors:
            colors[name] = colors[use[1]]
    return colors


@cache
def standalone_style(kind: str) -> str:
    """The rules of `.lineage` or `.chart` with plain colors, light, and dark where the viewer
    asks for it: programs that draw SVG files know no custom properties."""
    text = COMMENT.sub("", (STYLES / "pictures.css").read_text("utf-8"))
    rules = re.findall(rf"^\s*(\.{kind}\b[^{{:]*)\{{([^}}]*)\}}", text, re.MULTILINE)

    def written(theme: int) -> str:
        def color(match: re.Match[str]) -> str:
            colors = color_tokens().get(match[1])
            if colors:
                return colors[theme]
            return "monospace" if match[1] == "mono" else "sans-serif"

        return "".join(
            f"{selector.strip()}{{{USE.sub(color, ' '.join(body.split()))}}}"
            for selector, body in rules
        )

    return f"{written(0)}@media (prefers-color-scheme:dark){{{written(1)}}}"
