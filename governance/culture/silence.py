"""What the log of requests does not say: who reported that they could not get data (R-025)."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

_QUIET = ("/missing-data/", "/data-reports/")
_WHO = ("user_id", "ip", "request_id", "correlation_id", "user_agent")


def without_reporters(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: lines about requests to report lose what names a person."""
    if any(part in str(event.get("request", "")) for part in _QUIET):
        for name in _WHO:
            event.pop(name, None)
    return event
