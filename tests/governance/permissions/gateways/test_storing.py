"""What gateways decide from, on disk: what moved is there at once, and one process keeps it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from governance.permissions.engine import Delta, Index, World, compile_index, next_index
from governance.permissions.gateways import storing
from governance.permissions.gateways.confirmed import confirmed_path
from governance.permissions.gateways.recent import recent_path
from governance.permissions.gateways.registered import Registered
from governance.permissions.gateways.signed import BundleRefused
from governance.permissions.gateways.storing import Store
from tests.governance.permissions.gateways.asking import dataset, person, rule

ANN, PAY, PLAN = person(1, "ann"), dataset(1, "hr.pay", "id"), dataset(2, "hr.plan", "id")
WORLD = World(version=1, people=(ANN,), datasets=(PAY, PLAN), rules=(rule("a", "hr.pay"),))
FIRST = compile_index(WORLD)
OTHERS = Registered(administrators=frozenset({7}))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Nothing on disk yet."""
    return Store(tmp_path / "gateways" / "bundle")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock of what keeps the disk."""
    now = [1_000.0]
    monkeypatch.setattr(storing.time, "monotonic", lambda: now[0])
    return now


def found(store: Store) -> tuple[Index, Registered, float]:
    """What a process that starts finds."""
    one = Store(store.path).load()
    assert one is not None
    return one.index, one.registered, one.age


def denied(index: Index) -> list[str]:
    """What Ann may not read."""
    return [
        one.name.rpartition(".")[2]
        for one in index.parts.records.values()
        if not index.decide(1, "read", one.id).allowed
    ]


def test_what_moved_is_on_disk_at_once_and_the_bundle_stays(store: Store) -> None:
    # Given a bundle
    store.keep(FIRST, Registered())
    bundle = store.path.read_bytes()

    # When an opt-out comes and another goes, a dataset comes and one goes, Ann's teams change and
    # somebody else administers
    moved = next_index(
        FIRST,
        Delta(
            2,
            people=(replace(ANN, groups=frozenset({"hr"})),),
            datasets=(dataset(3, "hr.new"),),
            gone_datasets=frozenset({1}),
            rules=(rule("b", "hr.plan"), rule("c", "hr.new")),
            gone_rules=frozenset({"permission_policy:a"}),
        ),
    )
    store.keep(moved, OTHERS)

    # Then whoever starts decides from that, and the bundle is as it was
    assert store.path.read_bytes() == bundle
    index, registered, age = found(store)
    assert (denied(index), registered, index.version) == (["plan", "new"], OTHERS, 2)
    assert index.parts.persons[1].groups == {"hr"}
    assert age < 60

    # And when all of it is undone, from that
    store.keep(FIRST, Registered())
    index, registered, _ = found(store)
    assert (denied(index), registered, index.version) == (["pay"], Registered(), 1)


def test_the_bundle_is_written_anew_when_much_moved_but_not_all_the_time(
    store: Store, later: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a bundle, and more that moved than lies well beside it
    monkeypatch.setattr(storing, "_MUCH", 0)
    store.keep(FIRST, Registered())
    first = store.path.read_bytes()
    moved = next_index(FIRST, Delta(2, datasets=(dataset(3, "hr.new"),)))
    store.keep(moved, Registered())
    assert store.path.read_bytes() == first

    # When that goes on for a while
    later[0] += storing.SAVE_SECONDS
    store.keep(next_index(moved, Delta(3)), Registered())

    # Then it is written, and what moved until then is in it
    assert store.path.read_bytes() != first
    assert not recent_path(store.path).exists()
    assert found(store)[0].version == 3

    # As it is when everything was loaded anew
    second = store.path.read_bytes()
    monkeypatch.setattr(storing, "_MUCH", 1_000)
    later[0] += storing.SAVE_SECONDS
    store.keep(compile_index(replace(WORLD, version=4)), Registered())
    assert store.path.read_bytes() != second


def test_what_still_holds_is_confirmed(store: Store, later: list[float]) -> None:
    def keep(index: Index, at: float | None = None) -> None:
        later[0] += storing.CONFIRM_SECONDS
        store.keep(index, Registered(), at=at)

    # Given a bundle that was written long ago, and then something that moved long ago
    keep(FIRST, 1.0)
    keep(FIRST)
    assert found(store)[2] < 60
    moved = next_index(FIRST, Delta(2, gone_rules=frozenset({"permission_policy:a"})))
    keep(moved, 2.0)
    assert found(store)[2] > 1e6

    # When nothing moves, what is there is as old as the last look
    keep(moved)
    assert found(store)[2] < 60

    # But the bundle without what moved is not: it is what held long ago
    kept = recent_path(store.path).read_bytes()
    recent_path(store.path).unlink()
    assert found(store)[2] > 1e6

    # Nor is what moved then, where what says that it still holds is cut, or gone
    recent_path(store.path).write_bytes(kept)
    confirmed_path(store.path).write_bytes(confirmed_path(store.path).read_bytes()[:-1])
    assert found(store)[2] > 1e6
    confirmed_path(store.path).unlink()
    assert found(store)[2] > 1e6
    recent_path(store.path).unlink()

    # And what was taken away is written again
    keep(moved)
    keep(moved)
    assert found(store)[0].version == 2
    assert found(store)[2] < 60


@pytest.mark.parametrize("is_moved", [False, True])
def test_a_copy_is_as_old_as_what_it_was_copied_from(
    store: Store, tmp_path: Path, later: list[float], is_moved: bool
) -> None:
    # Given what held an hour ago, and was confirmed until some minutes ago
    an_hour_ago = time.time() - 3_600
    store.keep(FIRST, Registered(), at=an_hour_ago)
    if is_moved:
        store.keep(next_index(FIRST, Delta(2)), Registered(), at=an_hour_ago + 1)
    last = store._kept
    assert last is not None
    later[0] += storing.CONFIRM_SECONDS
    store.keep(*last, at=an_hour_ago + 3_000)

    # When somebody copies it to where another process starts, now
    copy = Store(tmp_path / "restored" / "bundle")
    shutil.copytree(store.path.parent, copy.path.parent)
    for file in copy.path.parent.iterdir():
        os.utime(file)

    # Then it is as old as it says, and without what confirms it an hour old
    assert 590 < found(copy)[2] < 660
    confirmed_path(copy.path).unlink()
    assert 3_590 < found(copy)[2] < 3_660


def test_what_moved_since_another_bundle_is_passed_over(store: Store, tmp_path: Path) -> None:
    # Given two bundles, the second with something that moved
    store.keep(FIRST, Registered())
    other = Store(tmp_path / "other")
    other.keep(compile_index(WORLD), OTHERS)
    other.keep(next_index(FIRST, Delta(2, rules=(rule("b", "hr.plan"),))), OTHERS)

    # When that lies beside the first
    recent_path(store.path).write_bytes(recent_path(other.path).read_bytes())

    # Then the first is taken as it is
    index, registered, _ = found(store)
    assert (denied(index), registered) == (["pay"], Registered())


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: b"", lambda data: data * 2])
def test_a_bundle_is_refused_where_what_moved_cannot_be_read(store: Store, spoil) -> None:
    store.keep(FIRST, Registered())
    store.keep(next_index(FIRST, Delta(2, rules=(rule("b", "hr.plan"),))), Registered())
    path = recent_path(store.path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(BundleRefused, match=r"bundle\.recent"):
        Store(store.path).load()


def test_a_process_made_by_another_takes_what_moved_since(store: Store) -> None:
    # Given a process that has read the bundle
    store.keep(FIRST, Registered())
    parent = Store(store.path)
    assert parent.load() is not None

    # When something moves, then those that it makes know, without reading the bundle
    store.keep(next_index(FIRST, Delta(2, rules=(rule("b", "hr.plan"),))), OTHERS)
    bundle = store.path.read_bytes()
    inode = store.path.stat()
    again = parent.read_again()
    assert again is not None
    assert (denied(again.index), again.registered) == (["pay", "plan"], OTHERS)
    assert (store.path.read_bytes(), store.path.stat().st_ino) == (bundle, inode.st_ino)

    # But not where another bundle lies there
    Store(store.path).leave()
    store.leave()
    store.keep(next_index(FIRST, Delta(3)), Registered())
    assert parent.read_again() is None


KEEPS = """
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.lockf(lock, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


def test_one_process_keeps_it_and_another_goes_on_when_that_is_killed(store: Store) -> None:
    # Given a process that keeps it, and was writing
    store.path.parent.mkdir(parents=True)
    draft = store.path.with_name(".bundle-abc")
    draft.write_bytes(b"half of it")
    keeping = subprocess.Popen(
        [sys.executable, "-c", KEEPS, f"{store.path}.lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert keeping.stdout is not None
    assert keeping.stdin is not None
    assert keeping.stdout.readline() == b"locked\n"

    # Then no other writes
    store.keep(FIRST, Registered())
    assert not store.path.exists()
    assert draft.exists()

    # Until it is killed
    keeping.kill()
    keeping.wait()
    keeping.stdin.close()
    keeping.stdout.close()
    store.keep(FIRST, Registered())
    assert denied(found(store)[0]) == ["pay"]
    assert not draft.exists()
