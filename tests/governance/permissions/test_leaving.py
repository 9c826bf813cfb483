"""An index that nobody uses any more: what it held is freed by who sweeps, and by nobody else."""

from __future__ import annotations

from dataclasses import replace
from sys import getrefcount

import pytest

from governance.permissions.engine import Delta, World, compile_index, next_index, writing
from governance.permissions.engine.leaving import Leaving
from governance.permissions.holder import Holder
from tests.governance.permissions.gateways.asking import dataset, person, rule

WORLD = World(
    version=1,
    people=tuple(person(number, f"p{number}") for number in range(700)),
    datasets=tuple(dataset(number, f"hr.pay.t{number}", "id") for number in range(2_000)),
    rules=(rule("a", "hr.pay.t1*"),),
)


@pytest.fixture
def leaving(monkeypatch: pytest.MonkeyPatch) -> Leaving:
    """What indexes leave behind in this test."""
    found = Leaving()
    monkeypatch.setattr(writing, "leaving", found)
    return found


def test_what_an_index_held_is_freed_by_who_sweeps(leaving: Leaving) -> None:
    # Given a process in which somebody sweeps, and an index that has answered
    leaving.sweep()
    records = (WORLD.datasets[7], WORLD.people[7])
    before = [getrefcount(one) for one in records]
    index = compile_index(WORLD)
    answers = [index.decide(7, "read", 10).rules[0]]
    held = [getrefcount(one) for one in (*records, answers[0])]
    assert held[:2] > before

    # When whoever answers turns to another one
    del index

    # Then all is still there
    assert [getrefcount(one) for one in (*records, answers[0])] == held

    # And goes when it is swept
    leaving.sweep()
    assert [getrefcount(one) for one in records] == before
    assert getrefcount(answers[0]) < held[2]


def test_the_thread_that_looks_for_changes_sweeps(
    leaving: Leaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given what the thread of a service does after each look
    monkeypatch.setattr("governance.permissions.holder.leaving", leaving)
    follow = Holder()._followers
    for look in follow:
        look()

    # When an index goes
    record = WORLD.datasets[7]
    before = getrefcount(record)
    index = compile_index(WORLD)
    del index
    assert getrefcount(record) > before

    # Then its next turn frees it
    for look in follow:
        look()
    assert getrefcount(record) == before


def test_nothing_is_kept_where_nobody_sweeps(leaving: Leaving) -> None:
    record = WORLD.datasets[7]
    before = getrefcount(record)
    index = compile_index(WORLD)
    del index
    assert getrefcount(record) == before


def test_an_index_answers_alike_after_the_one_before_it_was_swept(leaving: Leaving) -> None:
    # Given an index that shares nearly everything with the one before
    leaving.sweep()
    index = compile_index(WORLD)
    later = next_index(index, Delta(2, rules=(replace(WORLD.rules[0], version=2),)))
    expected = [index.decide(7, "read", number).allowed for number in range(2_000)]

    # When that one goes and is swept
    del index
    leaving.sweep()

    # Then nothing is missing
    assert [later.decide(7, "read", number).allowed for number in range(2_000)] == expected
    assert expected.count(False) == 1_111
    assert later.person_named("p699") == 699
    assert later.parts.by_name["trino://lake/hr.pay.t1999"] == 1_999
