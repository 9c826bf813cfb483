"""Which body a proposal belongs to, and that an office in another one is none here."""

import pytest

from catalog.access import AccessRefused
from catalog.errors import InvalidInput
from catalog.models import Person
from catalog.selectors.principals import principal_of
from governance.council.services.decisions import record_vote
from governance.models import Committee, Concern, Membership, Proposal, Seat
from governance.proposals.selectors.standing import standing
from governance.proposals.services.concerns import rule_invalid
from governance.proposals.services.drafting import revise
from governance.proposals.services.stepping import ask_for_vote
from governance.proposals.services.submitting import accept, return_to_author, submit
from governance.proposals.services.timers import open_discussion
from governance.types import ChangeSpec, Outcome, SeatKind
from governance.types import PositionValue as V
from governance.types import ProposalState as S
from tests.factories import PersonFactory
from tests.governance.council.chamber import SINCE
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
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


def seat(name: str, person: Person, committee: Committee | None = None, **fields: bool) -> Seat:
    made = Seat.objects.create(
        name=name,
        slug=name.lower().replace(" ", "-"),
        kind=SeatKind.SPOKE,
        committee=committee,
        **fields,
    )
    Membership.objects.create(seat=made, person=person, since=SINCE)
    return made


@pytest.fixture
def operations(world: World) -> Committee:
    """A committee for notes, whose chair, secretary and member sit in the council not at all."""
    return Committee.objects.create(
        name="Operations", slug="operations", purpose="Flows.", kinds=["note"]
    )


@pytest.fixture
def head(operations: Committee) -> Person:
    person = PersonFactory(display_name="Head of operations")
    seat("Operations chair", person, operations, is_chair=True, is_secretary=True)
    return person


def test_the_chair_of_a_committee_runs_nothing_of_the_council(world: World, head: Person) -> None:
    acting = principal_of(head)
    waiting = draft(world)
    submit(acting=world.acting, key=waiting.key)
    for act in (accept, return_to_author):
        fields = {"reason": "More."} if act is return_to_author else {}
        with pytest.raises(AccessRefused) as refused:
            act(acting=acting, key=waiting.key, **fields)
        assert refused.value.verdict.code == "not_steward"

    accept(acting=world.who("Inés"), key=waiting.key)
    say(world.who("Hugo"), waiting, V.BLOCK, **block_fields())
    with pytest.raises(AccessRefused) as refused:
        rule_invalid(acting=acting, concern_id=Concern.objects.get().pk, ruling="No.")
    assert refused.value.verdict.code == "not_chair"

    later(MONDAY + 7 * DAY)
    at(MONDAY + 8 * DAY)
    assert state_of(waiting) == S.COUNCIL_VOTE
    with pytest.raises(AccessRefused) as refused:
        record_vote(acting=acting, key=waiting.key, outcome=Outcome.RETURNED, reason="No.")
    assert refused.value.verdict.code == "not_chair"


def test_each_body_has_its_offices_in_its_own_proposals(
    world: World, operations: Committee, head: Person
) -> None:
    own = draft(world, committee_id=operations.pk)
    submit(acting=world.acting, key=own.key)
    own.refresh_from_db()
    found = standing(own, principal_of(head), MONDAY)
    assert (found.is_chair, found.is_secretary, found.is_member) == (True, True, True)
    found = standing(own, world.who("Inés"), MONDAY)
    assert (found.is_chair, found.is_member) == (False, False)


def test_the_seats_of_one_person_ask_for_a_vote_once(world: World, operations: Committee) -> None:
    hugo, mia = world.council.people["Hugo"], world.council.people["Mia"]
    seat("Second of Hugo", hugo)
    seat("Third of Hugo", hugo)
    seat("Advisor", world.colleague, is_voting=False)
    outsider = PersonFactory()
    seat("Operations member", outsider, operations)
    proposal = in_discussion(world)
    for person in (hugo, mia, world.colleague):
        ask_for_vote(acting=principal_of(person), key=proposal.key, reason="Decide it.")
        assert state_of(proposal) == S.DISCUSSION
    with pytest.raises(AccessRefused):
        ask_for_vote(acting=principal_of(outsider), key=proposal.key, reason="Decide it.")

    ask_for_vote(acting=world.who("Farid"), key=proposal.key, reason="Decide it.")
    assert state_of(proposal) == S.COUNCIL_VOTE


def test_a_committee_named_for_what_it_does_not_decide_is_refused(
    world: World, operations: Committee
) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft(world, note(), note("council", kind="charter"), committee_id=operations.pk)
    assert "committee" in refused.value.fields


@pytest.mark.parametrize(
    ("kinds", "added"),
    [
        (["note"], note("rest", kind="permission_policy")),
        (["note", "charter"], note("council", kind="charter")),
    ],
)
def test_a_committee_keeps_no_proposal_that_was_revised_beyond_it(
    world: World, operations: Committee, kinds: list[str], added: ChangeSpec
) -> None:
    """A change of another kind beside its own, or the charter of the council, is the council's."""
    operations.kinds = kinds
    operations.save()
    proposal = draft(world, committee_id=operations.pk)
    submit(acting=world.acting, key=proposal.key)
    open_discussion(proposal.key, MONDAY + DAY)
    proposal.refresh_from_db()
    assert (proposal.committee, proposal.state) == (operations, S.DISCUSSION)

    changes = [note(datasets=world.ids("Marketing", "Sales")), added]
    revise(acting=world.acting, key=proposal.key, changes=changes)

    assert Proposal.objects.get(pk=proposal.pk).committee is None


def test_a_committee_whose_kinds_changed_is_not_asked(world: World, operations: Committee) -> None:
    proposal = draft(world, committee_id=operations.pk)
    operations.kinds = []
    operations.save()
    submit(acting=world.acting, key=proposal.key)
    assert Proposal.objects.get(pk=proposal.pk).committee is None
