"""Class X: in force at once, confirmed by a second person, ratified by the council or gone."""

from dataclasses import replace

import pytest

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput
from catalog.selectors.principals import principal_of
from governance.agreements.selectors.agreements import agreement_as_of
from governance.models import AgreementVersion, Decision, Proposal
from governance.proposals.selectors.clocks import clock_lines
from governance.proposals.services.drafting import revise
from governance.proposals.services.emergencies import confirm_emergency, declare_emergency
from governance.proposals.services.reversing import propose_reversal
from governance.proposals.services.stepping import call_final
from governance.proposals.services.submitting import submit
from governance.types import ChangeOp, ChangeSpec
from governance.types import ProposalState as S
from tests.governance.proposals.world import (
    DAY,
    HOUR,
    MONDAY,
    World,
    administrator_principal,
    adopted,
    at,
    later,
    note,
    say,
    state_of,
)

pytestmark = pytest.mark.django_db


def opt_out(world: World, **fields: object) -> ChangeSpec:
    return note("leak", kind="permission_policy", datasets=world.ids("Marketing"), **fields)


def declare(world: World, first: str = "Kirsten") -> Proposal:
    return declare_emergency(
        acting=world.who(first),
        title="No transcripts",
        ask="Close transcripts at once.",
        changes=[opt_out(world)],
        reason="Card numbers were found in an export.",
    )


def follow_up_of(proposal: Proposal) -> Proposal:
    return Proposal.objects.get(follows_up=proposal)


def test_it_holds_at_once_and_lapses_in_four_hours_without_a_second_person(world: World) -> None:
    proposal = declare(world)
    assert (proposal.state, proposal.klass, proposal.is_emergency) == (S.ACTIVE, "X", True)
    assert proposal.lapses_at == MONDAY + 4 * HOUR
    assert AgreementVersion.objects.get().valid_from == MONDAY
    assert Decision.objects.get().outcome == "adopted"

    later(MONDAY + 4 * HOUR)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.outcome_note) == (
        S.EXPIRED, "Lapsed: no second person confirmed it.",
    )  # fmt: skip
    assert agreement_as_of(world.acting, "permission_policy:leak") is None
    assert [d.outcome for d in Decision.objects.order_by("number")] == ["adopted", "lapsed"]


def test_its_page_says_by_which_hour_who_has_to_act(world: World) -> None:
    # Given an emergency that a second person has four hours to confirm
    proposal = declare(world)

    (line,) = clock_lines(proposal, MONDAY + HOUR)
    assert (line.what, line.at, line.is_near) == (
        "Lapses unless a second person confirms it", MONDAY + 4 * HOUR, True,
    )  # fmt: skip

    # When it is confirmed, then a week remains to ratify it, of which the hour does not matter yet
    at(MONDAY + HOUR)
    confirm_emergency(acting=world.who("Lucian"), key=proposal.key)
    proposal.refresh_from_db()
    (line,) = clock_lines(proposal, MONDAY + HOUR)
    assert (line.what, line.at, line.is_near) == (
        "Lapses unless it is ratified", MONDAY + 7 * DAY, False,
    )  # fmt: skip


def test_a_second_person_confirms_and_opens_its_ratification(world: World) -> None:
    proposal = declare(world)
    at(MONDAY + HOUR)

    confirm_emergency(acting=world.who("Lucian"), key=proposal.key)

    proposal.refresh_from_db()
    assert proposal.lapses_at == MONDAY + 7 * DAY
    follow_up = follow_up_of(proposal)
    assert (follow_up.state, follow_up.klass, follow_up.kind) == (
        S.DISCUSSION, "P", "permission_policy",
    )  # fmt: skip
    later(MONDAY + 5 * HOUR)
    assert state_of(proposal) == S.ACTIVE


def test_ratified_in_time_it_lasts(world: World) -> None:
    proposal = declare(world)
    confirm_emergency(acting=world.who("Lucian"), key=proposal.key)
    follow_up = follow_up_of(proposal)
    say(world.who("Mia"), follow_up)
    call_final(acting=world.who("Inés"), key=follow_up.key)

    later(MONDAY + 3 * DAY)
    later(MONDAY + 8 * DAY)

    assert (state_of(follow_up), state_of(proposal)) == (S.ACTIVE, S.SUPERSEDED)
    decision = Decision.objects.get(proposal=follow_up)
    assert (decision.outcome, decision.klass) == ("ratified", "P")
    version = agreement_as_of(world.acting, "permission_policy:leak")
    assert version is not None
    assert version.decision == decision


