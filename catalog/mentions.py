"""Who is named in a text with an @ before the user name. Pure."""

from __future__ import annotations

import re

MOST = 20  # people whom one text calls
# A user name ends before a full stop, and no address of somebody's mail names a person.
_MENTION = re.compile(r"(?<![\w.@+-])@([\w+-]+(?:[.@][\w+-]+)*)")


def mentioned(text: str) -> tuple[str, ...]:
    """The user names in order, each once and in lower case; at most 20."""
    names = dict.fromkeys(name.lower() for name in _MENTION.findall(text))
    return tuple(names)[:MOST]
