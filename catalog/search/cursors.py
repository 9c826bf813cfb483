"""Opaque positions in a list of hits: the sort key of the last hit, so that pages never tear."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, NamedTuple

from catalog.errors import InvalidInput
from catalog.search.query import Order

MAX_PLACED = 5  # datasets that curators put first for one search
_MOST = 2_000  # characters; the longest name in the order of names takes 1,700
_NOT_STORED = re.compile("[\x00\ud800-\udfff]")  # NUL, and half of a surrogate pair


class Position(NamedTuple):
    """How many hits came before, and the sort key of the last of them that stood in its order,
    None where there was none; and the datasets that curators put before theirs."""

    seen: int
    key: tuple[Any, int] | None
    placed: tuple[int, ...] = ()


def encode(position: Position, order: Order) -> str:
    """The text of a cursor."""
    key = position.key or (None, None)
    parts = [order.value, position.seen, *key, *position.placed]
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, order: Order) -> Position | None:
    """None for the first page; raises InvalidInput for what this search never gave out."""
    if not cursor:
        return None
    try:
        if len(cursor) > _MOST:
            raise ValueError(len(cursor))
        padded = cursor + "=" * (-len(cursor) % 4)
        given, seen, key, last, *placed = json.loads(base64.urlsafe_b64decode(padded.encode()))
        is_sound = (
            given == order.value
            and isinstance(seen, int)
            and 0 <= seen < 2**31
            and len(placed) <= MAX_PLACED
            and all(_is_id(pk) for pk in placed)
            and ((key is last is None and placed) or (_is_id(last) and _is_key(key, order)))
        )
    except (ValueError, TypeError, binascii.Error, RecursionError):
        is_sound = False
    if not is_sound:
        raise InvalidInput(
            "This page address does not belong to this search: start again at its first page.",
            field="cursor",
        )
    return Position(seen, None if last is None else (key, last), tuple(placed))


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _is_key(key: Any, order: Order) -> bool:
    if order is Order.NAME:
        return isinstance(key, str) and _NOT_STORED.search(key) is None
    return isinstance(key, int | float) and not isinstance(key, bool) and abs(key) < 2**63
