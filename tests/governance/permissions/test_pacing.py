"""Work beside answers is done in short pieces; a process that starts does not pause for anybody."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from governance.permissions.bundling import packed, unpacked
from governance.permissions.engine import (
    DatedException,
    Delta,
    World,
    compile_index,
    next_index,
    pacing,
)
from governance.permissions.engine.leaving import Leaving
from governance.permissions.gateways.bundle import save_bundle
from governance.permissions.gateways.keeping import Keeper
from governance.permissions.gateways.registered import Registered
from governance.permissions.holder import Holder
from governance.permissions.selectors import world as selectors
from governance.permissions.types import Effect
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
    """How long each pause was asked for, where every piece takes a millisecond."""
    found: list[float] = []
    instants = itertools.count(1)
    monkeypatch.setattr(pacing, "sleep", found.append)
    monkeypatch.setattr(pacing, "perf_counter", lambda: next(instants) / 1_000)
    monkeypatch.setattr(pacing, "_here", pacing.threading.local())
    return found


def test_pieces_hold_everything_in_its_order(breaths: list[float]) -> None:
    items = list(range(pacing.AT_ONCE * 2 + 1))
    pieces = list(pacing.in_steps(items))
    assert [len(one) for one in pieces] == [pacing.AT_ONCE, pacing.AT_ONCE, 1]
    assert [one for piece in pieces for one in piece] == items
    assert len(breaths) == 3

    taken: list[int] = []
    pacing.run(map(taken.append, items), len(items))
    assert taken == items
    assert len(breaths) == 6

    assert list(pacing.breathing(iter(items), 50)) == items
    assert len(breaths) == 6 + 10

    held = dict.fromkeys(items)
    pacing.empty(held)
    assert not held
    assert len(breaths) == 16 + 3


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The instant that it is, and how long each pause was asked for."""
    found = [100.0]
    monkeypatch.setattr(pacing, "_here", pacing.threading.local())
    monkeypatch.setattr(pacing, "perf_counter", lambda: found[0])
    monkeypatch.setattr(pacing, "sleep", found.append)
    pacing.breathe()
    assert found.pop() == 0.0002  # what it did before is not known
    return found


@pytest.mark.parametrize(
    ("worked", "rested"),
    [
        (0.00005, []),  # others had a moment just before
        (0.0001, [0.0003]),
        (0.0005, [0.0015]),
        (0.004, [0.002]),
        (0.5, [0.0002]),  # it waited for something itself
    ],
)
def test_who_works_rests_for_longer_than_that(
    clock: list[float], worked: float, rested: list[float]
) -> None:
    clock[0] += worked
    pacing.breathe()
    assert clock[1:] == pytest.approx(rested)


def test_who_answers_rests_for_nobody(clock: list[float]) -> None:
    async def answer() -> None:
        clock[0] += 0.001
        pacing.breathe()

    asyncio.run(answer())
    assert clock[1:] == []


