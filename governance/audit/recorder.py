"""A process that makes records durable for one that answers, and shares no interpreter with it.

`python -m governance.audit.recorder`, started by a `DelegatingWriter` at the other end of its
standard input, a socket: first a line of JSON that says where to keep records, then batches of
frames one at a time, each answered with a line: empty once its records are durable, else why they
may not be. It ends when nobody is at the other end any more and all it was given is kept.
"""

from __future__ import annotations

import io
import logging
import signal
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec
import structlog

from governance.audit.apart import UploaderApart, connected
from governance.audit.frames import Frame, read_frames
from governance.audit.storing import RecordStore
from governance.audit.types import Limits

_HEAD = struct.Struct(">I?")
"""How many bytes of frames follow, and whether somebody waits for them."""
_BUFFER = 256 * 1024  # bytes, so that nearly every batch is read at once


class Told(msgspec.Struct):
    """Where records are kept; `parameters` are psycopg's."""

    parameters: dict[str, Any]
    folder: str
    limits: Limits


def batch(frames: Sequence[Frame], *, is_awaited: bool) -> bytes:
    """Frames as they are sent."""
    body = b"".join([part for one in frames for part in (one.head, one.body)])
    return _HEAD.pack(len(body), is_awaited) + body


def main() -> int:
    """Keep what comes until nobody sends any more."""
    _log_as_the_service()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # who sends ends it, with the last record
    with (
        socket.socket(fileno=sys.stdin.fileno()) as line,
        io.BufferedReader(line.makefile("rb", buffering=0), _BUFFER) as incoming,
    ):
        told = msgspec.json.decode(incoming.readline(), type=Told)
        store = RecordStore(
            lambda: connected(told.parameters),
            Path(told.folder),
            told.limits,
            UploaderApart(lambda: told.parameters),
        )
        for frames, is_awaited in _batches(incoming):
            why = ""
            try:
                store.store(frames, is_awaited=is_awaited)
            except Exception as error:  # noqa: BLE001 - whatever it was, who waits has to know
                why = f"{type(error).__name__}: {error}"[:300].replace("\n", " ")
            try:
                line.sendall(why.encode() + b"\n")
            except OSError:
                break  # they are gone; what they sent is kept
        store.close()
    return 0


def _log_as_the_service() -> None:
    """Lines of JSON on standard error, as those of the process that answers (`LOGGING`)."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    structlog.configure(
        processors=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _batches(incoming: IO[bytes]) -> Iterator[tuple[list[Frame], bool]]:
    """Until nobody sends any more; who was cut off within a batch has answered nobody."""
    while head := _read(incoming, _HEAD.size):
        size, is_awaited = _HEAD.unpack(head)
        body = _read(incoming, size)
        if not body:
            return
        yield [frame for frame, _ in read_frames(io.BytesIO(body), size)], is_awaited


def _read(incoming: IO[bytes], size: int) -> bytes:
    """So many bytes, or none where the sender is gone."""
    try:
        found = incoming.read(size)
    except ConnectionError:  # gone before it took our last answer
        return b""
    return found if len(found) == size else b""


if __name__ == "__main__":
    raise SystemExit(main())
