"""Meetings for pages: the list, an agenda, and the room while it meets (3.6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.types import Principal
from governance import clock
from governance.council.rules.agenda import NUMBER, WITHOUT_QUORUM
from governance.council.rules.quorum import Quorum
from governance.council.rules.tally import Tally, tally
from governance.council.selectors.appeals import AppealView, open_appeals_of_body
from governance.council.selectors.ballots import SeatVote, seat_votes
from governance.council.selectors.interests import Interest, interests_in
from governance.council.selectors.minutes_signature import minutes_are_intact
from governance.council.selectors.rooms import Chair, chairs, quorum_in, rules_of_body
from governance.council.selectors.seats import is_chair, is_member, is_secretary
from governance.models import (
    ActionItem,
    AgendaItem,
    Decision,
    Meeting,
    MinutesCorrection,
    Proposal,
)
from governance.types import AgendaSection, MeetingState


@dataclass(frozen=True, slots=True)
class AgendaPart:
    """A section of an agenda with its number in the order of 3.6 and its items."""

    number: int
    section: AgendaSection
    items: Sequence[AgendaItem]


@dataclass(frozen=True, slots=True)
class Agenda:
    """The items of a meeting as they will be taken, with what is left to the next.

    `first` were carried over twice and are taken right after the opening. `minutes` is the time of
    everything that is on; `changes` tells how the agenda was made anew, the newest first. From
    `stands_at` on it `stands`, if it was made by then.
    """

    parts: Sequence[AgendaPart]
    first: Sequence[AgendaItem]
    carried_over: Sequence[AgendaItem]
    minutes: int
    changes: Sequence[dict[str, Any]]
    stands_at: dt.datetime
    stands: bool
    is_cancel_offered: bool


@dataclass(frozen=True, slots=True)
class VoteTable:
    """The live count of one proposal: every voting seat, the tally, who is missing.

    `interests` are people who perhaps should stand aside, with what became of it.
    """

    proposal: Proposal
    votes: Sequence[SeatVote]
    tally: Tally
    decision: Decision | None
    interests: Sequence[Interest]

    @property
    def missing(self) -> Sequence[SeatVote]:
        """Filled seats that have not spoken."""
        return [one for one in self.votes if one.vote is None and not one.place.is_vacant]


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting while it is run.

    `appeals` against rulings of the chair wait for this meeting.
    `seconds_left` is what remains of the current item's time box, negative when it is over;
    `may_run` says whether the principal chairs or keeps the minutes, `may_attend` whether they may
    take a seat or pull an item.
    """

    meeting: Meeting
    agenda: Agenda
    current: AgendaItem | None
    votes: Sequence[VoteTable]
    chairs: Sequence[Chair]
    quorum: Quorum
    appeals: Sequence[AppealView]
    actions: Sequence[ActionItem]
    seconds_left: int | None
    may_run: bool
    may_attend: bool

    def is_open_to(self, item: AgendaItem) -> bool:
        """Whether the item may be taken now: not done, and with quorum where it needs one."""
        return item.done_at is None and (self.quorum.is_met or item.section in WITHOUT_QUORUM)


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of a meeting with their corrections; `is_intact` compares the digest."""

    meeting: Meeting
    corrections: Sequence[MinutesCorrection]
    decisions: Sequence[Decision]
    is_intact: bool


def meeting_list(
    principal: Principal, *, committee_id: int | None = None, upcoming: bool | None = None
) -> QuerySet[Meeting]:
    """The meetings of the council or of a committee with `item_count`.

    `upcoming` keeps those that are still to be held, the earliest first, or those that are over,
    the newest first.
    """
    body = Q(committee__isnull=True) if committee_id is None else Q(committee=committee_id)
    rows = Meeting.objects.filter(body).annotate(item_count=Count("items"))
    to_come = Q(state__in=[MeetingState.PLANNED, MeetingState.OPEN])
    if upcoming is not None:
        rows = rows.filter(to_come if upcoming else ~to_come)
    rows = rows.order_by("starts_at" if upcoming else "-starts_at", "pk")
    return gate().scope(principal, Action.SEE, rows)


def next_meeting(principal: Principal, committee_id: int | None = None) -> Meeting | None:
    """The meeting that is open, else the next one planned."""
    return meeting_list(principal, committee_id=committee_id, upcoming=True).first()


def meeting(principal: Principal, pk: int) -> Meeting:
    """One meeting; raises NotFound."""
    rows = Meeting.objects.select_related("committee", "current_item", "approved_by")
    found = gate().scope(principal, Action.SEE, rows).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such meeting.")
    return found


def agenda(principal: Principal, pk: int) -> Agenda:
    """The agenda of a meeting; raises NotFound."""
    return _agenda(meeting(principal, pk))


def room(principal: Principal, pk: int, at: dt.datetime | None = None) -> Room:
    """The room of a meeting, for the page that is shown while it meets; raises NotFound."""
    held = meeting(principal, pk)
    instant = at or clock.now()
    seats = chairs(held, instant)
    current = held.current_item
    body = held.committee_id
    return Room(
        meeting=held,
        agenda=_agenda(held),
        current=current,
        votes=votes_on(held, current, instant) if current is not None else [],
        chairs=seats,
        quorum=quorum_in(seats, rules_of_body(held, instant)),
        appeals=(
            open_appeals_of_body(principal, held, instant)
            if held.state == MeetingState.OPEN
            else []
        ),
        actions=list(held.actions.select_related("owner", "proposal").order_by("pk")),
        seconds_left=_seconds_left(current, instant),
        may_run=is_chair(principal, instant, body) or is_secretary(principal, instant, body),
        may_attend=is_member(principal, instant, body),
    )


def votes_on(held: Meeting, item: AgendaItem, at: dt.datetime) -> list[VoteTable]:
    """The live counts of the proposals that an item is about."""
    keys = [row["key"] for row in item.detail.get("together", [])]
    wanted = Q(key__in=keys) | Q(pk=item.proposal_id)
    found = []
    for proposal in (
        Proposal.objects.filter(wanted)
        .select_related("current", "committee", "champion")
        .order_by("number")
    ):
        if not proposal.klass:
            continue
        is_open = held.state == MeetingState.OPEN
        ballot, votes = seat_votes(proposal, at, meeting=held if is_open else None)
        decision = Decision.objects.filter(meeting=held, proposal=proposal).last()
        interests = interests_in(proposal, at)
        found.append(VoteTable(proposal, votes, tally(ballot), decision, interests))
    return found


def minutes(principal: Principal, pk: int) -> Minutes:
    """The minutes of a meeting, drafted or approved; raises NotFound before it was closed."""
    held = meeting(principal, pk)
    if held.state not in (MeetingState.CLOSED, MeetingState.APPROVED):
        raise NotFound("There are no minutes of this meeting.")
    return Minutes(
        meeting=held,
        corrections=list(held.corrections.select_related("author")),
        decisions=list(held.decisions.select_related("proposal").order_by("number")),
        is_intact=minutes_are_intact(held),
    )


def open_actions(principal: Principal, *, mine: bool = False) -> QuerySet[ActionItem]:
    """Actions that are not done, the most urgent first; `mine` keeps the principal's own."""
    rows = ActionItem.objects.filter(done_at__isnull=True).select_related(
        "owner", "meeting", "proposal"
    )
    if mine:
        rows = rows.filter(owner=principal.person_id)
    return gate().scope(principal, Action.SEE, rows.order_by("due_on", "pk"))


