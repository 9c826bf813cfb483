"""Keeping what clients post: who may, and one durable statement for many events."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from django.db import connection
from django.utils import timezone

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.selectors.principals import principal_of
from catalog.services.tokens import use_token
from catalog.types import Principal, TokenScope
from lineage.openlineage.receiving import Received
from lineage.services.run_events.days import TABLE

TRUSTED_SECONDS = 5.0  # how long an answer about a token holds, so how late an end takes effect
_MOST_TRUSTED = 1_000
_INSERT = f"""
    INSERT INTO {TABLE} (received_on, digest, run_id, sender_id, body)
    SELECT %s, e.digest, e.run_id, e.sender_id, e.body
    FROM unnest(%b::bytea[], %b::uuid[], %b::bigint[], %b::bytea[])
        AS e (digest, run_id, sender_id, body)
    WHERE NOT EXISTS (
        SELECT FROM {TABLE} AS earlier
        WHERE earlier.digest = e.digest AND earlier.received_on = %s
    )
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own names

_NOBODY = Verdict(
    allowed=False,
    code="not_signed_in",
    reason="Events are taken with an API token only: send Authorization: Bearer <token>.",
    ask="an administrator for a token with scope ingest",
)
_ENDED = Verdict(
    allowed=False,
    code="not_signed_in",
    reason="This token is not valid, has ended or was revoked.",
    ask="an administrator for a token with scope ingest",
)


@dataclass(frozen=True, slots=True)
class _Trusted:
    principal: Principal
    until: float


_trusted: dict[bytes, _Trusted] = {}


def trusted_sender(authorization: str) -> Principal | None:
    """The sender whose right was established within the last seconds; asks no database."""
    known = _trusted.get(_key(authorization))
    return known.principal if known is not None and time.monotonic() < known.until else None


def sender(authorization: str) -> Principal:
    """The principal of an Authorization header, who may ingest; raises AccessRefused."""
    words = authorization.split()
    if len(words) != 2 or words[0].lower() != "bearer":
        raise AccessRefused(_NOBODY)
    token = use_token(words[1])
    if token is None or not token.person.is_active:
        raise AccessRefused(_ENDED)
    scopes = frozenset(TokenScope(scope) for scope in token.scopes)
    principal = principal_of(token.person, scopes=scopes)
    require(principal, Action.INGEST)
    if len(_trusted) >= _MOST_TRUSTED:
        _trusted.clear()
    _trusted[_key(authorization)] = _Trusted(principal, time.monotonic() + TRUSTED_SECONDS)
    return principal


def forget_senders() -> None:
    """Ask the database about every token again."""
    _trusted.clear()


def keep(events: Sequence[tuple[Received, int | None]]) -> None:
    """Store events with the ids of their senders, durably and each once.

    One statement and one commit, however many there are. Bytes that were stored today or
    yesterday are not stored again: clients repeat what they got no answer for.
    """
    if not events:
        return
    today = timezone.now().date()
    unique = {event.digest: (event, sender_id) for event, sender_id in events}
    rows = [unique[digest] for digest in sorted(unique)]  # in one order, so nobody deadlocks
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            _INSERT,
            [
                today,
                [event.digest for event, _ in rows],
                [event.run_id for event, _ in rows],
                [sender_id for _, sender_id in rows],
                [event.body for event, _ in rows],
                today - dt.timedelta(days=1),
            ],
        )


def _key(authorization: str) -> bytes:
    return hashlib.sha256(authorization.encode("utf-8", "surrogateescape")).digest()
