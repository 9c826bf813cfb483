"""What opt-outs mean, said in the plainest way: every rule is asked, one after the other.

The oracle of the engine's tests. It shares the records and the truth of one comparison with the
engine, and nothing of how the engine finds its answers.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
from dataclasses import dataclass

from governance.permissions.engine import (
    Attribute,
    Condition,
    Dataset,
    DatedException,
    Parameter,
    Person,
    QuarterWindow,
    Rule,
    World,
)
from governance.permissions.engine.conditions import Side, attributes_of, truth

KNOWN = ("analytics", "operations", "ml_training", "ml_scoring", "marketing", "audit")
STRICTER = {
    ("all", "sha256"), ("all", "year"), ("all", "first3"), ("all", "last3"), ("all", "last4"),
    ("last3", "last4"),
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """The same as a decision, comparable."""

    allowed: bool
    code: str
    everywhere: tuple[bool, str | None, int, tuple[str, ...]]
    columns: dict[str, tuple[bool, str | None, int, tuple[str, ...]]]
    filters: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    lifted: tuple[str, ...]


def decide(
    world: World,
    person_id: int,
    action: str,
    dataset_id: int,
    columns: tuple[str, ...] | None,
    purpose: str | None,
    environment: str | None,
    at: float,
) -> Answer:
    """One question."""
    nothing = (False, None, 0, ())
    person = next((one for one in world.people if one.id == person_id), None)
    closed = ""
    if person is None:
        closed = "unknown"
    elif not person.is_active:
        closed = "inactive"
    elif person.employment in world.floors.denied_employments:
        closed = "not_by_default"
    dataset = next((one for one in world.datasets if one.id == dataset_id), None)
    if not closed and dataset is None:
        closed = "unknown_dataset"
    if closed or person is None or dataset is None:
        return Answer(False, closed, nothing, {}, (), (), ())
    applying: list[tuple[Rule, set[str] | None, bool]] = []
    lifted: set[str] = set()
    for rule in sorted(world.rules, key=lambda one: one.key):
        if not holds(rule, action, purpose, at) or not concerned(rule, person, dataset):
            continue
        if not stands(rule, dataset, environment, at):
            continue
        covered = covers(rule, dataset, columns)
        if covered == set():
            continue
        if covered is not None and columns is not None and covered.isdisjoint(columns):
            continue
        excused = [one for one in world.exceptions if excuses(one, rule, person, dataset, at)]
        if excused:
            lifted |= {one.id for one in excused}
            continue
        unfit = bool(rule.filter and dataset.columns and rule.filter.columns - set(dataset.columns))
        applying.append((rule, covered, unfit))
    whole = [(rule, unfit) for rule, covered, unfit in applying if covered is None]
    everywhere = together(whole)
    paths = {path for _, covered, _ in applying if covered is not None for path in covered}
    by_column = {
        path: together(
            [(rule, unfit) for rule, covered, unfit in applying
             if covered is None or path in covered]
        )
        for path in paths
    }  # fmt: skip
    denied = everywhere[0] or any(by_column[one][0] for one in columns or () if one in by_column)
    filters = tuple(
        (rule.key, text_of(rule, person))
        for rule, _, unfit in applying
        if rule.filter and not unfit
    )
    restricted = bool(filters or by_column or everywhere[:3] != (False, None, 0))
    return Answer(
        allowed=not denied,
        code="opt_out" if denied else "restricted" if restricted else "open",
        everywhere=everywhere,
        columns=by_column,
        filters=filters,
        rules=tuple(rule.key for rule, _, _ in applying),
        lifted=tuple(sorted(lifted)),
    )


def hides(world: World, person_id: int, dataset_id: int, at: float) -> bool:
    """Whether a confidential opt-out hides a dataset from somebody."""
    person = next(one for one in world.people if one.id == person_id)
    dataset = next(one for one in world.datasets if one.id == dataset_id)
    return any(
        rule.confidential
        and in_time(rule, at)
        and concerned(rule, person, dataset)
        and stands(rule, dataset, None, at)
        and covers(rule, dataset, None) != set()
        and not any(excuses(one, rule, person, dataset, at) for one in world.exceptions)
        for rule in world.rules
    )


def holds(rule: Rule, action: str, purpose: str | None, at: float) -> bool:
    actions = {str(one) for one in rule.actions}
    acts = action in actions or (action == "export" and "read" in actions)
    purposes = {str(one) for one in rule.purposes}
    meant = purpose not in KNOWN or "any" in purposes or purpose in purposes
    return acts and meant and in_time(rule, at)


def in_time(rule: Rule, at: float) -> bool:
    when = rule.when
    if at < when.begins or (when.ends is not None and at >= when.ends):
        return False
    return not when.windows or any(in_window(one, at) for one in when.windows)


def in_window(window: QuarterWindow, at: float) -> bool:
    """Day by day: is it among the last days of its quarter, or among the first?"""
    day = dt.datetime.fromtimestamp(at, dt.UTC).date()
    first = dt.date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    ahead = first + dt.timedelta(days=100)
    following = dt.date(ahead.year, 3 * ((ahead.month - 1) // 3) + 1, 1)
    return (following - day).days <= window.before or (day - first).days < window.after


def concerned(rule: Rule, person: Person, dataset: Dataset) -> bool:
    def value(attribute: Attribute) -> str:
        if attribute.side is Side.SUBJECT:
            return person.attributes.get(attribute.name, "")
        return dataset.attribute(attribute.name)

    def says(condition: Condition | None) -> bool | None:
        return True if condition is None else truth(condition, value)

    subjects = rule.subjects
    named = person.name in subjects.people or bool(subjects.groups & person.groups)
    if (subjects.groups or subjects.people) and not named:
        return False
    if says(subjects.where) is False:
        return False
    exempt = subjects.exempt
    if person.name in exempt.people or exempt.groups & person.groups:
        return False
    if exempt.where is not None and says(exempt.where) is True:
        return False
    if rule.condition is not None:
        read = [one for one in attributes_of(rule.condition) if one.side is Side.RESOURCE]
        if any(not value(one) for one in read):
            return False
        return says(rule.condition) is not False
    return True


def stands(rule: Rule, dataset: Dataset, environment: str | None, at: float) -> bool:
    when = rule.when
    places = when.environments
    elsewhere = places and dataset.environment and dataset.environment not in places
    if elsewhere and environment not in places:
        return False
    versions = when.versions if dataset.version else ()
    if versions and not any(fnmatch.fnmatchcase(dataset.version, one) for one in versions):
        return False
    if dataset.modified_at is not None:
        days = (at - dataset.modified_at) / 86_400
        if when.older_than_days is not None and days < when.older_than_days:
            return False
        if when.younger_than_days is not None and days > when.younger_than_days:
            return False
    return True


def covers(rule: Rule, dataset: Dataset, asked: tuple[str, ...] | None) -> set[str] | None:
    """None for the whole dataset, else the columns, the empty set for nothing."""
    meant = rule.resources
    if meant.domains and not meant.domains & set(dataset.domains):
        return set()
    for wanted, value in (
        (meant.regions, dataset.region), (meant.kinds, dataset.kind),
        (meant.systems, dataset.system),
    ):  # fmt: skip
        if wanted and value not in wanted:
            return set()
    names = (dataset.name, *dataset.aliases)
    if meant.names and not any(named(one, name) for one in meant.names for name in names):
        return set()
    where = meant.where
    if where and truth(where, lambda one: dataset.attribute(one.name)) is not True:
        return set()
    known = set(dataset.columns)
    if rule.filter is not None and meant.labels is None:
        return None
    found: set[str] | None = None
    if meant.labels is not None and not meant.labels & dataset.labels:
        found = {path for path in known if dataset.columns[path] & meant.labels}
    if meant.columns:
        if not known and found is None and any("*" in one for one in meant.columns):
            return None
        among = (known | set(asked or ())) if meant.labels is None else known
        if found is None:
            found = among
            if not known:
                found = found | set(meant.columns)
        found = {
            path for path in found if any(fnmatch.fnmatchcase(path, one) for one in meant.columns)
        }
    if found is None:
        return None
    fields = set()
    if meant.labels is None:
        for pattern in meant.columns:
            field = pattern.split("*")[0].rstrip(".")
            inside = "." in pattern and any(f"{field}.".startswith(f"{one}.") for one in known)
            if inside and not any(fnmatch.fnmatchcase(path, pattern) for path in known):
                fields.add(field)
    found = found | fields
    nested = {one for one in found if one in known} | fields
    found = found | {
        path for path in known for one in nested
        if path.startswith(f"{one}.") or one.startswith(f"{path}.")
    }  # fmt: skip
    for path in set(asked or ()) - known:
        around = [one for one in known if path.startswith(f"{one}.")]
        if around and max(around, key=len) in found:
            found = found | {path}
        if any(one.startswith(f"{path}.") for one in found if one in nested or not known):
            found = found | {path}
    if found and rule.filter is not None:
        return None
    return found


def named(pattern: str, name: str) -> bool:
    ends = [name] + [name[place + 1 :] for place, sign in enumerate(name) if sign in "./"]
    return any(fnmatch.fnmatchcase(end, pattern) for end in ends)


def excuses(one: DatedException, rule: Rule, person: Person, dataset: Dataset, at: float) -> bool:
    if one.rule != rule.key or not one.begins <= at < one.ends:
        return False
    if person.id not in one.people and not one.groups & person.groups:
        return False
    return not one.names or any(named(pattern, dataset.name) for pattern in one.names)


def together(
    rules: list[tuple[Rule, bool]],
) -> tuple[bool, str | None, int, tuple[str, ...]]:
    denied = any(rule.effect == "deny" or unfit for rule, unfit in rules)
    masks = {str(rule.mask) for rule, _ in rules if rule.mask}
    if "empty" in masks:
        mask: str | None = "empty"
    elif len(masks) > 1:
        least = [one for one in masks if all(is_above(one, other) for other in masks)]
        mask = least[0] if least else "all"
    else:
        mask = next(iter(masks), None)
    groups = [rule.group_of or 0 for rule, _ in rules]
    keys = tuple(rule.key for rule, unfit in rules if rule.effect != "row_filter" or unfit)
    return denied, mask, max(groups, default=0), keys


def is_above(one: str, other: str) -> bool:
    return one == other or (one, other) in STRICTER


def text_of(rule: Rule, person: Person) -> str:
    assert rule.filter is not None
    said = ""
    for piece in rule.filter.pieces:
        if isinstance(piece, Parameter):
            value = person.attributes.get(piece.name, "")
            said += "'" + value.replace("'", "''") + "'" if value else "NULL"
        else:
            said += piece
    return said
