"""The short ways: editorial (E), local (L), permission (P)."""

import datetime as dt

import pytest

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput
from catalog.selectors.principals import principal_of
from governance.models import AgreementVersion, Decision, Proposal
from governance.proposals.services.concerns import raise_concern
from governance.proposals.services.stepping import raise_scope
from governance.proposals.services.submitting import consent_locally, merge_editorial, submit
from governance.types import ChangeOp, PositionValue
from governance.types import ProposalState as S
from tests.governance.proposals.world import (
    DAY,
    HOUR,
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


def local(world: World, **fields: object) -> Proposal:
    proposal = draft(world, note(datasets=world.ids("Marketing"), domain="marketing"), **fields)
    submit(acting=world.acting, key=proposal.key)
    proposal.refresh_from_db()
    return proposal


def editorial(world: World) -> Proposal:
    adopted(world, note(datasets=world.ids("Marketing", "Sales"), text="A leed."))
    at(SOON)
    fixed = note(op=ChangeOp.REPLACE, datasets=world.ids("Marketing", "Sales"), text="A lead.")
    proposal = draft(world, fixed)
    submit(acting=world.acting, key=proposal.key)
    proposal.refresh_from_db()
    return proposal


def test_a_steward_merges_a_change_of_wording_at_once(world: World) -> None:
    proposal = editorial(world)
    assert (proposal.klass, proposal.state) == ("E", S.TRIAGE)

    merge_editorial(acting=world.who("Mia"), key=proposal.key)
    later(SOON)

    assert state_of(proposal) == S.ACTIVE
    decision = Decision.objects.get(proposal=proposal)
    assert decision.klass == "E"
    version = AgreementVersion.objects.get(decision=decision)
    assert (version.number, version.document["text"]) == (2, "A lead.")


def test_an_editorial_change_waits_for_a_steward_and_goes_nowhere_by_itself(world: World) -> None:
    proposal = editorial(world)

    later(SOON + 5 * DAY)

    assert state_of(proposal) == S.TRIAGE


def test_only_a_steward_who_did_not_write_it_merges(world: World) -> None:
    proposal = editorial(world)
    Proposal.objects.filter(pk=proposal.pk).update(champion=world.council.people["Mia"])

    for principal, code in (
        (world.who("Mia"), "own_proposal"),
        (world.acting, "own_proposal"),
        (principal_of(world.boss), "not_steward"),
    ):
        with pytest.raises(AccessRefused) as refused:
            merge_editorial(acting=principal, key=proposal.key)
        assert refused.value.verdict.code == code
    assert state_of(proposal) == S.TRIAGE


def test_what_is_local_needs_a_second_person_of_the_domain_and_no_council(world: World) -> None:
    proposal = local(world)
    assert (proposal.klass, proposal.scope) == ("L", "local")

    consent_locally(acting=principal_of(world.colleague), key=proposal.key)
    proposal.refresh_from_db()
    assert proposal.state == S.DECIDED_SCHEDULED
    assert proposal.effective_at == proposal.reopen_until == MONDAY + 72 * HOUR
    later(MONDAY + 72 * HOUR)

    assert state_of(proposal) == S.ACTIVE
    assert Decision.objects.get().klass == "L"


def test_neither_the_author_nor_a_stranger_agrees_locally(world: World) -> None:
    proposal = local(world)

    for principal, code in (
        (world.acting, "own_proposal"),
        (world.who("Hugo"), "not_signer"),
        (world.who("Inés"), "not_signer"),
    ):
        with pytest.raises(AccessRefused) as refused:
            consent_locally(acting=principal, key=proposal.key)
        assert refused.value.verdict.code == code
    assert not Decision.objects.exists()


def test_a_valid_block_within_72_hours_reopens_a_local_decision_for_everybody(
    world: World,
) -> None:
    proposal = local(world)
    consent_locally(acting=principal_of(world.colleague), key=proposal.key)
    at(MONDAY + 71 * HOUR)

    say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())

    proposal.refresh_from_db()
    assert (proposal.state, proposal.klass) == (S.DISCUSSION, "S")
    later(MONDAY + 73 * HOUR)
    assert not AgreementVersion.objects.exists()


