"""Where the text of Larkfield lies, and how its YAML is read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[3] / "demo" / "larkfield"


@cache
def read_text(name: str) -> Any:
    """What a YAML file of the folder holds; callers must not change it."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
