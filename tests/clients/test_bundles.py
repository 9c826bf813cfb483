"""A bundle and the changes after it say what the engine says, in worlds that nobody wrote."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from concord_client import Client
from concord_client import client as clients
from concord_client import held as helds
from concord_client.clocks import ServiceClock
from concord_client.held import Held, Limits
from governance.permissions.bundling import (
    BundleRefused,
    Served,
    Terms,
    Unpacked,
    changes_between,
    changes_in,
    followed,
    packed,
    unpacked,
)
from governance.permissions.bundling.sealing import Place
from governance.permissions.engine import (
    Dataset,
    DatedException,
    Delta,
    FilterText,
    Index,
    Parameter,
    Person,
    When,
    World,
    compile_index,
    next_index,
)
from governance.permissions.types import Effect, Mask, Purpose
from tests.governance.permissions import worlds
from tests.governance.permissions.gateways.asking import dataset, rule
from tests.governance.permissions.worlds import NOW

Question = tuple[str, tuple[str, ...] | None, str | None, str | None, float]

laws = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def told_apart(world: World) -> World:
    """The same world, no two datasets of one name."""
    return replace(
        world,
        datasets=tuple(replace(one, name=f"{one.name}_{one.id}") for one in world.datasets),
    )


def compiled(world: World) -> Index:
    return compile_index(world, clock=lambda: NOW)


def opened(index: Index, terms: Terms | None = None) -> Unpacked:
    return unpacked(packed(index, terms), lambda: NOW)


def client_of(
    held: Unpacked, environment: str | None, at: float, limits: Limits | None = None
) -> Client:
    """A client that has a state since `at`, in an environment."""
    client = Client("http://service.example", "secret", public_keys=["00" * 32], folder="unused")
    clock = ServiceClock()
    clock.shift = 0.0
    own = replace(held, index=Index(held.index.parts, clock=lambda: at))
    served = Served(
        gateway="app", environment=environment or "", elsewhere=Place("trino://", "trino"),
    )  # fmt: skip
    client._swap(Held(own, served, 1, at, clock, limits or Limits(), deque(), 100_000))
    return client


@contextmanager
def at_once(at: float) -> Iterator[None]:
    """No time passes."""
    with patch.object(clients, "elapsed", lambda: at), patch.object(helds, "elapsed", lambda: at):
        yield


def agree(held: Unpacked, index: Index, question: Question) -> None:
    """Both answer alike, for everybody about everything, and list the same."""
    action, columns, purpose, environment, at = question
    own, parts = held.index, index.parts
    client = client_of(held, environment, at)
    names = {pk: one.name for pk, one in parts.records.items()}
    for person in (*parts.persons, 99):
        for pk, name in (*names.items(), (99, "")):
            number = own.parts.by_name.get(name, 10**6)
            rest = (columns, purpose, environment, at)
            expected = index.decide(person, action, pk, *rest)
            assert own.decide(person, action, number, *rest) == expected
            if person in parts.persons and pk in parts.records:
                user = parts.persons[person].name
                for _ in ("by the engine", "from what is at hand"):
                    with at_once(at):
                        found = client.decide(user, action, name, columns, purpose)
                    assert found == expected
                assert client.held.entries.pop()[1:] == (
                    user, action, name, columns, purpose, environment, expected,
                )  # fmt: skip
            assert own.see(person, number, at).allowed == index.see(person, pk, at).allowed
        for listing in ("denied_datasets", "touched_datasets"):
            listed = getattr(index, listing)(person, action, purpose, at=at)
            # What has several names is told to a client by each that is no other's
            theirs = {name for name, pk in parts.by_name.items() if pk in listed}
            found = getattr(own, listing)(person, action, purpose, at=at)
            assert {own.parts.records[number].name for number in found} == theirs
        other = Dataset(0, "pg://w/hr.pay.unlisted", system="pg", region="IE")
        expected = index.decide_unlisted(person, action, other, *rest)
        assert own.decide_unlisted(person, action, other, *rest) == expected


@laws
@given(worlds.worlds(), worlds.questions)
def test_a_bundle_answers_as_the_engine(world: World, question: Question) -> None:
    index = compiled(told_apart(world))
    agree(opened(index), index, question)


def test_an_answer_at_hand_is_nobody_elses() -> None:
    """The same opt-outs apply, and yet the answer depends on who asks, for what data and when."""
    world = World(
        1,
        (
            Person(1, "ann", attributes={"location": "IE"}),
            Person(2, "bob", attributes={"location": "DE"}),
            Person(3, "cat", attributes={"location": "IE"}),
            Person(4, "dan", attributes={"location": "IE"}),
        ),
        (
            dataset(1, "memory.hr.young", "id", "pay", modified_at=NOW - 2 * worlds.DAY),
            dataset(2, "memory.hr.old", "id", "pay", modified_at=NOW - 90 * worlds.DAY),
            dataset(3, "memory.hr.part", "id", "pay"),
            dataset(4, "memory.hr.free", "id"),
            dataset(5, "memory.hr.named", "id"),
            dataset(6, "memory.hr.rows", "id"),
        ),
        (
            rule("aged", "hr.young", "hr.old", when=When(older_than_days=30)),
            replace(
                rule("own", "hr.part", "hr.rows", effect=Effect.ROW_FILTER),
                filter=FilterText(("region = ", Parameter("location"))),
            ),
            rule("column", "hr.part", "hr.named", columns=("pay",), effect=Effect.MASK,
                 mask=Mask.LAST4),
            rule("dated", "hr.free", when=When(begins=NOW - 5.0, ends=NOW + 5.0)),
            rule("marketed", "hr.named", purposes=frozenset({Purpose.MARKETING})),
        ),
        (
            DatedException(
                "e", "permission_policy:dated", NOW - 2.0, NOW + 2.0, people=frozenset({3})
            ),
            DatedException(
                "f", "permission_policy:aged", NOW - 2.0, NOW + 2.0, people=frozenset({4})
            ),
        ),
    )  # fmt: skip
    index = compiled(world)
    held = opened(index)
    for at in (NOW - 6.0, NOW - 2.0, NOW + 2.0, NOW + 5.0):
        client = client_of(held, None, at)
        for person, one, columns, purpose in product(
            world.people, world.datasets, (None, ("id",), ("pay",)), (None, "marketing", "fraud")
        ):
            expected = index.decide(person.id, "read", one.id, columns, purpose, None, at)
            with at_once(at):
                found = client.decide(person.name, "read", one.name, columns, purpose)
            assert found == expected, (person.name, one.name, columns, purpose, at)


def test_what_is_at_hand_ends_with_the_instant_at_which_anything_changes() -> None:
    # given an opt-out that begins in a second, and a service that is heard of for two
    begins = rule("later", "hr.pay", when=When(begins=NOW + 1.0))
    world = World(1, (Person(1, "ann"),), (dataset(1, "memory.hr.pay", "id"),), (begins,))
    client = client_of(opened(compiled(world)), None, NOW, Limits(stale=2.0))

    def said(at: float) -> str:
        with at_once(at):
            return client.decide("ann", "read", "trino://lake/memory.hr.pay").code

    # when nobody puts another state in force, then each instant still has its own answer
    assert [said(NOW), said(NOW), said(NOW + 0.999)] == ["open"] * 3
    assert [said(NOW + 1.0), said(NOW + 1.0), said(NOW + 2.0)] == ["opt_out"] * 3
    assert said(NOW + 2.001) == "stale"


def delta_to(now: World, former: World) -> Delta:
    """What makes one world from the other."""

    def gone(of: str, key: str) -> frozenset:
        return frozenset(getattr(one, key) for one in getattr(former, of)) - {
            getattr(one, key) for one in getattr(now, of)
        }

    return Delta(
        now.version, people=now.people, gone_people=gone("people", "id"),
        datasets=now.datasets, gone_datasets=gone("datasets", "id"),
        rules=now.rules, gone_rules=gone("rules", "key"),
        exceptions=now.exceptions, gone_exceptions=gone("exceptions", "id"),
    )  # fmt: skip


def part_of(delta: Delta, chance: random.Random) -> Delta:
    """A delta of some of what changed."""

    def some(values):
        kept = [one for one in values if chance.random() < 0.5]
        return frozenset(kept) if isinstance(values, frozenset) else tuple(kept)

    names = [name for name in Delta.__slots__ if name != "version"]
    return replace(delta, **{name: some(getattr(delta, name)) for name in names})


@laws
@given(worlds.worlds(), worlds.worlds(), worlds.questions, st.randoms(use_true_random=False))
def test_changes_bring_a_bundle_to_what_the_engine_says(
    world: World, later: World, question: Question, chance: random.Random
) -> None:
    # given a client with the bundle of one state
    index = compiled(told_apart(world))
    held = opened(index)
    # when the service goes on in two steps, and the client takes in each, or both at once
    delta = delta_to(replace(told_apart(later), version=3), told_apart(world))
    between = next_index(index, replace(part_of(delta, chance), version=2))
    last = next_index(between, delta)
    for steps in ((between, last), (last,)):
        former, state = index, held
        for step in steps:
            body = changes_between(former, step)
            assert body is not None
            state = followed(state, changes_in(body))
            agree(state, step, question)
            former = step
        # then it says what the service says
        assert state.index.version == 3


@laws
@given(worlds.worlds(), worlds.worlds(), worlds.questions, st.randoms(use_true_random=False))
def test_changes_of_another_process_are_followed(
    world: World, later: World, question: Question, chance: random.Random
) -> None:
    # given a client with the bundle of one process
    world = told_apart(world)
    held = opened(compiled(world))
    # when another process, whose rules have other places, tells what changed
    rules = list(world.rules)
    chance.shuffle(rules)
    other = compiled(replace(world, rules=tuple(rules)))
    last = next_index(other, delta_to(replace(told_apart(later), version=2), world))
    body = changes_between(other, last)
    # then the client says what that one says
    assert body is not None
    agree(followed(held, changes_in(body)), last, question)


def small() -> World:
    return World(
        5,
        (Person(1, "ann"), Person(2, "bob", is_active=False)),
        tuple(
            Dataset(number, f"{system}/t{number}", system=system, labels=frozenset({label}))
            for number, system, label in (
                (1, "pg://a", "x"), (2, "pg://b", "x"), (3, "pg://a", "y"),
            )
        ),
    )  # fmt: skip


def test_a_client_gets_the_data_of_its_systems_alone() -> None:
    # given a client of one of two systems, where one label may be served for longer
    terms = Terms(frozenset({"pg://a"}), lambda one: "y" in one.labels)
    index = compiled(small())
    held = opened(index, terms)
    # then it lists that system's data
    assert sorted(held.index.parts.by_name) == ["pg://a/t1", "pg://a/t3"]
    assert (held.lists("pg://a"), held.lists("pg://b")) == (True, False)
    assert {held.data[number].name for number in held.open} == {"pg://a/t3"}
    # and changes of the other system's are not told
    moved = replace(small().datasets[1], labels=frozenset({"z"}))
    new = Dataset(4, "pg://a/t4", system="pg://a", labels=frozenset({"y"}))
    last = next_index(index, Delta(6, datasets=(moved, new), gone_datasets=frozenset({1})))
    changes = changes_in(changes_between(index, last, terms) or b"")
    assert [one.name for one in changes.datasets] == ["pg://a/t4"]
    assert changes.gone_datasets == ["pg://a/t1"]
    after = followed(held, changes)
    assert sorted(after.index.parts.by_name) == ["pg://a/t3", "pg://a/t4"]
    assert {after.data[number].name for number in after.open} == {"pg://a/t3", "pg://a/t4"}
    # and what the client had is as it was
    assert sorted(held.index.parts.by_name) == ["pg://a/t1", "pg://a/t3"]


def test_changes_that_do_not_fit_are_refused() -> None:
    index = compiled(small())
    held = opened(index)
    last = next_index(index, Delta(6, people=(Person(3, "cat"),)))
    changes = changes_in(changes_between(index, last) or b"")
    # Changes after another version
    with pytest.raises(BundleRefused, match="follow version 5, not 6"):
        followed(followed(held, changes), changes)
    # Changes that do not make what the service has
    counts = replace_counts(changes.counts, people=7)
    changes.counts = counts
    with pytest.raises(BundleRefused, match="announces"):
        followed(held, changes)
    # Two that number otherwise have no changes between them
    assert changes_between(compiled(small()), last) is None


def replace_counts(counts, **changed):
    return type(counts)(
        *(changed.get(name, getattr(counts, name)) for name in type(counts).__struct_fields__)
    )


@pytest.mark.parametrize("body", [b"", b"\x93\x01", b"nothing", b"\x81\xa1a\x01"])
def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(BundleRefused):
        unpacked(body)
    with pytest.raises(BundleRefused):
        changes_in(body)


def test_a_whole_bundle_with_a_part_that_is_wrong_is_refused() -> None:
    body = packed(compiled(small()))
    for place in range(0, len(body), 7):
        broken = body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :]
        try:
            unpacked(broken)
        except BundleRefused:
            continue
