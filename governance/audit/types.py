"""What is written of one answer, and the words that it uses; no Django."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from catalog.errors import CatalogError


class Keeping(StrEnum):
    """How sure a record is before its answer leaves, and how long it is kept.

    `restricted`: data that some opt-out covers, whomever it concerns, and every refusal, exception
    and reading of the audit: on disk before the answer, kept longest. `open`: data that no opt-out
    covers: written within a moment; dropped and counted when the queue is full. `listing`: which
    names somebody was shown; as `open`, kept shortest.
    """

    __hash__ = str.__hash__

    RESTRICTED = "restricted"
    OPEN = "open"
    LISTING = "listing"


class AccessOutcome(StrEnum):
    """What was answered. `partial`: with masks, filters, minimum groups or some of a batch."""

    __hash__ = str.__hash__

    ALLOWED = "allowed"
    PARTIAL = "partial"
    REFUSED = "refused"
    LOST = "lost"  # records that a full queue dropped; `asked` counts them


class AccessRecord(msgspec.Struct, omit_defaults=True, gc=False, kw_only=True):
    """One answer to one call; a batch is one record with counts and the indices refused.

    The JSON of its fields in this order, without those that are empty, is the canonical row that
    is hashed. `resources` are names as they were asked for: at most `MOST_NAMED` are kept, and of
    each text but `filters` and `sql` at most `MOST_TEXT` signs. `datasets` are the catalog's ids of
    those it knows, all of them: searches and legal holds go by them. `rules` are keys of
    agreements, `exceptions` ids. `used` are the columns in use of several datasets, `place:column`
    with the place of the dataset among `datasets`; one that it does not name was asked for as a
    whole. `masks` read `column:mask`. The literals of `sql` are
    taken out by the writer. `latency`
    is in microseconds. `decided` is when somebody else decided it who told later, as `at`; 0 for
    what is decided here. The writer fills the last four; `at` is microseconds since 1970 (UTC).
    """

    gateway: str
    username: str
    action: str
    outcome: AccessOutcome
    policy_version: int
    keeping: Keeping = Keeping.RESTRICTED
    person: int | None = None
    impersonator: str = ""
    purpose: str = ""
    environment: str = ""
    datasets: tuple[int, ...] = ()
    resources: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    code: str = ""
    rules: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    query_id: str = ""
    request_id: str = ""
    sql: str = ""
    asked: int = 0
    allowed: int = 0
    refused_indices: tuple[int, ...] = ()
    note: str = ""
    latency: int = 0
    decided: int = 0
    id: str = ""
    at: int = 0
    chain: int = 0
    sequence: int = 0


ABOUT_THE_LOG = frozenset({"read_audit", "read_readers", "export_audit"})
"""Actions of who reads the log itself: they are recorded, and show nothing of the data."""
MOST_NAMED = 200
"""Resources, columns and indices kept of one call; counts tell the rest."""
MOST_TEXT = 2_000
"""Signs kept of one text that a caller gives: a name, an action, a purpose."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a writer holds back. `queued` are records in memory; `linger` is how many seconds those
    that nobody waits for gather; `gather` lies at least between two batches that many wait for, be
    the disk ever so quick. `straight` is how many batches a second go to the database themselves:
    where more come, they are made durable on disk and follow every `settle` seconds, about `upload`
    records at a time: on a full machine those that answer wait for what the database does in one
    go. `spool_bytes` is how much may lie on disk."""

    queued: int = 100_000
    linger: float = 0.1
    gather: float = 0.001
    batch: int = 1_000
    straight: float = 10.0
    settle: float = 0.25
    upload: int = 1_000
    spool_bytes: int = 256 * 1024 * 1024


class AuditUnavailable(CatalogError):  # noqa: N818
    """A record could be made durable neither in the database nor on disk: do not answer."""

    code = "audit_unavailable"
    status = 503
