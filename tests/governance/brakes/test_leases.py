"""The life of a lease, and budgets: laws that hold whatever heartbeats say and clocks do."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.brakes.engine import (
    Beat,
    Lease,
    LeaseState,
    LeaseVerdict,
    Progress,
    Quota,
    Use,
    after_beat,
    after_silence,
    over_budget,
    resets_at,
    running_trips,
)
from governance.brakes.engine.judging import trip
from governance.brakes.engine.types import TripCode
from governance.permissions.engine import Subjects
from tests.governance.brakes.statements import EVENTS, NOW, TENANTS, brake

FIVE = dt.timedelta(seconds=5)
STOPPING = trip(brake(), TripCode.ELAPSED, "Too long.", "Read less.")
TELLING = replace(STOPPING, refuses=False)


def lease() -> Lease:
    return Lease(LeaseState.RUNNING, NOW, NOW, FIVE)


def beat(*trips: object, **done: int) -> Beat:
    return Beat(Progress(**done), trips=tuple(trips))  # type: ignore[arg-type]


def test_a_heartbeat_in_time_goes_on_and_is_counted() -> None:
    later = after_beat(lease(), beat(bytes=10, rows=1), NOW + FIVE)
    assert (later.verdict, later.progress) == (LeaseVerdict.CONTINUE, Progress(10, 1))
    assert later.lost_at == NOW + 3 * FIVE


def test_a_brake_stops_at_the_next_heartbeat_and_one_that_tells_does_not() -> None:
    stopped = after_beat(lease(), beat(STOPPING), NOW + FIVE)
    assert (stopped.state, stopped.code, stopped.brake) == (
        LeaseState.STOPPED, "elapsed", "brake:the-brake",
    )  # fmt: skip
    assert stopped.reason == "The brake: Too long. Read less."
    assert after_beat(lease(), beat(TELLING), NOW + FIVE).verdict is LeaseVerdict.CONTINUE


def test_two_intervals_of_silence_are_a_query_out_of_hand() -> None:
    assert after_silence(lease(), NOW + 2 * FIVE) == lease()
    lost = after_silence(lease(), NOW + 2 * FIVE + dt.timedelta(seconds=1))
    assert (lost.state, lost.code) == (LeaseState.LOST, "missed_heartbeats")
    late = after_beat(lease(), beat(bytes=7), NOW + 3 * FIVE)
    assert (late.verdict, late.progress.bytes) == (LeaseVerdict.STOP, 7)


def test_a_clock_that_was_set_back_stops_nothing_and_one_set_forward_does() -> None:
    back = after_beat(lease(), beat(), NOW - dt.timedelta(days=1))
    assert (back.verdict, back.beat_at) == (LeaseVerdict.CONTINUE, NOW)
    forward = after_beat(lease(), beat(), NOW + dt.timedelta(days=1))
    assert forward.verdict is LeaseVerdict.STOP


BEATS = st.lists(
    st.tuples(
        st.integers(-20, 20),  # seconds since the last one
        st.sampled_from([(), (STOPPING,), (TELLING,)]),
        st.integers(0, 100),
        st.sampled_from(["", "Opted out."]),
    ),
    max_size=30,
)


@given(BEATS)
def test_nothing_brings_a_lease_back_after_a_stop_and_nothing_done_is_forgotten(
    beats: list[tuple[int, tuple[object, ...], int, str]],
) -> None:
    now, at, has_stopped = lease(), NOW, False
    for seconds, trips, done, against in beats:
        at += dt.timedelta(seconds=seconds)
        given_now = Beat(Progress(done, done, done), against, "opt_out", trips)  # type: ignore[arg-type]
        after = after_beat(now, given_now, at)
        assert after.progress.bytes >= max(now.progress.bytes, done)
        has_stopped = has_stopped or after.verdict is LeaseVerdict.STOP
        assert has_stopped == (after.verdict is LeaseVerdict.STOP)
        if now.state is not LeaseState.RUNNING:
            assert (after.state, after.code, after.reason) == (now.state, now.code, now.reason)
        now = after


@pytest.mark.parametrize(
    ("limit", "done", "code"),
    [
        ({"seconds": 300}, Progress(seconds=300.5), "elapsed"),
        ({"bytes": 10}, Progress(bytes=11), "bytes"),
        ({"rows": 10}, Progress(rows=11), "rows"),
        ({"cost": 1.0, "price": 5.0}, Progress(bytes=3 * 10**11), "cost"),
    ],
)
def test_limits_hold_for_what_was_done_too(
    limit: dict[str, int], done: Progress, code: str
) -> None:
    read = frozenset({EVENTS.id, TENANTS.id})
    tables = (EVENTS, TENANTS)
    (found,) = running_trips([brake(**limit)], read, tables, done)
    assert found.code == code
    assert running_trips([brake(**limit)], read, tables, Progress()) == []
    # Of what it did nobody knows how much was of the one table.
    part = brake(names=("events.*",), **limit)
    assert running_trips([part], read, tables, done) == []
    assert len(running_trips([part], frozenset({EVENTS.id}), tables, done)) == 1


BUDGET = replace(
    brake("marketing-by-the-day", quota=Quota(bytes=10**12, at_once=2)),
    subjects=Subjects(groups=frozenset({"Marketing", "Sales"})),
)


def quota_codes(use: Use, coming: int = 0, starting: int = 1, team: str = "Marketing") -> list[str]:
    found = over_budget(BUDGET, {team: use}, coming=coming, starting=starting, now=NOW)
    return [one.code.value for one in found]


def test_a_budget_is_whole_again_at_midnight() -> None:
    assert resets_at(NOW) == dt.datetime(2026, 9, 8, tzinfo=dt.UTC)
    elsewhere = dt.timezone(dt.timedelta(hours=-5))
    late = dt.datetime(2026, 9, 7, 22, tzinfo=elsewhere)  # the 8th in UTC
    assert resets_at(late) == dt.datetime(2026, 9, 9, tzinfo=dt.UTC)


def test_a_budget_that_is_used_up_says_so_with_its_reset() -> None:
    use = Use(bytes=9 * 10**11)
    (found,) = over_budget(BUDGET, {"Marketing": use}, coming=2 * 10**11, starting=1, now=NOW)
    assert found.sentence == (
        "Marketing has read 900 GB of 1 TB today, and this would read 200 GB."
    )
    assert found.fix == "It is whole again on 8 September 2026, 00:00 UTC."
    assert found.resets_at == dt.datetime(2026, 9, 8, tzinfo=dt.UTC)
    assert quota_codes(use, 10**11) == []
    assert quota_codes(use, 10**12, team="Finance") == []


def test_queries_at_once_are_counted_with_the_one_that_starts() -> None:
    assert quota_codes(Use(running=1)) == []
    assert quota_codes(Use(running=2)) == ["at_once"]
    assert quota_codes(Use(running=2), starting=0) == []


def test_money_counts_at_the_price_agreed() -> None:
    dear = replace(BUDGET, quota=Quota(cost=50.0, price=5.0))
    (found,) = over_budget(
        dear, {"Sales": Use(bytes=98 * 10**11)}, coming=4 * 10**11, starting=1, now=NOW
    )
    assert found.sentence == "Sales has spent 49.00 of 50.00 today, and this would cost 2.00."


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_who_has_used_more_is_never_let_further(used: int, more: int, coming: int) -> None:
    assert quota_codes(Use(bytes=used), coming) <= quota_codes(Use(bytes=used + more), coming)
