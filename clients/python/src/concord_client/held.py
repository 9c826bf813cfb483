"""What answers rest on: an index with until when it may be used. Replaced by one assignment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from concord_client.clocks import ServiceClock, elapsed
from governance.permissions.bundling import Served, Unpacked
from governance.permissions.bundling.named import BY_COLUMN, LIFTED, MARKS, bits_of_use
from governance.permissions.engine import Dataset, Decision

Entry = tuple[float, str, str, str, Sequence[str] | None, str | None, str | None, Decision]
"""When (`clocks.elapsed`), who, what, on which data, columns, what for, from where; and what was
decided."""
Quick = tuple[
    float, Mapping[str, int], Mapping[str, int], dict[str, dict[str | None, int]],
    dict[int, Decision], str | None, str | None, deque[Entry], Callable[[Entry], None], int,
]  # fmt: skip
"""What most questions are answered from, by `clocks.elapsed` until the first: opt-outs by people,
by data and by uses, answers by what applies, the gateway's purpose and environment; and where the
record goes, how, up to how many."""
STALE, OUT_OF_SCOPE = "stale", "out_of_scope"


_ROUNDED = 1e-5
"""Seconds before an edge from which on the engine is asked, which knows it exactly: an instant in
seconds since 1970 has seven digits after the point, and one by `clocks.elapsed` more."""
_MOST_ACTIONS, _MOST_PURPOSES, _MOST_ANSWERS = 16, 64, 50_000
"""What is kept at hand; whoever asks for more has to wait for the engine."""


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
        "_answers", "_until", "_uses", "by_name", "clock", "closes_at", "confirmed", "decide",
        "edge", "entries", "environment", "epoch", "index", "most", "people", "purpose", "quick",
        "served", "shift", "stale_at", "unpacked", "version",
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
        self._until = min(self.stale_at, self.edge - self.shift - _ROUNDED)
        self._uses: dict[str, dict[str | None, int]] = {}
        self._answers: dict[int, Decision] = {}
        self._begin_answers()
        self.quick: Quick = (
            self._until, unpacked.people_bits, unpacked.data_bits, self._uses, self._answers,
            self.purpose, self.environment, entries, entries.append, most,
        )  # fmt: skip

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
        now: float,
    ) -> Decision:
        """The answer where none is at hand; `now` by `clocks.elapsed`.

        Data of a system that this client does not serve is denied: labels of it are not known here.
        """
        number = self.by_name.get(name)
        if not self.is_open_now(number):
            return Decision(False, STALE, self.version)
        person, at = self.people.get(user, -1), now + self.shift
        if number is not None:
            found = self.decide(person, action, number, columns, purpose, environment, at)
            if environment == self.environment and now < self._until:
                self._keep(found, user, action, name, purpose, at)
            return found
        system = system_of(name)
        if not self.unpacked.lists(system):
            return Decision(False, OUT_OF_SCOPE, self.version)
        dataset = Dataset(id=0, name=name, kind="table", system=system)
        return self.index.decide_unlisted(
            person, action, dataset, columns, purpose, environment, at
        )

    def is_uncovered(self, name: str) -> bool:
        """Whether no opt-out covers any of a dataset, whomever it concerns."""
        bits = self.unpacked.data_bits.get(name)
        return bits is not None and not bits >> MARKS

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

    def _keep(
        self, found: Decision, user: str, action: str, name: str, purpose: str | None, at: float
    ) -> None:
        """An answer for all to whom the same opt-outs apply, where it rests on nothing else."""
        uses = self._uses.get(action)
        if uses is None:
            uses = {}
            if len(self._uses) < _MOST_ACTIONS:
                self._uses[action] = uses
        use = uses.get(purpose)
        if use is None:
            period = self.index.parts.slots.period(at)
            use = bits_of_use(period.fill(action, purpose, self.environment))
            if len(uses) < _MOST_PURPOSES:
                uses[purpose] = use
        who = self.unpacked.people_bits.get(user)
        what = self.unpacked.data_bits[name]
        if who is None or who & what & use & self._unshared:
            return
        if len(self._answers) >= _MOST_ANSWERS:
            self._begin_answers()
        self._answers[who & what & use] = found

    def _begin_answers(self) -> None:
        """Where nothing applies everything is open, whatever the marks say of somebody."""
        self._answers.clear()
        for marks in (0, BY_COLUMN, LIFTED, BY_COLUMN | LIFTED):
            self._answers[marks] = self.index.opened

    @property
    def _unshared(self) -> int:
        """What of the bits that apply makes an answer somebody's own, or one dataset's."""
        slots = self.index.parts.slots
        return (slots.aged | slots.personal) << MARKS | BY_COLUMN | LIFTED


def system_of(name: str) -> str:
    """The system that a name lies in: `postgres://warehouse/larkfield.hr.pay` is of
    `postgres://warehouse`."""
    platform, mark, rest = name.partition("://")
    return f"{platform}{mark}{rest.partition('/')[0]}" if mark else ""
