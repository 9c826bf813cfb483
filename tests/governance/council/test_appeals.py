"""A ruling of the chair is brought before the meeting, which decides by a simple majority (3.3)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.db.models import ProtectedError
from hypothesis import given
from hypothesis import strategies as st

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput
from catalog.models import Event
from catalog.selectors.principals import principal_of
from governance.council.rules.appeals import AppealCount, count, outcome
from governance.council.services.appeals import appeal_ruling, decide_appeal, vote_on_appeal
from governance.council.services.decisions import record_vote
from governance.council.services.delegations import delegate
from governance.council.services.meetings import (
    advance,
    attend,
    close_meeting,
    leave,
    make_agenda,
    open_meeting,
    plan_meeting,
)
from governance.models import Appeal, AppealVote, Concern, Meeting, Proposal
from governance.proposals.services.concerns import rule_invalid, rule_valid
from governance.proposals.services.stepping import ask_for_vote
from governance.types import AppealChoice, AppealState, Outcome, PositionValue
from governance.types import ProposalState as S
from tests.governance.proposals.conftest import _kinds, _story, world
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
    at,
    block_fields,
    in_discussion,
    later,
    say,
    state_of,
)

__all__ = ["_kinds", "_story", "world"]  # fixtures of the proposals' tests

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + 8 * DAY
SEVEN = ("Inés", "Bram", "Suri", "Nadia", "Seun", "Peta", "Farid")
C = AppealChoice


def blocked(world: World, *, is_valid: bool = False, **fields: Any) -> tuple[Proposal, Concern]:
    """A proposal with Hugo's block, on which the chair ruled."""
    proposal = in_discussion(world)
    say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields(**fields))
    block = Concern.objects.get()
    ruling = rule_valid if is_valid else rule_invalid
    ruling(acting=world.who("Inés"), concern_id=block.pk, ruling="It is rare.")
    return proposal, block


def met(world: World, names: Sequence[str] = SEVEN, when: dt.datetime = TUESDAY) -> Meeting:
    """The council's meeting, open with these members in the room."""
    meeting = plan_meeting(acting=world.who("Inés"), starts_at=when)
    at(when)
    open_meeting(acting=world.who("Inés"), meeting_id=meeting.pk)
    for name in names:
        attend(acting=world.who(name), meeting_id=meeting.pk)
    return meeting


def appealed(world: World, block: Concern, who: str = "Hugo") -> Appeal:
    appeal_ruling(acting=world.who(who), concern_id=block.pk, reason="It is a witness.")
    return Appeal.objects.get()


def vote(world: World, appeal: Appeal, **choices: AppealChoice) -> None:
    for name, choice in choices.items():
        vote_on_appeal(acting=world.who(name), appeal_id=appeal.pk, choice=choice)


def test_a_majority_overturns_and_the_block_stands_again(world: World) -> None:
    proposal, block = blocked(world)
    appeal = appealed(world, block)
    assert (appeal.was_valid, appeal.ruling, appeal.state) == (False, "It is rare.", "open")
    meeting = met(world)
    vote(world, appeal, Bram=C.OVERTURN, Suri=C.OVERTURN, Nadia=C.SUSTAIN, Peta=C.ABSTAIN)
    vote(world, appeal, Bram=C.OVERTURN)  # said twice counts once

    decide_appeal(acting=world.who("Tomas"), appeal_id=appeal.pk)

    appeal.refresh_from_db()
    block.refresh_from_db()
    assert (appeal.state, appeal.overturn, appeal.sustain, appeal.abstain) == (
        AppealState.OVERTURNED, 2, 1, 1,
    )  # fmt: skip
    assert (appeal.meeting, appeal.decided_by) == (meeting, world.council.people["Tomas"])
    assert (block.is_blocking, block.state) == (True, "open")
    events = Event.objects.filter(
        type="governance.proposal.changed", payload__what="appeal", subject_name=proposal.key
    )
    assert [event.payload["detail"] for event in events.order_by("id")][-1] == "overturned"
    with pytest.raises(Conflict, match="overturned the chair's ruling"):
        rule_invalid(acting=world.who("Inés"), concern_id=block.pk, ruling="Still rare.")


def test_a_tie_sustains_and_the_ruling_stands(world: World) -> None:
    _, block = blocked(world)
    appeal = appealed(world, block)
    met(world)
    vote(world, appeal, Bram=C.OVERTURN, Nadia=C.SUSTAIN)

    decide_appeal(acting=world.who("Inés"), appeal_id=appeal.pk)

    appeal.refresh_from_db()
    block.refresh_from_db()
    assert (appeal.state, block.is_blocking) == (AppealState.SUSTAINED, False)
    with pytest.raises(Conflict, match="has decided"):
        appealed(world, block)


def test_a_valid_block_is_turned_into_a_concern(world: World) -> None:
    _, block = blocked(world, is_valid=True)
    appeal = appealed(world, block, "Peta")
    met(world)
    vote(world, appeal, Bram=C.OVERTURN)

    decide_appeal(acting=world.who("Inés"), appeal_id=appeal.pk)

    block.refresh_from_db()
    assert (block.is_blocking, block.state) == (False, "open")


