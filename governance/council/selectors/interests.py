"""Who may have a conflict of interest: suggested with its reason, never imposed (3.3).

Whoever it is stands aside themselves, or the chair rules. Only people with a voice are named: who
votes on it, acts for somebody who does, or has to sign it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.models import Person, TeamMembership
from governance import clock
from governance.council.selectors.seats import voting_seats
from governance.models import (
    AgreementVersion,
    Change,
    Conflict,
    ImpactSnapshot,
    InterestRuling,
    Position,
    Proposal,
    Signer,
)
from governance.proposals.rules.classes import PERMISSION_KIND
from governance.types import ConflictState, PositionValue, SignerRole


@dataclass(frozen=True, slots=True)
class Interest:
    """Somebody who perhaps should not decide, and why; `ruling` is the chair's, if there is one."""

    person: Person
    why: str
    is_recused: bool = False
    ruling: InterestRuling | None = None

    @property
    def is_open(self) -> bool:
        """Whether neither they nor the chair have said anything yet."""
        return not self.is_recused and self.ruling is None

    @property
    def sentence(self) -> str:
        """The suggestion, and what became of it."""
        if self.ruling is not None:
            verb = "stands aside" if self.ruling.stands_aside else "takes part"
            return f"{self.person} {self.why}. The chair ruled: {verb}. {self.ruling.ruling}"
        if self.is_recused:
            return f"{self.person} {self.why}, and stands aside."
        return f"Perhaps a conflict of interest: {self.person} {self.why}."

    def document(self) -> dict[str, Any]:
        """For the item of an agenda."""
        return {
            "username": self.person.username,
            "sentence": self.sentence,
            "is_open": self.is_open,
        }


def suggested_recusals(proposal: Proposal, at: dt.datetime | None = None) -> list[Interest]:
    """The suggestions that wait for the person or the chair."""
    return [one for one in interests_in(proposal, at) if one.is_open]


def interests_in(proposal: Proposal, at: dt.datetime | None = None) -> list[Interest]:
    """Every suggestion on a proposal, those that were answered too."""
    return interests_of([proposal], at or clock.now())[proposal.pk]


def interests_of(proposals: Collection[Proposal], at: dt.datetime) -> Mapping[int, list[Interest]]:
    """The same for many proposals, by id, in a number of queries that does not grow with them.

    Suggested are: who wrote the proposal, who wrote a definition or proposal that competes with it
    in an open conflict, whom an opt-out names or exempts, and the managers of those it names.
    """
    reasons: dict[int, dict[int, list[str]]] = {
        proposal.pk: defaultdict(list) for proposal in proposals
    }
    for proposal_id, person, why in (
        *_wrote(proposals),
        *_competing(proposals),
        *_subjects(proposals),
    ):
        if why not in reasons[proposal_id][person]:
            reasons[proposal_id][person].append(why)
    people = Person.objects.in_bulk({pk for found in reasons.values() for pk in found})
    voices = _voices(proposals, at)
    recused = _recused(proposals)
    rulings: dict[tuple[int, int], InterestRuling] = {
        (row.proposal_id, row.person_id): row
        for row in InterestRuling.objects.filter(proposal__in=reasons)
        .select_related("ruled_by", "person")
        .order_by("at", "pk")
    }
    for (proposal_id, person), row in rulings.items():
        if person not in reasons[proposal_id]:
            reasons[proposal_id][person].append(row.grounds)
            people[person] = row.person
            voices[proposal_id].add(person)
    return {
        proposal_id: [
            Interest(
                people[person],
                " and ".join(whys),
                is_recused=(proposal_id, person) in recused,
                ruling=rulings.get((proposal_id, person)),
            )
            for person, whys in found.items()
            if person in people and person in voices[proposal_id]
        ]
        for proposal_id, found in reasons.items()
    }


def _wrote(proposals: Collection[Proposal]) -> Iterator[tuple[int, int, str]]:
    for proposal in proposals:
        yield proposal.pk, proposal.author_id, "wrote this proposal"


def _competing(proposals: Collection[Proposal]) -> Iterator[tuple[int, int, str]]:
    """The authors of what stands on the other side of open conflicts."""
    asked = {proposal.pk: proposal for proposal in proposals}
    links = Conflict.proposals.through.objects.filter(conflict__state=ConflictState.OPEN)
    touching: dict[int, set[int]] = defaultdict(set)
    own = links.filter(proposal__in=asked).values_list("conflict_id", "proposal_id")
    for conflict, proposal_id in own:
        touching[conflict].add(proposal_id)
    if not touching:
        return
    changed = _changed_keys(proposals)
    for conflict, key, title, author in (
        AgreementVersion.objects.filter(
            agreement__conflicts__in=touching, valid_to__isnull=True, author__isnull=False
        )
        .order_by("agreement__key")
        .values_list("agreement__conflicts", "agreement__key", "title", "author_id")
    ):
        for proposal_id in touching.get(conflict, ()):
            if author is not None and key not in changed[proposal_id]:
                yield proposal_id, author, f"wrote {title}, which competes with it"
    for conflict, other, key, author in (
        links.filter(conflict__in=touching)
        .order_by("proposal__number")
        .values_list("conflict_id", "proposal_id", "proposal__key", "proposal__author_id")
    ):
        for proposal_id in touching[conflict] - {other}:
            yield proposal_id, author, f"proposed {key}, which competes with it"


