"""Adoption: one instant for everything, in conflict where the ground moved, never half."""

import datetime as dt

import pytest

from catalog.errors import Conflict
from catalog.models import Event
from catalog.selectors.principals import principal_of
from governance.agreements.kinds import kinds
from governance.agreements.selectors.agreements import (
    agreement_as_of,
    agreement_list,
    agreements_of_dataset,
    current_epoch,
    versions,
    versions_as_of_epoch,
)
from governance.agreements.services.adoption import activate, activate_due
from governance.models import (
    Agreement,
    AgreementVersion,
    Decision,
    MigrationTask,
    PolicyEpoch,
    Proposal,
)
from governance.proposals.services.drafting import revise
from governance.proposals.services.reversing import propose_reversal
from governance.proposals.services.stepping import rebase
from governance.proposals.services.submitting import accept, submit
from governance.types import ChangeOp, ChangeSpec, Finding, FindingLevel
from governance.types import ProposalState as S
from tests.factories import DatasetFactory, OwnershipFactory
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
from tests.lineage.graphs import connect

pytestmark = pytest.mark.django_db
APRIL = MONDAY + 28 * DAY


def decided(
    world: World, *changes: ChangeSpec, start: dt.datetime, wanted: dt.datetime
) -> Proposal:
    """Everybody consents; it waits for `wanted`."""
    at(start)
    proposal = in_discussion(world, *changes, wanted_effective_at=wanted)
    for first in ("Mia", "Hugo", "Farid"):
        say(world.who(first), proposal)
    later(start + 7 * DAY)
    later(start + 10 * DAY)
    proposal.refresh_from_db()
    assert proposal.state == S.DECIDED_SCHEDULED
    return proposal


def replacing(world: World, **fields: object) -> ChangeSpec:
    return note(op=ChangeOp.REPLACE, datasets=world.ids("Marketing", "Sales"), **fields)


def in_conflict(world: World, theirs: ChangeSpec, ours: ChangeSpec) -> Proposal:
    """Two proposals on one target are decided; the first takes effect, the second cannot."""
    adopted(world)
    start = MONDAY + 14 * DAY
    second = decided(world, ours, start=start, wanted=APRIL + 8 * DAY)
    first = decided(world, theirs, start=start + 10 * DAY, wanted=APRIL + 7 * DAY)
    later(APRIL + 7 * DAY)
    assert state_of(first) == S.ACTIVE
    later(APRIL + 8 * DAY)
    second.refresh_from_db()
    assert second.state == S.CONFLICTED
    return second


def test_it_takes_effect_at_its_instant_and_not_before(world: World) -> None:
    proposal = decided(world, start=MONDAY, wanted=APRIL)

    activate(proposal)
    later(APRIL - dt.timedelta(seconds=1))
    assert state_of(proposal) == S.DECIDED_SCHEDULED
    later(APRIL)

    assert state_of(proposal) == S.ACTIVE
    assert AgreementVersion.objects.get().valid_from == APRIL


def test_a_late_job_writes_the_instant_that_was_decided(world: World) -> None:
    proposal = decided(world, start=MONDAY, wanted=APRIL)

    later(APRIL + 2 * DAY)

    version = AgreementVersion.objects.get()
    assert (version.valid_from, version.recorded_at) == (APRIL, APRIL + 2 * DAY)
    reader = world.acting
    between = APRIL + DAY
    known = agreement_as_of(reader, "note:lead", between, known_at=APRIL + 3 * DAY)
    assert known == version
    assert agreement_as_of(reader, "note:lead", between, known_at=between) is None
    assert proposal.decisions.count() == 1


def test_a_moved_base_is_a_conflict_and_writes_nothing(world: World) -> None:
    second = in_conflict(world, theirs=replacing(world, limit=2), ours=replacing(world, limit=3))

    assert "changed after this was written" in second.outcome_note
    assert AgreementVersion.objects.count() == 2
    assert current_epoch() == 2


def test_what_comes_to_the_same_takes_effect_without_a_new_vote(world: World) -> None:
    second = in_conflict(
        world,
        theirs=replacing(world, text="A better sentence.", limit=1),
        ours=replacing(world, limit=3),
    )

    rebase(acting=world.acting, key=second.key)
    second.refresh_from_db()
    assert second.state == S.DECIDED_SCHEDULED
    later(APRIL + 9 * DAY)

    assert state_of(second) == S.ACTIVE
    newest = AgreementVersion.objects.order_by("-number")[0]
    assert newest.document["text"] == "A better sentence."
    assert newest.document["limit"] == 3
    assert newest.decision == Decision.objects.get(proposal=second)


def test_what_comes_to_something_else_is_discussed_again(world: World) -> None:
    second = in_conflict(
        world, theirs=replacing(world, domain="sales"), ours=replacing(world, limit=3)
    )

    rebase(acting=world.acting, key=second.key)

    second.refresh_from_db()
    assert second.state == S.DISCUSSION
    assert second.current is not None
    document = second.current.changes.get().document
    assert (document["domain"], document["limit"]) == ("sales", 3)


def test_where_both_changed_the_same_field_its_makers_choose(world: World) -> None:
    second = in_conflict(world, theirs=replacing(world, limit=2), ours=replacing(world, limit=3))

    with pytest.raises(Conflict, match="Both sides changed limit"):
        rebase(acting=world.acting, key=second.key)
    assert state_of(second) == S.CONFLICTED
    revise(acting=world.acting, key=second.key, changes=[replacing(world, limit=4)])

    assert state_of(second) == S.DISCUSSION


