"""Looking at what a Trino runs, again and again: each query is checked and leased once, then kept
by heartbeats, and killed when one is answered `stop`.

A query runs for at most one look before it is first seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.types import Principal
from governance.brakes.engine import LeaseState, LeaseVerdict, Progress
from governance.brakes.models import QueryLease
from governance.brakes.selectors.in_force import brakes_in_force
from governance.brakes.services.checking import Asking, CheckedQuery, check_query
from governance.brakes.services.judging import Origin
from governance.brakes.services.leasing import beat, end
from governance.brakes.trino.coordinator import Running, kill, running
from governance.permissions.services.statements import Statement
from lineage.connectors.trino_client import TrinoAddress

log = structlog.get_logger(__name__)

_STRANGERS = frozenset({"not_signed_in", "unknown"})


@dataclass(frozen=True, slots=True)
class Killed:
    """A query that was ended, with what whoever ran it was told."""

    query_id: str
    user: str
    reason: str


@dataclass(slots=True)
class Watcher:
    """Watches one coordinator for one gateway. `account` is its service account in Concord.

    `stops_strangers`: end the queries of users whom Concord does not know, too.
    """

    address: TrinoAddress
    account: Principal
    gateway: str
    system: str = ""
    stops_strangers: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    """What the last look could not look at or end, by query, and why."""
    _leases: dict[str, str] = field(default_factory=dict)
    _left: set[str] = field(default_factory=set)
    _last: dict[str, Progress] = field(default_factory=dict)

    def look(self) -> list[Killed]:
        """One look: check what is new, beat for what runs, end what is over. Raises
        SourceUnreadable where Trino does not answer; the leases then end by their silence.

        A query that is over before it can be ended, or that cannot be counted, keeps nobody from
        looking at all others; the next look comes back to it.
        """
        found = running(self.address)
        killed = []
        self.failed.clear()
        for one in found:
            try:
                reason = self._against(one)
                if reason:
                    kill(self.address, one.query_id, reason)
                    log.info("query_killed", query=one.query_id, user=one.user, reason=reason[:200])
                    killed.append(Killed(one.query_id, one.user, reason))
            except CatalogError as error:
                self.failed[one.query_id] = str(error)[:300]
                log.warning("query_not_watched", query=one.query_id, error=str(error)[:200])
        self._end_those_over({one.query_id for one in found})
        return killed

    def _against(self, one: Running) -> str:
        """Why a query may not go on; empty where it may."""
        if one.query_id in self._left:
            return ""
        lease = self._leases.get(one.query_id) or self._known(one.query_id)
        if lease is None:
            return self._first(one)
        self._leases[one.query_id], self._last[one.query_id] = lease, one.progress
        answer = beat(lease, one.progress, acting=self.account, query_id=one.query_id)
        if answer.verdict is LeaseVerdict.CONTINUE:
            return ""
        if answer.state is LeaseState.LOST:  # we were away; it is asked about anew
            del self._leases[one.query_id]
            return self._first(one)
        return answer.reason or "It may not go on."

    def _first(self, one: Running) -> str:
        statement = Statement(
            sql=one.sql,
            dialect="trino",
            system=self.system,
            default_database=one.catalog or None,
            default_schema=one.schema or None,
        )
        asking = Asking(Origin(self.gateway), one.query_id, wants_lease=True)
        try:
            found = check_query(statement, acting=self.account, subject=one.user, asking=asking)
        except (InvalidInput, AccessRefused) as error:
            log.warning("query_not_checked", query=one.query_id, error=str(error)[:200])
            if isinstance(error, InvalidInput) and error.field == "sql" and brakes_in_force():
                return str(error)  # what is too long to be looked at is not let by
            self._left.add(one.query_id)
            return ""
        if found.lease is not None:
            self._leases[one.query_id] = str(found.lease.pk)
            self._last[one.query_id] = one.progress
            return ""
        return self._why(one, found)

    def _why(self, one: Running, found: CheckedQuery) -> str:
        refusing = next((trip for trip in found.trips if trip.refuses), None)
        if refusing is not None:
            ask = f" Ask {refusing.ask}." if refusing.ask else ""
            return f"{refusing.title}: {refusing.sentence} {refusing.fix}{ask}"
        reason = found.checked.verdict.reasons[0]
        if reason.code in _STRANGERS and not self.stops_strangers:
            self._left.add(one.query_id)
            return ""
        return reason.sentence

    def _known(self, query_id: str) -> str | None:
        """The lease that an earlier watcher of this gateway was granted."""
        held = QueryLease.objects.filter(
            holder_id=self.account.person_id, query_id=query_id, state=LeaseState.RUNNING
        )
        pk = held.values_list("pk", flat=True).first()
        return None if pk is None else str(pk)

    def _end_those_over(self, there: set[str]) -> None:
        for query_id in [one for one in self._leases if one not in there]:
            lease, done = self._leases.pop(query_id), self._last.pop(query_id, Progress())
            try:
                end(lease, done, acting=self.account)
            except CatalogError as error:
                log.warning("lease_not_ended", lease=lease, error=str(error)[:200])
        self._left &= there
