"""What somebody may do with one dataset, column by column, and who may not (R-087, A5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.access import AccessRefused, Action, gate, require
from catalog.errors import InvalidInput
from catalog.models import Dataset, Person
from catalog.selectors.datasets import get_dataset
from catalog.types import Principal
from governance import clock
from governance.permissions.engine import Decision, Matched
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.register import OptOutEntry, entries_by_key
from governance.permissions.types import DataAction, Purpose
from governance.permissions.wording import effect_in_words, rows_in_words
from governance.proposals.selectors.standing import is_guardian

MOST_PEOPLE = 200


@dataclass(frozen=True, slots=True)
class ColumnAnswer:
    """What holds for one column, in words, with the numbers of the opt-outs that say so."""

    path: str
    words: str
    is_denied: bool
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Because:
    """One opt-out that applies: on which columns (none means all), and where it stands."""

    entry: OptOutEntry
    columns: tuple[str, ...]
    rows: str


@dataclass(frozen=True, slots=True)
class Lifted:
    """An opt-out that would apply, and the exception that says it does not."""

    exception_id: int
    number: str
    reason: str
    ends: float


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """The answer for one person, one dataset and one purpose, in words."""

    dataset: Dataset
    person: Person
    is_me: bool
    action: str
    purpose: str
    decision: Decision
    whole: str
    columns: tuple[ColumnAnswer, ...]
    because: tuple[Because, ...]
    lifted: tuple[Lifted, ...]


@dataclass(frozen=True, slots=True)
class ClosedTo:
    """One person who may not read a dataset, or not all of it."""

    person: Person
    is_denied: bool
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may read a dataset: how many, by which opt-outs not, and the first of them by name."""

    open: int
    narrowed: int
    denied: int
    by_rule: tuple[tuple[str, str, int], ...]
    people: tuple[ClosedTo, ...]

    @property
    def closed(self) -> int:
        """How many may read it not at all, or not as it is."""
        return self.narrowed + self.denied


def access_of(
    principal: Principal,
    dataset_id: int,
    *,
    username: str = "",
    action: str = DataAction.READ,
    purpose: str = "",
) -> AccessAnswer:
    """What somebody may do with a dataset; without a user name, the principal.

    Without a purpose every purpose's opt-outs hold. Raises NotFound, InvalidInput for an action,
    a purpose or a person that is not known, and AccessRefused for whoever asks about somebody
    else and is neither owner, steward, Security nor Legal.
    """
    dataset = get_dataset(principal, dataset_id)
    if action not in set(DataAction):
        raise InvalidInput(f"Choose one of {', '.join(DataAction)}.", field="action")
    if purpose and purpose not in set(Purpose):
        raise InvalidInput(f"Choose one of {', '.join(Purpose)}.", field="purpose")
    person = _person(principal, dataset, username)
    index = opt_outs.index_for(person.pk)
    decision = index.decide(person.pk, action, dataset.pk, purpose=purpose or None)
    entries = entries_by_key(index) if decision.rules or decision.lifted else {}
    return AccessAnswer(
        dataset=dataset,
        person=person,
        is_me=person.pk == principal.person_id,
        action=action,
        purpose=purpose,
        decision=decision,
        whole=effect_in_words(decision.everywhere),
        columns=_columns(decision, entries),
        because=tuple(
            _because(found, decision, entries[found.key])
            for found in decision.rules
            if found.key in entries
        ),
        lifted=tuple(
            Lifted(int(one.id), entries[one.rule].number, one.reason, one.ends)
            for one in decision.lifted
            if one.rule in entries
        ),
    )


def may_ask_about_others(principal: Principal, dataset: Dataset) -> bool:
    """Whether the principal may see what others may: its owners and stewards, Security, Legal."""
    if gate().authorize(principal, Action.STEWARD, dataset).allowed:
        return True
    return is_guardian(principal, clock.now())


def audience_of(principal: Principal, dataset_id: int) -> Audience:
    """Who may read a dataset and who may not; raises AccessRefused as `access_of` does."""
    dataset = get_dataset(principal, dataset_id)
    if not may_ask_about_others(principal, dataset):
        require(principal, Action.STEWARD, dataset)
    index = opt_outs.current()
    counted: Counter[str] = Counter()
    open_to = narrowed = denied = 0
    closed: list[tuple[int, Decision]] = []
    for person in index.parts.masks:
        decision = index.decide(person, DataAction.READ, dataset.pk)
        if decision.code == "open":
            open_to += 1
            continue
        counted.update(one.key for one in decision.rules)
        denied += not decision.allowed
        narrowed += decision.allowed
        closed.append((person, decision))
    closed.sort(key=lambda one: (one[1].allowed, index.parts.persons[one[0]].name))
    shown = closed[:MOST_PEOPLE]
    people = Person.objects.in_bulk([person for person, _ in shown])
    rules = index.parts.rules
    return Audience(
        open=open_to,
        narrowed=narrowed,
        denied=denied,
        by_rule=tuple(
            (key, rules[key].number, count) for key, count in counted.most_common() if key in rules
        ),
        people=tuple(
            ClosedTo(
                people[pk], not decision.allowed, tuple(one.rule.number for one in decision.rules)
            )
            for pk, decision in shown
            if pk in people
        ),
    )


def _person(principal: Principal, dataset: Dataset, username: str) -> Person:
    if not username or username == principal.username:
        me = principal.person_id
        myself = None if me is None else Person.objects.filter(pk=me).first()
        if myself is None:
            raise InvalidInput("Say whom it is about.", field="person")
        return myself
    if not may_ask_about_others(principal, dataset):
        verdict = gate().authorize(principal, Action.STEWARD, dataset)
        raise AccessRefused(verdict)
    found = Person.objects.filter(username=username).first()
    if found is None:
        raise InvalidInput(f"Nobody has the user name {username[:100]}.", field="person")
    return found


def _columns(decision: Decision, entries: Mapping[str, OptOutEntry]) -> tuple[ColumnAnswer, ...]:
    return tuple(
        ColumnAnswer(
            path,
            effect_in_words(effect),
            effect.denied,
            tuple(entries[key].number for key in effect.rules if key in entries),
        )
        for path, effect in decision.columns.items()
    )


def _because(found: Matched, decision: Decision, entry: OptOutEntry) -> Because:
    rows = [one.expression for one in decision.filters if one.rule == found.key]
    return Because(entry, found.columns or (), rows_in_words(rows[0]) if rows else "")
