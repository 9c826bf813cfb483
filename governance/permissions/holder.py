"""The index of this process: loaded once, replaced when anything moved that answers rest on.

What moved is seen by one small query: the newest rows of the histories that triggers keep (people,
teams, data, labels, lineage, exceptions) and the policy epoch, together one number that only grows
and that every process computes alike. A thread asks twice a second; whoever changes an opt-out or
an exception in this process sees it with their commit.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import structlog
from django.apps import apps
from django.conf import settings
from django.db import close_old_connections, connection

from catalog.types import EmploymentKind
from governance import clock
from governance.permissions.engine import (
    Delta,
    Floors,
    Index,
    World,
    compile_index,
    next_index,
)
from governance.permissions.selectors import world

log = structlog.get_logger(__name__)

_STORY_SECONDS = 0.5

_HISTORIES = (
    ("catalog", "Person"), ("catalog", "Team"), ("catalog", "TeamMembership"),
    ("catalog", "Domain"), ("catalog", "System"), ("catalog", "Dataset"), ("catalog", "Column"),
    ("catalog", "Label"), ("catalog", "DatasetLabel"), ("catalog", "ColumnLabel"),
    ("lineage", "ColumnEdge"), ("governance", "OptOutException"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """How far everything was when an index was loaded. `running` are transactions that were
    writing then: what they commit may lie below the newest rows seen."""

    version: int
    running: frozenset[str] = frozenset()


class Holder:
    """See the module."""

    def __init__(self) -> None:
        self._index: Index | None = None
        self._mark = Mark(-1)
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None

    def current(self) -> Index:
        """The index; loaded now where there is none yet."""
        index = self._index
        if index is None:
            self.refresh()
            index = self._index
            assert index is not None
        return index

    @property
    def held(self) -> Index | None:
        """The index at hand, if one was loaded; asks no database."""
        return self._index

    def index_for(self, person: int) -> Index:
        """The index, knowing the person even when they were added this second."""
        index = self.current()
        if person not in index.parts.persons:
            with self._lock:
                found = world.people([person])
                if found:
                    index = next_index(self._index or index, Delta(index.version, people=found))
                    self._index = index
        return index

    def refresh(self) -> bool:
        """Look whether anything moved, and load what holds now if so; whether it did."""
        with self._lock:
            mark = read_mark()
            settled = not (self._mark.running - mark.running)
            if self._index is not None and mark.version == self._mark.version and settled:
                return False
            began = time.perf_counter()
            index = load(mark.version)
            self._index, self._mark = index, mark
        self._watch()
        log.info(
            "opt_outs_loaded",
            version=mark.version,
            rules=len(index.parts.rules),
            seconds=round(time.perf_counter() - began, 3),
        )
        return True

    def refresh_if_loaded(self) -> None:
        """After a commit: nothing to do where nobody asked yet."""
        if self._index is not None:
            self.refresh()

    def install(self, index: Index | None) -> None:
        """Put an index in force; None has the next question load one."""
        with self._lock:
            self._index, self._mark = index, Mark(-1)

    def _watch(self) -> None:
        seconds = settings.OPT_OUT_REFRESH_SECONDS
        if not seconds or (self._watcher is not None and self._watcher.is_alive()):
            return
        self._watcher = threading.Thread(
            target=self._keep_looking, args=(seconds,), name="opt-outs", daemon=True
        )
        self._watcher.start()

    def _keep_looking(self, seconds: float) -> None:
        while True:
            time.sleep(seconds)
            try:
                close_old_connections()
                self.refresh()
            except Exception as error:  # noqa: BLE001 - the last index stays in force
                log.error("opt_outs_not_refreshed", error=f"{type(error).__name__}: {error}"[:300])


def read_mark() -> Mark:
    """The mark of this instant, in one query."""
    newest = [
        f"coalesce((SELECT max(pgh_id) FROM {apps.get_model(app, f'{name}History')._meta.db_table}), 0)"  # noqa: E501, S608 - names of tables, not of people
        for app, name in _HISTORIES
    ]
    newest.append("coalesce((SELECT max(number) FROM governance_policyepoch), 0)")
    newest.append("coalesce((SELECT max(id) FROM governance_membership), 0)")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({' + '.join(newest)})::bigint,"
            " ARRAY(SELECT pg_snapshot_xip(pg_current_snapshot())::text)"
        )
        version, running = cursor.fetchone()
    return Mark(version, frozenset(running))


def load(version: int) -> Index:
    """An index of what the database says now."""
    at = clock.now()
    held = world.world_at(at, version=version, floors=floors())
    return compile_index(held, clock=_StoryTime() if settings.STORY_CLOCK else time.time)


class _StoryTime:
    """The clock of a demonstration, read from the database twice a second at most."""

    def __init__(self) -> None:
        self._read_at = 0.0
        self._instant = 0.0

    def __call__(self) -> float:
        if time.monotonic() - self._read_at > _STORY_SECONDS:
            self._instant, self._read_at = clock.now().timestamp(), time.monotonic()
        return self._instant


def floors() -> Floors:
    """The stated defaults: whose employment is denied everything."""
    denied = frozenset(settings.OPT_OUT_DENIED_EMPLOYMENTS)
    return Floors(denied & {kind.value for kind in EmploymentKind})


def nothing_denied() -> Index:
    """An index without any opt-out."""
    return compile_index(World(version=0, floors=floors()))


opt_outs = Holder()
"""The holder of this process."""
