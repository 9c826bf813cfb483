"""What a proposal's opt-outs would do: who gains and loses what, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pyroaring import BitMap

from catalog.errors import InvalidInput
from catalog.models import Dataset, Person
from catalog.selectors.datasets import visible_datasets
from catalog.types import EmploymentKind, Principal
from governance.agreements.selectors.labels import labels_meant
from governance.agreements.selectors.short_names import datasets_meant
from governance.permissions.engine import Index
from governance.permissions.selectors.register import dataset_called
from governance.permissions.selectors.rules import KIND
from governance.permissions.trial.difference import SIGHT, Change, Changes, Difference
from governance.permissions.trial.flaws import Found
from governance.permissions.trial.pairs import Pair, Pairs
from governance.permissions.trial.selectors.benching import CaseResult, bench_of
from governance.permissions.trial.selectors.drafting import Draft, draft_of
from governance.permissions.trial.selectors.standing import proposal_to_try
from governance.permissions.trial.wording import NAMES, flaw_in_words, number_of
from governance.proposals.models import Proposal

SHOWN_PEOPLE = 15
SHOWN_DATASETS = 8
SHOWN_GROUPS = 12
NO_GROUP = "none"


@dataclass(frozen=True, slots=True)
class FlawView:
    """What is wrong with one opt-out, in a sentence."""

    flaw: str
    name: str
    sentence: str
    opt_out: str
    number: str
    beside: tuple[tuple[str, str], ...]

    @property
    def others(self) -> tuple[str, ...]:
        """The keys of the opt-outs that take part."""
        return tuple(key for key, _ in self.beside)


@dataclass(frozen=True, slots=True)
class Summary:
    """How many pairs of a person and a dataset differ, by how; of whom, of what, as of when.

    `pairs` are all of them: one that is lost and hidden counts once.

    Counted is reading for any purpose, at `at`: the first instant at which all that changes holds.
    """

    at: dt.datetime
    people: int
    datasets: int
    lost: int
    gained: int
    narrowed: int
    widened: int
    altered: int
    hidden: int
    shown: int
    losing: int
    gaining: int
    pairs: int


@dataclass(frozen=True, slots=True)
class CaseView:
    """One test with what came of it; `why` says what it rests on, or why it cannot be run."""

    opt_out: str
    number: str
    who: str
    dataset: str
    columns: tuple[str, ...]
    action: str
    purpose: str
    environment: str
    expected: str
    got: str
    passed: bool
    why: str
    note: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a proposal would do, for one reader: without datasets whose names are hidden to them.

    `tests` are those of its own opt-outs, `regressions` tests of others that hold today and would
    not any more.
    """

    proposal: Proposal
    draft: Draft
    difference: Difference
    summary: Summary
    flaws: tuple[FlawView, ...]
    tests: tuple[CaseView, ...]
    regressions: tuple[CaseView, ...]

    @property
    def failed(self) -> int:
        """How many of its own tests do not come out as expected."""
        return sum(not one.passed for one in self.tests)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is looked for; everything given has to hold.

    `domain` is a short name with all below it, `label` a tag or classification with all below it,
    `change` one of `Change`.
    """

    department: str = ""
    domain: str = ""
    label: str = ""
    dataset: str = ""
    person: str = ""
    change: str = ""

    @property
    def is_given(self) -> bool:
        """Whether anything is looked for."""
        return any(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class PairView:
    """One pair, by the names that the index holds."""

    person: str
    department: str
    dataset: str
    domain: str
    change: Change


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A department with the pairs that differ in each domain shown; `none` is no department."""

    department: str
    cells: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    count: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person with how each dataset shown differs, and how many differ in all."""

    person: Person
    cells: tuple[tuple[Dataset, Change | None], ...]
    count: int


def narrowing_of(query: Mapping[str, Any]) -> Narrowing:
    """What the parameters of an address look for. Raises InvalidInput."""
    found = Narrowing(
        **{one.name: str(query.get(one.name) or "").strip()[:500] for one in fields(Narrowing)}
    )
    if found.change and found.change not in set(Change):
        raise InvalidInput(f"change is one of {', '.join(Change)}.", field="change")
    return found


def trial_of(principal: Principal, key: str) -> Trial:
    """See `Trial`; raises NotFound and AccessRefused as `proposal_to_try` does, and InvalidInput
    where the proposal changes no opt-out."""
    proposal = proposal_to_try(principal, key)
    return trial_of_proposal(principal, proposal)


def trial_of_proposal(principal: Principal, proposal: Proposal) -> Trial:
    """The same of a proposal that the principal may try."""
    revision = proposal.current
    if revision is None or not changes_opt_outs(proposal):
        raise InvalidInput(f"{proposal.key} changes no opt-out.", field="key")
    draft = draft_of(revision)
    difference = draft.difference
    hidden = draft.base.hidden(principal.person_id) & difference.datasets
    if hidden:
        difference = difference.among(datasets=draft.base.parts.present - hidden)
    return Trial(
        proposal=proposal,
        draft=draft,
        difference=difference,
        summary=summary_of(difference),
        flaws=tuple(flaw_view(one, draft.index) for one in draft.flaws),
        tests=tuple(_tests(principal, draft)),
        regressions=tuple(
            case_view(draft.index, one.key, one.after)
            for one in draft.regressions
            if _may_be_shown(principal, one.after)
        ),
    )


def case_view(index: Index, key: str, result: CaseResult) -> CaseView:
    """A test as people read it."""
    case = result.case
    return CaseView(
        opt_out=key,
        number=number_of(index, key),
        who=case.who,
        dataset=case.dataset,
        columns=tuple(case.columns),
        action=case.action.value,
        purpose=case.purpose.value,
        environment=case.environment.value if case.environment else "",
        expected=case.expect.value,
        got=result.got.value if result.got else "",
        passed=result.passed,
        why=result.trouble or " ".join(result.because),
        note=case.note,
    )


def _tests(principal: Principal, draft: Draft) -> Iterator[CaseView]:
    for key, document in draft.documents.items():
        results = bench_of(principal, document.tests, draft.index, at=draft.at_of(key))
        yield from (case_view(draft.index, key, one) for one in results)


def _may_be_shown(principal: Principal, result: CaseResult) -> bool:
    """Whether the reader may know of the dataset of a test of somebody else's opt-out."""
    meant = datasets_meant(principal, [result.case.dataset])[result.case.dataset]
    return meant.dataset is not None


