"""How a word becomes part of a key."""

from __future__ import annotations

import re
import unicodedata

_NOT_IN_A_KEY = re.compile(r"[^a-z0-9]+")
MAX_CHARACTERS = 150


def plain_name(text: str) -> str:
    """A text in plain lower-case letters and digits, joined by hyphens. A text without any is
    spelled by the code points of its characters, so that it has a name as well."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = _NOT_IN_A_KEY.sub("-", plain).strip("-")
    name = name or "-".join(f"u{ord(character):x}" for character in text.strip())
    return name[:MAX_CHARACTERS].strip("-")
