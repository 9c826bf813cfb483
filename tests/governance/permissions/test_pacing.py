"""Work beside answers is done in short pieces; a process that starts does not pause for anybody."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from governance.permissions.engine import Delta, World, compile_index, next_index, pacing
from governance.permissions.gateways.bundle import save_bundle
from governance.permissions.gateways.keeping import Keeper
from governance.permissions.gateways.registered import Registered
from governance.permissions.selectors import world as selectors
from tests.factories import DatasetFactory
from tests.governance.permissions.gateways.asking import dataset, person, rule

WORLD = World(
    version=1,
    people=tuple(person(number, f"p{number}") for number in range(2_500)),
    datasets=tuple(dataset(number, f"hr.pay.t{number}") for number in range(4_000)),
    rules=(rule("a", "hr.*"),),
)


@pytest.fixture
def breaths(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each pause was asked for."""
    found: list[float] = []
    monkeypatch.setattr(pacing, "sleep", found.append)
    return found


def test_pieces_hold_everything_in_its_order(breaths: list[float]) -> None:
    items = list(range(pacing.AT_ONCE * 2 + 1))
    pieces = list(pacing.in_steps(items))
    assert [len(one) for one in pieces] == [pacing.AT_ONCE, pacing.AT_ONCE, 1]
    assert [one for piece in pieces for one in piece] == items
    assert len(breaths) == 2

    taken: list[int] = []
    pacing.run(map(taken.append, items), len(items))
    assert taken == items
    assert len(breaths) == 5

    assert list(pacing.breathing(iter(items), 100)) == items
    assert len(breaths) == 5 + 20


def test_an_index_is_made_in_pieces(breaths: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    # Given how many steps are taken in one call that nobody can interrupt
    longest = 0

    def counted(steps: Iterator[None], maxlen: int) -> None:
        nonlocal longest
        longest = max(longest, sum(1 for _ in steps))

    monkeypatch.setattr(pacing, "deque", counted)

    # When a world of thousands is compiled
    index = compile_index(WORLD)

    # Then none is long, and others have a moment after each
    assert longest == pacing.AT_ONCE
    assert len(breaths) > 30

    # And when a rule on all of it changes
    breaths.clear()
    monkeypatch.setattr(pacing, "deque", deque)
    later = next_index(index, Delta(2, rules=(replace(WORLD.rules[0], version=2),)))
    assert len(breaths) == 4_000 // 200 + 2_500 // 200
    assert not later.decide(1, "read", 3_999).allowed


def test_a_process_that_starts_pauses_for_nobody(breaths: list[float], tmp_path: Path) -> None:
    # Given a bundle on disk
    save_bundle(compile_index(WORLD), Registered(), tmp_path / "bundle")
    breaths.clear()

    # When a process begins with it
    keeper = Keeper(tmp_path / "bundle")
    keeper.load()

    # Then it decides without a pause
    assert not keeper.standing().index.decide(1, "read", 3_999).allowed
    assert breaths == []

    # And what it makes later is made beside its answers
    compile_index(WORLD)
    assert breaths


@pytest.mark.django_db
def test_the_world_is_read_in_pieces(breaths: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        DatasetFactory(name=f"t{number}")
    monkeypatch.setattr(selectors, "_AT_ONCE", 2)
    assert len(selectors.datasets(())) == 5
    assert len(breaths) == 2
