"""Which delegations may stand beside each other (3.3): no circle, no chain, few proxies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proxy:
    """A vote given from one person to another for a span; `domain` None means everything."""

    giver: int
    taker: int
    since: dt.datetime
    until: dt.datetime
    domain: int | None = None

    def holds(self, at: dt.datetime) -> bool:
        """Whether it is in force at the instant."""
        return self.since <= at < self.until

    def meets(self, other: Proxy) -> bool:
        """Whether both are in force at some instant for some common matter."""
        in_time = self.since < other.until and other.since < self.until
        return in_time and (self.domain is None or other.domain in (None, self.domain))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a delegation may not be made: the rule, and the proxy that is in the way."""

    code: str
    other: Proxy | None = None


def obstacle(
    wanted: Proxy, existing: Sequence[Proxy], *, days_max: int, proxies_max: int
) -> Obstacle | None:
    """The first rule that `wanted` breaks beside the `existing` ones, None when it may stand.

    Codes: `length` (no length, or longer than `days_max`), `self`, `twice` (the same is given
    away already), `circle` (the taker's vote lies with the giver), `taker_gave` and `giver_holds`
    (a delegation is not passed on), `proxies` (the taker would hold more than `proxies_max`).
    """
    if not dt.timedelta() < wanted.until - wanted.since <= dt.timedelta(days=days_max):
        return Obstacle("length")
    if wanted.giver == wanted.taker:
        return Obstacle("self")
    for other in existing:
        if not wanted.meets(other):
            continue
        if other.giver == wanted.giver and other.domain == wanted.domain:
            return Obstacle("twice", other)
        if other.giver == wanted.taker:
            return Obstacle("circle" if other.taker == wanted.giver else "taker_gave", other)
        if other.taker == wanted.giver:
            return Obstacle("giver_holds", other)
    starts = [wanted.since, *(p.since for p in existing if wanted.holds(p.since))]
    for instant in starts:
        givers = {p.giver for p in existing if p.taker == wanted.taker and p.holds(instant)}
        if len(givers | {wanted.giver}) > proxies_max:
            return Obstacle("proxies")
    return None
