"""Budgets of teams: what is used from midnight to midnight UTC, what is left, when it is whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog.dates import exact_time
from governance.brakes.engine.types import TERABYTE, Brake, Trip, TripCode
from governance.brakes.engine.wording import size


@dataclass(frozen=True, slots=True)
class Use:
    """What one team used of one budget today, as heartbeats reported it; `running` are queries that
    hold a lease now."""

    bytes: int = 0
    rows: int = 0
    queries: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """A brake's quota as it stands for one team."""

    brake: Brake
    team: str
    use: Use
    resets_at: dt.datetime

    @property
    def cost(self) -> float:
        """What was spent today."""
        quota = self.brake.quota
        return cost_of(self.use.bytes, quota.price) if quota is not None else 0.0


def cost_of(read: int, price: float) -> float:
    """What reading bytes costs at a price per terabyte."""
    return read / TERABYTE * price


def resets_at(now: dt.datetime) -> dt.datetime:
    """The midnight (UTC) at which budgets are whole again."""
    day = now.astimezone(dt.UTC).date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def over_budget(
    brake: Brake, uses: Mapping[str, Use], *, coming: int, starting: int, now: dt.datetime
) -> Iterator[Trip]:
    """What the budgets of somebody's teams have against a query.

    `uses` are those of the teams they are in; `coming` are the bytes that it may read still,
    `starting` is 1 for a query that would begin and 0 for one that runs already.
    """
    quota = brake.quota
    if quota is None:
        return
    whole = resets_at(now)
    when = exact_time(whole)
    for team in sorted(brake.teams & uses.keys()):
        use = uses[team]
        total = use.bytes + coming
        if quota.at_once is not None and use.running + starting > quota.at_once:
            yield _trip(
                brake, TripCode.AT_ONCE,
                f"{team} runs {use.running} queries; {quota.at_once} at once are agreed on.",
                "Wait until one has ended.", None,
            )  # fmt: skip
        if quota.bytes is not None and total > quota.bytes:
            yield _trip(
                brake, TripCode.QUOTA,
                f"{team} has read {size(use.bytes)} of {size(quota.bytes)} today"
                + (f", and this would read {size(coming)}." if coming else "."),
                f"It is whole again on {when}.", whole,
            )  # fmt: skip
        if quota.cost is not None and cost_of(total, quota.price) > quota.cost:
            spent = cost_of(use.bytes, quota.price)
            more = f", and this would cost {cost_of(coming, quota.price):,.2f}." if coming else "."
            yield _trip(
                brake, TripCode.QUOTA,
                f"{team} has spent {spent:,.2f} of {quota.cost:,.2f} today{more}",
                f"It is whole again on {when}.", whole,
            )  # fmt: skip


def _trip(brake: Brake, code: TripCode, sentence: str, fix: str, whole: dt.datetime | None) -> Trip:
    return Trip(
        brake=brake.key, name=brake.name, title=brake.title, code=code, sentence=sentence, fix=fix,
        reason=brake.reason, ask=brake.ask, refuses=brake.refuses, resets_at=whole,
    )  # fmt: skip
