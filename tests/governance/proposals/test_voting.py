"""The council's vote: quorum, ratio, answers in writing, vetoes, and what follows."""

import pytest

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput
from catalog.selectors.principals import principal_of
from governance.council.selectors.decisions import recount, recounted_vote
from governance.council.services.decisions import record_vote
from governance.models import (
    AgreementVersion,
    Attendance,
    Concern,
    Decision,
    Delegation,
    Meeting,
    Proposal,
)
from governance.proposals.services.concerns import answer_concern
from governance.proposals.services.stepping import ask_for_vote, resume
from governance.proposals.services.submitting import accept, submit
from governance.types import Outcome
from governance.types import PositionValue as V
from governance.types import ProposalState as S
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
    administrator_principal,
    at,
    block_fields,
    draft,
    in_discussion,
    later,
    note,
    say,
    state_of,
)

pytestmark = pytest.mark.django_db
VOTE_DAY = MONDAY + 8 * DAY


def contested(world: World, **fields: object) -> Proposal:
    """Sales blocks; at the end of the discussion it goes before the council."""
    proposal = in_discussion(world)
    say(world.who("Hugo"), proposal, V.BLOCK, **block_fields(**fields))
    later(MONDAY + 7 * DAY)
    at(VOTE_DAY)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.klass) == (S.COUNCIL_VOTE, "C")
    return proposal


def votes(world: World, proposal: Proposal, consent: int, abstain: int = 0) -> None:
    free = ["Inés", "Bram", "Suri", "Tomas", "Nadia", "Seun", "Peta", "Mia", "Farid"]
    for first in free[:consent]:
        say(world.who(first), proposal)
    for first in free[consent : consent + abstain]:
        say(world.who(first), proposal, V.ABSTAIN)


def record(world: World, proposal: Proposal, outcome: Outcome, **fields: object) -> Decision:
    return record_vote(
        acting=world.who("Tomas"), key=proposal.key, outcome=outcome, reason="Said so.", **fields
    )


def answer(world: World) -> None:
    for block in Concern.objects.filter(state="open"):
        answer_concern(
            acting=world.acting, concern_id=block.pk, answer="Rows of score 50 are rare."
        )


def test_a_contested_proposal_is_adopted_by_two_thirds_with_every_block_answered(
    world: World,
) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=6)
    answer(world)

    decision = record(world, proposal, Outcome.ADOPTED)

    assert (decision.outcome, decision.klass) == ("adopted", "C")
    assert (decision.present, decision.quorum) == (7, 7)
    assert (decision.tally["consent"], decision.tally["block"]) == (6, 1)
    assert [row["kind"] for row in decision.dissent] == ["correctness"]
    proposal.refresh_from_db()
    assert (proposal.state, proposal.effective_at) == (S.DECIDED_SCHEDULED, VOTE_DAY)
    later(VOTE_DAY)
    assert state_of(proposal) == S.ACTIVE


def test_the_tally_can_be_counted_again_from_the_positions(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=6, abstain=1)
    answer(world)
    decision = record(world, proposal, Outcome.ADOPTED)

    assert recount(decision) == {
        "consent": 6, "consent_with_concern": 0, "abstain": 1, "block": 1, "recused": 0,
    }  # fmt: skip
    again = recounted_vote(decision)
    assert again is not None
    assert {name: decision.tally[name] for name in again} == again


def test_counted_again_a_block_outranks_a_delegates_consent(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=6)
    blocker = Concern.objects.get().raiser
    Delegation.objects.create(
        giver=blocker, taker=world.colleague, since=MONDAY, until=VOTE_DAY + DAY
    )
    say(principal_of(world.colleague), proposal, on_behalf_of_id=blocker.pk)
    answer(world)

    decision = record(world, proposal, Outcome.ADOPTED)

    again = recount(decision)
    assert (decision.tally["block"], again["block"], again["consent"]) == (1, 1, 6)


def test_a_vote_without_quorum_is_not_recorded(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=5)
    answer(world)

    for outcome in (Outcome.ADOPTED, Outcome.REJECTED, Outcome.DEFERRED, Outcome.RETURNED):
        with pytest.raises(Conflict, match="No quorum"):
            record(world, proposal, outcome)

    assert not Decision.objects.exists()
    assert state_of(proposal) == S.COUNCIL_VOTE


def test_less_than_two_thirds_is_rejected_with_dissent_kept(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=6)
    for first in ("Mia", "Farid", "Kirsten"):
        say(world.who(first), proposal, V.BLOCK, **block_fields())
    answer(world)

    with pytest.raises(Conflict, match="less than two thirds"):
        record(world, proposal, Outcome.ADOPTED)
    decision = record(world, proposal, Outcome.REJECTED)

    assert (decision.tally["consent"], decision.tally["block"]) == (6, 4)
    assert len(decision.dissent) == 4
    assert state_of(proposal) == S.REJECTED
    assert not AgreementVersion.objects.exists()


def test_what_passes_is_not_recorded_as_rejected(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=7)
    answer(world)

    with pytest.raises(Conflict, match="cannot be recorded as rejected"):
        record(world, proposal, Outcome.REJECTED)


def test_every_block_is_answered_in_writing_before_it_is_outvoted(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=8)

    with pytest.raises(Conflict, match="no written answer"):
        record(world, proposal, Outcome.ADOPTED)

    assert state_of(proposal) == S.COUNCIL_VOTE


