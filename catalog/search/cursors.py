"""Opaque positions in a list of hits: the sort key of the last hit, so that pages never tear."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from catalog.errors import InvalidInput
from catalog.search.query import Order


class Position(NamedTuple):
    """How many hits came before, and the sort key of the last of them."""

    seen: int
    key: tuple[Any, int]


def encode(position: Position, order: Order) -> str:
    """The text of a cursor."""
    text = json.dumps([order.value, position.seen, *position.key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, order: Order) -> Position | None:
    """None for the first page; raises InvalidInput for what this search never gave out."""
    if not cursor:
        return None
    try:
        padded = cursor[:2000] + "=" * (-len(cursor) % 4)
        given, seen, key, last = json.loads(base64.urlsafe_b64decode(padded.encode()))
        is_sound = (
            given == order.value
            and isinstance(seen, int)
            and 0 <= seen < 2**31
            and isinstance(last, int)
            and abs(last) < 2**63
            and _is_key(key, order)
        )
    except (ValueError, TypeError, binascii.Error, RecursionError):
        is_sound = False
    if not is_sound:
        raise InvalidInput(
            "This page address does not belong to this search: start again at its first page.",
            field="cursor",
        )
    return Position(seen, (key, last))


def _is_key(key: Any, order: Order) -> bool:
    if order is Order.NAME:
        return isinstance(key, str) and "\x00" not in key
    return isinstance(key, int | float) and not isinstance(key, bool) and abs(key) < 2**63
