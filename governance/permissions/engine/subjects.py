"""Whom an opt-out concerns, decided for one person at a time and for all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from governance.permissions.engine.conditions import (
    Attribute,
    Condition,
    Side,
    attributes_of,
    truth,
)
from governance.permissions.engine.coverage import Variant, joint_attributes
from governance.permissions.engine.pacing import breathing
from governance.permissions.engine.types import Person, Rule, Subjects

_FEW = 25
"""People, groups or sets of values that are looked at in some hundredths of a millisecond."""


def concerns(rule: Rule, variant: Variant, person: Person) -> bool:
    """Whether a variant of a rule concerns a person, time and data aside."""
    return is_meant(rule.subjects, person) and _joins(rule, variant, person)


def is_meant(subjects: Subjects, person: Person) -> bool:
    """Whether the subjects of an opt-out include a person."""
    named = bool(subjects.groups or subjects.people)
    if named and not (
        person.name in subjects.people or not subjects.groups.isdisjoint(person.groups)
    ):
        return False
    value_of = _values(person)
    if subjects.where is not None and truth(subjects.where, value_of) is False:
        return False
    exempt = subjects.exempt
    if person.name in exempt.people or not exempt.groups.isdisjoint(person.groups):
        return False
    return exempt.where is None or truth(exempt.where, value_of) is not True


class Crowd:
    """People by group, name and attribute, so that rules are matched without asking each."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = {person.id: person for person in breathing(people)}
        self.by_name = {person.name: person.id for person in breathing(self.people.values())}
        self._by_group: dict[str, set[int]] = {}
        for person in breathing(self.people.values(), _FEW):
            for group in person.groups:
                self._by_group.setdefault(group, set()).add(person.id)
        self._everybody = frozenset(self.people)
        self._by_values: dict[tuple[str, ...], dict[tuple[str, ...], set[int]]] = {}

    def changed(self, changed: Mapping[int, Person | None]) -> Crowd:
        """The crowd with some people replaced or, where None is given, gone."""
        crowd = Crowd(())
        crowd.people, crowd.by_name = dict(self.people), dict(self.by_name)
        crowd._by_group = dict(self._by_group)
        crowd._by_values = {names: dict(found) for names, found in self._by_values.items()}
        for pk, person in breathing(changed.items(), _FEW):
            former = crowd.people.pop(pk, None)
            if former is not None:
                if crowd.by_name.get(former.name) == pk:  # unless somebody else has it by now
                    del crowd.by_name[former.name]
                for group in former.groups:
                    crowd._by_group[group] = crowd._by_group[group] - {pk}
                for names, found in crowd._by_values.items():
                    values = _values_of(former, names)
                    found[values] = found[values] - {pk}
            if person is not None:
                crowd.people[pk] = person
                crowd.by_name[person.name] = pk
                for group in person.groups:
                    crowd._by_group[group] = crowd._by_group.get(group, set()) | {pk}
                for names, found in crowd._by_values.items():
                    values = _values_of(person, names)
                    found[values] = found.get(values, set()) | {pk}
        crowd._everybody = frozenset(crowd.people)
        return crowd

    def concerned(self, rule: Rule, variant: Variant) -> set[int]:
        """Everybody whom a variant of a rule concerns."""
        subjects, exempt = rule.subjects, rule.subjects.exempt
        if subjects.groups or subjects.people:
            found = self.members(subjects.groups, subjects.people)
        else:
            found = set(self._everybody)
        if subjects.where is not None:
            found -= self._of_whom(subjects.where, frozenset({False}))
        found -= self.members(exempt.groups, exempt.people)
        if exempt.where is not None:
            found -= self._of_whom(exempt.where, frozenset({True}))
        if rule.condition is not None:
            found -= self._of_whom(rule.condition, frozenset({False}), _given(rule, variant))
        return found

    def members(self, groups: Iterable[str], names: Iterable[str] = ()) -> set[int]:
        """The members of any of the groups, and the people named."""
        found = {self.by_name[name] for name in names if name in self.by_name}
        for group in breathing(groups, _FEW):
            found |= self._by_group.get(group, set())
        return found

    def _of_whom(
        self,
        condition: Condition,
        answers: frozenset[bool],
        given: Mapping[str, str] | None = None,
    ) -> set[int]:
        """Everybody of whom a condition says one of the answers: asked once per set of values."""
        names = tuple(
            sorted({one.name for one in attributes_of(condition) if one.side is Side.SUBJECT})
        )
        found: set[int] = set()
        for values, members in breathing(self._grouped(names).items(), _FEW):
            subject = dict(zip(names, values, strict=True))
            if truth(condition, _sides(subject, given or {})) in answers:
                found |= members
        return found

    def _grouped(self, names: tuple[str, ...]) -> dict[tuple[str, ...], set[int]]:
        if names not in self._by_values:
            grouped: dict[tuple[str, ...], set[int]] = {}
            for person in breathing(self.people.values(), _FEW):
                grouped.setdefault(_values_of(person, names), set()).add(person.id)
            self._by_values[names] = grouped
        return self._by_values[names]


def _values_of(person: Person, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(person.attributes.get(name, "") for name in names)


def _joins(rule: Rule, variant: Variant, person: Person) -> bool:
    if rule.condition is None:
        return True
    given = _given(rule, variant)
    return truth(rule.condition, _sides(person.attributes, given)) is not False


def _given(rule: Rule, variant: Variant) -> dict[str, str]:
    return dict(zip(joint_attributes(rule.condition), variant.given, strict=True))


def _values(person: Person) -> _Sides:
    return _sides(person.attributes, {})


def _sides(subject: Mapping[str, str], resource: Mapping[str, str]) -> _Sides:
    return _Sides(subject, resource)


class _Sides:
    __slots__ = ("_resource", "_subject")

    def __init__(self, subject: Mapping[str, str], resource: Mapping[str, str]) -> None:
        self._subject = subject
        self._resource = resource

    def __call__(self, attribute: Attribute) -> str:
        side = self._subject if attribute.side is Side.SUBJECT else self._resource
        return side.get(attribute.name, "")