def test_who_may_appeal_and_against_what(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())
    block = Concern.objects.get()
    with pytest.raises(Conflict, match="has not ruled"):
        appeal_ruling(acting=world.who("Hugo"), concern_id=block.pk, reason="So.")
    rule_invalid(acting=world.who("Inés"), concern_id=block.pk, ruling="It is rare.")

    for principal, code in (
        (principal_of(world.boss), "not_member"),
        (world.who("Inés"), "own_ruling"),
    ):
        with pytest.raises(AccessRefused) as refused:
            appeal_ruling(acting=principal, concern_id=block.pk, reason="So.")
        assert refused.value.verdict.code == code
    with pytest.raises(InvalidInput) as empty:
        appeal_ruling(acting=world.who("Hugo"), concern_id=block.pk, reason=" ")
    assert empty.value.field == "reason"
    assert not Appeal.objects.exists()

    appealed(world, block)
    with pytest.raises(Conflict, match="open already"):
        appeal_ruling(acting=world.who("Peta"), concern_id=block.pk, reason="Me, too.")
    with pytest.raises(Conflict, match="before the meeting"):
        rule_invalid(acting=world.who("Inés"), concern_id=block.pk, ruling="Again.")


def test_the_block_of_a_veto_is_no_matter_of_a_majority(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Lucian"), proposal, PositionValue.BLOCK, reason="The law.", block_kind="legal")
    block = Concern.objects.get()
    rule_valid(acting=world.who("Inés"), concern_id=block.pk, ruling="It is the law.")

    with pytest.raises(Conflict, match="lifted by its raiser alone"):
        appeal_ruling(acting=world.who("Hugo"), concern_id=block.pk, reason="It is not.")


def test_only_seats_in_the_room_vote_and_nobody_who_stands_aside(world: World) -> None:
    proposal, block = blocked(world)
    appeal = appealed(world, block)
    with pytest.raises(Conflict, match="none is open"):
        vote(world, appeal, Bram=C.OVERTURN)
    met(world)
    say(world.who("Farid"), proposal, PositionValue.RECUSED)

    for name, code in (("Kirsten", "not_attending"), ("Farid", "recused")):
        with pytest.raises(AccessRefused) as refused:
            vote(world, appeal, **{name: C.OVERTURN})
        assert refused.value.verdict.code == code
    with pytest.raises(AccessRefused) as stranger:
        vote_on_appeal(acting=principal_of(world.boss), appeal_id=appeal.pk, choice="overturn")
    assert stranger.value.verdict.code == "not_attending"
    with pytest.raises(InvalidInput) as unknown:
        vote_on_appeal(acting=world.who("Bram"), appeal_id=appeal.pk, choice="maybe")
    assert unknown.value.field == "choice"
    assert not AppealVote.objects.exists()


def test_who_stands_aside_or_leaves_after_the_vote_no_longer_counts(world: World) -> None:
    proposal, block = blocked(world)
    appeal = appealed(world, block)
    meeting = met(world, (*SEVEN, "Tomas", "Lucian"))
    vote(world, appeal, Farid=C.OVERTURN, Lucian=C.OVERTURN, Nadia=C.SUSTAIN, Bram=C.OVERTURN)
    say(world.who("Farid"), proposal, PositionValue.RECUSED)
    leave(
        acting=world.who("Lucian"), meeting_id=meeting.pk, seat_id=world.council.seats["Legal"].pk
    )

    decide_appeal(acting=world.who("Inés"), appeal_id=appeal.pk)

    appeal.refresh_from_db()
    assert (appeal.state, appeal.overturn, appeal.sustain) == ("sustained", 1, 1)


def test_a_delegate_in_the_room_votes_for_the_seat_they_attend_on(world: World) -> None:
    _, block = blocked(world)
    appeal = appealed(world, block)
    delegate(
        acting=world.who("Kirsten"), taker_id=world.council.people["Bram"].pk,
        until=TUESDAY + 5 * DAY,
    )  # fmt: skip
    meeting = met(world)
    seat = world.council.seats["Security"]
    attend(acting=world.who("Bram"), meeting_id=meeting.pk, seat_id=seat.pk)
    vote(world, appeal, Bram=C.OVERTURN, Nadia=C.SUSTAIN)

    decide_appeal(acting=world.who("Inés"), appeal_id=appeal.pk)

    appeal.refresh_from_db()
    assert (appeal.state, appeal.overturn, appeal.sustain) == ("overturned", 2, 1)


def test_nothing_is_recorded_without_quorum_without_votes_or_by_anybody(world: World) -> None:
    _, block = blocked(world)
    appeal = appealed(world, block)
    met(world, SEVEN[:3])
    vote(world, appeal, Bram=C.OVERTURN)
    with pytest.raises(Conflict, match="without quorum"):
        decide_appeal(acting=world.who("Inés"), appeal_id=appeal.pk)
    with pytest.raises(AccessRefused) as refused:
        decide_appeal(acting=world.who("Bram"), appeal_id=appeal.pk)
    assert refused.value.verdict.code == "not_chair_or_secretary"
    appeal.refresh_from_db()
    block.refresh_from_db()
    assert (appeal.state, block.is_blocking) == ("open", False)


def test_without_any_vote_nothing_is_decided(world: World) -> None:
    _, block = blocked(world)
    appeal = appealed(world, block)
    met(world)

    with pytest.raises(Conflict, match="Nobody has voted"):
        decide_appeal(acting=world.who("Inés"), appeal_id=appeal.pk)


def test_nothing_is_decided_on_the_proposal_while_an_appeal_is_open(world: World) -> None:
    proposal, block = blocked(world)
    appealed(world, block)
    for name in ("Mia", "Hugo", "Farid"):
        say(world.who(name), proposal)
    Concern.objects.update(state="open")  # Hugo consents now; the block's ruling is still contested
    later(MONDAY + 7 * DAY)
    assert state_of(proposal) == S.COUNCIL_VOTE
    for name in SEVEN:
        say(world.who(name), proposal)

    for outcome_ in (Outcome.ADOPTED, Outcome.REJECTED):
        with pytest.raises(Conflict, match="appeal"):
            record_vote(
                acting=world.who("Tomas"), key=proposal.key, outcome=outcome_, reason="So."
            )  # fmt: skip
    assert state_of(proposal) == S.COUNCIL_VOTE


def test_it_stands_on_the_agenda_and_in_the_minutes(world: World) -> None:
    proposal, block = blocked(world)
    appeal = appealed(world, block)
    meeting = plan_meeting(acting=world.who("Inés"), starts_at=MONDAY + 2 * DAY)
    make_agenda(acting=world.who("Inés"), meeting_id=meeting.pk)
    item = meeting.items.get(proposal=proposal)
    assert (item.section, item.detail["appeals"]) == (
        "decisions",
        [{"id": appeal.pk, "title": block.title, "raiser": "Hugo Brandt"}],
    )
    at(meeting.starts_at)
    open_meeting(acting=world.who("Inés"), meeting_id=meeting.pk)
    for name in SEVEN:
        attend(acting=world.who(name), meeting_id=meeting.pk)
    advance(acting=world.who("Inés"), meeting_id=meeting.pk, to_item_id=item.pk)
    vote(world, appeal, Bram=C.OVERTURN)

    decide_appeal(acting=world.who("Inés"), appeal_id=appeal.pk)
    item.refresh_from_db()
    assert item.done_at == meeting.starts_at
    close_meeting(acting=world.who("Inés"), meeting_id=meeting.pk)

    meeting.refresh_from_db()
    assert (
        "## Appeals against rulings of the chair\n\n"
        f"- {proposal.key}, {block.title}: Inés Valdor had ruled that it is no valid block (It is "
        "rare.). Hugo Brandt appealed: It is a witness. 1 to overturn, 0 to sustain, 0 abstain: "
        "the ruling is overturned.\n"
    ) in meeting.minutes_text
    assert state_of(proposal) == S.DISCUSSION


def test_what_is_over_is_not_voted_on(world: World) -> None:
    proposal, block = blocked(world)
    appeal = appealed(world, block)
    met(world)
    Proposal.objects.filter(pk=proposal.pk).update(state="withdrawn")

    with pytest.raises(Conflict, match="no longer open"):
        vote(world, appeal, Bram=C.OVERTURN)
    with pytest.raises(Conflict):
        ask_for_vote(acting=world.who("Hugo"), key=proposal.key, reason="So.")


def test_what_was_decided_never_changes(world: World) -> None:
    _, block = blocked(world)
    appeal = appealed(world, block)
    met(world)
    vote(world, appeal, Bram=C.SUSTAIN)
    decide_appeal(acting=world.who("Inés"), appeal_id=appeal.pk)

    for change in (
        lambda: Appeal.objects.update(state="overturned"),
        lambda: Appeal.objects.update(overturn=9),
        lambda: AppealVote.objects.update(choice="overturn"),
        lambda: AppealVote.objects.all().delete(),
        lambda: Appeal.objects.all().delete(),
    ):
        with pytest.raises((ProgrammingError, ProtectedError)), transaction.atomic():
            change()


@given(st.lists(st.sampled_from(AppealChoice), max_size=12))
def test_more_against_the_ruling_than_for_it_overturns(choices: list[AppealChoice]) -> None:
    counted = count(choices)

    assert counted.total == len(choices)
    against, beside = choices.count(C.OVERTURN), choices.count(C.SUSTAIN)
    assert (outcome(counted) is AppealState.OVERTURNED) == (against > beside)
    assert outcome(AppealCount(beside, against, 0)) is outcome(counted)


def test_the_count_is_told_in_a_sentence() -> None:
    assert AppealCount(sustain=3, overturn=3, abstain=1).sentence == (
        "3 to overturn, 3 to sustain, 1 abstain: the ruling stands on a tie."
    )
    assert AppealCount(sustain=1, overturn=0).sentence == (
        "0 to overturn, 1 to sustain, 0 abstain: the ruling stands."
    )
