"""What a statement will read, by what was measured, with the age of that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.brakes.engine import Claim, Estimate, estimate_of
from tests.governance.brakes.statements import NOW, brake, codes, estimated, shape, tripped

WHOLE = "select count(*) from events.event"


def test_a_table_without_a_condition_is_read_whole() -> None:
    found = estimated(WHOLE)
    assert (found.rows, found.bytes, found.partitions) == (3_650_000, 365 * 10**9, 365)
    (one,) = found.tables
    assert (one.age_days, one.is_stale, found.unknown) == (1, False, ())


@pytest.mark.parametrize(
    ("where", "days"),
    [
        ("at >= date '2026-09-01'", 7),
        ("at >= date '2026-09-01' and at < date '2026-09-03'", 3),
        ("at between timestamp '2026-01-01' and timestamp '2026-01-31'", 31),
        ("cast(at as date) = date '2026-01-01'", 1),
        ("cast(at as date) in (date '2026-01-01', date '2026-03-01')", 2),
        ("at >= current_date - interval 7 day", 8),
        ("at >= current_date - interval '1 month'", 32),
        ("at >= date '2030-01-01'", 0),
        ("at >= date '1900-01-01'", 365),
        ("at = date '2026-01-01' or at = date '2026-01-11'", 11),
        ("at = date '2026-01-01' or name = 'x'", 365),
        ("not at >= date '2026-09-01'", 365),
    ],
)
def test_days_that_a_condition_leaves_out_are_not_read(where: str, days: int) -> None:
    found = estimated(f"{WHOLE} where {where}")
    assert (found.partitions, found.bytes) == (days, days * 10**9)


@pytest.mark.parametrize(
    "where",
    ["at >= getvariable('since')", "at in (select d.at from app.day as d)", "at >= $1"],
)
def test_what_only_the_engine_knows_is_not_guessed_either(where: str) -> None:
    sql = f"{WHOLE} where {where}"
    found = estimated(sql)
    assert (found.bytes, found.partitions, found.open) == (
        None, None, ("duckdb://lake/events.event",),
    )  # fmt: skip
    assert codes(sql, brake(bytes=10)) == []
    (trip,) = tripped(sql, brake(bytes=10, refuses_unknown=True))
    assert trip.sentence == "Only the engine knows how much it reads of events.event."


def test_a_table_read_twice_counts_twice() -> None:
    assert estimated(f"{WHOLE} union all {WHOLE}").bytes == 730 * 10**9


def test_an_unknown_size_is_said_and_not_guessed() -> None:
    found = estimated("select count(*) from app.note")
    assert (found.rows, found.bytes, found.unknown) == (None, None, ("duckdb://lake/app.note",))
    most = brake(bytes=10)
    assert codes("select count(*) from app.note", most) == []
    strict = brake(bytes=10, refuses_unknown=True)
    (trip,) = tripped("select count(*) from app.note", strict)
    assert (trip.code, trip.sentence) == (
        "unknown_size",
        "Nobody measured the size of app.note, so nobody can tell what it would read.",
    )


def test_rows_that_a_join_without_a_tie_makes_count() -> None:
    sql = "select 1 from app.tenant as t, events.click as c"
    assert estimated(sql).rows == 900 * 1_000_000
    assert codes(sql, brake(rows=10**6)) == ["rows"]
    assert codes(f"{sql} where c.tenant_id = t.id", brake(rows=2 * 10**6)) == []


@pytest.mark.parametrize(
    ("limit", "code", "sentence"),
    [
        ({"bytes": 364 * 10**9}, "bytes", "It would read about 365 GB; 364 GB are agreed on."),
        ({"rows": 10}, "rows", "It would go over about 3,650,000 rows; 10 rows are agreed on."),
        ({"partitions": 31}, "partitions",
         "It would read 365 days of data; 31 days are agreed on."),
        ({"cost": 1.5, "price": 5.0}, "cost", "It would cost about 1.82; 1.50 are agreed on."),
    ],
)  # fmt: skip
def test_each_limit_says_what_it_found(limit: dict[str, int], code: str, sentence: str) -> None:
    (trip,) = tripped(WHOLE, brake(**limit))
    assert (trip.code, trip.sentence) == (code, sentence)
    assert tripped(f"{WHOLE} where at >= date '2026-09-07'", brake(**limit | {"rows": 10**5})) == []


def test_a_brake_about_some_data_counts_only_that() -> None:
    sql = "select 1 from events.event as e join events.click as c on c.tenant_id = e.tenant_id"
    assert codes(sql, brake(bytes=2 * 10**9, names=("events.click",))) == []
    assert codes(sql, brake(bytes=2 * 10**9, names=("events.event",))) == ["bytes"]
    assert codes(sql, brake(bytes=2 * 10**9, names=("app.*",))) == []


def test_an_engine_may_say_more_than_a_profile_and_never_less() -> None:
    def claimed(**given: int) -> Estimate:
        return estimate_of([shape(WHOLE)], lambda _: frozenset(), now=NOW, claim=Claim(**given))

    assert claimed(bytes=10**12).bytes == 10**12
    assert claimed(bytes=1).bytes == 365 * 10**9
    unknown = estimate_of([shape("select 1 from app.note")], lambda _: frozenset(), now=NOW,
                          claim=Claim(bytes=5))  # fmt: skip
    assert unknown.bytes == 5


@pytest.mark.parametrize(
    ("claim", "field"),
    [
        (Claim(bytes=-1), "bytes"),
        (Claim(rows=-5), "rows"),
        (Claim(partitions=-1), "partitions"),
        (Claim(bytes=2**60 + 1), "bytes"),
        (Claim(rows=10**17), "rows"),
    ],
)
def test_an_estimate_that_cannot_be_is_told_by_its_field(claim: Claim, field: str) -> None:
    wrong = claim.wrong()
    assert wrong is not None
    assert wrong[0] == field
    assert Claim(1, 2, 3).wrong() is None


@given(st.integers(0, 364), st.integers(0, 364))
def test_more_days_are_never_less_to_read(first: int, length: int) -> None:
    def read(days: int) -> int:
        sql = f"{WHOLE} where at >= current_date - interval {days} day"
        return estimated(sql).bytes or 0

    assert read(first) <= read(first + length)
