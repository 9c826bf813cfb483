"""What is left of the opt-outs once it is known who asks, for what, and when: predicates on data.

Whatever needs a filter of its own (a search at scale, an export elsewhere) gets the few opt-outs
that still matter to one person, each as criteria over the attributes of a dataset alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from governance.permissions.engine.conditions import Attribute, Condition, Side, settle, truth
from governance.permissions.engine.coverage import coverage, is_of_age, value_of
from governance.permissions.engine.index import Index
from governance.permissions.engine.patterns import names_match
from governance.permissions.engine.slots import Slot
from governance.permissions.engine.types import Dataset, Person, Rule
from governance.permissions.types import Effect


@dataclass(frozen=True, slots=True)
class Residual:
    """One opt-out for one person: it covers a dataset where `covers` says so.

    `rule.resources` are the criteria to be met; `condition` is what is left of its own condition,
    over the resource only, None where there was none. A dataset is not covered where its name
    matches one of `lifted`, nor where it stands in another environment than the rule's, unless
    `is_asked_from_there`. Versions and ages of the rule narrow further.
    """

    rule: Rule
    condition: Condition | None
    lifted: tuple[tuple[str, ...], ...]
    is_asked_from_there: bool
    at: float

    def covers(self, dataset: Dataset) -> bool:
        """Whether the opt-out covers a dataset, as a whole or some columns of it."""
        covered = coverage(self.rule, dataset)
        if covered is None or covered.columns == frozenset():
            return False
        if covered.variant.only_asked_from and not self.is_asked_from_there:
            return False
        if self.rule.when.has_age and not is_of_age(self.rule.when, dataset, self.at):
            return False
        if any(names_match(names, dataset.name) for names in self.lifted):
            return False
        return self.condition is None or truth(self.condition, value_of(dataset)) is not False

    def denies(self, dataset: Dataset) -> bool:
        """Whether it denies the dataset as a whole."""
        covered = coverage(self.rule, dataset)
        if covered is None or covered.columns is not None:
            return False
        is_denial = self.rule.effect is Effect.DENY or bool(covered.variant.stricter)
        return is_denial and self.covers(dataset)


def residual(
    index: Index,
    person: int,
    action: str,
    purpose: str | None = None,
    environment: str | None = None,
    at: float | None = None,
) -> tuple[Residual, ...]:
    """The opt-outs that may still touch what somebody does, by key. Nothing is left for a person
    whom a floor denies everything: ask `index.decide` first."""
    who = index.parts.persons[person]
    now = index.now() if at is None else at
    found: dict[str, Residual] = {}
    for slot in index.applying(person, action, purpose, environment, now):
        key = slot.rule.key
        lifted = tuple(one.names for one in index.exceptions_of(person, now) if one.rule == key)
        if key in found or () in lifted:
            continue
        found[key] = _residual(slot, who, lifted, environment, now)
    return tuple(found[key] for key in sorted(found))


def _residual(
    slot: Slot,
    who: Person,
    lifted: tuple[tuple[str, ...], ...],
    environment: str | None,
    now: float,
) -> Residual:
    rule = slot.rule

    def value(attribute: Attribute) -> str:
        return who.attributes.get(attribute.name, "")

    condition = rule.condition
    left = None if condition is None else settle(condition, Side.SUBJECT, value)
    return Residual(rule, left, lifted, environment in rule.when.environments, now)
