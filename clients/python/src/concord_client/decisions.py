"""The record of what was decided: gathered in memory, kept on disk, delivered in batches.

Whoever decides only appends. A thread counts what is alike, writes what there is as one file, on
disk before it goes on, and another one delivers the files in their order; a file is removed when
the service has it. Where nothing can be delivered the disk fills up to a bound, then the memory,
and then decisions about data that opt-outs cover are refused, and those about open data are
counted and not kept.
"""

from __future__ import annotations

import gzip
import logging
import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from concord_client.clocks import ServiceClock
from concord_client.connection import Connection
from concord_client.errors import DecisionNotKept, Unreachable
from concord_client.held import Entry
from governance.permissions.engine import Decision

log = logging.getLogger("concord_client")

PATH = "/gw/client/decisions"
GATHER_SECONDS = 0.2
BATCH = 1_000
SEND_SECONDS = 30.0
WAIT_SECONDS = 2.0
"""How long a decision that has to be kept waits for room before it is refused."""
LAST_PAUSE = 30.0

_encode = msgspec.json.Encoder().encode


class DecisionLog:
    """See the module. `entries` is what whoever decides appends to, `most` how many wait there."""

    def __init__(
        self,
        connection: Connection,
        folder: Path,
        instance: str,
        clock: ServiceClock,
        most: int,
        spool_bytes: int,
    ) -> None:
        self.entries: deque[Entry] = deque()
        self.most = most
        self.lost = 0
        self.error = ""
        self._connection = connection
        self._folder = folder
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._instance = instance
        self._clock = clock
        self._spool_bytes = spool_bytes
        self._lost_said = 0
        self._gathering = threading.Lock()
        self._ended = threading.Event()
        self._there = threading.Event()
        self._sizes = {path.name: path.stat().st_size for path in self._files()}

    @property
    def waiting(self) -> int:
        """Decisions that the service does not have yet: those in memory, and files on disk times
        what one holds at least."""
        return len(self.entries) + len(self._sizes)

    @property
    def is_delivered(self) -> bool:
        """Whether the service has everything."""
        return not self.entries and not self._sizes

    def make_room(self, entry: Entry, *, is_open: bool) -> None:
        """Append where the memory is full: at once for data that nothing covers, which may be
        lost, else when there is room. Raises DecisionNotKept."""
        if is_open:
            self.lost += 1
            return
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            if len(self.entries) < self.most:
                self.entries.append(entry)
                return
            time.sleep(0.005)
        self.lost += 1
        raise DecisionNotKept(
            "The record of this decision cannot be kept: the service takes none and the disk's"
            " share is full. Nothing is decided meanwhile."
        )

    # --- two threads ----------------------------------------------------------------------------

    def gather(self) -> None:
        """Write what there is, again and again."""
        while not self._ended.wait(GATHER_SECONDS):
            self.write()
        self.write()

    def deliver(self) -> None:
        """Deliver files, again and again."""
        pause = GATHER_SECONDS
        while not self._ended.is_set():
            self._there.wait(1.0)
            self._there.clear()
            try:
                self.send()
                pause = GATHER_SECONDS
                self.error = ""
            except (Unreachable, OSError) as error:  # or the disk gives back nothing for now
                if not self.error:
                    log.warning("Decisions wait on disk: %s", error)
                self.error = str(error)
                self._ended.wait(max(pause, getattr(error, "retry_after", 0.0)))
                pause = min(pause * 2, LAST_PAUSE)
                self._there.set()

    def end(self) -> None:
        """Write what there is; what is not delivered waits on disk for the next start."""
        self._ended.set()
        self._there.set()

    # --- steps ----------------------------------------------------------------------------------

    def write(self) -> None:
        """Put what waits in memory on disk, as long as there is room."""
        with self._gathering:
            while self.entries or self.lost > self._lost_said:
                if sum(list(self._sizes.values())) >= self._spool_bytes:
                    return
                count = min(len(self.entries), BATCH)
                entries = [self.entries.popleft() for _ in range(count)]
                lost = self.lost - self._lost_said
                try:
                    self._write(_batch(self._instance, lost, entries, self._clock.shift))
                except OSError as error:
                    self.entries.extendleft(reversed(entries))
                    self.error = f"The disk takes no decisions: {error}"
                    log.error("%s", self.error)
                    return
                self._lost_said += lost

    def send(self) -> None:
        """Deliver every file, the oldest first. Raises Unreachable."""
        for path in self._files():
            body = path.read_bytes()
            headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            reply = self._connection.post(PATH, body, headers, SEND_SECONDS)
            if reply.status in (400, 413):
                # It will never be taken: kept aside for people, out of the way of all others.
                said = reply.body[:300].decode("utf-8", "replace")
                log.error("The service refuses %s: %s", path.name, said)
                os.replace(path, path.with_suffix(".refused"))
            elif reply.status != 200:
                wait = reply.headers.get("retry-after", "0")
                raise Unreachable(
                    f"The service answers {reply.status}.",
                    reply.status,
                    float(wait) if wait.isdecimal() else 0.0,
                )
            else:
                path.unlink(missing_ok=True)
            self._sizes.pop(path.name, None)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.batch"))

    def _write(self, batch: dict[str, Any]) -> None:
        body = gzip.compress(_encode(batch), 5)
        name = f"{time.time_ns():020d}-{batch['batch']}.batch"
        draft = self._folder / f"{name}.draft"
        with draft.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self._folder / name)
        self._sizes[name] = len(body)
        self._there.set()


