"""Recording answers: the door for gateways, pages and everything else that decides.

From an ASGI callable:

    record = AccessRecord(gateway="trino", username=..., person=..., action="read",
                          outcome=AccessOutcome.REFUSED, policy_version=decision.version,
                          keeping=keeping_of(index, datasets), datasets=(7,), ...)
    decision_id = await record_decision(record)      # durable when restricted, else queued
    answer()                                          # AuditUnavailable: do not answer, refuse

From a thread (pages, REST, jobs): `record_decision_here(record)`.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from governance.audit.apart import UploaderApart, connected
from governance.audit.types import AccessOutcome, AccessRecord, AuditUnavailable, Keeping
from governance.audit.uploading import upload_left_behind
from governance.audit.writer import AuditWriter, Done
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
    "record_decision_here",
    "record_decision_then",
    "upload_spools",
]  # fmt: skip

_DJANGOS_OWN = {
    "cursor_factory", "context", "prepare_threshold", "pool", "isolation_level", "assume_role",
    "server_side_binding", "row_factory", "options", "client_encoding",
}  # fmt: skip
_writer: AuditWriter | None = None
_lock = threading.Lock()


async def record_decision(record: AccessRecord) -> str:
    """Record an answer and return its id; for restricted data only once it is durable.

    Raises AuditUnavailable where it can be kept nowhere: the answer has to be a refusal.
    """
    if record.keeping is Keeping.RESTRICTED:
        return await writer().record_durably(record)
    return writer().record(record)


def record_decision_then(record: AccessRecord, done: Done, loop: asyncio.AbstractEventLoop) -> str:
    """The same for a protocol: `done` is called in the loop, at once where nobody has to wait.
    Returns the id; raises AuditUnavailable where too many wait already."""
    if record.keeping is Keeping.RESTRICTED:
        return writer().record_then(record, done, loop)
    told = writer().record(record)
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


def close() -> None:
    """Write what is queued; the next record opens a writer anew."""
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
            apart = UploaderApart(_parameters) if settings.AUDIT_UPLOADS_APART else None
            _writer = AuditWriter(connect, spool_folder(), settings.AUDIT_LIMITS, apart)
        return _writer


def _forget() -> None:
    """A child of a fork has no thread of its parent's; it begins chains of its own."""
    global _writer, _lock
    _writer, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
atexit.register(close)
