"""The proposals on an agenda: which, in what order, with what they show (3.6)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from governance.council.rules.agenda import CONSENT_AGENDA_MINUTES, MINUTES, NUMBER, Line
from governance.council.selectors.interests import Interest, interests_of
from governance.models import (
    Appeal,
    Conflict,
    ImpactSnapshot,
    Meeting,
    Position,
    Proposal,
    Signer,
)
from governance.proposals.rules.transitions import OPEN
from governance.types import (
    AgendaSection,
    AppealState,
    ConflictKind,
    ConflictState,
    PositionValue,
    ProposalState,
    SignerRole,
)

WEEK = dt.timedelta(days=7)
_CONSENTS = frozenset({PositionValue.CONSENT, PositionValue.CONSENT_WITH_CONCERN})


@dataclass(frozen=True, slots=True)
class Material:
    """A line with what its item shows: ask, impact numbers, witness, positions so far."""

    line: Line
    detail: Mapping[str, Any] = field(default_factory=dict)
    proposal_id: int | None = None
    conflict_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything about the proposals of one agenda, by proposal."""

    counts: Mapping[int, Mapping[str, int]]
    must_sign: Mapping[int, Mapping[str, int | None]]
    said: Mapping[int, Mapping[int, str]]
    conflicts: Mapping[int, list[Conflict]]
    interests: Mapping[int, list[Interest]]
    appeals: Mapping[int, list[Appeal]]


def proposal_lines(meeting: Meeting, following: dt.datetime | None) -> list[Material]:
    """The lines of the proposals that the meeting could deal with, in a fixed number of queries.

    Two that are open on the same target share the line of the first.
    """
    proposals = list(_proposals(meeting, following))
    return list(_lines(proposals, _known(proposals, meeting.starts_at)))


def settled_conflicts(lines: Iterable[Material]) -> set[int]:
    """The conflicts that a decision among these lines settles."""
    return {
        int(pk)
        for material in lines
        if material.line.section in (AgendaSection.EMERGENCIES, AgendaSection.DECISIONS)
        for pk in material.detail["conflicts"]
    }


def _proposals(meeting: Meeting, following: dt.datetime | None) -> QuerySet[Proposal]:
    """To be voted on, in triage, in a final call that ends before the following meeting, with an
    appeal before the meeting, and emergencies with what would ratify them."""
    body = (
        Q(committee__isnull=True)
        if meeting.committee_id is None
        else Q(committee=meeting.committee_id)
    )
    asked = Q(state__in=[ProposalState.COUNCIL_VOTE, ProposalState.TRIAGE])
    final = Q(
        state=ProposalState.FINAL_CALL,
        final_call_until__gte=meeting.starts_at,
        final_call_until__lt=following or meeting.starts_at + WEEK,
    )
    emergency = Q(state=ProposalState.ACTIVE, is_emergency=True, lapses_at__isnull=False)
    ratifying = Q(
        state__in=OPEN - {ProposalState.DRAFT, ProposalState.DECIDED_SCHEDULED},
        follows_up__state=ProposalState.ACTIVE,
        follows_up__is_emergency=True,
        is_reversal=False,
    )
    waiting = Appeal.objects.filter(state=AppealState.OPEN).values("concern__proposal")
    appealed = Q(state__in=[ProposalState.DISCUSSION, ProposalState.FINAL_CALL], pk__in=waiting)
    return (
        Proposal.objects.filter(body)
        .filter(asked | final | emergency | ratifying | appealed)
        .select_related("current", "champion", "domain", "follows_up")
        .order_by("number")
    )


