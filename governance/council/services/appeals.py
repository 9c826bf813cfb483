"""Appeals: a ruling of the chair on a block is brought before the meeting, which decides (3.3).

A majority of the voting seats in the room that vote overturns a ruling; a tie sustains it.
"""

from __future__ import annotations

import datetime as dt

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.rules.appeals import count, outcome
from governance.council.selectors.appeals import open_meeting_of, seats_voting, votes_on_appeal
from governance.council.selectors.rooms import quorum_of_meeting
from governance.council.services.authority import require_runner
from governance.council.services.meetings.taking import told
from governance.council.services.meetings.voting import keys_of
from governance.models import Appeal, AppealVote, Concern, Meeting, Proposal
from governance.proposals.rules.abilities import Act
from governance.proposals.selectors.recusals import recused_people
from governance.proposals.selectors.standing import standing
from governance.proposals.services.blocks import take_effect
from governance.proposals.services.concerns import has_veto
from governance.proposals.services.steps import demand, take, touch
from governance.proposals.services.texts import written
from governance.types import AppealChoice, AppealState, ConcernState, ProposalState

_STANDING = (ConcernState.OPEN, ConcernState.ADDRESSED)


def appeal_ruling(*, acting: Principal, concern_id: int, reason: str) -> Concern:
    """Bring the chair's ruling on a block before the meeting; any member may, and who raised it.

    Nothing is decided on the proposal while the appeal is open. Raises Conflict where there is no
    ruling, where the meeting has decided on it, and for a block that its veto alone settles.
    """
    require(acting, Action.PROPOSE)
    words = written(reason, field="reason")
    at = clock.now()
    with writing(acting, reason=words):
        proposal, concern = _take_concern(concern_id)
        demand(Act.APPEAL, standing(proposal, acting, at))
        _require_appealable(concern, acting)
        Appeal.objects.create(
            concern=concern,
            raiser_id=person_id_of(acting),
            reason=words,
            ruling=concern.ruling,
            was_valid=concern.is_blocking,
            raised_at=at,
        )
        touch(proposal, "appeal", acting=acting, at=at, detail=f"against {concern.title}")
    return concern


def vote_on_appeal(*, acting: Principal, appeal_id: int, choice: AppealChoice | str) -> Concern:
    """Say, from the seats one attends on in the open meeting, whether the ruling stands; the last
    word of a seat counts.

    Raises Conflict while no meeting of the body is open, AccessRefused for who attends on no voting
    seat, and for who stands aside from the proposal.
    """
    require(acting, Action.PROPOSE)
    said = _choice(choice)
    at = clock.now()
    with writing(acting):
        proposal, concern, appeal = _take_appeal(appeal_id)
        meeting = _require_open(appeal, proposal)
        person_id = person_id_of(acting)
        if person_id in recused_people(proposal):
            raise _refused(
                "recused", "You stand aside from this proposal, so you do not vote on the appeal."
            )
        seats = seats_voting(meeting, at).get(person_id, [])
        if not seats:
            raise _refused(
                "not_attending",
                "Only those who attend the meeting on a voting seat vote on an appeal.",
                ask="the secretary, who notes who is there",
            )
        AppealVote.objects.bulk_create(
            AppealVote(appeal=appeal, seat=seat, person_id=person_id, choice=said, at=at)
            for seat in seats
        )
        touch(proposal, "appeal", acting=acting, at=at, detail="vote")
    return concern


def decide_appeal(*, acting: Principal, appeal_id: int) -> Concern:
    """Record what the meeting decided, from the votes of the seats in the room.

    A ruling that is overturned is turned round: what was no valid block blocks again, what was one
    becomes a concern. Raises Conflict without quorum and where nobody has voted.
    """
    at = clock.now()
    with writing(acting):
        proposal, concern, appeal = _take_appeal(appeal_id)
        require_runner(acting, proposal.committee_id)
        meeting = _require_open(appeal, proposal)
        quorum = quorum_of_meeting(meeting, at)
        if not quorum.is_met:
            raise Conflict(f"{quorum.sentence} Nothing is recorded without quorum.")
        counted = count(votes_on_appeal(appeal, proposal, meeting, at))
        if not counted.total:
            raise Conflict("Nobody has voted on this appeal yet.")
        appeal.state = outcome(counted)
        appeal.sustain, appeal.overturn = counted.sustain, counted.overturn
        appeal.abstain = counted.abstain
        appeal.meeting, appeal.decided_at = meeting, at
        appeal.decided_by_id = person_id_of(acting)
        appeal.save()
        if appeal.state == AppealState.OVERTURNED:
            concern.is_blocking = not appeal.was_valid
            concern.save(update_fields=["is_blocking"])
        touch(proposal, "appeal", acting=acting, at=at, detail=appeal.state)
        if concern.is_blocking and appeal.state == AppealState.OVERTURNED:
            take_effect(proposal, acting=acting, at=at, why=concern.title)
        _finish_item(meeting, proposal, at)
        told(acting, meeting, "appeal_decided")
    return concern


