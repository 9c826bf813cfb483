"""What others shipped and we do not: one test for each failure, by its name."""

from collections.abc import Callable

import pytest

from catalog.access import AccessRefused
from catalog.models import Event
from catalog.selectors.principals import principal_of
from catalog.types import EmploymentKind, Principal, TokenScope
from governance.council.services.decisions import record_vote
from governance.models import (
    Comment,
    Conflict,
    Decision,
    Position,
    Proposal,
    Revision,
    SignRequest,
)
from governance.proposals.services.comments import comment
from governance.proposals.services.concerns import raise_concern
from governance.proposals.services.drafting import create_draft, revise
from governance.proposals.services.emergencies import declare_emergency
from governance.proposals.services.positions import take_position
from governance.proposals.services.stepping import (
    ask_for_vote,
    call_final,
    raise_scope,
    rebase,
    resume,
    withdraw,
)
from governance.proposals.services.submitting import (
    accept,
    consent_locally,
    merge_editorial,
    return_to_author,
    submit,
)
from governance.types import ChangeOp, Outcome, PositionValue
from governance.types import ProposalState as S
from tests.factories import AdministratorFactory, PersonFactory
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


def test_openmetadata_14337_self_approval_through_ones_own_team(world: World) -> None:
    """The author belongs to the team that owns the domain; the team's consent is not theirs."""
    proposal = draft(world, note(datasets=world.ids("Marketing"), domain="marketing"))
    submit(acting=world.acting, key=proposal.key)
    assert world.author in world.teams["Marketing"].members.all()

    with pytest.raises(AccessRefused) as refused:
        consent_locally(acting=world.acting, key=proposal.key)

    assert refused.value.verdict.code == "own_proposal"
    assert state_of(proposal) == S.TRIAGE
    # Another member of the same team is somebody else.
    consent_locally(acting=principal_of(world.colleague), key=proposal.key)
    assert state_of(proposal) == S.DECIDED_SCHEDULED


@pytest.mark.parametrize("role", ["author", "champion", "co_author"])
def test_self_approval_as_administrator_steward_or_co_author(world: World, role: str) -> None:
    boss = AdministratorFactory()
    world.teams["Marketing"].members.add(boss)
    fields = {"champion_id": boss.pk} if role == "champion" else {}
    fields |= {"co_author_ids": [boss.pk]} if role == "co_author" else {}
    author = principal_of(boss) if role == "author" else world.acting
    change = note(datasets=world.ids("Marketing"), domain="marketing")
    proposal = draft(world, change, acting=author, **fields)
    submit(acting=author, key=proposal.key)

    with pytest.raises(AccessRefused) as refused:
        consent_locally(acting=principal_of(boss), key=proposal.key)

    assert refused.value.verdict.code == "own_proposal"
    assert not Decision.objects.exists()


def test_openmetadata_24100_approval_by_a_non_reviewer_skips_the_workflow(world: World) -> None:
    """Everybody who need not sign consents, and nothing moves."""
    proposal = in_discussion(world)
    for first in ("Inés", "Bram", "Suri", "Tomas", "Nadia", "Farid"):
        say(world.who(first), proposal)
    say(principal_of(AdministratorFactory()), proposal)

    later(MONDAY + 7 * DAY)

    assert Position.objects.count() == 7
    assert state_of(proposal) == S.DISCUSSION
    call_final(acting=world.acting, key=proposal.key)
    later(MONDAY + 10 * DAY)
    assert state_of(proposal) == S.COUNCIL_VOTE
    assert not Decision.objects.exists()


def test_openmetadata_28917_a_no_op_event_kills_a_pending_approval(world: World) -> None:
    """Saving without a change makes no revision, keeps every position and every request."""
    proposal = in_discussion(world)
    say(world.who("Mia"), proposal)
    before = list(SignRequest.objects.order_by("pk").values())

    for _ in range(3):
        revise(
            acting=world.acting,
            key=proposal.key,
            changes=[note(datasets=world.ids("Marketing", "Sales"))],
        )
    say(world.who("Hugo"), proposal)
    later(MONDAY + 7 * DAY)

    assert Revision.objects.count() == 1
    assert [row["requested_at"] for row in before] == [MONDAY, MONDAY]
    assert state_of(proposal) == S.FINAL_CALL


def test_openmetadata_29969_two_workflows_on_one_entity(world: World) -> None:
    """Two proposals on one target are a conflict on record; each goes its way."""
    first = in_discussion(world)
    second = in_discussion(world, note(limit=2, datasets=world.ids("Marketing", "Sales")))

    conflict = Conflict.objects.get(kind="pending")
    assert set(conflict.proposals.all()) == {first, second}

    for proposal in (first, second):
        say(world.who("Mia"), proposal)
        say(world.who("Hugo"), proposal)
    later(MONDAY + 7 * DAY)
    later(MONDAY + 10 * DAY)
    assert (state_of(first), state_of(second)) == (S.ACTIVE, S.CONFLICTED)


