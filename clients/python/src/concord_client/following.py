"""Following the service: its state taken in, and whatever may not be taken in refused.

An answer is used when it is signed with a pinned key over the nonce of this very question, and when
it is not older than what runs. Changes that do not fit are answered by asking for everything.
"""

from __future__ import annotations

import contextlib
import logging
import random
import secrets
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from concord_client.clocks import ServiceClock, elapsed
from concord_client.connection import Connection, Reply
from concord_client.errors import Unreachable
from concord_client.folder import Folder
from concord_client.held import Entry, Held, Limits
from governance.permissions.bundling import (
    BundleRefused,
    Header,
    Served,
    Unpacked,
    changes_in,
    followed,
    opened,
    unpacked,
    word_in,
)
from governance.permissions.bundling.sealing import BUNDLE, CHANGES, STILL
from governance.permissions.engine import is_worn

log = logging.getLogger("concord_client")

PATH = "/gw/client/bundle"
FIRST_SECONDS = 0.5  # before the first repetition; doubled until
LAST_SECONDS = 30.0
MARGIN_SECONDS = 15.0  # that an answer may take longer than was asked to wait
MOST_CHANGES = 200
"""Changes kept after a whole bundle; then everything is asked for once."""
WORN_AFTER = 32  # changes that come before whether places are worn out is looked at
DISK_SECONDS = 60.0
"""After the disk took nothing, until everything is asked for to be kept."""


@dataclass(slots=True)
class Counted:
    """What the client tells with each question."""

    waiting: int = 0
    lost: int = 0


