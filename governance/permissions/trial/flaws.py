"""The flaws that opt-outs may have as a set, and how each is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """What may be wrong with an opt-out.

    `dead`: it concerns nobody, covers nothing, or has ended. `unreachable_condition`: it would, but
    nobody or nothing fulfills its condition. `self_exempting`: all whom it concerns are exempt.
    `cancelled`: dated exceptions lift it for everybody it concerns. `shadowed`: others together say
    as much wherever it applies. `overbroad`: it denies a large share of all data to all people.
    `conflicting_masks`: two masks meet on a column and leave less than either.
    `redundant_exception`: a dated exception that lifts nothing.
    """

    __hash__ = str.__hash__

    DEAD = "dead"
    UNREACHABLE_CONDITION = "unreachable_condition"
    SELF_EXEMPTING = "self_exempting"
    CANCELLED = "cancelled"
    SHADOWED = "shadowed"
    OVERBROAD = "overbroad"
    CONFLICTING_MASKS = "conflicting_masks"
    REDUNDANT_EXCEPTION = "redundant_exception"


class Cause(StrEnum):
    """Why an opt-out is dead, a condition is not reached, or an exception lifts nothing."""

    __hash__ = str.__hash__

    NOBODY = "nobody"  # no active person is meant
    NOTHING = "nothing"  # no dataset that is listed is meant
    ENDED = "ended"
    OF_PEOPLE = "of_people"  # the condition over people
    OF_DATA = "of_data"  # the condition over data
    OF_BOTH = "of_both"  # the condition that compares both
    NO_OPT_OUT = "no_opt_out"  # the exception's opt-out is not in force
    NOT_CONCERNED = "not_concerned"  # the opt-out does not concern whoever is excepted
    NOT_COVERED = "not_covered"  # the opt-out covers none of the datasets named
    REPEATED = "repeated"  # another exception says as much


@dataclass(frozen=True, slots=True)
class Found:
    """One flaw of one opt-out (by key), with what proves it.

    `others` are the opt-outs that shadow it or mask otherwise, `exceptions` the ids of those that
    cancel it or lift nothing. `people` and `datasets` count whom and what it concerns, `share` is
    the part of all pairs that it denies; `dataset`, `column` and `person` are an example.
    """

    flaw: Flaw
    rule: str
    cause: Cause | None = None
    others: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    people: int = 0
    datasets: int = 0
    share: float = 0.0
    dataset: int | None = None
    column: str = ""
    person: int | None = None