def _require_appealable(concern: Concern, acting: Principal) -> None:
    if not concern.ruling:
        raise Conflict("The chair has not ruled on this yet: there is nothing to appeal against.")
    if concern.state not in _STANDING:
        raise Conflict(f"This concern is {concern.state} already.")
    if concern.ruled_by_id == acting.person_id:
        raise _refused("own_ruling", "Nobody appeals against a ruling of their own.")
    if has_veto(concern):
        raise Conflict(
            "A legal or security block of a seat with that veto is lifted by its raiser alone."
        )
    earlier = concern.appeals.order_by("-pk").first()
    if earlier is None:
        return
    if earlier.state == AppealState.OPEN:
        raise Conflict("An appeal against this ruling is open already.")
    if earlier.state == AppealState.OVERTURNED or earlier.ruling == concern.ruling:
        raise Conflict("The meeting has decided on this ruling.")


def _require_open(appeal: Appeal, proposal: Proposal) -> Meeting:
    if appeal.state != AppealState.OPEN:
        raise Conflict(f"This appeal is decided: the ruling was {appeal.state}.")
    if ProposalState(proposal.state) not in (
        ProposalState.TRIAGE,
        ProposalState.DISCUSSION,
        ProposalState.FINAL_CALL,
        ProposalState.COUNCIL_VOTE,
    ):
        raise Conflict(f"{proposal.key} is no longer open, so nothing hangs on the ruling.")
    meeting = open_meeting_of(proposal)
    if meeting is None:
        raise Conflict("The meeting decides on appeals, and none is open now.")
    return meeting


def _finish_item(meeting: Meeting, proposal: Proposal, at: dt.datetime) -> None:
    """An item that only the appeal brought before the meeting is done with it."""
    waits = Appeal.objects.filter(concern__proposal=proposal, state=AppealState.OPEN).exists()
    if proposal.state == ProposalState.COUNCIL_VOTE or waits:
        return
    for item in meeting.items.filter(proposal=proposal, done_at__isnull=True):
        if keys_of(item) == {proposal.key} and item.detail.get("appeals"):
            item.done_at, item.started_at = at, item.started_at or at
            item.save(update_fields=["done_at", "started_at"])


def _take_concern(concern_id: int) -> tuple[Proposal, Concern]:
    """A concern with its proposal, both locked, the proposal first."""
    key = Concern.objects.filter(pk=concern_id).values_list("proposal__key", flat=True).first()
    if key is None:
        raise NotFound("There is no such concern.")
    proposal = take(key)
    return proposal, Concern.objects.select_for_update().get(pk=concern_id)


def _take_appeal(appeal_id: int) -> tuple[Proposal, Concern, Appeal]:
    concern_id = Appeal.objects.filter(pk=appeal_id).values_list("concern", flat=True).first()
    if concern_id is None:
        raise NotFound("There is no such appeal.")
    proposal, concern = _take_concern(concern_id)
    return proposal, concern, Appeal.objects.select_for_update().get(pk=appeal_id)


def _choice(choice: AppealChoice | str) -> AppealChoice:
    try:
        return AppealChoice(choice)
    except ValueError:
        known = ", ".join(one.value for one in AppealChoice)
        raise InvalidInput(f"A vote on an appeal is one of {known}.", field="choice") from None


def _refused(code: str, sentence: str, ask: str = "") -> AccessRefused:
    return AccessRefused(Verdict(allowed=False, code=code, reason=sentence, ask=ask))