def test_a_check_that_no_longer_holds_is_a_conflict(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = decided(world, start=MONDAY, wanted=APRIL)
    kind = kinds.get("note")
    monkeypatch.setattr(
        kind, "check", lambda *_: [Finding("note.gone", FindingLevel.ERROR, "It is gone.")]
    )

    later(APRIL)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.outcome_note) == (
        S.CONFLICTED, "A check no longer holds: It is gone.",
    )  # fmt: skip
    assert not AgreementVersion.objects.exists()


def test_a_kind_that_fails_to_act_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = decided(world, start=MONDAY, wanted=APRIL)
    kind = kinds.get("note")

    def explode(*_: object, **__: object) -> str:
        raise RuntimeError("The engine is down.")

    with monkeypatch.context() as patch:
        patch.setattr(kind, "activate", explode)
        at(APRIL)
        activate_due(now=APRIL)
    assert state_of(proposal) == S.DECIDED_SCHEDULED
    assert (AgreementVersion.objects.count(), current_epoch()) == (0, 0)

    activate_due(now=APRIL)
    assert state_of(proposal) == S.ACTIVE
    assert (AgreementVersion.objects.count(), current_epoch()) == (1, 1)


def test_readers_who_took_an_epoch_see_all_of_an_adoption_or_nothing(world: World) -> None:
    adopted(world, note("a"), note("b"))
    reader, before = world.acting, current_epoch()
    adopted(
        world,
        note("a", op=ChangeOp.REPLACE, limit=2),
        note("b", op=ChangeOp.RETIRE),
        note("c"),
        start=MONDAY + 14 * DAY,
    )

    def seen(epoch: int) -> dict[str, int]:
        rows = versions_as_of_epoch(reader, epoch)
        return {row.agreement.key: row.document["limit"] for row in rows}

    assert seen(before) == {"note:a": 1, "note:b": 1}
    assert seen(current_epoch()) == {"note:a": 2, "note:c": 1}
    assert current_epoch() == before + 1
    assert Event.objects.filter(type="governance.agreement.adopted").count() == 5


def test_retiring_ends_it_and_history_stays(world: World) -> None:
    adopted(world)
    adopted(world, note(op=ChangeOp.RETIRE), start=MONDAY + 14 * DAY)
    reader = world.acting

    assert Agreement.objects.get().state == "retired"
    assert agreement_as_of(reader, "note:lead") is None
    past = agreement_as_of(reader, "note:lead", MONDAY + 12 * DAY)
    assert past is not None
    assert past.number == 1
    assert [version.op for version in versions(reader, "note:lead")] == ["retire", "create"]
    assert list(agreement_list(reader, as_of=MONDAY + 12 * DAY)) == [past.agreement]
    assert list(agreement_list(reader, as_of=MONDAY + 40 * DAY)) == []
    assert list(agreements_of_dataset(reader, world.datasets["Sales"].pk)) == []


def test_deprecating_gives_thirty_days_notice_and_names_a_sunset(world: World) -> None:
    adopted(world)
    start = MONDAY + 14 * DAY
    adopted(world, note(op=ChangeOp.DEPRECATE), start=start)
    later(start + 39 * DAY)
    assert Agreement.objects.get().state == "active"
    later(start + 40 * DAY)

    agreement = Agreement.objects.get()
    assert agreement.state == "deprecated"
    assert agreement.sunset_on == (start + 130 * DAY).date()


def test_owners_of_what_is_affected_get_a_task(world: World) -> None:
    report = DatasetFactory(name="report", domain=world.domain("Sales"))
    owner = OwnershipFactory(dataset=report).person
    connect([world.datasets["Marketing"], report], [(0, 1, True)])
    adopted(world, note(datasets=world.ids("Marketing", "Sales")))
    adopted(world, replacing(world, limit=2), start=MONDAY + 14 * DAY)

    task = MigrationTask.objects.get()

    assert (task.owner, task.dataset, task.instruction) == (owner, report, "Read the new lead.")
    assert task.due_on == (MONDAY + 54 * DAY).date()


def test_a_reversal_puts_back_what_held_as_a_new_version(world: World) -> None:
    adopted(world, note("a"))
    second = adopted(
        world,
        note("a", op=ChangeOp.REPLACE, limit=2),
        note("b"),
        start=MONDAY + 14 * DAY,
    )
    at(APRIL)

    draft_ = propose_reversal(acting=world.acting, key=second.key, reason="It broke invoices.")
    assert draft_.follows_up == second
    submit(acting=world.acting, key=draft_.key)
    accept(acting=world.who("Inés"), key=draft_.key)
    later(APRIL + 7 * DAY)
    later(APRIL + 10 * DAY)

    second.refresh_from_db()
    assert (state_of(draft_), second.state) == (S.ACTIVE, S.REVERTED)
    reader = world.acting
    again = agreement_as_of(reader, "note:a")
    assert again is not None
    assert (again.number, again.document["limit"]) == (3, 1)
    assert agreement_as_of(reader, "note:b") is None


def test_after_its_time_a_decision_is_not_reversed_as_a_whole(world: World) -> None:
    proposal = adopted(world)
    at(MONDAY + 10 * DAY + 31 * DAY)

    with pytest.raises(Conflict, match="run out"):
        propose_reversal(acting=world.acting, key=proposal.key, reason="Late.")

    assert Proposal.objects.count() == 1


def test_an_open_proposal_says_what_will_hold_but_nothing_holds_yet(world: World) -> None:
    proposal = draft(world)
    submit(acting=world.acting, key=proposal.key)
    reader = principal_of(world.boss)

    assert Agreement.objects.get().state == "proposed"
    assert list(agreement_list(reader)) == []
    assert [row.key for row in agreement_list(reader, state="proposed")] == ["note:lead"]
    assert agreement_as_of(reader, "note:lead") is None
    assert not PolicyEpoch.objects.exists()
