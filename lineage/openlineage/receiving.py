"""What clients post, unpacked and checked; nothing is stored here and no facet is looked at.

An event is refused only where nobody could use it: it is no JSON, or it lacks its time, its run,
its job or its dataset. Everything else of it is kept as it was sent.
"""

from __future__ import annotations

import hashlib
import re
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from msgspec import UNSET, Raw

from catalog.connectors.openlineage.events import Event
from catalog.connectors.openlineage.states import EVENT_TYPES
from catalog.connectors.source_values import moment_of
from catalog.errors import CatalogError, InvalidInput

MOST_EVENT = 8 * 1024 * 1024  # bytes of one event, unpacked
MOST_BATCH = 32 * 1024 * 1024  # bytes of a batch, unpacked
MOST_EVENTS = 10_000  # events of a batch
MOST_MEMBERS = 100  # gzip members of a body; clients send one
DIGEST_BYTES = 16

_PIECE = 64 * 1024
_PADDING = re.compile(rb"\0*")
_PATH = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_FIXES = {
    "eventTime": "give an ISO 8601 time such as 2026-01-31T12:00:00Z",
    "eventType": "give START, RUNNING, COMPLETE, ABORT, FAIL or OTHER",
    "runId": "give the run's UUID",
    "job": "give a job with namespace and name, or a dataset",
    "namespace": "give a text that is not empty",
    "name": "give a text that is not empty",
}


class TooLarge(CatalogError):  # noqa: N818 - reads as what it says
    """A body beyond the limits."""

    code = "too_large"
    status = 413


class UnknownEncoding(CatalogError):  # noqa: N818
    """A Content-Encoding that is not understood."""

    code = "unsupported_encoding"
    status = 415


@dataclass(frozen=True, slots=True)
class Received:
    """An event that can be kept; equal bytes have equal digests."""

    digest: bytes
    run_id: uuid.UUID | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """An event of a batch that cannot be used: its place, counted from 0, and why."""

    index: int
    reason: str


def unpack(body: bytes, encoding: str, *, most: int) -> bytes:
    """The body without its Content-Encoding; raises TooLarge, UnknownEncoding or InvalidInput.

    Never more than `most` bytes are unpacked, however small the packed form is.
    """
    if encoding.strip().lower() in {"", "identity"}:
        if len(body) > most:
            raise _too_large(most)
        return body
    if encoding.strip().lower() not in {"gzip", "x-gzip"}:
        raise UnknownEncoding(
            f"The Content-Encoding {encoding[:40]!r} is not understood: send gzip or none.",
            field="Content-Encoding",
        )
    return b"".join(_members(body, most))


def _members(body: bytes, most: int) -> Iterator[bytes]:
    """What the gzip members hold. The body is given out in pieces: a member that ends copies what
    was given to it and is not its own."""
    left, place = most, 0
    given = memoryview(body)
    for _ in range(MOST_MEMBERS):
        unpacker = zlib.decompressobj(wbits=31)
        while not unpacker.eof and place < len(body):
            piece = given[place : place + _PIECE]
            try:
                unpacked = unpacker.decompress(piece, left + 1)
            except zlib.error:
                raise InvalidInput(
                    "The body is not gzip: send what Content-Encoding says.",
                    field="Content-Encoding",
                ) from None
            left -= len(unpacked)
            if left < 0:
                raise _too_large(most)
            yield unpacked
            place += len(piece) - len(unpacker.unused_data)
        if not unpacker.eof:
            raise InvalidInput("The gzip body ends early: send it whole.", field="body")
        place = _PADDING.match(body, place).end()  # type: ignore[union-attr]  # of none or more
        if place == len(body):
            return
    raise InvalidInput(
        f"The gzip body has more than {MOST_MEMBERS} members: pack it as one.", field="body"
    )


def receive_event(body: bytes) -> Received:
    """One posted event; raises InvalidInput with the field and the fix."""
    event = _decoded(body)
    _check(event)
    run_id = uuid.UUID(event.run.runId) if event.run is not UNSET else None
    digest = hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()
    return Received(digest, run_id, body)


def receive_batch(body: bytes) -> tuple[list[Received], list[Refused]]:
    """The events of a posted array; raises InvalidInput where it is none, TooLarge for too many."""
    try:
        events = msgspec.json.decode(body, type=list[Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInput(
            "The body is no JSON array: send the events of a batch as [event, event, ...].",
            field="body",
        ) from None
    if len(events) > MOST_EVENTS:
        raise TooLarge(f"A batch has {MOST_EVENTS:,} events at most: send several.", field="body")
    received: list[Received] = []
    refused: list[Refused] = []
    for index, raw in enumerate(events):
        try:
            if len(bytes(raw)) > MOST_EVENT:
                raise _too_large(MOST_EVENT)
            received.append(receive_event(bytes(raw)))
        except CatalogError as error:
            refused.append(Refused(index, error.message))
    return received, refused


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {most // 2**20} MiB, unpacked: send large facets elsewhere or"
        " fewer events at a time.",
        field="body",
    )


_decoder = msgspec.json.Decoder(Event)


def _decoded(body: bytes) -> Event:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The event is not whole JSON ({error}): send one JSON object.", field="body"
        ) from None
    except RecursionError:
        raise InvalidInput("The event is nested too deeply to be one.", field="body") from None


def _refusal(said: str) -> InvalidInput:
    """msgspec's words as a field and a fix."""
    found = _PATH.fullmatch(said)
    path, what = (found["path"] or "", found["what"]) if found else ("", said)
    missing = _MISSING.match(what)
    if missing:
        path, what = f"{path}.{missing['name']}".lstrip("."), "is missing"
    else:
        what = f"is not right ({what.replace('`', '')})"
    return _fault(path or "body", what)


def _fault(path: str, what: str) -> InvalidInput:
    fix = _FIXES.get(path.rpartition(".")[2], "see OpenLineage's specification")
    return InvalidInput(f"The event's {path} {what}: {fix}.", field=path)


def _check(event: Event) -> None:
    if moment_of(event.eventTime) is None:
        raise _fault("eventTime", f"is no time ({event.eventTime[:40]!r})")
    if event.eventType is not None and event.eventType not in EVENT_TYPES:
        raise _fault("eventType", f"is not known ({event.eventType[:40]!r})")
    if event.job is UNSET and event.dataset is UNSET:
        raise _fault("job", "is missing")
    if event.run is not UNSET:
        if event.job is UNSET:
            raise _fault("job", "is missing")
        try:
            uuid.UUID(event.run.runId)
        except ValueError:
            raise _fault("run.runId", f"is no UUID ({event.run.runId[:40]!r})") from None
    named = [("job", event.job), ("dataset", event.dataset)]
    named += [(f"inputs[{index}]", item) for index, item in enumerate(event.inputs or ())]
    named += [(f"outputs[{index}]", item) for index, item in enumerate(event.outputs or ())]
    for path, item in named:
        for part in ("namespace", "name"):
            if item is not UNSET and not getattr(item, part).strip():
                raise _fault(f"{path}.{part}", "is empty")
