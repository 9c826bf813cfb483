"""Writing many documents: in pieces the cluster can take, again when it is busy, never twice.

Versions come from outside, so a piece may be sent any number of times, and a late write loses.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import structlog

from catalog.errors import Unavailable
from catalog.search.backends.base import Key
from catalog.search.backends.elasticsearch import cluster
from catalog.search.backends.elasticsearch.bodies import Body

log = structlog.get_logger(__name__)

PIECE_BYTES = 8_000_000
PIECE_OPERATIONS = 6_000
TIMEOUT = 60.0  # seconds for one piece
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0  # seconds
_CONFLICT = 409
_AGAIN = frozenset({429, 502, 503, 504})


class Operation(msgspec.Struct, frozen=True, gc=False):
    """What is written of one document under an alias, as a bulk request takes it."""

    alias: str
    key: Key
    lines: bytes


class Target:
    """An alias under which documents are stored and deleted with one version.

    "external_gte" is kept as long as nothing newer is there; "external" loses against its like,
    too."""

    def __init__(self, alias: str, version: int, version_type: str = "external_gte") -> None:
        # Names of indices and ids hold nothing that JSON would escape.
        line = (
            f'{{"_index":"{alias}","version":{version},"version_type":"{version_type}","_id":"'
        ).encode()
        self._alias = alias
        self._index, self._delete = b'{"index":%s' % line, b'{"delete":%s' % line

    def stored(self, body: Body) -> Operation:
        """To store one entry."""
        lines = b'%s%s"}}\n%s\n' % (self._index, body.id.encode(), body.json)
        return Operation(self._alias, body.key, lines)

    def deleted(self, pk: str, key: Key) -> Operation:
        """To delete what has this id."""
        return Operation(self._alias, key, b'%s%s"}}\n' % (self._delete, pk.encode()))


class Refusal(NamedTuple):
    """An operation that the cluster will never take as it is, or whose alias is missing."""

    operation: Operation
    reason: str
    is_missing: bool


def send(
    operations: Sequence[Operation], *, patience: float, refresh: bool = False
) -> list[Refusal]:
    """Write, waiting at most `patience` seconds for a cluster that is busy, full or away.

    Raises Unavailable when it still is; what was written by then may be sent again.
    """
    deadline = time.monotonic() + patience
    refused: list[Refusal] = []
    for piece in pieces(operations):
        left: Sequence[Operation] = piece
        delay = _FIRST_DELAY
        while left:
            try:
                left = _sent(left, refused, refresh=refresh)
                reason = "The search index takes no writes now."
            except Unavailable as error:
                reason = error.message
            if not left:
                break
            if time.monotonic() + delay > deadline:
                raise Unavailable(reason)
            time.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY)
    return refused


def _sent(
    operations: Sequence[Operation], refused: list[Refusal], *, refresh: bool
) -> list[Operation]:
    """Send once; returns those that a busy cluster has to be sent again."""
    lines: Any = b"".join([operation.lines for operation in operations])
    with cluster.asking(patiently=True) as client:
        answer = client.options(request_timeout=TIMEOUT, max_retries=1).bulk(
            operations=lines,
            require_alias=True,
            refresh=refresh,
            filter_path="errors,items.*.status,items.*.error",
        )
    if not answer.get("errors"):
        return []
    again = []
    for operation, item in zip(operations, answer["items"], strict=True):
        (result,) = item.values()
        status, error = result["status"], result.get("error")
        if error is None or status == _CONFLICT:
            continue
        reason = cluster.reason_of(error)
        if status in _AGAIN or "cluster_block" in reason:
            again.append(operation)
        else:
            refused.append(Refusal(operation, reason, "index_not_found" in reason))
    if again:
        log.warning("search_index_busy", operations=len(again))
    return again


def pieces(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    """As many at once as a cluster can take."""
    piece: list[Operation] = []
    size = 0
    for operation in operations:
        length = len(operation.lines)
        if piece and (size + length > PIECE_BYTES or len(piece) >= PIECE_OPERATIONS):
            yield piece
            piece, size = [], 0
        piece.append(operation)
        size += length
    if piece:
        yield piece
