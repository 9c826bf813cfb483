"""What a new text of an open proposal changes beside itself: class, scope, conflicts, people."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.access import AccessRefused
from catalog.errors import InvalidInput
from catalog.models import Event
from catalog.selectors.principals import principal_of
from governance.models import Conflict, Proposal
from governance.proposals.selectors.signing import makers_of
from governance.proposals.services.drafting import revise
from governance.proposals.services.submitting import accept, consent_locally, submit
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


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("co_authors", lambda pk: {"co_author_ids": [pk]}),
        ("champion", lambda pk: {"champion_id": pk}),
    ],
)
def test_whoever_has_to_sign_is_not_made_a_maker(
    world: World, field: str, fields: Callable[[int], dict[str, Any]]
) -> None:
    proposal = in_discussion(world)
    hugo = world.council.people["Hugo"].pk
    with pytest.raises(InvalidInput, match="has to sign") as refused:
        revise(acting=world.acting, key=proposal.key, **fields(hugo))
    assert field in refused.value.fields

    # Nor with the very text that makes them sign.
    own = in_discussion(world, note("own", datasets=world.ids("Marketing")), title="Own")
    both = [note("own", datasets=world.ids("Marketing", "Sales"))]
    with pytest.raises(InvalidInput, match="has to sign"):
        revise(acting=world.acting, key=own.key, changes=both, **fields(hugo))
    assert hugo not in makers_of(Proposal.objects.get(pk=own.pk))


def test_makers_of_what_was_submitted_stay_its_makers(world: World) -> None:
    mia, bram = world.council.people["Mia"].pk, world.council.people["Bram"].pk
    proposal = in_discussion(world, co_author_ids=[mia], champion_id=bram)

    with pytest.raises(InvalidInput, match="stay among its co-authors") as refused:
        revise(acting=world.acting, key=proposal.key, co_author_ids=[])
    assert "co_authors" in refused.value.fields

    # Who championed it is a co-author when somebody else does.
    revise(acting=world.acting, key=proposal.key, champion_id=world.colleague.pk)
    proposal.refresh_from_db()
    assert makers_of(proposal) == {world.author.pk, world.colleague.pk, mia, bram}


def test_who_wrote_a_text_and_was_taken_out_of_the_draft_does_not_approve_it(world: World) -> None:
    change = note(datasets=world.ids("Marketing"), domain="marketing")
    proposal = draft(world, change, co_author_ids=[world.colleague.pk])
    colleague = principal_of(world.colleague)
    revise(acting=colleague, key=proposal.key, rationale="Mine.")
    revise(acting=world.acting, key=proposal.key, co_author_ids=[])
    submit(acting=world.acting, key=proposal.key)

    with pytest.raises(AccessRefused) as refused:
        consent_locally(acting=colleague, key=proposal.key)
    assert refused.value.verdict.code == "own_proposal"
    accept(acting=world.who("Inés"), key=proposal.key)
    with pytest.raises(AccessRefused) as refused:
        revise(acting=colleague, key=proposal.key, title="Mine")
    assert refused.value.verdict.code == "not_maker"


def test_a_new_title_or_new_people_are_told(world: World) -> None:
    proposal = in_discussion(world)
    at(MONDAY + DAY)

    def told() -> int:
        events = Event.objects.filter(type="governance.proposal.changed")
        return events.filter(payload__what="revised").count()

    for number, fields in enumerate(
        [{"title": "A new title"}, {"co_author_ids": [world.colleague.pk]}], start=1
    ):
        revise(acting=world.acting, key=proposal.key, **fields)
        revise(acting=world.acting, key=proposal.key, **fields)
        assert told() == number
    proposal.refresh_from_db()
    assert (proposal.title, proposal.last_event_at) == ("A new title", MONDAY + DAY)
