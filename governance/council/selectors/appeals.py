"""Appeals against rulings of the chair: which are open, who votes in the room, how it stands."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from catalog.access import Action, gate
from catalog.types import Principal
from governance.council.rules.appeals import AppealCount, count
from governance.council.selectors.rooms import chairs
from governance.models import Appeal, AppealVote, Meeting, Proposal, Seat
from governance.proposals.selectors.recusals import recused_people
from governance.types import AppealChoice, AppealState, MeetingState


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal with its count: as it stands while a meeting is open, else as it was decided.

    `may_vote` says whether the reader attends on a voting seat and does not stand aside;
    `is_before_meeting` whether a meeting that can decide it is open.
    """

    appeal: Appeal
    count: AppealCount
    is_before_meeting: bool
    may_vote: bool

    @property
    def is_open(self) -> bool:
        """Whether the meeting has still to decide."""
        return self.appeal.state == AppealState.OPEN


def visible_appeals(principal: Principal) -> QuerySet[Appeal]:
    """The appeals that a reader may see."""
    return gate().scope(principal, Action.SEE, Appeal.objects.all())


def appeals_of(
    principal: Principal, proposals: Collection[Proposal], at: dt.datetime
) -> list[AppealView]:
    """The appeals against rulings on the blocks of proposals, as they were raised."""
    rows = Appeal.objects.filter(concern__proposal__in=proposals).select_related(
        "concern__proposal", "concern__raiser", "concern__ruled_by", "raiser", "decided_by",
        "meeting",
    )  # fmt: skip
    return [_view(principal, appeal, at) for appeal in rows.order_by("raised_at", "pk")]


def open_appeals_of_body(
    principal: Principal, meeting: Meeting, at: dt.datetime
) -> list[AppealView]:
    """What a meeting has to decide: the open appeals on proposals of its body."""
    of_body = (
        Q(committee__isnull=True)
        if meeting.committee_id is None
        else Q(committee=meeting.committee_id)
    )
    waiting = Appeal.objects.filter(state=AppealState.OPEN).values("concern__proposal")
    proposals = Proposal.objects.filter(of_body, pk__in=waiting)
    return [one for one in appeals_of(principal, list(proposals), at) if one.is_open]


def open_meeting_of(proposal: Proposal) -> Meeting | None:
    """The meeting of the proposal's body that is open; None where none is."""
    rows = Meeting.objects.filter(state=MeetingState.OPEN).select_related("committee")
    body = (
        rows.filter(committee__isnull=True)
        if proposal.committee_id is None
        else rows.filter(committee=proposal.committee_id)
    )
    return body.order_by("starts_at").first()


def seats_voting(meeting: Meeting, at: dt.datetime) -> Mapping[int, list[Seat]]:
    """By person, the voting seats on which they attend now."""
    found: dict[int, list[Seat]] = defaultdict(list)
    for chair in chairs(meeting, at):
        place, attendance = chair.place, chair.attendance
        if chair.is_present and attendance is not None and place.seat.is_voting:
            found[attendance.person_id].append(place.seat)
    return found


def votes_on_appeal(
    appeal: Appeal, proposal: Proposal, meeting: Meeting, at: dt.datetime
) -> list[AppealChoice]:
    """What each voting seat in the room last said; who stands aside by now is left out."""
    recused = recused_people(proposal)
    there = {
        (seat.pk, person) for person, seats in seats_voting(meeting, at).items() for seat in seats
    }
    last: dict[int, str] = {}
    for seat, person, choice in (
        AppealVote.objects.filter(appeal=appeal)
        .order_by("at", "pk")
        .values_list("seat_id", "person_id", "choice")
    ):
        if (seat, person) in there and person not in recused:
            last[seat] = choice
    return [AppealChoice(choice) for choice in last.values()]


def has_open_appeal(proposal: Proposal) -> bool:
    """Whether a ruling on one of its blocks is before the meeting."""
    return Appeal.objects.filter(concern__proposal=proposal, state=AppealState.OPEN).exists()


def _view(principal: Principal, appeal: Appeal, at: dt.datetime) -> AppealView:
    proposal = appeal.concern.proposal
    if appeal.state != AppealState.OPEN:
        counted = AppealCount(appeal.sustain, appeal.overturn, appeal.abstain)
        return AppealView(appeal, counted, is_before_meeting=False, may_vote=False)
    meeting = open_meeting_of(proposal)
    if meeting is None:
        return AppealView(appeal, AppealCount(), is_before_meeting=False, may_vote=False)
    person = principal.person_id
    may_vote = (
        person is not None
        and person in seats_voting(meeting, at)
        and person not in recused_people(proposal)
    )
    counted = count(votes_on_appeal(appeal, proposal, meeting, at))
    return AppealView(appeal, counted, is_before_meeting=True, may_vote=may_vote)
