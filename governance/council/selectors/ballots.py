"""The ballot of a proposal as of an instant: what each voting seat says, who is there (3.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from governance.agreements.kinds.charter import rules_in_force
from governance.council.rules.tally import Ballot, Vote
from governance.council.selectors.seats import SeatAt, voting_seats
from governance.models import Attendance, Concern, Delegation, Meeting, Position, Proposal
from governance.proposals.selectors.recusals import recused_people
from governance.types import BlockKind, ConcernState, PositionValue, ProposalClass, VetoClass

_BLOCK = PositionValue.BLOCK
_STANDING = frozenset({ConcernState.OPEN, ConcernState.ADDRESSED})


@dataclass(frozen=True, slots=True)
class SeatVote:
    """A voting seat and the position that counts for it; None where it has not spoken."""

    place: SeatAt
    position: Position | None
    vote: Vote | None
    is_attending: bool
    attends_by_delegate: bool


def ballot_of(proposal: Proposal, at: dt.datetime, *, meeting: Meeting | None = None) -> Ballot:
    """What the council, or the proposal's committee, votes with at the instant.

    In a meeting those in the room make the quorum; positions in writing speak too.
    """
    return _ballot(proposal, at, _seat_votes(proposal, at, meeting), meeting)


def seat_votes(
    proposal: Proposal, at: dt.datetime, *, meeting: Meeting | None = None
) -> tuple[Ballot, list[SeatVote]]:
    """The ballot, and each voting seat with what it says, for the page of a vote."""
    votes = _seat_votes(proposal, at, meeting)
    return _ballot(proposal, at, votes, meeting), votes


def _ballot(
    proposal: Proposal, at: dt.datetime, votes: Collection[SeatVote], meeting: Meeting | None
) -> Ballot:
    committee = proposal.committee.slug if proposal.committee else ""
    rules = rules_in_force(at, committee=committee)
    klass = ProposalClass(proposal.klass)
    is_charter = klass is ProposalClass.CHARTER
    return Ballot(
        klass=klass,
        all_seats=len(votes),
        filled=frozenset(one.place.seat.pk for one in votes if not one.place.is_vacant),
        votes=tuple(one.vote for one in votes if one.vote is not None),
        attending=(
            None
            if meeting is None
            else {one.place.seat.pk: one.attends_by_delegate for one in votes if one.is_attending}
        ),
        conflicted=recused_people(proposal),
        veto_classes={
            one.place.seat.pk: frozenset(map(VetoClass, one.place.seat.veto_classes))
            for one in votes
            if one.place.seat.veto_classes
        },
        quorum_share=rules.quorum_share,
        delegate_share=rules.delegate_share_max,
        pass_share=rules.charter_pass_share if is_charter else rules.pass_share,
    )


def _seat_votes(proposal: Proposal, at: dt.datetime, meeting: Meeting | None) -> list[SeatVote]:
    places = voting_seats(at, proposal.committee_id)
    said = _said(proposal, at, places)
    recused = recused_people(proposal)
    blocks = _blocks(proposal)
    there = _attending(meeting)
    found = []
    for place in places:
        position = _of_seat(place, said)
        found.append(
            SeatVote(
                place=place,
                position=position,
                vote=_vote(place, position, blocks, recused),
                is_attending=place.seat.pk in there and not place.is_vacant,
                attends_by_delegate=there.get(place.seat.pk, False),
            )
        )
    return found


def _said(
    proposal: Proposal, at: dt.datetime, places: Collection[SeatAt]
) -> dict[int, list[Position]]:
    """By sitter, in order, the positions that are theirs: on the current logic, cast by themselves
    or by somebody who acted for their seat at that time."""
    if proposal.current is None:
        return {}
    sitters = {place.sitter.pk: place for place in places if place.sitter is not None}
    rows: QuerySet[Position] = (
        Position.objects.filter(
            proposal=proposal, revision__logic_digest=proposal.current.logic_digest, at__lte=at
        )
        .select_related("person", "on_behalf_of")
        .order_by("at", "pk")
    )
    given = list(
        Delegation.objects.filter(giver__in=sitters).values_list(
            "giver_id", "taker_id", "domain_id", "since", "until", "ended_at"
        )
    )
    domains = {
        pk: set(place.seat.domains.values_list("pk", flat=True))
        for pk, place in sitters.items()
        if any(giver == pk and domain is not None for giver, _, domain, *_ in given)
    }
    found: dict[int, list[Position]] = {}
    for row in rows:
        voice = row.on_behalf_of_id or row.person_id
        if voice not in sitters:
            continue
        is_theirs = row.on_behalf_of_id is None or any(
            giver == voice
            and taker == row.person_id
            and (domain is None or domain in domains.get(voice, set()))
            and since <= row.at < until
            and (ended is None or row.at < ended)
            for giver, taker, domain, since, until, ended in given
        )
        if is_theirs:
            found.setdefault(voice, []).append(row)
    return found


def _of_seat(place: SeatAt, said: Mapping[int, list[Position]]) -> Position | None:
    """The position that counts for a seat: the last one, where no delegate spoke against a block
    that the sitter holds in their own name."""
    if place.sitter is None:
        return None
    last: Position | None = None
    for position in said.get(place.sitter.pk, []):
        holds = last is not None and last.on_behalf_of_id is None and last.value == _BLOCK
        if position.on_behalf_of_id is None or not holds:
            last = position
    return last


def _vote(
    place: SeatAt,
    position: Position | None,
    blocks: Mapping[tuple[int, str], list[Concern]],
    recused: frozenset[int],
) -> Vote | None:
    if position is None:
        return None
    if place.sitter is not None and place.sitter.pk in recused:
        # Whoever cast it: nobody speaks for who stands aside.
        return Vote(place.seat.pk, place.sitter.pk, PositionValue.RECUSED)
    kind = BlockKind(position.block_kind) if position.block_kind else None
    voice = position.on_behalf_of_id or position.person_id
    asked = blocks.get((voice, position.block_kind), []) if kind else []
    # What was ruled invalid, resolved or withdrawn is a vote against and no veto any more.
    stands = not asked or any(one.is_blocking and one.state in _STANDING for one in asked)
    return Vote(
        seat=place.seat.pk,
        person=position.person_id,
        value=PositionValue(position.value),
        block_kind=kind if stands else None,
        by_delegate=position.on_behalf_of_id is not None,
        is_answered=bool(asked)
        and all(not one.is_blocking or one.state != ConcernState.OPEN for one in asked),
    )


def _blocks(proposal: Proposal) -> dict[tuple[int, str], list[Concern]]:
    """By raiser and kind, what blocks or was ruled to be no block."""
    found: dict[tuple[int, str], list[Concern]] = {}
    for concern in Concern.objects.filter(proposal=proposal):
        if concern.is_blocking or concern.ruling:
            found.setdefault((concern.raiser_id, concern.kind), []).append(concern)
    return found


def _attending(meeting: Meeting | None) -> dict[int, bool]:
    if meeting is None:
        return {}
    rows = Attendance.objects.filter(meeting=meeting, left_at__isnull=True)
    return dict(rows.values_list("seat_id", "is_delegate"))