def test_openmetadata_19907_bulk_edits_produce_hundreds_of_tasks(world: World) -> None:
    """Three hundred changes are one proposal: one request for each domain, one event, one undo."""
    changes = [
        note(f"n{number}", datasets=world.ids("Marketing", "Sales")) for number in range(300)
    ]
    proposal = draft(world, *changes)
    submit(acting=world.acting, key=proposal.key)
    accept(acting=world.who("Inés"), key=proposal.key)

    assert sorted(SignRequest.objects.values_list("label", flat=True)) == ["Marketing", "Sales"]
    told = Event.objects.filter(type="governance.proposal.changed")
    assert sorted(event.payload["what"] for event in told) == [
        "created", "impact", "stepped", "stepped",
    ]  # fmt: skip


Door = Callable[[Principal, Proposal], object]
DOORS: dict[str, Door] = {
    "create_draft": lambda who, _: create_draft(
        acting=who, title="x", ask="y", changes=[note("z")], no_evidence_reason="n"
    ),
    "declare_emergency": lambda who, _: declare_emergency(
        acting=who,
        title="x",
        ask="y",
        changes=[note("z", kind="permission_policy")],
        reason="r",
    ),
    "revise": lambda who, p: revise(acting=who, key=p.key, title="new"),
    "submit": lambda who, p: submit(acting=who, key=p.key),
    "return_to_author": lambda who, p: return_to_author(acting=who, key=p.key, reason="r"),
    "accept": lambda who, p: accept(acting=who, key=p.key),
    "merge_editorial": lambda who, p: merge_editorial(acting=who, key=p.key),
    "consent_locally": lambda who, p: consent_locally(acting=who, key=p.key),
    "take_position": lambda who, p: take_position(
        acting=who,
        key=p.key,
        revision_digest=p.current.digest if p.current else "",
        value=PositionValue.CONSENT,
    ),
    "raise_concern": lambda who, p: raise_concern(
        acting=who, key=p.key, kind="harm", title="t", text="t"
    ),
    "comment": lambda who, p: comment(acting=who, key=p.key, text="t"),
    "call_final": lambda who, p: call_final(acting=who, key=p.key),
    "ask_for_vote": lambda who, p: ask_for_vote(acting=who, key=p.key, reason="r"),
    "withdraw": lambda who, p: withdraw(acting=who, key=p.key, reason="r"),
    "resume": lambda who, p: resume(acting=who, key=p.key),
    "raise_scope": lambda who, p: raise_scope(acting=who, key=p.key, reason="r"),
    "rebase": lambda who, p: rebase(acting=who, key=p.key),
    "record_vote": lambda who, p: record_vote(
        acting=who, key=p.key, outcome=Outcome.ADOPTED, reason="r"
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_openmetadata_29834_a_door_beside_the_front_one_bypasses_a_denial(
    world: World, door: str
) -> None:
    """Whoever the gate denies is denied at every door, and nothing changes."""
    proposal = in_discussion(world)
    strangers = [
        Principal.anonymous(),
        principal_of(PersonFactory(is_active=False)),
        principal_of(AdministratorFactory(is_active=False)),
        principal_of(PersonFactory(employment_kind=EmploymentKind.EXTERNAL)),
        principal_of(world.author, scopes=frozenset({TokenScope.READ})),
        principal_of(world.council.people["Mia"], scopes=frozenset({TokenScope.INGEST})),
    ]
    before = Event.objects.count()

    for stranger in strangers:
        with pytest.raises(AccessRefused):
            DOORS[door](stranger, proposal)

    assert Event.objects.count() == before
    assert not Position.objects.exists()
    assert not Comment.objects.exists()
    assert (Proposal.objects.count(), state_of(proposal)) == (1, S.DISCUSSION)


def test_an_import_is_no_road_around_consent(world: World) -> None:
    """Whoever may choose numbers, as an import does, still cannot adopt what they wrote."""
    importer = principal_of(AdministratorFactory())
    proposal = draft(
        world, note(datasets=world.ids("Marketing"), domain="marketing"), acting=importer, number=77
    )
    assert proposal.key == "DGP-0077"
    with pytest.raises(AccessRefused):
        draft(world, note("other"), number=78)
    submit(acting=importer, key=proposal.key)

    with pytest.raises(AccessRefused):
        consent_locally(acting=importer, key=proposal.key)

    assert not Decision.objects.exists()


def test_silence_after_a_time_out_does_not_continue(world: World) -> None:
    """Collibra's time-out forces continuation; here it brings the council."""
    adopted(world)
    at(MONDAY + 14 * DAY)
    proposal = in_discussion(
        world, note(op=ChangeOp.REPLACE, limit=9, datasets=world.ids("Marketing", "Sales"))
    )

    later(MONDAY + 60 * DAY)

    assert state_of(proposal) == S.DISCUSSION
    assert Decision.objects.count() == 1