def _known(proposals: Collection[Proposal], at: dt.datetime) -> _Known:
    revisions = {proposal.current_id: proposal.pk for proposal in proposals if proposal.current_id}
    logics = {p.pk: p.current.logic_digest for p in proposals if p.current is not None}
    newest: dict[int, ImpactSnapshot] = {}
    for snapshot in ImpactSnapshot.objects.filter(revision__in=revisions).order_by(
        "taken_at", "pk"
    ).defer("content", "scope_proof"):  # fmt: skip
        newest[revisions[snapshot.revision_id]] = snapshot
    of_snapshot = {snapshot.pk: proposal for proposal, snapshot in newest.items()}
    must_sign: dict[int, dict[str, int | None]] = defaultdict(dict)
    for snapshot_id, label, person in Signer.objects.filter(
        snapshot__in=of_snapshot, role=SignerRole.MUST_SIGN
    ).values_list("snapshot_id", "label", "person_id"):
        must_sign[of_snapshot[snapshot_id]].setdefault(label, person)
    said: dict[int, dict[int, str]] = defaultdict(dict)
    for proposal, person, voice, value, logic in (
        Position.objects.filter(proposal__in=logics)
        .order_by("at", "pk")
        .values_list(
            "proposal_id", "person_id", "on_behalf_of_id", "value", "revision__logic_digest"
        )
    ):
        if logic == logics[proposal]:
            said[proposal][voice or person] = value
    conflicts: dict[int, list[Conflict]] = defaultdict(list)
    for conflict in (
        Conflict.objects.filter(state=ConflictState.OPEN, proposals__in=logics)
        .distinct()
        .prefetch_related("proposals")
    ):
        for proposal_ in conflict.proposals.all():
            conflicts[proposal_.pk].append(conflict)
    appeals: dict[int, list[Appeal]] = defaultdict(list)
    for appeal in Appeal.objects.filter(
        concern__proposal__in=logics, state=AppealState.OPEN
    ).select_related("concern", "raiser"):
        appeals[appeal.concern.proposal_id].append(appeal)
    return _Known(
        counts={pk: snapshot.counts for pk, snapshot in newest.items()},
        must_sign=must_sign,
        said=said,
        conflicts=conflicts,
        interests=interests_of(proposals, at),
        appeals=appeals,
    )


def _lines(proposals: Iterable[Proposal], known: _Known) -> Iterator[Material]:
    ratified = {p.follows_up_id for p in proposals if _ratifies(p)}
    asked = [p for p in proposals if p.pk not in ratified]
    asked.sort(key=lambda p: (NUMBER[_section(p, known)], _rank(p, known), p.pk))
    shown: set[int] = set()
    has_final_call = False
    for proposal in asked:
        if proposal.pk in shown:
            continue
        beside = [other for other in _beside(proposal, asked, known) if other.pk not in shown]
        shown.update([proposal.pk, *(other.pk for other in beside)])
        section = _section(proposal, known)
        minutes = MINUTES[section]
        if section is AgendaSection.FINAL_CALLS and not has_final_call:
            minutes, has_final_call = CONSENT_AGENDA_MINUTES, True
        yield Material(
            line=Line(
                key=f"proposal:{proposal.pk}",
                section=section,
                title=f"{proposal.key} {proposal.title}"[:400],
                minutes=minutes,
                rank=_rank(proposal, known),
            ),
            detail={
                **_detail(proposal, known),
                "together": [_detail(other, known) for other in beside],
            },
            proposal_id=proposal.pk,
        )


def _ratifies(proposal: Proposal) -> bool:
    """Whether it asks to keep what was declared in an emergency."""
    first = proposal.follows_up
    return (
        first is not None
        and first.is_emergency
        and first.state == ProposalState.ACTIVE
        and not proposal.is_reversal
    )


def _section(proposal: Proposal, known: _Known) -> AgendaSection:
    if _ratifies(proposal):
        return AgendaSection.EMERGENCIES
    if proposal.pk in known.appeals:
        return AgendaSection.DECISIONS
    return {
        ProposalState.ACTIVE: AgendaSection.EMERGENCIES,
        ProposalState.COUNCIL_VOTE: AgendaSection.DECISIONS,
        ProposalState.FINAL_CALL: AgendaSection.FINAL_CALLS,
    }.get(ProposalState(proposal.state), AgendaSection.NEW_BUSINESS)


