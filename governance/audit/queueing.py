"""Records on their way out of a process: named, counted, and no more than it can hold."""

from __future__ import annotations

import itertools
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import structlog

from governance.audit.types import AccessOutcome, AccessRecord, AuditUnavailable, Limits

log = structlog.get_logger(__name__)

Done = Callable[[AuditUnavailable | None], None]
"""Told once a record is durable (None), or why it is not."""
Waiter = TypeVar("Waiter")


class RecordQueue(Generic[Waiter]):
    """See the module. Whoever adds may be any thread, whoever takes is one.

    `named` are all records that came, `lost` those that were dropped or could not be kept.
    """

    def __init__(self, limits: Limits) -> None:
        self.lost = 0
        self.named = 0
        self._kept = 0
        self.is_closing = False
        self._limits = limits
        self._lost_said = 0
        self._records: deque[tuple[AccessRecord, Waiter | None]] = deque()
        salt = f"{0x2 << 38 | secrets.randbits(38):010x}"
        self._salt = f"-{salt[:4]}-{salt[4:]}"
        self._instant = (0, "")
        self._counting = itertools.count(1)

    def __len__(self) -> int:
        """How many records wait in memory."""
        return len(self._records)

    @property
    def settled(self) -> int:
        """How many of those named are kept or lost."""
        return self._kept + self.lost

    def add(self, record: AccessRecord) -> bool:
        """One that nobody waits for; whether it was taken: a full queue drops and counts it."""
        self._name(record)
        if len(self._records) < self._limits.queued:
            self._records.append((record, None))
            return True
        self.lost += 1
        if self.lost == self._lost_said + 1:
            log.error("audit_records_lost", queued=len(self._records))
        return False

    def add_awaited(self, record: AccessRecord, waiter: Waiter) -> None:
        """One whose answer waits for it. Raises AuditUnavailable where too many wait already."""
        self._name(record)
        # Each of these has a caller that waits: that is the back-pressure. Far beyond, all refuse.
        if self.is_closing or len(self._records) >= self._limits.queued * 2:
            self.lost += 1
            raise unavailable("too many records wait")
        self._records.append((record, waiter))

    def take(self) -> tuple[list[AccessRecord], list[Waiter]]:
        """The records that are stored together next, and those that wait for some of them; before
        them, how many were lost since that was said."""
        if self.lost > self._lost_said:
            missing, self._lost_said = self.lost - self._lost_said, self.lost
            said = AccessRecord(
                gateway="audit", username="", action="lose", outcome=AccessOutcome.LOST,
                policy_version=0, asked=missing,
            )  # fmt: skip
            self._name(said)
            self._records.append((said, None))
        queue = self._records
        taken = [queue.popleft() for _ in range(min(len(queue), self._limits.batch))]
        return (
            [record for record, _ in taken],
            [waiter for _, waiter in taken if waiter is not None],
        )

    def kept(self, records: Sequence[AccessRecord]) -> None:
        """They are durable."""
        self._kept += len(records)

    def not_kept(self, records: Sequence[AccessRecord]) -> None:
        """They may be durable or not; what one of them said of others that were lost is said again
        later."""
        for record in records:
            if record.outcome is AccessOutcome.LOST:
                self._lost_said -= record.asked
                self._kept += 1
            else:
                self.lost += 1

    def _name(self, record: AccessRecord) -> None:
        """Its instant, and a UUID of version 7: those of one millisecond are told apart by a count
        and the salt of this process."""
        record.at = at = time.time_ns() // 1000
        self.named = count = next(self._counting)
        millisecond = at // 1000
        known = self._instant
        if known[0] != millisecond:
            text = f"{millisecond:012x}"
            known = self._instant = (millisecond, f"{text[:8]}-{text[8:]}-7")
        record.id = f"{known[1]}{count & 0xFFF:03x}{self._salt}{count & 0xFFFFFF:06x}"


def told(waiting: list[Done], error: AuditUnavailable | None) -> None:
    """Tell everybody, whoever of them fails."""
    for done in waiting:
        try:
            done(error)
        except Exception:  # the others have to be told as well
            log.exception("audit_answer_failed")


def unavailable(why: str) -> AuditUnavailable:
    """What is said where a record cannot be kept."""
    return AuditUnavailable(
        f"Access cannot be answered now, for the record of it cannot be kept: {why}."
        " Try again in a moment."
    )