@pytest.mark.parametrize(("first", "kind"), [("Lucian", "legal"), ("Kirsten", "security")])
def test_a_legal_or_security_block_cannot_be_outvoted(world: World, first: str, kind: str) -> None:
    proposal = in_discussion(world)
    say(world.who("Hugo"), proposal)
    say(world.who(first), proposal, V.BLOCK, reason="Forbidden.", block_kind=kind)
    later(MONDAY + 7 * DAY)
    votes(world, proposal, consent=9)
    answer(world)

    with pytest.raises(Conflict, match="cannot be outvoted"):
        record(world, proposal, Outcome.ADOPTED)

    assert not Decision.objects.exists()


def test_a_legal_block_by_somebody_without_that_veto_can_be_outvoted(world: World) -> None:
    proposal = contested(world, block_kind="legal")
    votes(world, proposal, consent=8)
    answer(world)

    assert record(world, proposal, Outcome.ADOPTED).outcome == "adopted"


def test_a_meeting_counts_who_attends(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=8)
    answer(world)
    starts_at = VOTE_DAY + DAY / 24  # the clock has planned one for this very hour
    meeting = Meeting.objects.create(starts_at=starts_at, opened_at=VOTE_DAY, state="open")
    seats = list(world.council.seats.values())
    for seat in seats[:6]:
        person = seat.memberships.get().person
        Attendance.objects.create(meeting=meeting, seat=seat, person=person, at=VOTE_DAY)

    with pytest.raises(Conflict, match="No quorum"):
        record(world, proposal, Outcome.ADOPTED, meeting_id=meeting.pk)
    seat = seats[6]
    Attendance.objects.create(
        meeting=meeting, seat=seat, person=seat.memberships.get().person, at=VOTE_DAY
    )
    with pytest.raises(InvalidInput, match="no such meeting"):
        record(world, proposal, Outcome.ADOPTED, meeting_id=meeting.pk + 1)
    decision = record(world, proposal, Outcome.ADOPTED, meeting_id=meeting.pk)

    assert (decision.present, decision.meeting) == (7, meeting)


def test_only_who_runs_the_council_records_a_vote_and_never_their_own(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=8)
    answer(world)
    Proposal.objects.filter(pk=proposal.pk).update(champion=world.council.people["Tomas"])

    for principal, code in (
        (world.who("Bram"), "not_chair"),
        (administrator_principal(), "not_chair"),
        (world.who("Tomas"), "own_proposal"),
        (world.acting, "own_proposal"),
    ):
        with pytest.raises(AccessRefused) as refused:
            record_vote(acting=principal, key=proposal.key, outcome=Outcome.ADOPTED, reason="Yes.")
        assert refused.value.verdict.code == code
    assert not Decision.objects.exists()


def test_a_deferred_proposal_comes_back_by_the_clock_or_by_a_member(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=7)

    record(world, proposal, Outcome.DEFERRED, deferred_until=VOTE_DAY + 30 * DAY)
    later(VOTE_DAY + 29 * DAY)
    assert state_of(proposal) == S.DEFERRED
    later(VOTE_DAY + 30 * DAY)
    assert state_of(proposal) == S.DISCUSSION


def test_its_makers_and_the_council_resume_a_deferred_proposal(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=7)
    record(world, proposal, Outcome.DEFERRED)

    with pytest.raises(AccessRefused) as refused:
        resume(acting=administrator_principal(), key=proposal.key)
    assert refused.value.verdict.code == "not_member"
    resume(acting=world.acting, key=proposal.key)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.klass) == (S.DISCUSSION, "S")


def test_a_returned_proposal_is_discussed_again_as_before(world: World) -> None:
    proposal = contested(world)
    votes(world, proposal, consent=7)

    decision = record(world, proposal, Outcome.RETURNED)

    proposal.refresh_from_db()
    assert (decision.state_after, proposal.state, proposal.klass) == (
        "discussion", S.DISCUSSION, "S",
    )  # fmt: skip


def test_three_seats_bring_a_proposal_to_a_vote(world: World) -> None:
    proposal = in_discussion(world)

    for first, state in (("Bram", S.DISCUSSION), ("Bram", S.DISCUSSION), ("Suri", S.DISCUSSION),
                         ("Nadia", S.COUNCIL_VOTE)):  # fmt: skip
        ask_for_vote(acting=world.who(first), key=proposal.key, reason="Let us decide.")
        assert state_of(proposal) == state


def test_a_stranger_asks_for_no_vote(world: World) -> None:
    proposal = in_discussion(world)

    with pytest.raises(AccessRefused) as refused:
        ask_for_vote(acting=administrator_principal(), key=proposal.key, reason="Now.")

    assert refused.value.verdict.code == "not_member"


def test_a_charter_is_voted_on_by_all_seats(world: World) -> None:
    proposal = draft(world, note(kind="charter", datasets=world.ids("Marketing")))
    submit(acting=world.acting, key=proposal.key)
    accept(acting=world.who("Inés"), key=proposal.key)
    proposal.refresh_from_db()
    assert (proposal.klass, proposal.discussion_until) == ("M", MONDAY + 14 * DAY)
    say(world.who("Mia"), proposal)
    later(MONDAY + 14 * DAY)
    later(MONDAY + 17 * DAY)
    assert state_of(proposal) == S.COUNCIL_VOTE
    for first in ("Inés", "Bram", "Suri", "Tomas", "Nadia", "Seun"):
        say(world.who(first), proposal)

    with pytest.raises(Conflict, match="7 of all 12 seats"):
        record(world, proposal, Outcome.ADOPTED)
    say(world.who("Peta"), proposal)
    decision = record(world, proposal, Outcome.ADOPTED)

    assert (decision.klass, decision.tally["consent"]) == ("M", 8)
