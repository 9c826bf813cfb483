"""Quorum: when enough of the council is there to decide (3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

HALF = Fraction(1, 2)
QUARTER = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many seats have to be there, how many are, and the rule in words with its numbers.

    `present` counts the seats in person and the delegates that are allowed to count;
    `surplus_delegates` were there and count for nothing but their votes.
    """

    filled: int
    needed: int
    in_person: int
    delegated: int
    surplus_delegates: int
    present: int
    sentence: str

    @property
    def is_met(self) -> bool:
        """Whether the council may decide."""
        return self.present >= self.needed


def quorum_of(
    *,
    filled: int,
    in_person: int,
    delegated: int,
    quorum_share: Fraction = HALF,
    delegate_share: Fraction = QUARTER,
) -> Quorum:
    """More than `quorum_share` of the filled voting seats, in person or by delegate, where
    delegates supply at most `delegate_share` of the number needed.

    Raises ValueError for numbers that no council can have: negative, or more seats there than
    filled. A council without any filled seat never has quorum.
    """
    if min(filled, in_person, delegated) < 0 or in_person + delegated > filled:
        raise ValueError("No more seats can be there than are filled.")
    needed = int(filled * quorum_share) + 1
    allowed = int(needed * delegate_share)
    counted = min(delegated, allowed)
    present = in_person + counted
    return Quorum(
        filled=filled,
        needed=needed,
        in_person=in_person,
        delegated=delegated,
        surplus_delegates=delegated - counted,
        present=present,
        sentence=_sentence(filled, needed, in_person, delegated, counted, allowed, quorum_share),
    )


def share_in_words(share: Fraction) -> str:
    """A share of the charter as people say it: half, a quarter, two thirds, 60 %."""
    words = {HALF: "half", QUARTER: "a quarter", Fraction(2, 3): "two thirds"}
    return words.get(share) or f"{float(share * 100):g} %"


def _sentence(
    filled: int,
    needed: int,
    in_person: int,
    delegated: int,
    counted: int,
    allowed: int,
    quorum_share: Fraction,
) -> str:
    met = "Quorum" if in_person + counted >= needed else "No quorum"
    by_delegates = f", {counted} by delegate" if delegated else ""
    surplus = (
        f"; {delegated - counted} more by delegate do not count, delegates supply {allowed} at most"
        if delegated > counted
        else ""
    )
    rule = f"more than {share_in_words(quorum_share)} are needed, that is {needed}"
    return (
        f"{met}: {in_person + counted} present ({in_person} in person{by_delegates}{surplus}) "
        f"of {filled} filled voting seats; {rule}."
    )
