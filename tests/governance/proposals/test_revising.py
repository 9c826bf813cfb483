"""What a new text of an open proposal changes beside itself: class, scope, conflicts, people."""

import pytest

from catalog.errors import InvalidInput
from governance.models import Conflict
from governance.proposals.services.drafting import revise
from governance.proposals.services.submitting import submit
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


@pytest.mark.parametrize(
    ("kind", "klass", "until"),
    [("charter", "M", MONDAY + 17 * DAY), ("permission_policy", "P", MONDAY + 10 * DAY)],
)
def test_a_text_of_another_class_is_discussed_and_decided_as_one(
    world: World, kind: str, klass: str, until: object
) -> None:
    proposal = in_discussion(world)
    at(MONDAY + 3 * DAY)

    changes = [note("council", kind=kind, datasets=world.ids("Sales"))]
    revise(acting=world.acting, key=proposal.key, changes=changes)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.klass, proposal.kind) == (S.DISCUSSION, klass, kind)
    assert proposal.discussion_until == until


def test_a_charter_slipped_into_a_term_is_not_adopted_on_signatures(world: World) -> None:
    proposal = in_discussion(world)
    changes = [note(datasets=world.ids("Sales")), note("council", kind="charter")]
    revise(acting=world.acting, key=proposal.key, changes=changes)
    for first in ("Hugo", "Mia", "Farid"):
        say(world.who(first), proposal)
    later(MONDAY + 20 * DAY)
    later(MONDAY + 40 * DAY)
    assert state_of(proposal) == S.COUNCIL_VOTE


def test_a_permission_revised_into_a_term_is_discussed_like_one(world: World) -> None:
    """The short final call of an opt-out does not stand in for the discussion of a term."""
    proposal = draft(world, note("hr", kind="permission_policy", datasets=world.ids("Sales")))
    submit(acting=world.acting, key=proposal.key)
    assert state_of(proposal) == S.FINAL_CALL
    revise(acting=world.acting, key=proposal.key, changes=[note(datasets=world.ids("Sales"))])
    proposal.refresh_from_db()
    assert (proposal.state, proposal.klass) == (S.DISCUSSION, "S")
    assert proposal.discussion_until == MONDAY + 7 * DAY


def test_an_effective_date_that_the_new_class_does_not_allow_is_refused(world: World) -> None:
    proposal = in_discussion(world, wanted_effective_at=MONDAY + 12 * DAY)
    with pytest.raises(InvalidInput) as refused:
        revise(acting=world.acting, key=proposal.key, changes=[note("council", kind="charter")])
    assert "wanted_effective_at" in refused.value.fields


def test_scope_and_conflicts_are_those_of_the_new_text(world: World) -> None:
    adopted(world, note("old", datasets=world.ids("Sales")))
    at(MONDAY + 11 * DAY)
    proposal = in_discussion(world, note(datasets=world.ids("Marketing")))
    proposal.refresh_from_db()
    assert proposal.scope == "local"

    changes = [note(datasets=world.ids("Marketing", "Sales"), against="note:old")]
    revise(acting=world.acting, key=proposal.key, changes=changes)

    proposal.refresh_from_db()
    assert (proposal.scope, proposal.klass) == ("enterprise", "S")
    assert Conflict.objects.filter(proposals=proposal, kind="duplicate").exists()


def test_a_revision_within_its_class_keeps_its_window(world: World) -> None:
    proposal = in_discussion(world)
    at(MONDAY + 3 * DAY)
    changes = [note(datasets=world.ids("Marketing", "Sales"), limit=4)]
    revise(acting=world.acting, key=proposal.key, changes=changes)
    proposal.refresh_from_db()
    assert (proposal.klass, proposal.discussion_until) == ("S", MONDAY + 7 * DAY)
