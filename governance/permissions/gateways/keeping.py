"""What the doors decide from: looked after by one thread, read by answers without a lock.

Twice a second the thread has the opt-outs refreshed and reads who may ask. Where the database does
not answer, the last bundle on disk or the index at hand goes on, for a while: data that is marked
public or internal for `GATEWAY_OPEN_SECONDS`, everything else for `GATEWAY_STALE_SECONDS`. Then it
is closed. Instants are the database's, carried on by a clock that nobody sets.
"""

from __future__ import annotations

import contextlib
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
from governance.permissions.engine import Index, compile_index
from governance.permissions.engine.pacing import alone
from governance.permissions.gateways.bundle import (
    BundleRefused,
    age_of,
    bundle_path,
    confirm_bundle,
    load_bundle,
    save_bundle,
)
from governance.permissions.gateways.registered import Registered, read_registered
from governance.permissions.holder import collector_at_rest, opt_outs

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
SAVE_SECONDS = 10.0  # between two writings of the bundle
CONFIRM_SECONDS = 5.0


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


class NotReady(Exception):  # noqa: N818 - reads as the refusal it is
    """There is nothing to decide from, or it is too old; the message says which."""


class Keeper:
    """See the module."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._standing: Standing | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._failure = ""
        self.on_look: list[Callable[[], None]] = []
        """What else is done after the database was asked, in the thread that asks it."""
        self._saved: tuple[Index, Registered] | None = None
        self._loaded: tuple[int, int] | None = None
        self._saved_at = self._confirmed_at = float("-inf")

    @property
    def path(self) -> Path:
        """Where the bundle lies."""
        return self._path or bundle_path()

    def standing(self) -> Standing:
        """What answers rest on now. Raises NotReady."""
        standing = self._standing
        if standing is None:
            raise NotReady("Concord has not yet read which opt-outs are in force.")
        index = opt_outs.held
        if index is not None and index is not standing.index:
            # Committed in this process since the last look.
            standing = Standing(
                index, standing.registered, standing.looked_at, standing.anchor, standing.instant
            )
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
        self._thread = self._standing = self._saved = None

    def look(self) -> None:
        """Ask the database once; raises what it raises."""
        opt_outs.refresh(may_rest=True)
        index = opt_outs.current()
        registered = read_registered()
        instant, now = _instant(), time.monotonic()
        self._standing = Standing(index, registered, now, now, instant)

    def load(self) -> None:
        """Decide from the bundle on disk, if there is one that may still be used."""
        if self._loaded is not None and self._loaded == self._on_disk():
            return
        with collector_at_rest(), alone():
            try:
                found = self._on_disk()
                bundle = load_bundle(self.path)
            except FileNotFoundError:
                return
            except (BundleRefused, OSError, EOFError) as error:
                log.error("bundle_refused", error=str(error)[:300])
                return
            now = time.monotonic()
            index = compile_index(bundle.world, clock=time.time)
        if self._standing is None:
            self._standing = Standing(index, bundle.registered, now - bundle.age, now, time.time())
            self._loaded = found
            log.info("bundle_loaded", version=index.version, age=round(bundle.age, 1))

    def take_over(self) -> None:
        """In a process that was made by one that had read the bundle: go on with what it read where
        the file is still that one, and forget it where it is not."""
        standing = self._standing
        if standing is None or self._loaded is None or self._loaded != self._on_disk():
            self._standing = self._loaded = None
            return
        age = age_of(self.path.stat().st_mtime)
        now = time.monotonic()
        self._standing = replace(standing, looked_at=now - age, anchor=now, instant=time.time())

    def _on_disk(self) -> tuple[int, int] | None:
        """Which file the bundle is: another one takes its place as a whole."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size

    def keep_bundle(self) -> None:
        """Write the bundle when it differs, or note that it still holds."""
        standing, now = self._standing, time.monotonic()
        if standing is None:
            return
        held = (standing.index, standing.registered)
        is_same = self._saved is not None and (
            self._saved[0] is held[0] and self._saved[1] == held[1]
        )
        if not is_same and now - self._saved_at >= SAVE_SECONDS:
            save_bundle(*held, self.path)
            self._saved, self._saved_at, self._confirmed_at = held, now, now
        elif is_same and now - self._confirmed_at >= CONFIRM_SECONDS:
            with contextlib.suppress(FileNotFoundError):
                confirm_bundle(self.path)
            self._confirmed_at = now

    def _keep(self) -> None:
        self.load()
        while not self._ended.is_set():
            failure = ""
            try:
                _finish_start()
                close_old_connections()
                self.look()
                for follow in self.on_look:
                    follow()
                self.keep_bundle()
            except Exception as error:  # noqa: BLE001 - what is held grows old and then closes
                failure = f"{type(error).__name__}: {error}"[:300]
            if failure != self._failure:
                self._failure = failure
                log.warning(
                    "gateways_not_refreshed" if failure else "gateways_refreshed_again",
                    error=failure,
                )
            self._ended.wait(LOOK_SECONDS)
        connection.close()


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
