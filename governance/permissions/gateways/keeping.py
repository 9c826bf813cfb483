"""What the doors decide from: looked after by one thread, read by answers without a lock.

Twice a second the thread has the opt-outs refreshed and reads who may ask. Where the database does
not answer, the last bundle on disk or the index at hand goes on, for a while: data that is marked
public or internal for `GATEWAY_OPEN_SECONDS`, everything else for `GATEWAY_STALE_SECONDS`. Then it
is closed. Instants are the database's, carried on by a clock that nobody sets.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from catalog import starting
from governance import clock
from governance.permissions.engine import Index
from governance.permissions.engine.pacing import alone
from governance.permissions.gateways.registered import (
    GatewayRecord,
    Registered,
    read_registered,
)
from governance.permissions.gateways.signed import BundleRefused
from governance.permissions.gateways.storing import Found, Store
from governance.permissions.holder import collector_at_rest, opt_outs

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Standing:
    """What answers rest on. `looked_at` and `anchor` are two readings of one monotonic clock:
    when the database last answered, and when it was `instant` (seconds since 1970). After
    `stale_seconds` only data marked as open is decided about, after `open_seconds` nothing."""

    index: Index
    registered: Registered
    looked_at: float
    anchor: float
    instant: float
    stale_seconds: float = field(default_factory=lambda: settings.GATEWAY_STALE_SECONDS)
    open_seconds: float = field(default_factory=lambda: settings.GATEWAY_OPEN_SECONDS)

    def now(self) -> float:
        """The instant that questions are asked at."""
        return self.instant + time.monotonic() - self.anchor

    @property
    def age(self) -> float:
        """Seconds since the database last answered."""
        return time.monotonic() - self.looked_at

    def gateway(self, secret: str) -> GatewayRecord | None:
        """The gateway whose secret this is; a former secret holds for its hour, whether the
        database answers or not."""
        known = self.registered.gateway(secret)
        if known is None:
            return None
        found, ends = known
        return found if ends is None or self.now() < ends else None


class NotReady(Exception):  # noqa: N818 - reads as the refusal it is
    """There is nothing to decide from, or it is too old; the message says which."""


class Keeper:
    """See the module."""

    def __init__(self, path: Path | None = None) -> None:
        self._store = Store(path)
        self._standing: Standing | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._failure = ""
        self.on_look: list[Callable[[], None]] = []
        """What else is done after the database was asked, in the thread that asks it."""

    @property
    def path(self) -> Path:
        """Where the bundle lies."""
        return self._store.path

    def standing(self) -> Standing:
        """What answers rest on now. Raises NotReady."""
        standing = self._standing
        if standing is None:
            raise NotReady("Concord has not yet read which opt-outs are in force.")
        index = opt_outs.held
        if index is not None and index is not standing.index:
            # Committed in this process since the last look.
            former, standing = standing, replace(standing, index=index)
            with self._lock:
                if self._standing is former:  # else a look has ended meanwhile, which knows more
                    self._standing = standing
        if time.monotonic() - standing.looked_at > standing.open_seconds:
            raise NotReady("Concord has not heard from its database for too long to decide.")
        return standing

    @property
    def is_ready(self) -> bool:
        """Whether there is something to decide from."""
        return self._standing is not None

    def start(self) -> None:
        """Begin to look, unless somebody does already."""
        if self._thread is None or not self._thread.is_alive():
            self._ended.clear()
            self._thread = threading.Thread(target=self._keep, name="gateways", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and forget."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=2)  # it may wait for a database that is away
        self._thread = self._standing = None

    def look(self) -> None:
        """Ask the database once; raises what it raises."""
        standing = self._standing
        if standing is not None and opt_outs.held is None:
            # What was agreed while nobody was here does not wait until everything is loaded.
            self._standing = replace(standing, index=opt_outs.policies_first(standing.index))
        opt_outs.refresh(may_rest=True)
        index = opt_outs.current()
        registered = read_registered()
        instant, now = _instant(), time.monotonic()
        with self._lock:
            self._standing = Standing(index, registered, now, now, instant)

    def load(self) -> None:
        """Decide from what is on disk, if there is something that may still be used."""
        if self._standing is None:
            with collector_at_rest(), alone():
                self._decide_from(self._store.load)

    def take_over(self) -> None:
        """In a process that was made by one that had read the bundle: go on with what it read, and
        what moved since, where the file is still that one; else forget it."""
        self._standing = None
        with collector_at_rest(), alone():
            self._decide_from(self._store.read_again)

    def _decide_from(self, read: Callable[[], Found | None]) -> None:
        try:
            found = read()
        except (BundleRefused, OSError, EOFError) as error:
            log.error("bundle_refused", error=str(error)[:300])
            return
        if found is not None:
            now = time.monotonic()
            self._standing = Standing(
                found.index, found.registered, now - found.age, now, time.time()
            )
            log.info("bundle_loaded", version=found.index.version, age=round(found.age, 1))

    def keep_bundle(self) -> None:
        """Have the disk say what answers rest on."""
        standing = self._standing
        if standing is not None:
            self._store.keep(standing.index, standing.registered, at=_heard(standing))

    def _keep(self) -> None:
        self.load()
        while not self._ended.is_set():
            failure = _failure_of(self._look_afresh)
            if not failure:
                steps = (*self.on_look, self.keep_bundle)
                failure = " ".join(filter(None, map(_failure_of, steps)))
            if failure != self._failure:
                self._failure = failure
                log.warning(
                    "gateways_not_refreshed" if failure else "gateways_refreshed_again",
                    error=failure,
                )
            self._ended.wait(LOOK_SECONDS)
        self._leave()
        connection.close()

    def _look_afresh(self) -> None:
        _finish_start()
        close_old_connections()
        self.look()

    def _leave(self) -> None:
        """What moved since the last look is on disk for whoever starts next."""
        index, standing = opt_outs.held, self._standing
        if standing is not None and index is not None:
            try:
                # Not now: the database may be away, and what starts next is not told otherwise.
                self._store.keep(index, standing.registered, at=_heard(standing), is_leaving=True)
            except OSError as error:
                log.error("bundle_not_kept", error=str(error)[:300])
        self._store.leave()


def _heard(standing: Standing) -> float:
    """When the database last answered, in seconds since 1970 by this machine's clock."""
    return time.time() - standing.age


def _failure_of(step: Callable[[], None]) -> str:
    """What went wrong in a step; empty where nothing did. What is held grows old and then closes;
    a step that fails keeps no other from being done."""
    try:
        step()
    except Exception as error:  # noqa: BLE001 - the next look comes in a moment
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def _finish_start() -> None:
    """What reading the database takes beyond answering from a bundle, which goes on meanwhile."""
    if not starting.is_finished():
        with collector_at_rest():
            starting.finish()


def _instant() -> float:
    """The instant by the database's clock, or by that of a story."""
    if settings.STORY_CLOCK:
        return clock.now().timestamp()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(cursor.fetchone()[0])


keeper = Keeper()
"""What the doors of this process rest on."""