def test_what_a_ratification_adds_keeps_its_notice(world: World) -> None:
    adopted(world, start=MONDAY - 14 * DAY)
    at(MONDAY)
    proposal = declare(world)
    confirm_emergency(acting=world.who("Lucian"), key=proposal.key)
    follow_up = follow_up_of(proposal)
    revise(
        acting=world.who("Kirsten"),
        key=follow_up.key,
        changes=[
            replace(opt_out(world), op=ChangeOp.REPLACE),
            note(op=ChangeOp.DEPRECATE),
        ],
    )
    for first in ("Mia", "Hugo"):
        say(world.who(first), follow_up)
    call_final(acting=world.who("Inés"), key=follow_up.key)

    later(MONDAY + 3 * DAY)

    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.effective_at) == (S.DECIDED_SCHEDULED, MONDAY + 33 * DAY)


def test_to_put_an_emergency_back_is_not_to_ratify_it(world: World) -> None:
    proposal = declare(world)
    confirm_emergency(acting=world.who("Lucian"), key=proposal.key)
    reversal = propose_reversal(acting=world.acting, key=proposal.key, reason="A false alarm.")
    submit(acting=world.acting, key=reversal.key)
    say(world.who("Mia"), reversal)

    later(MONDAY + 3 * DAY)
    later(MONDAY + 3 * DAY + HOUR)

    assert (state_of(reversal), state_of(proposal)) == (S.ACTIVE, S.REVERTED)
    assert Decision.objects.get(proposal=reversal).outcome == "adopted"


def test_not_ratified_within_a_week_it_lapses_with_its_ratification(world: World) -> None:
    proposal = declare(world)
    confirm_emergency(acting=world.who("Lucian"), key=proposal.key)

    later(MONDAY + 7 * DAY)

    assert state_of(proposal) == S.EXPIRED
    assert state_of(follow_up_of(proposal)) == S.WITHDRAWN
    assert agreement_as_of(world.acting, "permission_policy:leak") is None


def test_only_the_guardians_declare_and_nobody_confirms_their_own(world: World) -> None:
    for principal in (world.acting, world.who("Mia"), principal_of(world.boss)):
        with pytest.raises(AccessRefused) as refused:
            declare_emergency(
                acting=principal, title="x", ask="y", changes=[opt_out(world)], reason="z"
            )
        assert refused.value.verdict.code == "not_guardian"
    assert not Proposal.objects.exists()

    proposal = declare(world)
    for principal, code in (
        (world.who("Kirsten"), "own_proposal"),
        (world.who("Mia"), "not_guardian"),
    ):
        with pytest.raises(AccessRefused) as refused:
            confirm_emergency(acting=principal, key=proposal.key)
        assert refused.value.verdict.code == code
    confirm_emergency(acting=administrator_principal(), key=proposal.key)
    with pytest.raises(Conflict, match="waits for a second person"):
        confirm_emergency(acting=world.who("Lucian"), key=proposal.key)


def test_an_emergency_only_narrows(world: World) -> None:
    wider = [
        opt_out(world),
        ChangeSpec(ChangeOp.RETIRE, "permission_policy", "permission_policy:old"),
        note(datasets=world.ids("Marketing")),
    ]
    for change in wider[1:]:
        with pytest.raises(InvalidInput, match="never widens") as refused:
            declare_emergency(
                acting=world.who("Kirsten"),
                title="x",
                ask="y",
                changes=[wider[0], change],
                reason="z",
            )
        assert refused.value.field == "changes.1"
    assert not AgreementVersion.objects.exists()


def test_what_has_run_out_is_not_confirmed_before_the_clock_ends_it(world: World) -> None:
    proposal = declare(world)
    at(MONDAY + 4 * HOUR)

    with pytest.raises(Conflict, match="no emergency that waits"):
        confirm_emergency(acting=world.who("Lucian"), key=proposal.key)

    proposal.refresh_from_db()
    assert proposal.lapses_at == MONDAY + 4 * HOUR
    later(MONDAY + 4 * HOUR)
    assert state_of(proposal) == S.EXPIRED
