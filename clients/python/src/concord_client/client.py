"""The client: started once in a process, asked from any of its threads."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from concord_client.clocks import ServiceClock, elapsed
from concord_client.connection import Connection
from concord_client.decisions import DecisionLog
from concord_client.errors import NotReady
from concord_client.folder import Folder
from concord_client.following import Counted, Follower
from concord_client.held import Held, Limits, Quick, Standing
from governance.permissions.engine import Decision

AGENT = "concord-client/0.1.0"
WAIT_SECONDS = 30.0
"""How long one question waits for the next version; the service answers as soon as there is one."""
SPOOL_BYTES = 256 * 2**20
QUEUED = 50_000
_INSTANCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}")
_NOTHING_STARTED = "Start the client first: with client.started(): ..."


class Client:
    """Decides from a copy of what is in force.

    `secret` and `public_keys` (hexadecimal; more than one while keys change) are what
    `manage.py gateways add NAME --use bundle` prints. `folder` is this process's own: the copy for
    a start without the service, and decisions on their way. `stale_seconds` and `open_seconds` may
    shorten what the service says of how long it may be away: after the first everything closes
    that is not marked public or internal, after the second everything.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        public_keys: Sequence[str],
        folder: str | os.PathLike[str],
        instance: str = "",
        stale_seconds: float = float("inf"),
        open_seconds: float = float("inf"),
        wait_seconds: float = WAIT_SECONDS,
        cafile: str | None = None,
        queued: int = QUEUED,
        spool_bytes: int = SPOOL_BYTES,
    ) -> None:
        if not public_keys:
            raise ValueError("Pin the service's public key: what is not signed is not used.")
        self._keys = [_key(one) for one in public_keys]
        self.instance = instance or f"{socket.gethostname()[:60]}-{os.getpid()}"
        if not _INSTANCE.fullmatch(self.instance):
            raise ValueError(f"{instance!r} is no name of an instance: letters, digits, . _ : @ -")
        self._connections = [Connection(url, secret, AGENT, cafile) for _ in range(2)]
        self._path = Path(folder)
        self._limits = Limits(stale_seconds, open_seconds)
        self._wait = wait_seconds
        self._queued, self._spool_bytes = queued, spool_bytes
        self._held: Held | None = None
        self._quick: Quick | None = None
        self._threads: list[threading.Thread] = []
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._folder: Folder | None = None
        self._follower: Follower | None = None
        self._log: DecisionLog | None = None

    # --- deciding -------------------------------------------------------------------------------

    def decide(
        self,
        user: str,
        action: str,
        dataset: str,
        columns: Sequence[str] | None = None,
        purpose: str | None = None,
        environment: str | None = None,
    ) -> Decision:
        """Whether somebody may do `action` (read, write, export) with a dataset, and how.

        `dataset` is its name in Concord, in lower case. `columns` are the paths in use, in lower
        case; None asks for the dataset as such. Without a purpose the gateway's holds, and without
        that one every opt-out. Raises NotReady before anything is known, DecisionNotKept where the
        decision cannot be recorded.
        """
        quick = self._quick
        if quick is None:
            raise NotReady(self._nothing_known())
        # Asked a million times a second: one look-up for all that it takes, and no call but those
        # that read the clock and keep the record.
        until, people, data, uses, answers, own_purpose, own_environment, entries, append, most = (
            quick
        )
        if purpose is None:
            purpose = own_purpose
        now = elapsed()
        decision = None
        if environment is None:
            environment = own_environment
            if now < until:
                try:
                    decision = answers.get(people[user] & data[dataset] & uses[action][purpose])
                except KeyError:
                    decision = None
        if decision is None:
            decision = self.held.decide_slowly(
                user, action, dataset.lower(), columns, purpose, environment, now
            )
        if len(entries) < most:
            append((now, user, action, dataset, columns, purpose, environment, decision))
        else:
            entry = (now, user, action, dataset, columns, purpose, environment, decision)
            is_open = self.held.is_uncovered(dataset)
            self._recorder().make_room(entry, is_open=is_open)
        return decision

    def record(
        self, user: str, action: str, dataset: str, purpose: str | None, decision: Decision
    ) -> None:
        """Keep a decision that was made from `held` in another way. Raises DecisionNotKept."""
        held = self.held
        entry = (elapsed(), user, action, dataset, None, purpose, held.environment, decision)
        if len(held.entries) < held.most:
            held.entries.append(entry)
        else:
            is_open = held.is_uncovered(dataset)
            self._recorder().make_room(entry, is_open=is_open)

    def sees(self, user: str, dataset: str) -> bool:
        """Whether somebody may know that there is such a dataset; recorded by nobody."""
        held = self.held
        return held.sees(user, dataset.lower())

    @property
    def held(self) -> Held:
        """What answers rest on now. Raises NotReady."""
        held = self._held
        if held is None:
            raise NotReady(self._nothing_known())
        return held

    # --- running --------------------------------------------------------------------------------

    def start(self, wait: float = 10.0) -> Client:
        """Begin to follow the service, with what lies on disk until it answers; waits up to `wait`
        seconds for something to decide from. Raises NotReady, FolderInUse."""
        if self._threads:
            return self
        self._ended.clear()
        clock = ServiceClock()
        self._folder = Folder(self._path)
        log = DecisionLog(
            self._connections[1], self._path / "decisions", self.instance, clock, self._queued,
            self._spool_bytes,
        )  # fmt: skip
        follower = Follower(
            connection=self._connections[0], keys=self._keys, folder=self._folder, clock=clock,
            limits=self._limits, instance=self.instance, wait=self._wait, swap=self._swap,
            entries=log.entries, most=log.most,
            counted=lambda: Counted(log.waiting, log.lost),
        )  # fmt: skip
        self._log, self._follower = log, follower
        follower.load()
        for name, work in (
            ("follow", follower.run), ("gather", log.gather), ("deliver", log.deliver),
            ("edges", self._renew),
        ):  # fmt: skip
            thread = threading.Thread(target=work, name=f"concord {name}", daemon=True)
            self._threads.append(thread)
            thread.start()
        if not self._ready.wait(wait):
            said = self._nothing_known()
            self.stop()
            raise NotReady(said)
        return self

    def stop(self, flush: float = 5.0) -> None:
        """Follow no more. Decisions are delivered for up to `flush` seconds; what is left then
        waits on disk for the next start."""
        if self._log is None or self._follower is None or self._folder is None:
            return
        self.flush(flush)
        self._ended.set()
        self._follower.end()
        self._log.end()
        for thread in self._threads:
            thread.join(5.0)
        for connection in self._connections:
            connection.close()
        self._folder.close()
        self._threads = []
        self._quick = self._held = self._log = self._follower = self._folder = None
        self._ready.clear()

    @contextmanager
    def started(self, wait: float = 10.0) -> Iterator[Client]:
        """Started, and stopped in the end."""
        self.start(wait)
        try:
            yield self
        finally:
            self.stop()

    def flush(self, seconds: float = 5.0) -> bool:
        """Wait until the service has every decision made so far; whether it has."""
        log = self._log
        until = time.monotonic() + seconds
        while log is not None and time.monotonic() < until:
            if log.is_delivered:
                return True
            log.write()
            time.sleep(0.01)
        return log is None or log.is_delivered

    @property
    def standing(self) -> Standing:
        """What runs, how old it is and what waits. Raises NotReady."""
        held = self.held
        parts = held.index.parts
        log, follower = self._log, self._follower
        return Standing(
            version=held.version,
            epoch=held.epoch,
            age=held.age,
            is_stale=elapsed() > held.stale_at,
            gateway=held.served.gateway,
            datasets=len(parts.by_name),
            people=len(parts.persons),
            opt_outs=len(parts.rules),
            waiting=0 if log is None else log.waiting,
            lost=0 if log is None else log.lost,
            error=" ".join(one.error for one in (follower, log) if one is not None and one.error),
        )

    def _recorder(self) -> DecisionLog:
        if self._log is None:
            raise NotReady(_NOTHING_STARTED)
        return self._log

    def _swap(self, held: Held) -> None:
        self._held, self._quick = held, held.quick
        self._ready.set()

    def _renew(self) -> None:
        while not self._ended.wait(0.25):
            if self._follower is not None:
                self._follower.renew()

    def _nothing_known(self) -> str:
        if self._follower is None:
            return _NOTHING_STARTED
        said = self._follower.error
        return f"The service's opt-outs are not known yet. {said}".strip()


def _key(text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError:
        raise ValueError(f"{text!r} is no public key: 64 hexadecimal digits.") from None