def changes_opt_outs(proposal: Proposal) -> bool:
    """Whether a proposal is about opt-outs at all."""
    revision = proposal.current
    return revision is not None and revision.changes.filter(kind=KIND).exists()


def summary_of(difference: Difference) -> Summary:
    """The difference in numbers."""
    pairs = difference.pairs
    return Summary(
        at=dt.datetime.fromtimestamp(difference.at, dt.UTC),
        people=len(difference.people),
        datasets=len(difference.datasets),
        losing=len(difference.people_of(Change.LOST)),
        gaining=len(difference.people_of(Change.GAINED)),
        pairs=difference.pair_count,
        **{change.value: pairs.get(change, 0) for change in Change},
    )


def flaw_view(found: Found, index: Index) -> FlawView:
    """A flaw as people read it."""
    return FlawView(
        flaw=found.flaw.value,
        name=NAMES[found.flaw],
        sentence=flaw_in_words(found, index),
        opt_out=found.rule,
        number=number_of(index, found.rule),
        beside=tuple((key, number_of(index, key)) for key in found.others),
    )


# --- narrowed, and in rows -------------------------------------------------------------------


def narrowed(principal: Principal, trial: Trial, narrowing: Narrowing) -> Difference:
    """The part of the difference that is looked for. Raises InvalidInput naming the field."""
    found, parts = trial.difference, trial.draft.index.parts
    people: BitMap | None = None
    datasets: BitMap | None = None
    if narrowing.person:
        pk = parts.by_username.get(narrowing.person)
        if pk is None:
            raise InvalidInput(
                f"Nobody has the user name {narrowing.person[:100]}.", field="person"
            )
        people = BitMap([pk])
    if narrowing.department:
        wanted = "" if narrowing.department == NO_GROUP else narrowing.department
        inside = BitMap(pk for pk in found.people if _department(trial.draft.index, pk) == wanted)
        people = inside if people is None else people & inside
    if narrowing.dataset:
        datasets = BitMap([dataset_called(principal, narrowing.dataset).pk])
    if narrowing.domain or narrowing.label:
        labels = _labels(principal, narrowing.label)
        left = found.datasets if datasets is None else datasets
        datasets = BitMap(
            pk for pk in left if _is_in(trial.draft.index, pk, narrowing.domain, labels)
        )
    change = Change(narrowing.change) if narrowing.change else None
    return found.among(people, datasets, change)


def pairs_of(trial: Trial, difference: Difference) -> Pairs:
    """Every pair that differs: service accounts first, then by user name."""
    return Pairs(difference, people_in_order(trial, difference))