def _batch(instance: str, lost: int, entries: Sequence[Entry], shift: float) -> dict[str, Any]:
    batch: dict[str, Any] = {
        "batch": str(uuid.uuid4()),
        "instance": instance,
        "decisions": list(_reports(entries, shift)),
    }
    if lost:
        batch["lost"] = lost
    return batch


def _reports(entries: Sequence[Entry], shift: float) -> Iterator[dict[str, Any]]:
    """One report for all entries that are alike, at the service's instants."""
    found: dict[object, dict[str, Any]] = {}
    for at, *asked, columns, purpose, environment, decision in entries:
        user, action, dataset = map(_text, asked)
        purpose, environment = _text(purpose or ""), _text(environment or "")
        named = None if columns is None else tuple(map(_text, columns))
        key = (user, action, dataset, named, purpose, environment, id(decision))
        report = found.get(key)
        if report is None:
            found[key] = _report(
                at + shift, user, action, dataset, named, purpose, environment, decision
            )
        else:
            report["count"] = report.get("count", 1) + 1
    yield from found.values()


def _text(said: object) -> str:
    """What is said as text that can be sent: whoever asked with something else, or with half a
    character, got an answer, and it has to be on record."""
    text = said if isinstance(said, str) else repr(said)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _report(
    at: float,
    user: str,
    action: str,
    dataset: str,
    columns: tuple[str, ...] | None,
    purpose: str,
    environment: str,
    decision: Decision,
) -> dict[str, Any]:
    """What the service is told; without what is empty, and cut where it takes no more."""
    outcome = "refused"
    if decision.allowed:
        outcome = "partial" if decision.is_restricted else "allowed"
    report: dict[str, Any] = {
        "at": round(at, 6), "user": user[:200], "action": action[:200], "dataset": dataset[:2_000],
        "outcome": outcome, "version": decision.version, "code": decision.code,
    }  # fmt: skip
    found = {
        "columns": [path[:200] for path in columns or ()][:200],
        "purpose": purpose[:200],
        "environment": environment[:200],
    }
    if decision.code not in ("open", "stale", "out_of_scope"):
        found["rules"] = [one.key for one in decision.rules][:200]
        found["exceptions"] = [one.id for one in decision.lifted][:200]
        found["filters"] = [one.expression for one in decision.filters][:50]
        found["masks"] = [
            f"{path}:{effect.mask.value}"[:200]
            for path, effect in decision.columns.items()
            if effect.mask is not None
        ][:200]
    report.update({name: value for name, value in found.items() if value})
    return report