def _changed_keys(proposals: Collection[Proposal]) -> Mapping[int, set[str]]:
    """What each proposal itself changes: its older text is no competitor."""
    revisions = {p.current_id: p.pk for p in proposals if p.current_id}
    found: dict[int, set[str]] = defaultdict(set)
    for revision, key in Change.objects.filter(revision__in=revisions).values_list(
        "revision_id", "agreement_key"
    ):
        found[revisions[revision]].add(key)
    return found


def _subjects(proposals: Collection[Proposal]) -> Iterator[tuple[int, int, str]]:
    """Whom opt-outs name or exempt, by name or by group, and who manages them."""
    revisions = {
        p.current_id: p.pk for p in proposals if p.current_id and p.kind == PERMISSION_KIND
    }
    if not revisions:
        return
    named: list[tuple[int, str, bool, bool]] = []  # proposal, name, whether a group, exempt
    for revision, document in Change.objects.filter(
        revision__in=revisions, kind=PERMISSION_KIND
    ).values_list("revision_id", "document"):
        subjects = document.get("subjects") or {}
        for is_exempt, part in ((False, subjects), (True, subjects.get("except") or {})):
            for field, is_group in (("people", False), ("groups", True)):
                for name in part.get(field) or ():
                    named.append((revisions[revision], str(name), is_group, is_exempt))
    people = {
        row.username: row
        for row in Person.objects.filter(
            username__in={name for _, name, is_group, _ in named if not is_group}
        )
    }
    members: dict[str, list[Person]] = defaultdict(list)
    for membership in TeamMembership.objects.filter(
        team__name__in={name for _, name, is_group, _ in named if is_group}
    ).select_related("person", "team"):
        members[membership.team.name].append(membership.person)
    managed: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
    for proposal_id, name, is_group, is_exempt in named:
        verb = "exempts" if is_exempt else "names"
        found = members[name] if is_group else [people[name]] if name in people else []
        for person in found:
            why = f"belongs to {name}, which" if is_group else "is somebody whom"
            yield proposal_id, person.pk, f"{why} the opt-out {verb}"
            if person.manager_id is not None:
                managed[proposal_id, person.manager_id][person.pk] = f"{person}"
    for (proposal_id, manager), reports in managed.items():
        first = next(iter(reports.values()))
        whom = first if len(reports) == 1 else f"{first} and {len(reports) - 1} more"
        yield proposal_id, manager, f"manages {whom}, whom the opt-out concerns"


def _voices(proposals: Collection[Proposal], at: dt.datetime) -> dict[int, set[int]]:
    """By proposal, who votes on it, acts for somebody who does, or has to sign it."""
    bodies: dict[int | None, set[int]] = {}
    for committee in {proposal.committee_id for proposal in proposals}:
        places = voting_seats(at, committee)
        bodies[committee] = {place.sitter.pk for place in places if place.sitter is not None}
        bodies[committee] |= {given.taker_id for place in places for given in place.delegations}
    found = {proposal.pk: set(bodies[proposal.committee_id]) for proposal in proposals}
    revisions = {p.current_id: p.pk for p in proposals if p.current_id}
    newest: dict[int, int] = dict(
        ImpactSnapshot.objects.filter(revision__in=revisions)
        .order_by("taken_at", "pk")
        .values_list("revision_id", "pk")
    )
    of_snapshot = {snapshot: revisions[revision] for revision, snapshot in newest.items()}
    for snapshot, person in Signer.objects.filter(
        snapshot__in=of_snapshot, role=SignerRole.MUST_SIGN, person__isnull=False
    ).values_list("snapshot_id", "person_id"):
        if person is not None:
            found[of_snapshot[snapshot]].add(person)
    return found


def _recused(proposals: Collection[Proposal]) -> set[tuple[int, int]]:
    """Who said of themselves that they stand aside, and from what."""
    last: dict[tuple[int, int], str] = {}
    for proposal_id, person, value in (
        Position.objects.filter(proposal__in=proposals, on_behalf_of__isnull=True)
        .order_by("at", "pk")
        .values_list("proposal_id", "person_id", "value")
    ):
        last[proposal_id, person] = value
    return {where for where, value in last.items() if value == PositionValue.RECUSED}