class Follower:
    """Asks again and again. `swap` puts a state in force; `counted` says what else to tell."""

    def __init__(
        self,
        *,
        connection: Connection,
        keys: Sequence[Ed25519PublicKey],
        folder: Folder,
        clock: ServiceClock,
        limits: Limits,
        instance: str,
        wait: float,
        entries: deque[Entry],
        most: int,
        swap: Callable[[Held], None],
        counted: Callable[[], Counted],
    ) -> None:
        self.error = ""
        self.held: Held | None = None
        self._connection = connection
        self._keys = tuple(keys)
        self._folder = folder
        self._clock = clock
        self._limits = limits
        self._instance = instance
        self._wait = wait
        self._entries, self._most = entries, most
        self._swap = swap
        self._counted = counted
        self._putting = threading.RLock()
        self._ended = threading.Event()
        self._pause = FIRST_SECONDS
        self._changes = 0
        self._wants_all = False
        self._disk = ""  # why what runs does not lie on the disk
        self._disk_again = 0.0

    def load(self) -> None:
        """Begin with what lies on disk; what may not be used is forgotten and told."""
        try:
            kept = self._folder.read(self._keys, self._clock)
        except BundleRefused as error:
            self._fail(f"The copy on disk is not used: {error}")
            self._folder.forget()
            return
        if kept is not None:
            self._put(kept.state, kept.header.served, kept.header.epoch, elapsed() - kept.age)
            self._changes = MOST_CHANGES // 2  # some may lie there already

    def run(self) -> None:
        """Until `end`."""
        while not self._ended.is_set():
            pause = self.step(self._wait)
            if pause and self._ended.wait(pause):
                return

    def end(self) -> None:
        """Ask no more; a question that waits is cut off."""
        self._ended.set()
        self._connection.interrupt()

    def step(self, wait: float) -> float:
        """One question; returns the seconds to rest before the next one."""
        try:
            is_moved = self._ask(wait if self.held is not None else 0.0)
        except (Unreachable, BundleRefused) as error:
            if not self._ended.is_set():
                self._fail(str(error))
            pause = max(self._pause, getattr(error, "retry_after", 0.0))
            self._pause = min(self._pause * 2, LAST_SECONDS)
            return pause * random.uniform(0.5, 1.5)  # noqa: S311 - only spreads clients in time
        if self.error and self.error != self._disk:
            log.info("The service is followed again.")
        self.error, self._pause = self._disk, FIRST_SECONDS
        return 0.0 if is_moved or wait else FIRST_SECONDS

    def renew(self) -> None:
        """Put the state in force anew where an edge passed: what is kept is of before it."""
        with self._putting:
            held = self.held
            if held is not None and self._clock() >= held.edge:
                self._put(held.unpacked, held.served, held.epoch, held.confirmed)

    def _ask(self, wait: float) -> bool:
        held = self.held
        nonce = secrets.token_urlsafe(18)
        have = 0 if held is None else held.version
        # What was just sent whole may be worn at the service, too: asking again would not mend it.
        is_worn_here = held is not None and self._changes >= WORN_AFTER and is_worn(held.index)
        is_due = bool(self._disk) and elapsed() >= self._disk_again
        is_whole = self._wants_all or held is None or is_worn_here or is_due
        if is_whole and have:
            # As whoever has nothing; what runs is still the least that is taken.
            wait = 0.0
        counted = self._counted()
        query = {
            "have": 0 if is_whole else have, "least": have, "wait": f"{wait:.3f}",
            "instance": self._instance, "nonce": nonce,
            "waiting": counted.waiting, "lost": counted.lost,
        }  # fmt: skip
        asked = elapsed()
        reply = self._connection.get(PATH, query, wait + MARGIN_SECONDS)
        if reply.status == 304 and held is not None:
            header = word_in(reply.headers.get("concord-word", ""), self._keys)
            self._judge(header, nonce, have)
            if header.kind != STILL or header.version != have:
                raise BundleRefused("The service says that another version still holds.")
            self._put(held.unpacked, header.served, header.epoch, self._confirmed(header, asked))
            if not self._disk:
                self._kept(partial(self._folder.still, reply.headers["concord-word"]))
            return False
        if reply.status != 200:
            raise _refusal(reply)
        header, body = opened(reply.body, self._keys)
        self._judge(header, nonce, have)
        try:
            state = self._state(header, body, held)
        except BundleRefused:
            self._wants_all = True  # the next answer has to stand for itself
            raise
        if header.kind == BUNDLE:
            self._kept(partial(self._folder.begin, reply.body))
            self._changes, self._wants_all = 0, False
        else:
            if not self._disk:
                self._kept(partial(self._folder.append, reply.body))
            self._changes += 1
            self._wants_all = self._changes >= MOST_CHANGES
        confirmed = self._confirmed(header, asked)
        if header.version != header.latest:
            # Newer ones exist: nothing is confirmed until the next answer.
            confirmed = float("-inf") if held is None else held.confirmed
        self._put(state, header.served, header.epoch, confirmed)
        return True

    def _kept(self, write: Callable[[], None]) -> None:
        """Put something on the disk. A disk that takes nothing stops nobody from following: what
        lies there is removed, since what came after would be missing in it, and everything is
        asked for again later, to be kept."""
        try:
            write()
        except OSError as error:
            with contextlib.suppress(OSError):
                self._folder.forget()
            self._disk = f"The copy for a start without the service is not kept: {error}"
            self._disk_again = elapsed() + DISK_SECONDS
            log.warning("%s", self._disk)
        else:
            self._disk = ""

    def _judge(self, header: Header, nonce: str, have: int) -> None:
        """Raises BundleRefused for an answer to another question, and for an older state."""
        if header.nonce != nonce:
            raise BundleRefused("The answer is not to this question: it was told before.")
        if header.version < have or header.latest < header.version:
            raise BundleRefused(
                f"The service offers version {header.version}, older than {have}, which runs."
                " Where its database was restored, remove this client's folder and start it again."
            )

    def _state(self, header: Header, body: bytes, held: Held | None) -> Unpacked:
        if header.kind == BUNDLE:
            state = unpacked(body, self._clock)
        elif header.kind == CHANGES and held is not None and header.base == held.version:
            state = followed(held.unpacked, changes_in(body))
        else:
            raise BundleRefused(f"The answer is {header.kind} after version {header.base}.")
        if state.index.version != header.version:
            raise BundleRefused("The body is of another version than its header says.")
        return state

    def _confirmed(self, header: Header, asked: float) -> float:
        """When the state was confirmed, by `elapsed`; sets the service's clock.

        The answer was signed between the question and now: the earliest of that is taken, so that a
        slow way makes nothing younger than it is.
        """
        self._clock.confirm(header.at, elapsed())
        return asked - max(header.at - header.confirmed, 0.0)

    def _put(self, state: Unpacked, served: Served, epoch: int, confirmed: float) -> None:
        with self._putting:
            held = Held(
                state, served, epoch, confirmed, self._clock, self._limits, self._entries,
                self._most,
            )  # fmt: skip
            self.held = held
            self._swap(held)

    def _fail(self, sentence: str) -> None:
        if sentence != self.error:
            log.warning("%s", sentence)
        self.error = sentence


def _refusal(reply: Reply) -> Unreachable:
    said = reply.body[:500].decode("utf-8", "replace")
    wait = reply.headers.get("retry-after", "0")
    return Unreachable(
        f"The service answers {reply.status}: {said}",
        reply.status,
        float(wait) if wait.isdecimal() else 0.0,
    )
