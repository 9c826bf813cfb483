"""Recording answers: the door for gateways, pages and everything else that decides.

From an ASGI callable:

    record = AccessRecord(gateway="trino", username=..., person=..., action="read",
                          outcome=AccessOutcome.REFUSED, policy_version=decision.version,
                          keeping=keeping_of(index, datasets), datasets=(7,), ...)
    decision_id = await record_decision(record)      # durable when restricted, else queued
    answer()                                          # AuditUnavailable: do not answer, refuse

From a thread (pages, REST, jobs): `record_decision_here(record)`. Doors that answer many questions
a second from an event loop: `record_decision_apart` and `record_decision_then`, which leave all
work to a process of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from governance.audit.apart import UploaderApart, connected
from governance.audit.delegating import DelegatingWriter
from governance.audit.queueing import Done
from governance.audit.types import AccessOutcome, AccessRecord, AuditUnavailable, Keeping
from governance.audit.uploading import upload_left_behind
from governance.audit.writer import AuditWriter
from governance.permissions.engine import Decision, Index

__all__ = [
    "AccessOutcome",
    "AccessRecord",
    "AuditUnavailable",
    "Keeping",
    "explained",
    "flush",
    "keeping_of",
    "record_decision",
    "record_decision_apart",
    "record_decision_here",
    "record_decision_then",
    "upload_spools",
]  # fmt: skip

_DJANGOS_OWN = {
    "cursor_factory", "context", "prepare_threshold", "pool", "isolation_level", "assume_role",
    "server_side_binding", "row_factory", "options", "client_encoding",
}  # fmt: skip
_writer: AuditWriter | None = None
_delegate: DelegatingWriter | None = None
_lock = threading.Lock()


async def record_decision(record: AccessRecord) -> str:
    """Record an answer and return its id; for restricted data only once it is durable.

    Raises AuditUnavailable where it can be kept nowhere: the answer has to be a refusal.
    """
    if record.keeping is Keeping.RESTRICTED:
        return await writer().record_durably(record)
    return writer().record(record)


async def record_decision_apart(record: AccessRecord) -> str:
    """The same by way of a process that keeps records for this loop."""
    delegating = _delegating(asyncio.get_running_loop())
    if delegating is None:
        return await record_decision(record)
    if record.keeping is Keeping.RESTRICTED:
        return await delegating.record_durably(record)
    return delegating.record(record)


def record_decision_then(record: AccessRecord, done: Done, loop: asyncio.AbstractEventLoop) -> str:
    """The same for a protocol, called in the loop: `done` is called there, at once where nobody has
    to wait. Returns the id; raises AuditUnavailable where too many wait already."""
    delegating = _delegating(loop)
    if record.keeping is Keeping.RESTRICTED:
        if delegating is not None:
            return delegating.record_then(record, done)
        return writer().record_then(record, done, loop)
    told = (delegating or writer()).record(record)
    done(None)
    return told


def record_decision_here(record: AccessRecord) -> str:
    """The same for a thread, which waits while a restricted record is made durable."""
    if record.keeping is Keeping.RESTRICTED:
        return writer().record_and_wait(record)
    return writer().record(record)


def keeping_of(index: Index, datasets: Iterable[int]) -> Keeping:
    """Restricted where an opt-out covers any of the datasets, whomever it concerns, or where one
    is not known; else open."""
    signatures = index.parts.signatures
    for dataset in datasets:
        signature = signatures.get(dataset)
        if signature is None or signature.any or signature.by_name:
            return Keeping.RESTRICTED
    return Keeping.OPEN


def explained(record: AccessRecord, decision: Decision) -> AccessRecord:
    """Write into a record what an answer of the engine rests on, and return it."""
    record.policy_version = decision.version
    record.code = decision.code
    if not decision.allowed:
        record.outcome = AccessOutcome.REFUSED
    elif decision.code == "restricted":
        record.outcome = AccessOutcome.PARTIAL
    record.rules = tuple(one.rule.key for one in decision.rules)
    record.exceptions = tuple(one.id for one in decision.lifted)
    record.filters = tuple(one.expression for one in decision.filters)
    record.masks = tuple(
        f"{path}:{effect.mask.value}" for path, effect in decision.columns.items() if effect.mask
    )
    if record.rules or record.exceptions or not decision.allowed:
        record.keeping = Keeping.RESTRICTED
    return record


def flush(seconds: float = 10.0) -> bool:
    """Wait until everything recorded by this process is durable; whether it is."""
    return _writer is None or _writer.flush(seconds)


def writer() -> AuditWriter:
    """The writer of this process, made when it is first needed."""
    found = _writer
    return found if found is not None else _make()


def start_apart() -> None:
    """Start the process that keeps the records of the running loop, where one does."""
    delegating = _delegating(asyncio.get_running_loop())
    if delegating is not None:
        with suppress(OSError):  # it is started with the first record then
            delegating.start()


async def close_apart() -> None:
    """Hand over what is queued in the running loop; the next record begins anew."""
    global _delegate
    found, _delegate = _delegate, None
    if found is not None and found.loop is asyncio.get_running_loop():
        await found.close()


def close() -> None:
    """Write what is queued in this process; the next record opens a writer anew."""
    global _writer
    with _lock:
        found, _writer = _writer, None
    if found is not None:
        found.close()


def upload_spools() -> int:
    """Write what processes that are gone left on disk; how many records."""
    return upload_left_behind(connect, spool_folder())


def spool_folder() -> Path:
    """Where records wait while the database is away."""
    return Path(settings.VAR_DIR) / "audit" / "spool"


def connect() -> Any:
    """A connection of the writer's own, that notices soon when the database is away."""
    return connected(_parameters())


def _parameters() -> dict[str, Any]:
    given: dict[str, Any] = connections["default"].get_connection_params()
    return {name: value for name, value in given.items() if name not in _DJANGOS_OWN}


def _make() -> AuditWriter:
    global _writer
    with _lock:
        if _writer is None:
            apart = UploaderApart(_parameters) if settings.AUDIT_APART else None
            _writer = AuditWriter(connect, spool_folder(), settings.AUDIT_LIMITS, apart)
        return _writer


def _delegating(loop: asyncio.AbstractEventLoop) -> DelegatingWriter | None:
    """Who keeps the records of a loop, made when it is first needed; None where this process keeps
    them itself."""
    global _delegate
    found = _delegate
    if found is not None and found.loop is loop:
        return found
    if not settings.AUDIT_APART or (found is not None and not found.loop.is_closed()):
        return None
    made = DelegatingWriter(loop, _parameters, spool_folder(), settings.AUDIT_LIMITS)
    _delegate = made
    return made


def _forget() -> None:
    """A child of a fork has no thread of its parent's; it begins chains of its own."""
    global _writer, _delegate, _lock
    _writer, _delegate, _lock = None, None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
atexit.register(close)
