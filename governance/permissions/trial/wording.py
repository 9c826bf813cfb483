"""Flaws of opt-outs in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from governance.permissions.engine import Index
from governance.permissions.engine.lattice import strictest
from governance.permissions.trial.difference import Change
from governance.permissions.trial.flaws import Cause, Flaw, Found
from governance.permissions.wording import MASKS

NAMES: Mapping[Flaw, str] = {
    Flaw.DEAD: "Never applies",
    Flaw.UNREACHABLE_CONDITION: "Condition that nobody meets",
    Flaw.SELF_EXEMPTING: "Exempts everybody it concerns",
    Flaw.CANCELLED: "Lifted for everybody",
    Flaw.SHADOWED: "Changes nothing",
    Flaw.OVERBROAD: "Very broad",
    Flaw.CONFLICTING_MASKS: "Masks that collide",
    Flaw.REDUNDANT_EXCEPTION: "Exception that lifts nothing",
}

CHANGES: Mapping[Change, str] = {
    Change.LOST: "loses it",
    Change.GAINED: "gains it",
    Change.NARROWED: "sees less of it",
    Change.WIDENED: "sees more of it",
    Change.ALTERED: "restricted otherwise",
    Change.HIDDEN: "no longer sees that it exists",
    Change.SHOWN: "sees that it exists",
}

_NEVER: Mapping[Cause | None, str] = {
    Cause.NOBODY: "no active person is meant",
    Cause.NOTHING: "nothing that the catalog lists is meant",
    Cause.ENDED: "its last day is over",
    Cause.OF_PEOPLE: "nobody fulfills its condition over people",
    Cause.OF_DATA: "no dataset fulfills its condition over data",
    Cause.OF_BOTH: "no person and dataset fulfill its condition together",
}
_LIFTS_NOTHING: Mapping[Cause | None, str] = {
    Cause.NO_OPT_OUT: "its opt-out is not in force",
    Cause.ENDED: "it has ended",
    Cause.NOT_CONCERNED: "the opt-out does not concern whoever is excepted",
    Cause.NOT_COVERED: "the opt-out covers none of its datasets",
    Cause.REPEATED: "another exception says as much",
}


def flaw_in_words(found: Found, index: Index) -> str:
    """One flaw as a sentence, with the numbers of all opt-outs that take part."""
    number = number_of(index, found.rule)
    match found.flaw:
        case Flaw.DEAD | Flaw.UNREACHABLE_CONDITION:
            return f"{number} never applies: {_NEVER[found.cause]}."
        case Flaw.SELF_EXEMPTING:
            return f"{number} never applies: everybody whom it concerns is exempt."
        case Flaw.CANCELLED:
            return f"{number} applies to nobody now: {_people(found)} all have an exception."
        case Flaw.SHADOWED:
            return (
                f"{number} changes nothing today: {_and(found.others, index)}"
                f" already say{'s' if len(found.others) == 1 else ''} as much to the same people"
                " about the same data."
            )
        case Flaw.OVERBROAD:
            return (
                f"{number} denies {found.share:.0%} of all pairs of a person and a dataset:"
                f" {found.datasets:,} datasets to {found.people:,} people."
            )
        case Flaw.CONFLICTING_MASKS:
            return _masks_in_words(found, index)
        case Flaw.REDUNDANT_EXCEPTION:
            return f"An exception of {number} lifts nothing: {_LIFTS_NOTHING[found.cause]}."


def number_of(index: Index, key: str) -> str:
    """What people call an opt-out."""
    rule = index.parts.rules.get(key)
    return rule.number if rule is not None else key.partition(":")[2].upper()


def may_be_named(index: Index, dataset: int) -> bool:
    """Whether nobody's opt-out hides the very name of a dataset."""
    signature = index.parts.signatures.get(dataset)
    return signature is not None and not signature.any & index.parts.slots.confidential


def _masks_in_words(found: Found, index: Index) -> str:
    one, other = index.parts.rules[found.rule], index.parts.rules[found.others[0]]
    assert one.mask is not None
    assert other.mask is not None
    left = strictest((one.mask, other.mask))
    said = "" if left is None else MASKS[left]
    where = f"{found.datasets:,} dataset{'' if found.datasets == 1 else 's'}"
    if found.dataset is not None and may_be_named(index, found.dataset):
        name = index.parts.records[found.dataset].name.rpartition("/")[2]
        where += f", such as {name}.{found.column}" if found.column else f", such as {name}"
    return (
        f"{one.number} ({MASKS[one.mask]}) and {other.number} ({MASKS[other.mask]}) meet on"
        f" {where}, for {_people(found)}: what is left is {said}."
    )


def _people(found: Found) -> str:
    return f"{found.people:,} {'person' if found.people == 1 else 'people'}"


def _and(keys: tuple[str, ...], index: Index) -> str:
    numbers = [number_of(index, key) for key in keys]
    if len(numbers) < 2:
        return "".join(numbers)
    return f"{', '.join(numbers[:-1])} and {numbers[-1]} together"
