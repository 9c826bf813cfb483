"""What the log says of mistakes of callers: one short line, without what they sent."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import structlog

MOST_CHARACTERS = 200  # of an address, or of what a client calls itself

log = structlog.get_logger(__name__)


def without_input(logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
    """A structlog processor: an address that was answered loses its query, and long ones their
    end; that of a request that failed keeps its query, for whoever looks for the reason."""
    for name in ("request", "user_agent"):
        if isinstance(text := event.get(name), str):
            if event.get("event") == "request_finished":
                text = text.partition("?")[0]
            is_long = len(text) > MOST_CHARACTERS
            event[name] = f"{text[:MOST_CHARACTERS]}…" if is_long else text
    return event


def log_unstorable(error: Exception) -> None:
    """A value that the database refused: which kind of mistake, not the value."""
    log.warning("unstorable_input", error=type(error.__cause__ or error).__name__)
