"""Blocks: what may lie together, and that each record is found in them, the newest first."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from governance.audit.blocks import blocks_of, moment, searched_lines, sought, write
from governance.audit.chain import following, genesis, without_place
from governance.audit.months import month_of
from governance.audit.selectors.blocks import Wanted, count_of, row_of, rows_of
from governance.audit.types import AccessOutcome, AccessRecord, Keeping

Make = Callable[..., AccessRecord]
JUNE = int(dt.datetime(2024, 6, 1, tzinfo=dt.UTC).timestamp() * 1_000_000)
SECOND = 1_000_000


def plain(**more: object) -> AccessRecord:
    return AccessRecord(**{
        "gateway": "g", "username": "ann", "action": "read", "outcome": AccessOutcome.ALLOWED,
        "policy_version": 1, "id": str(UUID(int=1)),
    } | more)  # fmt: skip


@given(
    steps=st.lists(st.integers(-40, 40), min_size=1, max_size=30),
    sizes=st.lists(st.sampled_from([0, 0, 0, 200_000]), min_size=30, max_size=30),
)
def test_a_block_holds_what_came_together_in_a_minute_of_a_month(
    steps: list[int], sizes: list[int]
) -> None:
    # Given records by a clock that goes on, back and over the end of a month
    ats = [JUNE + at * SECOND for at in itertools.accumulate(steps)]
    records = [plain(at=at, note="x" * size) for at, size in zip(ats, sizes, strict=False)]
    rows = without_place(records)

    # When they become blocks behind the sixth record of a chain
    blocks, digest = blocks_of("restricted", 7, 7, rows, genesis(7))

    # Then all of them follow each other, as they are hashed
    assert [one.first for one in blocks] == [
        7, *itertools.accumulate((one.count for one in blocks[:-1]), initial=7)
    ][1:]  # fmt: skip
    before = genesis(7)
    wanted = [
        b'%b,"chain":7,"sequence":%d}' % (row[:-1], place)
        for place, row in enumerate(rows.split(b"\n")[:-1], 7)
    ]
    for line in wanted:
        before = following(before, line)
    assert [line for one in blocks for line in one.body.split(b"\n")] == wanted
    assert digest == before == blocks[-1].digests[-32:]
    for one in blocks:
        told = searched_lines(one.body)
        assert one.sought == sought(told)
        assert len(one.digests) == 32 * one.count == 32 * len(told)
        assert one.sought.until - one.sought.since <= 60 * SECOND
        assert {month_of(each.at) for each in told} == {one.month}
        assert one.count == 1 or len(one.body) <= 300_000


def test_a_block_has_a_thousand_records_at_most() -> None:
    blocks, _ = blocks_of("open", 7, 1, without_place([plain(at=JUNE)] * 2_001), genesis(7))
    assert [(one.first, one.count) for one in blocks] == [(1, 1_000), (1_001, 1_000), (2_001, 1)]


@pytest.mark.django_db
def test_records_of_many_writers_are_found_as_if_each_were_looked_at() -> None:
    # Given four chains that grew beside each other for some minutes, in blocks of any size
    chance = random.Random(7)
    everything: list[AccessRecord] = []
    for chain in range(4):
        at, records = JUNE, []
        for number in range(60):
            at += chance.choice((1_000, 700_000, 9 * SECOND))
            person = chance.choice((None, 1, 2, 3))
            records.append(
                plain(
                    id=str(UUID(int=(at // 1000 << 80) + chance.getrandbits(60))), at=at,
                    gateway=chance.choice(("blocks:a", "blocks:b")), person=person,
                    datasets=tuple(chance.sample(range(5), chance.randrange(3))),
                    rules=chance.choice(((), ("k:1",), ("k:1", "k:2"))),
                    purpose=chance.choice(("", "audit")), keeping=Keeping.OPEN,
                    outcome=chance.choice((AccessOutcome.ALLOWED, AccessOutcome.REFUSED)),
                    query_id=f"q{number % 7}",
                )
            )  # fmt: skip
        everything += records
        first, digest = 1, genesis(chain)
        with connection.cursor() as cursor:
            while records:
                size = chance.randrange(1, 20)
                some, records = records[:size], records[size:]
                blocks, digest = blocks_of("open", chain, first, without_place(some), digest)
                for block in blocks:
                    write(cursor, block, set())
                first += len(some)
    everything.sort(key=lambda one: one.id, reverse=True)
    ours = {one.id for one in everything}
    middle, early, late = (everything[place] for place in (120, 200, 40))

    # Then each search finds the same as looking at each record, in the same order
    for wanted, holds in [
        (Wanted(), lambda one: True),
        (Wanted(person=2), lambda one: one.person == 2),
        (Wanted(dataset=3), lambda one: 3 in one.datasets),
        (Wanted(rule="k:2"), lambda one: "k:2" in one.rules),
        (Wanted(rule="k"), lambda one: False),
        (Wanted(gateway="blocks:b", purpose="audit"),
         lambda one: (one.gateway, one.purpose) == ("blocks:b", "audit")),
        (Wanted(outcome="refused", query_id="q3"),
         lambda one: (one.outcome, one.query_id) == ("refused", "q3")),
        (Wanted(before=UUID(middle.id), person=1),
         lambda one: one.id < middle.id and one.person == 1),
        (Wanted(since=moment(early.at), until=moment(late.at)),
         lambda one: early.at <= one.at <= late.at),
        (Wanted(keepings=("listing",)), lambda one: False),
    ]:  # fmt: skip
        told = [str(row.pk) for row in rows_of(wanted)]  # those of other tests are there, too
        found = [pk for pk in told if pk in ours]
        here = [one.id for one in everything if holds(one)]
        assert found == here, wanted
        assert count_of(wanted) == len(told)
    # And each by its id, for whom it is
    row = row_of(UUID(middle.id), Wanted())
    assert row is not None
    assert (row.gateway, row.at) == (middle.gateway, moment(middle.at))
    assert row_of(UUID(middle.id), Wanted(person=99)) is None
    assert row_of(UUID(int=UUID(middle.id).int + 1), Wanted()) is None
    assert row_of(UUID(int=2**128 - 1), Wanted()) is None
