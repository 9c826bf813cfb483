"""Drafts of opt-outs tried for a large company: `python -m benchmarks.permissions.trial`.

10,000 people, 100,000 datasets, 200 opt-outs; 500 opt-outs for the analysis. Everything is by the
CPU of one thread.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.permissions import workload
from governance.permissions.engine import (
    Attribute,
    Compare,
    Delta,
    Exempt,
    Index,
    Operator,
    Resources,
    Rule,
    Side,
    Subjects,
    World,
    compile_index,
    next_index,
)
from governance.permissions.engine.deltas import matched
from governance.permissions.trial.analysis import analyzed
from governance.permissions.trial.difference import SIGHT, Change, access_difference
from governance.permissions.trial.replay import Comparing, Counts, Together
from governance.permissions.trial.shadowing import Shadows, Watched
from governance.permissions.types import Effect, Mask, Purpose

POLICIES = 500
SAMPLE = 60_000
LOGGED = 300_000
GOALS = {"access difference": 15.0, "analysis": 10.0, "replay": 0.7}


def main() -> None:
    """Print one line for each measure, with its goal."""
    world = workload.world()
    base = compile_index(world, clock=lambda: workload.NOW)
    gc.collect()
    gc.freeze()
    for name, rule in drafts(world).items():
        difference(name, base, rule)
    analysis(world)
    for name, rule in drafts(world).items():
        replay(name, base, rule)
    shadow(base, drafts(world)["ten domains, 50 groups"])


def drafts(world: World) -> dict[str, Rule]:
    """Opt-outs of several widths."""
    first = world.rules[0]
    somebody = Subjects(everybody=True, exempt=Exempt(groups=frozenset({"g1", "g2"})))
    abroad = Compare(
        Attribute(Side.SUBJECT, "location"), Operator.DIFFERENT, Attribute(Side.RESOURCE, "region")
    )
    groups = frozenset(f"g{number}" for number in range(0, 500, 10))
    new = replace(
        first, key="permission_policy:new", number="NEW", subjects=Subjects(groups=groups)
    )
    return {
        "ten domains, 50 groups": new,
        "a label, everybody but two groups": replace(
            new, subjects=somebody, resources=Resources(labels=frozenset({"restricted"}))
        ),
        "all data, everybody abroad": replace(
            new, subjects=Subjects(everybody=True), condition=abroad,
            resources=Resources(systems=frozenset({"trino://lake"})),
        ),
        "all data, a mask for everybody": replace(
            new, subjects=somebody, effect=Effect.MASK, mask=Mask.LAST3,
            resources=Resources(systems=frozenset({"trino://lake"})),
        ),
    }  # fmt: skip


def difference(name: str, base: Index, rule: Rule) -> None:
    """Who loses what by one more opt-out, compared with single decisions of a sample."""
    began = time.thread_time()
    draft = with_rule(base, rule)
    found = access_difference(base, draft)
    counts = found.pairs
    took = time.thread_time() - began
    said = ", ".join(f"{count:,} {change}" for change, count in counts.items())
    line(f"access difference: {name}", took, GOALS["access difference"])
    wrong = sum(
        (change_of(base, draft, person, dataset) is not how)
        for person, dataset, how in sample(base, found)
    )
    print(f"    {said}; {len(found.people):,} people, wrong of {SAMPLE:,} pairs: {wrong}")


def sample(base: Index, found):
    """Pairs at random, with what the difference says of each."""
    chance = random.Random(8)
    for _ in range(SAMPLE):
        person, dataset = chance.randrange(workload.PEOPLE), chance.randrange(workload.DATASETS)
        changes = found.of(person)
        of_data = ((how, inside) for how, inside in changes.items() if how not in SIGHT)
        how = next((how for how, inside in of_data if dataset in inside), None)
        yield person, dataset, how


def change_of(base: Index, draft: Index, person: int, dataset: int) -> Change | None:
    """What two decisions say of one pair."""
    before, after = base.decide(person, "read", dataset), draft.decide(person, "read", dataset)
    if before.allowed != after.allowed:
        return Change.LOST if before.allowed else Change.GAINED
    if before.code != after.code:
        return Change.NARROWED if before.code == "open" else Change.WIDENED
    if before.code != "restricted":
        return None
    same = {one.key for one in before.rules} == {one.key for one in after.rules}
    return None if same else Change.ALTERED


def analysis(world: World) -> None:
    """What is odd about 500 opt-outs, some of which say what others say."""
    chance = random.Random(9)
    rules = list(world.rules)
    while len(rules) < POLICIES:
        former = chance.choice(world.rules)
        number = len(rules)
        rules.append(
            replace(
                former,
                key=f"permission_policy:p{number:03}",
                number=f"P{number:03}",
                effect=chance.choice((Effect.DENY, Effect.DENY, Effect.MASK)),
                resources=replace(
                    former.resources, domains=frozenset(list(former.resources.domains)[:5])
                ),
            )
        )
    rules = [
        replace(rule, mask=chance.choice(list(Mask))) if rule.effect is Effect.MASK else rule
        for rule in rules
    ]
    index = compile_index(replace(world, rules=tuple(rules)), clock=lambda: workload.NOW)
    began = time.thread_time()
    found = analyzed(index)
    took = time.thread_time() - began
    line(f"analysis of {len(rules)} opt-outs", took, GOALS["analysis"])
    counts: dict[str, int] = {}
    for one in found:
        counts[one.flaw] = counts.get(one.flaw, 0) + 1
    print("    " + ", ".join(f"{count} {flaw}" for flaw, count in counts.items()))


def replay(name: str, base: Index, rule: Rule) -> None:
    """Recorded questions, each decided again; those of one person for one use together, as the log
    tells them."""
    comparing, counts = Comparing(base, with_rule(base, rule)), Counts()
    asked = list(logged())
    began = time.thread_time()
    comparing.count(asked, counts)
    rate = LOGGED / (time.thread_time() - began) / 1e6
    verdict = "met" if rate >= GOALS["replay"] else "NOT MET"
    print(f"{f'replay: {name}':<52} {rate:>8.2f} M/s  goal {GOALS['replay']:.1f} M/s  {verdict}")
    print(f"    {sum(counts.differing.values()):,} of {counts.asked:,} would have been others")


def logged() -> Iterator[Together]:
    """A day of questions, of anybody about anything; in the order of people, as they are read."""
    chance = random.Random(10)
    about: dict[tuple[int, Purpose | None], list[int]] = {}
    for _ in range(LOGGED):
        who = (chance.randrange(workload.PEOPLE), chance.choice(workload.PURPOSES))
        about.setdefault(who, []).append(chance.randrange(workload.DATASETS))
    at = workload.NOW - workload.DAY
    for (person, purpose), datasets in sorted(about.items(), key=lambda one: one[0][0]):
        yield Together(person, "read", None, purpose, None, at, datasets)


def shadow(base: Index, rule: Rule) -> None:
    """What noting an answer costs whoever gives it, beside a decision."""
    comparing = Comparing(base, with_rule(base, rule))
    watched = Shadows()
    watched.watching = (Watched(1, comparing, 0.0),)
    asked = workload.questions()
    for name, work in (
        ("a decision", lambda one: base.decide(one.person, "read", one.dataset, None, one.purpose)),
        ("noting it for a shadow", lambda one: watched.note(
            "gateway", one.person, "read", one.dataset, None, one.purpose, None, workload.NOW)),
    ):  # fmt: skip
        began = time.thread_time()
        for one in asked:
            work(one)
        took = (time.thread_time() - began) / len(asked) * 1e6
        print(f"{name:<52} {took:>8.2f} us")


def with_rule(base: Index, rule: Rule) -> Index:
    """The index with one more opt-out."""
    parts = matched(base)
    apart = base.following(replace(parts, interned=dict(parts.interned)))
    return next_index(apart, Delta(1, rules=(rule,)))


def line(what: str, seconds: float, goal: float) -> None:
    """One number beside its goal."""
    verdict = "met" if seconds <= goal else "NOT MET"
    print(f"{what:<52} {seconds:>8.2f} s  goal {goal:>5.1f} s  {verdict}")


if __name__ == "__main__":
    main()