def _rank(proposal: Proposal, known: _Known) -> tuple[float, ...]:
    """Emergencies by their end, decisions by effective date and then impact, final calls by their
    end, new business by when it came."""
    match _section(proposal, known):
        case AgendaSection.EMERGENCIES:
            return (_seconds(_lapses_at(proposal)),)
        case AgendaSection.DECISIONS:
            wanted = proposal.effective_at or (
                proposal.current.wanted_effective_at if proposal.current else None
            )
            return (_seconds(wanted), -float(_impact(known.counts.get(proposal.pk, {}))))
        case AgendaSection.FINAL_CALLS:
            return (_seconds(proposal.final_call_until),)
        case _:
            return (_seconds(proposal.state_since),)


def _lapses_at(proposal: Proposal) -> dt.datetime | None:
    first = proposal.follows_up
    return first.lapses_at if first is not None and _ratifies(proposal) else proposal.lapses_at


def _seconds(at: dt.datetime | None) -> float:
    return at.timestamp() if at else float("inf")


def _impact(counts: Mapping[str, Any]) -> int:
    """How much is touched, in one number for ordering."""
    return sum(int(number) for number in counts.values() if isinstance(number, int))


def _beside(proposal: Proposal, proposals: Iterable[Proposal], known: _Known) -> Iterator[Proposal]:
    """Other open proposals of the agenda on the same target."""
    others = {
        other.pk
        for conflict in known.conflicts.get(proposal.pk, [])
        if conflict.kind == ConflictKind.PENDING
        for other in conflict.proposals.all()
    }
    for other in proposals:
        if other.pk in others and other.pk != proposal.pk:
            yield other


def _detail(proposal: Proposal, known: _Known) -> dict[str, Any]:
    """What an item shows of a proposal, for pages and messages."""
    said = known.said.get(proposal.pk, {})
    values = list(said.values())
    must_sign = known.must_sign.get(proposal.pk, {})
    makers = (proposal.author_id, proposal.champion_id)  # who sign nothing that they made
    conflict = next(
        (one for one in known.conflicts.get(proposal.pk, []) if one.kind != ConflictKind.PENDING),
        None,
    )
    is_emergency = _section(proposal, known) is AgendaSection.EMERGENCIES
    due = proposal.final_call_until if proposal.state == ProposalState.FINAL_CALL else None
    if is_emergency:
        due = _lapses_at(proposal)
    first = proposal.follows_up
    return {
        "key": proposal.key,
        "title": proposal.title,
        "ask": proposal.ask,
        "kind": proposal.kind,
        "class": proposal.klass,
        "state": proposal.state,
        "champion": str(proposal.champion),
        "ratifies": first.key if first is not None and is_emergency else "",
        "due": due.isoformat() if due else "",
        "effective_at": proposal.effective_at.isoformat() if proposal.effective_at else "",
        "impact": dict(known.counts.get(proposal.pk, {})),
        "relation": conflict.kind if conflict else "",
        "witness": conflict.witness if conflict else "",
        "conflicts": [one.pk for one in known.conflicts.get(proposal.pk, [])],
        "interests": [one.document() for one in known.interests.get(proposal.pk, [])],
        "appeals": [
            {"id": one.pk, "title": one.concern.title, "raiser": str(one.raiser)}
            for one in known.appeals.get(proposal.pk, [])
        ],
        "positions": {
            "consent": sum(1 for value in values if value in _CONSENTS),
            "abstain": values.count(PositionValue.ABSTAIN),
            "block": values.count(PositionValue.BLOCK),
            "recused": values.count(PositionValue.RECUSED),
            "must_sign": len(must_sign),
            "signed": sum(
                1
                for person in must_sign.values()
                if person and person not in makers and said.get(person) in _CONSENTS
            ),
        },
    }
