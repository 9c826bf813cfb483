"""One record for each call at a door, however many questions it asks.

Restricted data and refusals are on disk before their answer leaves; where nothing can be kept,
nothing is answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from governance.audit.types import AccessOutcome, AccessRecord, AuditUnavailable, Keeping
from governance.permissions.gateways.asgi import not_recorded
from governance.permissions.gateways.question import Asker

Record = Callable[[AccessRecord], Awaitable[str]]
"""Keeps a record and returns its id; raises AuditUnavailable."""


async def recorded(record: Record, one: AccessRecord) -> str:
    """The id of a record that is kept. Raises Refused (503)."""
    try:
        return await record(one)
    except AuditUnavailable as error:
        raise not_recorded(error) from None


def how_to_keep(
    asker: Asker, names: Iterable[tuple[str, str]], *, is_whole: bool, is_listing: bool
) -> Keeping:
    """How a record is kept; `is_whole` says that all that was asked was answered as it is."""
    if is_listing:
        return Keeping.LISTING
    if not is_whole:
        return Keeping.RESTRICTED
    signatures = asker.index.parts.signatures
    for name, system in names:
        pk = asker.pk_of(name)
        if pk is None:
            if asker.touches_anybody(name, system):
                return Keeping.RESTRICTED
            continue
        signature = signatures[pk]
        if signature.any or signature.by_name:
            return Keeping.RESTRICTED
    return Keeping.OPEN


def outcome_of(asked: int, allowed: int) -> AccessOutcome:
    """What became of a call as a whole."""
    if allowed == asked:
        return AccessOutcome.ALLOWED
    return AccessOutcome.PARTIAL if allowed else AccessOutcome.REFUSED
