"""Judges the native check by running what it allows: no world may answer otherwise than another."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import duckdb

from benchmarks.lineage.statements import TABLES, Writer
from benchmarks.native_check.company import (
    POLICIES,
    TURNED,
    WORLDS,
    Known,
    Policy,
    Worlds,
    decide_by,
    index_of,
)
from governance.permissions.native import Asked, CheckAnswer, Verdict, check

MOST_SECONDS = 0.5


@dataclass(slots=True)
class Tally:
    """What many statements showed. `needless` are refusals of what touches nothing protected;
    `avoidable` those that a mask or filter could have answered; `next_seed` goes on from here."""

    statements: int = 0
    next_seed: int = 0
    not_run: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    leaks: list[tuple[str, str, str]] = field(default_factory=list)
    unfaithful: list[tuple[str, str, str]] = field(default_factory=list)
    broken: list[tuple[str, str, str]] = field(default_factory=list)
    needless: list[tuple[str, str, str]] = field(default_factory=list)
    avoidable: list[tuple[str, str, str]] = field(default_factory=list)


class Judge:
    """One policy with its worlds."""

    def __init__(
        self,
        policy: Policy,
        seed: int = 1,
        views: dict[str, tuple[str, dict[str, str]]] | None = None,
    ) -> None:
        self.policy = policy
        self.known = Known(views)
        self.worlds = Worlds(policy, seed, views)
        self.decide = decide_by(index_of(policy, self.known))

    def judge(self, sql: str, tally: Tally) -> None:
        """Check a statement and run it in every world."""
        filters = tuple(text for _, text in self.policy.filters.values())
        asked = Asked(sql, "duckdb", schema="main", knows_all=True, filters=filters)
        verdict = check(asked, self.known, self.decide)
        expected = self._run(sql, "seen")
        if expected is None or self._run(sql, "turned0") != expected:
            # It does not run, or it tells the order in which rows happen to be stored.
            tally.not_run += 1
            return
        tally.statements += 1
        tally.answers[verdict.answer] += 1
        if verdict.answer is CheckAnswer.DENY:
            self._judge_refusal(sql, verdict, tally)
            return
        answers = [self._run(verdict.sql, f"w{number}") for number in range(WORLDS)]
        case = (self.policy.name, sql, verdict.sql)
        if all(answer == expected for answer in answers):
            return
        if any(self._run(sql, f"turned{number}") != expected for number in range(1, TURNED)):
            tally.statements -= 1
            tally.not_run += 1
            return
        if any(answer != answers[0] for answer in answers):
            tally.leaks.append(case)
        elif answers[0] is None:
            tally.broken.append(case)
        elif answers[0] != expected:
            tally.unfaithful.append(case)

    def _judge_refusal(self, sql: str, verdict: Verdict, tally: Tally) -> None:
        code = verdict.reasons[0].code
        tally.codes[code] += 1
        case = (self.policy.name, sql, f"{code}: {verdict.reasons[0].sentence}")
        words = set(re.findall(r"\w+", sql))
        if not any(self.policy.protects(table) for table in TABLES if table in words):
            tally.needless.append(case)
        elif code != "denied_column":
            tally.avoidable.append(case)

    def _run(self, sql: str, world: str) -> Counter[str] | None:
        try:
            return self._timed(sql, world, MOST_SECONDS)
        except duckdb.InterruptException:
            pass  # it may be the machine that is slow
        try:
            return self._timed(sql, world, 10 * MOST_SECONDS)
        except duckdb.InterruptException:
            return None

    def _timed(self, sql: str, world: str, seconds: float) -> Counter[str] | None:
        timer = threading.Timer(seconds, self.worlds.interrupt)
        timer.start()
        try:
            return Counter(repr(row) for row in self.worlds.run(sql, world))
        except duckdb.InterruptException:
            raise
        except duckdb.Error:
            return None
        finally:
            timer.cancel()


def judge_generated(
    first_seed: int, count: int, depth: int = 3, seconds: float = float("inf")
) -> Tally:
    """Judge so many generated statements that run, each under one of the policies in turn, or as
    many as that time allows."""
    judges = [Judge(policy) for policy in POLICIES]
    tally = Tally(next_seed=first_seed)
    until = time.monotonic() + seconds
    while tally.statements < count and time.monotonic() < until:
        seed = tally.next_seed
        judges[seed % len(judges)].judge(Writer(seed, depth).statement(), tally)
        tally.next_seed += 1
    return tally
