"""What was merged as a change of wording is reopened when it proves to be more (3.3, E)."""

import pytest

from catalog.access import AccessRefused
from catalog.errors import Conflict
from catalog.selectors.principals import principal_of
from governance.agreements.selectors.agreements import agreements_of_dataset
from governance.council.selectors.decisions import recount, verify_chain
from governance.models import AgreementVersion, Concern, Decision, PolicyEpoch, Proposal
from governance.proposals.services.concerns import raise_concern
from governance.proposals.services.reversing import propose_reversal
from governance.proposals.services.submitting import merge_editorial, submit
from governance.types import ChangeOp, PositionValue
from governance.types import ProposalState as S
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
    adopted,
    at,
    block_fields,
    draft,
    later,
    note,
    say,
    state_of,
)

pytestmark = pytest.mark.django_db
SOON = MONDAY + 14 * DAY


def merged(world: World) -> Proposal:
    """A change of wording that a steward merged and that is in force."""
    adopted(world, note(datasets=world.ids("Marketing", "Sales"), text="A leed."))
    at(SOON)
    fixed = note(op=ChangeOp.REPLACE, datasets=world.ids("Marketing", "Sales"), text="A lead.")
    proposal = draft(world, fixed)
    submit(acting=world.acting, key=proposal.key)
    merge_editorial(acting=world.who("Mia"), key=proposal.key)
    later(SOON)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reopen_until) == (S.ACTIVE, SOON + 7 * DAY)
    return proposal


def in_force() -> AgreementVersion:
    return AgreementVersion.objects.get(valid_to__isnull=True)


def test_a_block_within_seven_days_puts_the_old_text_back_and_asks_everybody(
    world: World,
) -> None:
    proposal = merged(world)
    assert in_force().document["text"] == "A lead."
    epoch = PolicyEpoch.objects.get().number
    at(SOON + 6 * DAY)

    say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())

    proposal.refresh_from_db()
    assert (proposal.state, proposal.klass, proposal.reopen_until) == (S.DISCUSSION, "S", None)
    held = in_force()
    assert (held.number, held.document["text"]) == (3, "A leed.")
    assert held.valid_from == SOON + 6 * DAY
    assert PolicyEpoch.objects.get().number == epoch + 1
    decision = held.decision
    assert (decision.outcome, decision.state_after, decision.klass) == (
        "returned", "discussion", "E",
    )  # fmt: skip
    assert recount(decision)["block"] == decision.tally["block"] == 1
    assert verify_chain().is_whole
    resting = agreements_of_dataset(world.acting, world.datasets["Sales"].pk)
    assert [version.pk for version in resting] == [held.pk]
    assert sorted(r.label for r in proposal.sign_requests.all()) == ["Marketing", "Sales"]


def test_the_reopened_change_takes_the_long_way_and_takes_effect_on_what_holds(
    world: World,
) -> None:
    proposal = merged(world)
    at(SOON + DAY)
    say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())
    proposal.refresh_from_db()
    assert proposal.current is not None
    assert proposal.current.author_id == world.author.pk
    assert proposal.current.changes.get().base_version == 3

    later(SOON + 2 * DAY)
    for first in ("Mia", "Hugo", "Farid"):
        say(world.who(first), proposal)
    later(SOON + 9 * DAY)
    later(SOON + 12 * DAY)

    assert state_of(proposal) == S.ACTIVE
    assert (in_force().number, in_force().document["text"]) == (4, "A lead.")
    assert Decision.objects.filter(proposal=proposal).count() == 3


def test_a_blocking_concern_reopens_it_as_well(world: World) -> None:
    proposal = merged(world)

    raise_concern(
        acting=world.who("Peta"), key=proposal.key, kind="scope", title="It changes who counts",
        text="A lead is not a leed.", is_blocking=True, evidence=block_fields()["evidence"],
    )  # fmt: skip

    assert state_of(proposal) == S.DISCUSSION
    assert Concern.objects.get().is_blocking is True


def test_only_members_and_signers_reopen_and_only_in_time(world: World) -> None:
    proposal = merged(world)

    with pytest.raises(AccessRefused) as refused:
        say(principal_of(world.boss), proposal, PositionValue.BLOCK, **block_fields())
    assert refused.value.verdict.code == "not_member"
    at(SOON + 8 * DAY)
    with pytest.raises(Conflict, match="run out"):
        say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())

    assert state_of(proposal) == S.ACTIVE
    assert in_force().document["text"] == "A lead."
    assert not Concern.objects.exists()


def test_consent_to_what_holds_is_refused_and_reopens_nothing(world: World) -> None:
    proposal = merged(world)

    with pytest.raises(Conflict, match="cannot be given a position"):
        say(world.who("Hugo"), proposal)

    assert state_of(proposal) == S.ACTIVE


def test_what_was_agreed_by_everybody_is_not_reopened(world: World) -> None:
    proposal = adopted(world)

    with pytest.raises(Conflict, match="cannot be given a position"):
        say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())

    assert state_of(proposal) == S.ACTIVE


def test_what_was_partly_replaced_meanwhile_is_not_reopened(world: World) -> None:
    adopted(world, note("a", text="A leed."), note("b", text="A deel."))
    at(SOON)
    fixed = [
        note("a", op=ChangeOp.REPLACE, text="A lead."),
        note("b", op=ChangeOp.REPLACE, text="A deal."),
    ]
    proposal = draft(world, *fixed)
    submit(acting=world.acting, key=proposal.key)
    Proposal.objects.filter(pk=proposal.pk).update(klass="E", domain=world.domain("Marketing"))
    merge_editorial(acting=world.who("Mia"), key=proposal.key)
    later(SOON)
    AgreementVersion.objects.filter(agreement__key="note:b", valid_to__isnull=True).update(
        valid_to=SOON + DAY
    )
    at(SOON + 2 * DAY)

    with pytest.raises(Conflict, match="replaced meanwhile"):
        say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())

    assert state_of(proposal) == S.ACTIVE
    assert not Concern.objects.exists()


def test_what_was_reopened_and_agreed_by_everybody_is_reversed_like_anything(world: World) -> None:
    proposal = merged(world)
    at(SOON + DAY)
    say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())
    later(SOON + 2 * DAY)
    for first in ("Mia", "Hugo", "Farid"):
        say(world.who(first), proposal)
    later(SOON + 9 * DAY)
    later(SOON + 12 * DAY)
    assert state_of(proposal) == S.ACTIVE

    reversal = propose_reversal(
        acting=world.acting, key=proposal.key, reason="It was right before."
    )

    [change] = reversal.current.changes.all()
    assert (change.op, change.base_version, change.document["text"]) == ("replace", 4, "A leed.")
