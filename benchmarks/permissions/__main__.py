"""Measure the engine on the workload and judge its answers; `vakt` and `cedarpy` when installed."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from benchmarks.permissions import workload
from benchmarks.permissions.peers import peers
from governance.permissions.engine import Delta, Index, Rule, World, compile_index, next_index
from governance.permissions.engine.pacing import set_up_for_answering
from tests.governance.permissions import reference

JUDGED = 1_500
"""Questions that the plain reading answers as well: it takes some milliseconds for each."""


def main() -> None:
    """Print one line for each measure, in microseconds of one thread: its CPU, but for one check
    and the pause, which are by the clock."""
    world = workload.world()
    began = time.thread_time()
    index = compile_index(world, clock=lambda: workload.NOW)
    line("compile the whole world", (time.thread_time() - began) * 1e6)
    gc.collect()
    gc.freeze()
    asked = workload.questions()
    allowed = sum(ask(index, one).allowed for one in asked)
    print(
        f"{len(asked):,} checks, {allowed / len(asked):.1%} allowed, wrong: {wrong(index, world)}"
    )
    one_check(index, asked)
    everybody = random.Random(1).sample(range(workload.PEOPLE), 200)
    batch = random.Random(2).sample(range(workload.DATASETS), 1_000)
    spread(
        "1,000 datasets for one person",
        [clocked(lambda p=p: index.decide_many(p, "read", batch)) for p in everybody],
    )
    spread(
        "all datasets one person may read",
        [clocked(lambda p=p: index.allowed_datasets(p, "read")) for p in everybody],
    )
    deltas(index, world)
    pauses(index, world)
    for name, microseconds in peers(world, asked[:300]):
        line(name, microseconds)


def ask(index: Index, one: workload.Question):
    """One question put to the index."""
    return index.decide(one.person, one.action, one.dataset, None, one.purpose)


def wrong(index: Index, world: World) -> int:
    """Answers that differ from the plain reading, among the first questions."""
    by_person = {one.id: one for one in world.people}
    by_dataset = {one.id: one for one in world.datasets}
    count = 0
    for one in workload.questions()[:JUDGED]:
        small = replace(world, people=(by_person[one.person],), datasets=(by_dataset[one.dataset],))
        expected = reference.decide(
            small, one.person, one.action, one.dataset, None, one.purpose, None, workload.NOW
        )
        found = ask(index, one)
        same = (found.allowed, tuple(x.key for x in found.rules)) == (
            expected.allowed, expected.rules,
        )  # fmt: skip
        count += not same
    return count


def one_check(index: Index, asked: list[workload.Question]) -> None:
    """Each check on its own, all matching rules explained."""
    decide, clock = index.decide, time.perf_counter_ns
    taken = []
    for one in asked:
        person, action, dataset, purpose = one.person, one.action, one.dataset, one.purpose
        began = clock()
        decide(person, action, dataset, None, purpose)
        taken.append((clock() - began) / 1e3)
    spread("one check, every rule explained", taken)
    began = time.process_time()
    for one in asked:
        decide(one.person, one.action, one.dataset, None, one.purpose)
    line("  the same, CPU for each", (time.process_time() - began) / len(asked) * 1e6)


def deltas(index: Index, world: World) -> None:
    """How long the next index takes to make after one change."""
    chance = random.Random(3)
    rules, people, data = [], [], []
    for number in range(40):
        rule = replace(chance.choice(world.rules), key=f"permission_policy:new{number}")
        rules.append(clocked(lambda r=rule: next_index(index, Delta(2, rules=(r,)))))
        person = replace(chance.choice(world.people), groups=frozenset({"g1", "g2"}))
        people.append(clocked(lambda p=person: next_index(index, Delta(2, people=(p,)))))
        dataset = replace(chance.choice(world.datasets), labels=frozenset({"t1", "restricted"}))
        data.append(clocked(lambda d=dataset: next_index(index, Delta(2, datasets=(d,)))))
    exception = replace(world.exceptions[0], id="new")
    lifted = [
        clocked(lambda: next_index(index, Delta(2, exceptions=(exception,)))) for _ in range(40)
    ]
    spread("delta: a rule", rules)
    spread("delta: an exception", lifted)
    spread("delta: a person", people)
    spread("delta: a dataset", data)


def pauses(index: Index, world: World) -> None:
    """How long a reader waits for an answer at most while another thread makes the next index,
    once for each of 40 rules: building and swap together."""
    set_up_for_answering()
    chance = random.Random(4)
    held = [index]
    longest = []
    for number in range(40):
        rule = replace(chance.choice(world.rules), key=f"permission_policy:late{number}")
        builder = threading.Thread(target=lambda r=rule: swap(held, index, r))
        builder.start()
        most, last = 0, time.perf_counter_ns()
        while builder.is_alive():
            held[0].decide(number, "read", number)
            now = time.perf_counter_ns()
            most, last = max(most, now - last), now
        longest.append(most / 1e3)
    spread("pause of a reader, a rule comes", longest)


def swap(held: list[Index], index: Index, rule: Rule) -> None:
    """Make the next index and put it in the place of the former."""
    held[0] = next_index(index, Delta(2, rules=(rule,)))


def clocked(work: Callable[[], object]) -> float:
    """Microseconds of CPU."""
    began = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - began) / 1e3


def spread(what: str, microseconds: list[float]) -> None:
    """Median, 99th percentile and the greatest."""
    taken = sorted(microseconds)
    p50, p99 = taken[len(taken) // 2], taken[min(len(taken) - 1, len(taken) * 99 // 100)]
    print(f"{what:<40} p50 {p50:>10,.2f} us  p99 {p99:>10,.2f} us  most {taken[-1]:>10,.2f} us")


def line(what: str, microseconds: float) -> None:
    """One number."""
    print(f"{what:<40}     {microseconds:>10,.2f} us")


if __name__ == "__main__":
    main()
