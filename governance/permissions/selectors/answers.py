"""What somebody may do with one dataset, column by column, and who may not (R-087, A5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from catalog.access import AccessRefused, Action, gate
from catalog.errors import InvalidInput
from catalog.models import Dataset, Person
from catalog.selectors.datasets import get_dataset
from catalog.types import Principal
from governance import clock
from governance.permissions import engine
from governance.permissions.engine import Decision, Index, Matched
from governance.permissions.holder import opt_outs
from governance.permissions.selectors import world
from governance.permissions.selectors.declassified import Ended, ended_on
from governance.permissions.selectors.register import (
    OptOutEntry,
    entries_by_key,
    hidden_from,
)
from governance.permissions.selectors.suggested import CountedClass, counted_on
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
    username: str
    name: str
    is_me: bool
    action: str
    purpose: str
    decision: Decision
    whole: str
    columns: tuple[ColumnAnswer, ...]
    because: tuple[Because, ...]
    lifted: tuple[Lifted, ...]
    declassified: tuple[Ended, ...]
    suggested: tuple[CountedClass, ...]


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
    is_me = username in ("", principal.username)
    person = None if is_me else _other(principal, dataset, username)
    pk = principal.person_id if person is None else person.pk
    if pk is None:
        raise InvalidInput("Say whom it is about.", field="person")
    index = opt_outs.index_for(pk)
    decision = _decide(index, pk, action, dataset, _added(index, dataset), purpose or None)
    is_narrowed = bool(decision.rules or decision.lifted)
    entries = entries_by_key(index, hidden_from(principal)) if is_narrowed else {}
    return AccessAnswer(
        dataset=dataset,
        username=principal.username if person is None else person.username,
        name=principal.username if person is None else str(person),
        is_me=is_me,
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
        declassified=tuple(ended_on(dataset, clock.now().date())),
        suggested=tuple(counted_on(dataset)),
    )


def may_ask_about_others(principal: Principal, dataset: Dataset) -> bool:
    """Whether the principal may see what others may: its owners and stewards, Security, Legal."""
    if gate().authorize(principal, Action.STEWARD, dataset).allowed:
        return True
    return is_guardian(principal, clock.now())


def _require_may_ask(principal: Principal, dataset: Dataset) -> None:
    if not may_ask_about_others(principal, dataset):
        refused = gate().authorize(principal, Action.STEWARD, dataset)
        reason = (
            "What others may is told to those who answer for the data: its owners and stewards,"
            " Security and Legal."
        )
        raise AccessRefused(replace(refused, reason=reason))


def audience_of(principal: Principal, dataset: Dataset) -> Audience:
    """Who may read a dataset, one that the principal sees, and who may not; raises AccessRefused as
    `access_of` does."""
    _require_may_ask(principal, dataset)
    index = opt_outs.current()
    added = _added(index, dataset)
    counted: Counter[str] = Counter()
    open_to = narrowed = denied = 0
    closed: list[tuple[int, Decision]] = []
    for person in index.parts.masks:
        decision = _decide(index, person, DataAction.READ, dataset, added)
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


def _added(index: Index, dataset: Dataset) -> engine.Dataset | None:
    """What is known of a dataset that was added or changed this second; None where the index
    knows it."""
    if dataset.pk in index.parts.records and dataset.pk not in opt_outs.unsettled():
        return None
    rules = index.parts.rules.values()
    found = world.datasets(rules, [dataset.pk]) if rules else ()
    return found[0] if found else engine.Dataset(dataset.pk, dataset.lookup_name)


def _decide(
    index: Index,
    person: int,
    action: str,
    dataset: Dataset,
    added: engine.Dataset | None,
    purpose: str | None = None,
) -> Decision:
    if added is None:
        return index.decide(person, action, dataset.pk, purpose=purpose)
    return index.decide_unlisted(person, action, added, purpose=purpose)


def _other(principal: Principal, dataset: Dataset, username: str) -> Person:
    _require_may_ask(principal, dataset)
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
