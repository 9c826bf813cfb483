"""The long way: draft, submission, discussion, final call, decision, effect."""

import pytest

from catalog.types import Principal
from governance.conflicts.services.register import settle
from governance.conflicts.services.scanning import scan
from governance.models import (
    Agreement,
    AgreementVersion,
    Conflict,
    Decision,
    PolicyEpoch,
    Proposal,
    Step,
)
from governance.proposals.services.stepping import call_final, withdraw
from governance.proposals.services.submitting import submit
from governance.types import ChangeOp, ConflictState
from governance.types import ProposalState as S
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
    adopted,
    at,
    draft,
    in_discussion,
    later,
    note,
    say,
    state_of,
)

pytestmark = pytest.mark.django_db


def test_a_proposal_of_two_domains_goes_the_long_way_into_force(world: World) -> None:
    proposal = draft(world)
    assert (proposal.key, proposal.state, proposal.klass) == ("DGP-0001", S.DRAFT, "")

    submit(acting=world.acting, key=proposal.key)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.klass, proposal.scope) == (S.TRIAGE, "S", "enterprise")

    # Nobody returns it within a day.
    later(MONDAY + DAY)
    proposal.refresh_from_db()
    assert proposal.state == S.DISCUSSION
    assert proposal.discussion_until == MONDAY + 8 * DAY
    assert sorted(r.label for r in proposal.sign_requests.all()) == ["Marketing", "Sales"]

    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal)
    later(MONDAY + 8 * DAY)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.final_call_until) == (S.FINAL_CALL, MONDAY + 11 * DAY)

    later(MONDAY + 11 * DAY)
    proposal.refresh_from_db()
    assert proposal.state == S.ACTIVE

    decision = Decision.objects.get(proposal=proposal)
    assert (decision.key, decision.outcome, decision.klass) == ("DR-0001", "adopted", "S")
    assert decision.tally["consent"] == 2
    assert decision.tally["signatures"] == {"Marketing": "consented", "Sales": "consented"}
    version = AgreementVersion.objects.get()
    assert (version.agreement.key, version.number, version.epoch) == ("note:lead", 1, 1)
    assert version.valid_from == MONDAY + 11 * DAY
    assert version.decision == decision
    assert version.bindings.count() == 2
    assert Agreement.objects.get().state == "active"
    assert PolicyEpoch.objects.get().number == 1
    assert list(Step.objects.values_list("after", flat=True)) == [
        "triage", "discussion", "final_call", "decided_scheduled", "active",
    ]  # fmt: skip


def test_running_every_job_again_changes_nothing(world: World) -> None:
    proposal = adopted(world)
    assert proposal.state == S.ACTIVE

    for _ in range(3):
        assert later(MONDAY + 10 * DAY) == 0

    assert Decision.objects.count() == 1
    assert AgreementVersion.objects.count() == 1
    assert PolicyEpoch.objects.get().number == 1


def test_a_replacement_supersedes_what_it_replaces(world: World) -> None:
    first = adopted(world)

    second = adopted(
        world,
        note(op=ChangeOp.REPLACE, limit=2, datasets=world.ids("Marketing", "Sales")),
        start=MONDAY + 14 * DAY,
    )

    first.refresh_from_db()
    assert (first.state, second.state) == (S.SUPERSEDED, S.ACTIVE)
    assert first.superseded_by == second
    old, new = AgreementVersion.objects.order_by("number")
    assert (old.valid_to, new.valid_from, new.valid_to) == (new.valid_from, old.valid_to, None)


def test_silence_is_no_consent(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Mia"), proposal)

    later(MONDAY + 7 * DAY)
    assert state_of(proposal) == S.DISCUSSION  # nobody called the final call, Sales is silent

    call_final(acting=world.acting, key=proposal.key)
    later(MONDAY + 10 * DAY)

    proposal = Proposal.objects.get(pk=proposal.pk)
    assert (proposal.state, proposal.klass) == (S.COUNCIL_VOTE, "C")
    assert Step.objects.filter(after=S.COUNCIL_VOTE).get().reason == "Sales is silent."
    assert not Decision.objects.exists()


def test_an_open_conflict_brings_a_proposal_before_the_council(world: World) -> None:
    adopted(world, note("customer"))
    start = MONDAY + 14 * DAY
    at(start)
    proposal = in_discussion(
        world, note("client", against="note:customer", datasets=world.ids("Marketing", "Sales"))
    )
    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal)
    conflict = Conflict.objects.get(kind="duplicate")
    assert list(conflict.proposals.all()) == [proposal]

    # The daily look finds it again, as long as it is proposed.
    scan(acting=Principal.system("test"))
    later(start + 7 * DAY)

    assert state_of(proposal) == S.COUNCIL_VOTE
    withdraw(acting=world.acting, key=proposal.key, reason="Client it is not.")
    scan(acting=Principal.system("test"))
    conflict.refresh_from_db()
    assert conflict.state == "gone"


def test_a_settled_conflict_stands_in_nobody_s_way(world: World) -> None:
    adopted(world, note("customer"))
    start = MONDAY + 14 * DAY
    at(start)
    proposal = in_discussion(
        world, note("client", against="note:customer", datasets=world.ids("Marketing", "Sales"))
    )
    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal)
    settle(
        acting=world.acting,
        conflict_id=Conflict.objects.get().pk,
        state=ConflictState.ACCEPTED,
        resolution="Both words are needed.",
    )

    later(start + 7 * DAY)

    assert state_of(proposal) == S.FINAL_CALL
