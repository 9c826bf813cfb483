"""What the event door answers, in front of Django and behind it alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from catalog.access import AccessRefused
from catalog.api.problems import problem_body
from catalog.errors import CatalogError, InvalidInput
from lineage.openlineage.receiving import (
    MOST_BATCH,
    MOST_EVENT,
    Received,
    Refused,
    receive_batch,
    receive_event,
    unpack,
)

JSON = "application/json"
PROBLEM = "application/problem+json"


class Busy(CatalogError):  # noqa: N818 - reads as what it says
    """Events come faster than they can be stored, or the database is away; clients retry."""

    code = "busy"
    status = 503


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with a body, if there is something to say, and headers beside its type."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def most_bytes(*, is_batch: bool) -> int:
    """How many bytes a body may have, packed or not."""
    return MOST_BATCH if is_batch else MOST_EVENT


def read_body(
    body: bytes, encoding: str, *, is_batch: bool
) -> tuple[Sequence[Received], Sequence[Refused]]:
    """The events of a body; raises a CatalogError where nothing of it can be used."""
    content = unpack(body, encoding, most=most_bytes(is_batch=is_batch))
    if not is_batch:
        return [receive_event(content)], []
    received, refused = receive_batch(content)
    if refused and not received:
        first = refused[0]
        raise InvalidInput(
            f"None of the {len(refused):,} events can be used. Event {first.index}: {first.reason}",
            field=f"[{first.index}]",
        )
    return received, refused


def accepted(received: Sequence[Received], refused: Sequence[Refused], *, is_batch: bool) -> Answer:
    """What OpenLineage's specification says to answer once the events are stored."""
    if not is_batch:
        return Answer(200)
    if not refused:
        return Answer(204)
    document = {
        "status": "partial_success",
        "summary": {
            "received": len(received) + len(refused),
            "successful": len(received),
            "failed": len(refused),
            "retriable": 0,
            "non_retriable": len(refused),
        },
        "failed_events": [
            {"index": event.index, "reason": event.reason, "retriable": False} for event in refused
        ],
    }
    return Answer(200, msgspec.json.encode(document))


def refusal(error: Exception) -> Answer:
    """A problem (RFC 9457) for what was refused; any other error is raised again."""
    if isinstance(error, AccessRefused):
        verdict = error.verdict
        status = 401 if verdict.code == "not_signed_in" else 403
        extra: dict[str, Any] = {"ask": verdict.ask} if verdict.ask else {}
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        return _problem(status, verdict.code, verdict.reason, headers, extra)
    if isinstance(error, CatalogError):
        extra = {"field": error.field} if error.field else {}
        headers = {"Retry-After": "1"} if error.status == 503 else {}
        return _problem(error.status, error.code, error.message, headers, extra)
    raise error


def _problem(
    status: int, code: str, detail: str, headers: dict[str, str], extra: dict[str, Any]
) -> Answer:
    body = msgspec.json.encode(problem_body(status, code, detail, **extra))
    return Answer(status, body, PROBLEM, headers)