def test_an_index_is_made_in_pieces(breaths: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    # Given how many steps are taken in one call that nobody can interrupt
    longest = 0

    def counted(steps: Iterator[None], maxlen: int) -> None:
        nonlocal longest
        longest = max(longest, deque(enumerate(steps, start=1), maxlen=1).pop()[0])

    monkeypatch.setattr(pacing, "deque", counted)

    # When a world of thousands is compiled
    index = compile_index(WORLD)

    # Then none is long, and others have a moment after each
    assert longest == pacing.AT_ONCE
    assert len(breaths) > 200

    # And when a rule on all of it changes
    breaths.clear()
    monkeypatch.setattr(pacing, "deque", deque)
    later = next_index(index, Delta(2, rules=(replace(WORLD.rules[0], version=2),)))
    assert len(breaths) >= 4_000 // 50 + 2_500 // 50
    assert not later.decide(1, "read", 3_999).allowed


class Stretches:
    """The most lines of Python that a thread runs without offering a moment to others."""

    def __init__(self) -> None:
        self.longest = 0
        self._lines = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is run in the block."""
        former = sys.gettrace()
        self.longest = self._lines = 0
        sys.settrace(self._trace)
        try:
            yield
        finally:
            sys.settrace(former)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code is pacing.breathe.__code__:
            self._lines = 0
        elif event == "line":
            self._lines += 1
            self.longest = max(self.longest, self._lines)
        return self._trace


def _company(size: int) -> World:
    """People in groups, data with columns and other names, opt-outs of each kind on all of it."""
    one = DatedException("e", "permission_policy:a", 0.0, 9e9, groups=frozenset({"staff"}))
    return World(
        version=1,
        people=tuple(person(number, f"p{number}", "staff") for number in range(size)),
        datasets=tuple(
            replace(
                dataset(number, f"hr.pay.t{number}", "id", "salary"),
                aliases={f"trino://lake/hr.old.t{number}": "trino://lake"},
            )
            for number in range(size)
        ),
        rules=(
            rule("a", "hr.*"),
            rule("b", "*.t*", columns=("sal*",)),
            rule("c", "hr.old.*", effect=Effect.ROW_FILTER, rows="country = 'IE'"),
        ),
        exceptions=(one,),
    )


def _changes(world: World) -> Iterator[Delta]:
    """Every opt-out becomes another, and hundreds of people and datasets."""
    yield Delta(2, rules=tuple(replace(one, version=2) for one in world.rules))
    some = (replace(one, name=f"{one.name}x", aliases={}) for one in world.datasets[:300])
    yield Delta(2, datasets=tuple(some))
    groups = frozenset({"staff", "more"})
    yield Delta(2, people=tuple(replace(one, groups=groups) for one in world.people[:300]))


def _longest(world: World) -> dict[str, int]:
    """The longest stretch of what is done with all of a company."""
    index, left, stretches = compile_index(world), Leaving(), Stretches()
    left.sweep()
    found = {}
    with stretches.counted():
        gone = compile_index(world)
    found["compiled"] = stretches.longest
    left.take(gone.parts, {number: object() for number in range(2_000)})
    with stretches.counted():
        left.sweep()
    found["freed"] = stretches.longest
    for what, delta in zip(("opt-outs", "data", "people"), _changes(world), strict=True):
        with stretches.counted():
            next_index(index, delta)
        found[what] = stretches.longest
    return found


def test_no_stretch_grows_with_the_company() -> None:
    # When all that is decided from is made anew, changed and freed
    small, large = _longest(_company(1_000)), _longest(_company(3_000))

    # Then others have a moment as often, however much it is
    assert max(large.values()) < 4_000, large
    assert all(lines < 1.3 * small[what] for what, lines in large.items()), (small, large)


def test_a_bundle_is_written_in_pieces(breaths: list[float], tmp_path: Path) -> None:
    index = compile_index(WORLD)
    breaths.clear()
    save_bundle(index, Registered(), tmp_path / "bundle")
    assert len(breaths) > (4_000 + 2_500) // 100


def test_names_are_packed_for_clients_in_pieces(breaths: list[float]) -> None:
    # Given names in no order
    index = compile_index(replace(WORLD, datasets=WORLD.datasets[::-1]))
    breaths.clear()

    # When clients are sent all of them
    held = unpacked(packed(index)).index

    # Then they are sorted a few at a time, and none is missing
    assert len(breaths) >= 2 * 4_000 // pacing.AT_ONCE
    assert [one.name in held.parts.by_name for one in WORLD.datasets] == [True] * 4_000
    assert sorted(held.parts.by_name) == list(held.parts.by_name)


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


@pytest.fixture
def dozen(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve datasets, read two at a time."""
    for number in range(12):
        DatasetFactory(name=f"t{number}")
    monkeypatch.setattr(selectors, "_AT_ONCE", 2)


@pytest.mark.usefixtures("dozen")
def test_nobody_waits_for_the_first_index_longer_than_it_takes(
    breaths: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a world of which a process has not read anything yet
    # When it is read with nobody waiting, others have their moments
    Holder().refresh()
    assert len(breaths) >= 6

    # When a question has to wait for it, it comes at once
    breaths.clear()
    holder = Holder()
    first = holder.current()
    assert breaths == []

    # And it is made anew with pauses again, for the former one answers meanwhile
    DatasetFactory(name="later")
    monkeypatch.setattr(holder, "_take_in", lambda mark: False)
    holder.refresh()
    assert holder.current() is not first
    assert len(breaths) >= 6


@pytest.mark.usefixtures("dozen")
def test_who_comes_while_the_first_index_is_read_has_it_hurry(
    breaths: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an index that is read beside answers from a bundle
    holder = Holder()

    # When somebody asks for it in the middle
    def asked(seconds: float) -> None:
        breaths.append(seconds)
        if len(breaths) == 3:
            holder._awaited.set()

    monkeypatch.setattr(pacing, "sleep", asked)
    holder.refresh()

    # Then there is no pause any more
    assert len(breaths) == 3
    assert holder.held is not None
