"""Where the text of Larkfield lies, and how its YAML is read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[3] / "demo" / "larkfield"


class _Words(yaml.SafeLoader):
    """Reads dates and times as the words they are written with."""


_Words.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def read_text(name: str) -> Any:
    """What a YAML file of the folder holds; callers must not change it."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


@cache
def read_document(name: str) -> Any:
    """The same with every date as text, as documents of agreements hold it."""
    return yaml.load((FOLDER / name).read_text(encoding="utf-8"), _Words)  # noqa: S506 - it is safe
