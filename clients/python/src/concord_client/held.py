"""What answers rest on: an index with until when it may be used. Replaced by one assignment."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from concord_client.clocks import ServiceClock, elapsed
from governance.permissions.bundling import Served, Unpacked
from governance.permissions.engine import Dataset, Decision

Entry = tuple[float, str, str, str, Sequence[str] | None, str | None, str | None, Decision]
"""When (`clocks.elapsed`), who, what, on which data, columns, what for, from where; and what was
decided."""
STALE, OUT_OF_SCOPE = "stale", "out_of_scope"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client runs: for pages, health checks and logs. `age` is in seconds."""

    version: int
    epoch: int
    age: float
    is_stale: bool
    gateway: str
    datasets: int
    people: int
    opt_outs: int
    waiting: int
    lost: int
    error: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The least of what the service says and of what whoever runs the client says, in seconds."""

    stale: float = float("inf")
    open: float = float("inf")


class Held:
    """One state. `confirmed` is when the service last said that it holds, by `clocks.elapsed`."""

    __slots__ = (
        "asking", "by_name", "clock", "closes_at", "confirmed", "decide", "decide_named", "edge",
        "entries", "environment", "epoch", "index", "most", "people", "purpose", "served",
        "shift", "signed", "stale_at", "unpacked", "version",
    )  # fmt: skip

    def __init__(
        self,
        unpacked: Unpacked,
        served: Served,
        epoch: int,
        confirmed: float,
        clock: ServiceClock,
        limits: Limits,
        entries: deque[Entry],
        most: int,
    ) -> None:
        parts = unpacked.index.parts
        # Begun anew, so that an edge that has passed is behind the answers that are kept.
        self.index = unpacked.index.following(parts)
        self.unpacked = unpacked
        self.served = served
        self.epoch = epoch
        self.version = parts.version
        self.confirmed = confirmed
        self.clock = clock
        self.shift = clock.shift
        self.decide = self.index.decide
        self.decide_named = self.index.decide_named
        self.signed, self.asking = unpacked.signed, unpacked.asking
        self.people = parts.by_username
        self.by_name = parts.by_name
        self.purpose = served.purpose or None
        self.environment = served.environment or None
        self.stale_at = confirmed + min(served.stale, limits.stale)
        self.closes_at = confirmed + max(
            min(served.open, limits.open), min(served.stale, limits.stale)
        )
        self.entries = entries
        self.most = most
        self.edge = self.index.next_edge()

    @property
    def age(self) -> float:
        """Seconds since the service last said that this holds."""
        return elapsed() - self.confirmed

    def is_open_now(self, dataset: int | None) -> bool:
        """Whether something may still be decided about data though the service is away."""
        now = elapsed()
        if now <= self.stale_at:
            return True
        return now <= self.closes_at and dataset is not None and dataset in self.unpacked.open

    def decide_slowly(
        self,
        user: str,
        action: str,
        name: str,
        columns: Sequence[str] | None,
        purpose: str | None,
        environment: str | None,
        at: float,
    ) -> Decision:
        """The same answer for what is not listed, or for a time when not all may be decided.

        Data of a system that this client does not serve is denied: labels of it are not known here.
        """
        number = self.by_name.get(name)
        if not self.is_open_now(number):
            return Decision(False, STALE, self.version)
        person = self.people.get(user, -1)
        if number is not None:
            return self.decide(person, action, number, columns, purpose, environment, at)
        system = system_of(name)
        if not self.unpacked.lists(system):
            return Decision(False, OUT_OF_SCOPE, self.version)
        dataset = Dataset(id=0, name=name, kind="table", system=system)
        return self.index.decide_unlisted(
            person, action, dataset, columns, purpose, environment, at
        )

    def is_uncovered(self, dataset: int | None) -> bool:
        """Whether no opt-out covers any of a dataset, whomever it concerns."""
        if dataset is None:
            return False
        signature = self.index.parts.signatures.get(dataset)
        return signature is not None and not signature.any and not signature.by_name

    def sees(self, user: str, name: str) -> bool:
        """Whether somebody may know that there is such a dataset."""
        number = self.by_name.get(name)
        person = self.people.get(user, -1)
        if not self.is_open_now(number):
            return False
        if number is not None:
            return self.index.see(person, number, self.clock()).allowed
        system = system_of(name)
        dataset = Dataset(id=0, name=name, kind="table", system=system)
        return (
            self.unpacked.lists(system)
            and self.index.see_unlisted(person, dataset, self.clock()).allowed
        )


def system_of(name: str) -> str:
    """The system that a name lies in: `postgres://warehouse/larkfield.hr.pay` is of
    `postgres://warehouse`."""
    platform, mark, rest = name.partition("://")
    return f"{platform}{mark}{rest.partition('/')[0]}" if mark else ""