def _agenda(held: Meeting) -> Agenda:
    items = list(held.items.select_related("proposal", "conflict").order_by("position", "pk"))
    on = [item for item in items if not item.is_carried_over]
    first = [item for item in on if item.carried >= 2 and item.section != AgendaSection.QUORUM]
    parts = [
        AgendaPart(
            number=number,
            section=section,
            items=[item for item in on if item.section == section and item not in first],
        )
        for section, number in NUMBER.items()
    ]
    rules = rules_of_body(held, held.starts_at)
    stands_at = held.starts_at - dt.timedelta(hours=rules.agenda_final_hours)
    return Agenda(
        parts=[part for part in parts if part.items],
        first=first,
        carried_over=[item for item in items if item.is_carried_over],
        minutes=sum(item.minutes_budget for item in on),
        changes=list(reversed(held.agenda_changes)),
        stands_at=stands_at,
        stands=clock.now() >= stands_at and held.agenda_made_at is not None,
        is_cancel_offered=held.cancel_offered_at is not None and held.state == MeetingState.PLANNED,
    )


def _seconds_left(item: AgendaItem | None, at: dt.datetime) -> int | None:
    if item is None or item.started_at is None:
        return None
    box = dt.timedelta(minutes=item.minutes_budget)
    return int((item.started_at + box - at).total_seconds())