def test_after_72_hours_nobody_reopens_it(world: World) -> None:
    proposal = local(world, wanted_effective_at=MONDAY + 20 * DAY)
    consent_locally(acting=principal_of(world.colleague), key=proposal.key)
    at(MONDAY + 73 * HOUR)

    with pytest.raises(Conflict, match="run out"):
        say(world.who("Hugo"), proposal, PositionValue.BLOCK, **block_fields())

    assert state_of(proposal) == S.DECIDED_SCHEDULED


def test_a_stranger_to_the_council_reopens_nothing(world: World) -> None:
    proposal = local(world)
    consent_locally(acting=principal_of(world.colleague), key=proposal.key)

    with pytest.raises(AccessRefused) as refused:
        say(principal_of(world.boss), proposal, PositionValue.BLOCK, **block_fields())

    assert refused.value.verdict.code == "not_member"
    assert state_of(proposal) == S.DECIDED_SCHEDULED


def test_a_block_in_triage_brings_what_is_local_before_everybody(world: World) -> None:
    proposal = local(world)

    raise_concern(
        acting=principal_of(world.boss),
        key=proposal.key,
        kind="scope",
        title="Sales counts leads, too",
        text="Sales builds on this.",
        is_blocking=True,
        evidence=block_fields()["evidence"],
    )

    proposal.refresh_from_db()
    assert (proposal.state, proposal.klass) == (S.DISCUSSION, "S")


def test_scope_is_raised_by_anybody_and_never_lowered(world: World) -> None:
    proposal = local(world)

    raise_scope(acting=principal_of(world.boss), key=proposal.key, reason="Sales uses it.")

    proposal.refresh_from_db()
    assert (proposal.scope, proposal.scope_raised, proposal.klass, proposal.state) == (
        "enterprise", True, "S", S.DISCUSSION,
    )  # fmt: skip
    with pytest.raises(Conflict, match="already"):
        raise_scope(acting=principal_of(world.boss), key=proposal.key)


def permission(world: World) -> Proposal:
    change = note(kind="permission_policy", datasets=world.ids("Marketing"))
    proposal = draft(world, change)
    submit(acting=world.acting, key=proposal.key)
    proposal.refresh_from_db()
    return proposal


def test_a_permission_is_called_at_once_and_decided_after_72_hours(world: World) -> None:
    proposal = permission(world)
    assert (proposal.klass, proposal.state) == ("P", S.FINAL_CALL)
    assert proposal.final_call_until == MONDAY + 72 * HOUR
    assert [request.label for request in proposal.sign_requests.all()] == ["Marketing"]

    say(world.who("Mia"), proposal)
    later(MONDAY + 71 * HOUR)
    assert state_of(proposal) == S.FINAL_CALL
    later(MONDAY + 72 * HOUR)

    assert state_of(proposal) == S.ACTIVE


def test_a_block_brings_a_permission_back_into_discussion(world: World) -> None:
    proposal = permission(world)

    say(world.who("Kirsten"), proposal, PositionValue.BLOCK, **block_fields())

    proposal.refresh_from_db()
    assert (proposal.klass, proposal.state) == ("P", S.DISCUSSION)


def test_an_effective_date_keeps_the_notice_of_its_class(world: World) -> None:
    proposal = draft(world, wanted_effective_at=MONDAY + 9 * DAY)

    with pytest.raises(InvalidInput, match="at the earliest") as refused:
        submit(acting=world.acting, key=proposal.key)

    assert refused.value.field == "wanted_effective_at"
    assert state_of(proposal) == S.DRAFT


def test_an_effective_date_in_the_past_is_refused(world: World) -> None:
    proposal = draft(world, wanted_effective_at=MONDAY - dt.timedelta(seconds=1))

    with pytest.raises(InvalidInput, match="past") as refused:
        submit(acting=world.acting, key=proposal.key)

    assert refused.value.field == "wanted_effective_at"
