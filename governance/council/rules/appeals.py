"""Counting an appeal: a simple majority of the votes cast overturns, a tie sustains (3.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from governance.types import AppealChoice, AppealState


@dataclass(frozen=True, slots=True)
class AppealCount:
    """Voting seats by what they say; who abstains is counted and decides nothing."""

    sustain: int = 0
    overturn: int = 0
    abstain: int = 0

    @property
    def total(self) -> int:
        """The seats that have said anything."""
        return self.sustain + self.overturn + self.abstain

    @property
    def sentence(self) -> str:
        """The count, and what it comes to, in words."""
        said = f"{self.overturn} to overturn, {self.sustain} to sustain, {self.abstain} abstain"
        if outcome(self) is AppealState.OVERTURNED:
            return f"{said}: the ruling is overturned."
        tie = " on a tie" if self.overturn == self.sustain else ""
        return f"{said}: the ruling stands{tie}."


def count(choices: Iterable[AppealChoice]) -> AppealCount:
    """Count what each seat last said, one entry for each seat."""
    found = Counter(choices)
    return AppealCount(
        sustain=found[AppealChoice.SUSTAIN],
        overturn=found[AppealChoice.OVERTURN],
        abstain=found[AppealChoice.ABSTAIN],
    )


def outcome(counted: AppealCount) -> AppealState:
    """What a count comes to."""
    if counted.overturn > counted.sustain:
        return AppealState.OVERTURNED
    return AppealState.SUSTAINED
