"""A small company with a council, and a kind of agreement as simple as one can be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.models import Dataset, Domain, Person, System, Team
from catalog.selectors.principals import principal_of
from catalog.types import Lifecycle, Principal
from governance.agreements.kind import AgreementKind, CheckContext, Document
from governance.models import Proposal, StoryClock
from governance.proposals.services.drafting import create_draft
from governance.proposals.services.positions import take_position
from governance.proposals.services.submitting import accept, submit
from governance.proposals.services.timers import run_timers
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ChangeSpec,
    ConflictKind,
    ConflictSpec,
    Evidence,
    Finding,
    FindingLevel,
    Party,
    PositionValue,
)
from tests.factories import (
    AdministratorFactory,
    DatasetFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)
from tests.governance.council.chamber import Chamber, chamber

# A Monday, ten o'clock, with no holiday near.
MONDAY = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WHY = "Counts differ by a third."


class NoteDocument(Document):
    """What the test kind says: prose, a number that is a rule, and the datasets it rests on."""

    name: str
    text: str = ""
    limit: int = 1
    domain: str = ""
    datasets: tuple[int, ...] = ()
    broken: bool = False
    unproved: bool = False
    against: str = ""


class Note(AgreementKind):
    """The least a kind can be."""

    name = "note"
    label = "note"
    plural = "notes"
    about = "A note for tests."
    document_type = NoteDocument
    prose = frozenset({"text"})

    def slug(self, document: NoteDocument) -> str:
        return document.name

    def title(self, document: NoteDocument) -> str:
        return document.name.capitalize()

    def sentence(self, document: NoteDocument) -> str:
        return document.text

    def check(self, document: NoteDocument, context: CheckContext) -> Iterable[Finding]:
        if document.broken:
            yield Finding("note.broken", FindingLevel.ERROR, "It is broken.", "broken", "Mend it.")
        if document.unproved:
            yield Finding("note.proof", FindingLevel.UNCHECKED, "No engine proves this yet.")

    def bindings(self, document: NoteDocument, context: CheckContext) -> Sequence[BindingSpec]:
        return [BindingSpec(BindingRole.TARGET, dataset_id=pk) for pk in document.datasets]

    def conflicts(self, document: NoteDocument, context: CheckContext) -> Iterable[ConflictSpec]:
        if document.against:
            parties = [Party("agreement", key, key) for key in (context.key, document.against)]
            yield ConflictSpec(ConflictKind.DUPLICATE, tuple(parties), "They say the same.")

    def migration_hint(self, document: NoteDocument, op: ChangeOp) -> str:
        return f"Read the new {document.name}." if op is ChangeOp.REPLACE else ""


class NoteCharter(Note):
    """The same under the name whose class is M."""

    name = "charter"


class NotePermission(Note):
    """The same under the name whose class is P."""

    name = "permission_policy"


@dataclass
class World:
    """The council, domains with data, and people who are not seated."""

    council: Chamber
    datasets: dict[str, Dataset]
    teams: dict[str, Team]
    author: Person
    colleague: Person
    boss: Person

    def who(self, first_name: str) -> Principal:
        return self.council.principal(first_name)

    @property
    def acting(self) -> Principal:
        return principal_of(self.author)

    def domain(self, name: str) -> Domain:
        return self.council.domains[name]

    def ids(self, *names: str) -> tuple[int, ...]:
        return tuple(self.datasets[name].pk for name in names)


def make_world() -> World:
    """Marketing, Sales and Finance with one curated dataset each, on two systems."""
    council = chamber()
    boss = PersonFactory.build(display_name="Boss")
    author = PersonFactory.build(display_name="Ada Author", department="Growth")
    colleague = PersonFactory.build(display_name="Otto Colleague")
    Person.objects.bulk_create([boss, author, colleague])
    systems = System.objects.bulk_create(SystemFactory.build_batch(2))
    teams = {name: TeamFactory.build(name=f"{name} people") for name in council.domains}
    Team.objects.bulk_create(teams.values())
    datasets = {}
    for number, (name, domain) in enumerate(council.domains.items()):
        domain.owner_team = teams[name]
        datasets[name] = DatasetFactory.build(
            domain=domain, system=systems[number % 2], lifecycle=Lifecycle.CURATED
        )
    Domain.objects.bulk_update(council.domains.values(), ["owner_team"])
    Dataset.objects.bulk_create(datasets.values())
    answering = [council.people[first] for first in ("Hugo", "Mia", "Farid")]
    for person in answering:
        person.manager = boss
    Person.objects.bulk_update(answering, ["manager"])
    teams["Marketing"].members.add(author, colleague)
    return World(council, datasets, teams, author, colleague, boss)


def at(instant: dt.datetime) -> None:
    """Set the story's clock, without letting the timers run."""
    if not StoryClock.objects.update(instant=instant):
        StoryClock.objects.create(instant=instant)


def later(instant: dt.datetime) -> int:
    """Set the clock and do everything that is due by then."""
    at(instant)
    return run_timers(now=instant)


def note(
    name: str = "lead", op: ChangeOp = ChangeOp.CREATE, kind: str = "note", **fields: Any
) -> ChangeSpec:
    """A change of the test kind."""
    document = {"name": name} | fields if op in (ChangeOp.CREATE, ChangeOp.REPLACE) else {}
    return ChangeSpec(op, kind, f"{kind}:{name}", document)


def draft(
    world: World, *changes: ChangeSpec, acting: Principal | None = None, **fields: Any
) -> Proposal:
    """A complete draft of the author."""
    given: dict[str, Any] = {
        "title": "A lead is a lead",
        "ask": "Say once what a lead is.",
        "evidence": [Evidence(title=WHY, query="SELECT 1")],
    }
    return create_draft(
        acting=acting or world.acting,
        changes=changes or (note(datasets=world.ids("Marketing", "Sales")),),
        **(given | fields),
    )


def in_discussion(world: World, *changes: ChangeSpec, **fields: Any) -> Proposal:
    """A proposal that the chair took into discussion at once."""
    proposal = draft(world, *changes, **fields)
    submit(acting=fields.get("acting", world.acting), key=proposal.key)
    return accept(acting=world.who("Inés"), key=proposal.key)


def say(
    principal: Principal,
    proposal: Proposal,
    value: PositionValue = PositionValue.CONSENT,
    **fields: Any,
) -> None:
    """Take a position on the current text."""
    current = Proposal.objects.select_related("current").get(pk=proposal.pk).current
    assert current is not None
    take_position(
        acting=principal,
        key=proposal.key,
        revision_digest=current.digest,
        value=value,
        **fields,
    )


def state_of(proposal: Proposal) -> str:
    """Its state in the database now."""
    return Proposal.objects.values_list("state", flat=True).get(pk=proposal.pk)


def adopted(world: World, *changes: ChangeSpec, start: dt.datetime = MONDAY) -> Proposal:
    """A proposal that everybody consented to and that is in force: nine days after `start`."""
    at(start)
    proposal = in_discussion(world, *changes)
    for first in ("Mia", "Hugo", "Farid"):
        say(world.who(first), proposal)
    later(start + 7 * DAY)
    later(start + 10 * DAY)
    return Proposal.objects.get(pk=proposal.pk)


def block_fields(**fields: Any) -> dict[str, Any]:
    """What a well-founded block says."""
    return {
        "reason": "A lead with score 50 is none here.",
        "block_kind": "correctness",
        "evidence": [Evidence(title="The row", query="SELECT 1 WHERE score = 50")],
    } | fields


def administrator_principal() -> Principal:
    """Somebody who may do everything that needs no seat."""
    return principal_of(AdministratorFactory())