def pair_view(trial: Trial, pair: Pair) -> PairView:
    """A pair as it is listed."""
    person, dataset, change = pair
    parts = trial.draft.index.parts
    record = parts.records[dataset]
    return PairView(
        person=parts.persons[person].name,
        department=_department(trial.draft.index, person),
        dataset=record.name,
        domain=record.domains[0] if record.domains else "",
        change=change,
    )


def people_in_order(trial: Trial, difference: Difference) -> list[int]:
    """Everybody for whom something differs: jobs break at night, so service accounts are first."""
    persons = trial.draft.index.parts.persons
    return sorted(
        difference.people,
        key=lambda pk: (persons[pk].employment != EmploymentKind.SERVICE, persons[pk].name),
    )


def datasets_in_order(trial: Trial, difference: Difference) -> list[int]:
    """Every dataset that differs for somebody, by name."""
    records = trial.draft.index.parts.records
    return sorted(difference.datasets, key=lambda pk: records[pk].name)


def person_rows(
    principal: Principal, difference: Difference, people: Sequence[int], datasets: Sequence[int]
) -> list[PersonRow]:
    """The matrix of some people and some datasets, in their order."""
    persons = Person.objects.in_bulk(list(people))
    held = visible_datasets(principal).select_related("system").in_bulk(list(datasets))
    rows = []
    for pk in people:
        changes = difference.of(pk)
        if pk not in persons:
            continue
        cells = tuple(
            (
                held[dataset],
                _strongest(changes, dataset),
            )
            for dataset in datasets
            if dataset in held
        )
        touched = BitMap.union(BitMap(), *changes.values())
        rows.append(PersonRow(persons[pk], cells, len(touched)))
    return rows


def _strongest(changes: Changes, dataset: int) -> Change | None:
    """How a dataset differs, by one word: what becomes of its name before what becomes of it."""
    found = [how for how, inside in changes.items() if dataset in inside]
    return min(found, key=lambda how: how not in SIGHT, default=None)


def group_rows(trial: Trial, difference: Difference) -> tuple[list[str], list[GroupRow]]:
    """Departments by domains, those with most first: the domains shown, and a row for each
    department shown."""
    index = trial.draft.index
    people: dict[str, list[int]] = defaultdict(list)
    for pk in difference.people:
        people[_department(index, pk) or NO_GROUP].append(pk)
    datasets: dict[str, list[int]] = defaultdict(list)
    for pk in difference.datasets:
        domains = index.parts.records[pk].domains
        datasets[domains[0] if domains else NO_GROUP].append(pk)
    counts = difference.by_groups(
        {name: BitMap(members) for name, members in people.items()},
        {name: BitMap(members) for name, members in datasets.items()},
    )
    by_department: Counter[str] = Counter()
    by_domain: Counter[str] = Counter()
    for (department, domain), found in counts.items():
        by_department[department] += found.total()
        by_domain[domain] += found.total()
    shown = [name for name, _ in by_domain.most_common(SHOWN_GROUPS)]
    rows = [
        GroupRow(
            department,
            tuple((domain, _told(counts.get((department, domain)))) for domain in shown),
            count,
        )
        for department, count in by_department.most_common(SHOWN_GROUPS)
    ]
    return shown, rows


def _told(counts: Counter[Change] | None) -> tuple[tuple[str, int], ...]:
    return tuple((how.value, counts[how]) for how in Change if counts[how]) if counts else ()


def departments_in(trial: Trial) -> list[str]:
    """The departments in which something differs for somebody; `none` for people without one."""
    index = trial.draft.index
    return sorted({_department(index, pk) or NO_GROUP for pk in trial.difference.people})


def domains_in(trial: Trial) -> list[str]:
    """The short names of all domains in which a dataset differs, and of those above them."""
    records = trial.draft.index.parts.records
    return sorted({name for pk in trial.difference.datasets for name in records[pk].domains})


def _department(index: Index, person: int) -> str:
    return index.parts.persons[person].attributes.get("department", "")


def _labels(principal: Principal, name: str) -> frozenset[str] | None:
    if not name:
        return None
    found = labels_meant(principal, name)
    if not found:
        raise InvalidInput(f"There is no label {name[:100]}.", field="label")
    return frozenset(str(label.pk) for label in found)


def _is_in(index: Index, dataset: int, domain: str, labels: frozenset[str] | None) -> bool:
    record = index.parts.records[dataset]
    if domain == NO_GROUP and record.domains:
        return False
    if domain and domain != NO_GROUP and domain not in record.domains:
        return False
    if labels is None or not labels.isdisjoint(record.labels):
        return True
    return any(not labels.isdisjoint(own) for own in record.columns.values())
