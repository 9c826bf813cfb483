"""What readers see: the board, a proposal in full, what waits for them, guards run later."""

from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from catalog.errors import NotFound
from catalog.registries.schedules import schedules
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance import tasks
from governance.agreements.kinds import kinds
from governance.council.services.guards import rerun_guards
from governance.models import Decision, GuardRun, Meeting, Proposal
from governance.proposals.selectors.proposals import (
    get_proposal,
    proposal_detail,
    proposal_list,
    waiting_for,
)
from governance.proposals.services import story_clock
from governance.proposals.services.comments import comment
from governance.proposals.services.drafting import revise
from governance.proposals.services.submitting import submit
from governance.types import Finding, FindingLevel
from governance.types import PositionValue as V
from tests.factories import PersonFactory
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
    adopted,
    at,
    block_fields,
    draft,
    in_discussion,
    later,
    note,
    say,
)

pytestmark = pytest.mark.django_db


def test_a_proposal_in_full(world: World) -> None:
    proposal = in_discussion(
        world, note(text="Words.", unproved=True, datasets=world.ids("Marketing", "Sales"))
    )
    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal, V.BLOCK, **block_fields())
    comment(acting=world.acting, key=proposal.key, text="I will look.")
    revise(acting=world.acting, key=proposal.key, title="A better title")

    found = proposal_detail(world.who("Mia"), proposal.key)

    assert (found.proposal.title, found.revision.number) == ("A better title", 1)
    assert [view.change.agreement_key for view in found.changes] == ["note:lead"]
    assert [one.path for one in found.changes[0].differences][:1] == ["name"]
    assert [finding.check for finding in found.unchecked] == ["note.proof"]
    assert [(view.signer.label, view.signature.state.value) for view in found.signers] == [
        ("Marketing", "consented"),
        ("Sales", "blocked"),
    ]
    assert found.signers[0].position is not None
    assert str(found.signers[0].position.person) == "Mia Castellane"
    assert [view.is_stale for view in found.positions] == [False, False]
    assert [concern.title for concern in found.concerns] == ["A lead with score 50 is none here."]
    assert [one.text for one in found.comments] == ["I will look."]
    assert [step.after for step in found.steps] == ["triage", "discussion"]
    assert [line.what for line in found.clocks] == [
        "Discussion lasts at least until",
        "Expires if nothing happens",
    ]
    possible = {name for name, ability in found.can.items() if ability.is_possible}
    assert possible == {
        "ask_for_vote", "comment", "raise_concern", "recuse", "take_position",
    }  # fmt: skip
    assert found.can["withdraw"].why_not == "Only its author can withdraw it."


def test_stale_and_replaced_positions_are_told_apart(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal)
    say(world.who("Hugo"), proposal, V.ABSTAIN)
    revise(
        acting=world.acting,
        key=proposal.key,
        changes=[note(limit=3, datasets=world.ids("Marketing", "Sales"))],
    )
    say(world.who("Mia"), proposal)

    views = proposal_detail(world.acting, proposal.key).positions

    assert [(view.is_stale, view.is_replaced) for view in views] == [
        (True, True), (True, True), (True, False), (False, False),
    ]  # fmt: skip


def test_the_board_is_searched_and_filtered(world: World) -> None:
    first = draft(world, title="Leads are counted once")
    second = in_discussion(world, note("churn"), title="Churn", ask="Say what churn is.")
    reader = principal_of(world.boss)

    def keys(**conditions: Any) -> list[str]:
        return [one.key for one in proposal_list(reader, **conditions)]

    assert keys() == [second.key, first.key]
    assert keys(state="draft") == [first.key]
    assert keys(state=["discussion", "draft"]) == [second.key, first.key]
    assert keys(state="open") == [second.key, first.key]
    assert keys(query="churn is") == [second.key]
    assert keys(query="dgp-0001") == [first.key]
    assert keys(kind="term") == []
    assert keys(mine=True) == []
    assert [one.key for one in proposal_list(world.acting, mine=True)] == [second.key, first.key]


def test_strangers_see_no_proposal(world: World) -> None:
    proposal = in_discussion(world)

    for stranger in (Principal.anonymous(), principal_of(PersonFactory(is_active=False))):
        assert list(proposal_list(stranger)) == []
        assert waiting_for(stranger) == []
        with pytest.raises(NotFound):
            get_proposal(stranger, proposal.key)
        with pytest.raises(NotFound):
            proposal_detail(stranger, proposal.key)


def test_what_waits_for_whom(world: World) -> None:
    wide = in_discussion(world)
    narrow = draft(world, note("own", datasets=world.ids("Marketing"), domain="marketing"))
    submit(acting=world.acting, key=narrow.key)
    say(world.who("Hugo"), wide, V.BLOCK, **block_fields())

    def waits(first: str) -> list[tuple[str, str]]:
        return [(one.proposal.key, one.act.value) for one in waiting_for(world.who(first))]

    assert waits("Mia") == [(wide.key, "take_position"), (narrow.key, "consent_locally")]
    assert waits("Hugo") == []
    assert waits("Inés") == [(wide.key, "rule_invalid")]
    colleague = [one.act.value for one in waiting_for(principal_of(world.colleague))]
    assert colleague == ["consent_locally"]
    own = [(one.act.value, one.sentence) for one in waiting_for(world.acting)]
    assert own == [("answer_concern", "Answer in writing: A lead with score 50 is none here.")]
    later(MONDAY + 7 * DAY)
    assert waits("Tomas") == [(wide.key, "record_vote")]


def test_the_least_length_of_a_discussion_is_no_deadline_once_it_is_over(world: World) -> None:
    proposal = in_discussion(world)
    least = proposal.discussion_until
    assert least is not None

    def due() -> list[object]:
        return [one.due for one in waiting_for(world.who("Mia"))]

    at(least - DAY)
    assert due() == [least]
    at(least + DAY)
    assert due() == [None]


def test_a_guard_without_an_engine_is_kept_and_run_when_the_engine_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted(world, note(unproved=True, datasets=world.ids("Marketing", "Sales")))
    decision = Decision.objects.get()
    assert [row["check"] for row in decision.unchecked] == ["note.proof"]

    assert rerun_guards() == []

    kind = kinds.get("note")
    answers: list[Finding] = []
    monkeypatch.setattr(kind, "check", lambda *_: answers)
    runs = rerun_guards()
    assert [(run.check_code, run.passed) for run in runs] == [("note.proof", True)]
    answers.append(Finding("note.proof", FindingLevel.ERROR, "Too late."))
    assert rerun_guards() == []
    assert GuardRun.objects.count() == 1


def test_a_guard_that_fails_when_it_is_run_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted(world, note(unproved=True))
    finding = Finding("note.proof", FindingLevel.ERROR, "Two states overlap.")
    monkeypatch.setattr(kinds.get("note"), "check", lambda *_: [finding])

    (run,) = rerun_guards()

    assert (run.passed, run.message) == (False, "Two states overlap.")
    assert Proposal.objects.get().state == "active"


def test_the_jobs_are_on_the_clock_and_do_what_is_due(world: World) -> None:
    proposal = draft(world)
    submit(acting=world.acting, key=proposal.key)
    at(MONDAY + DAY)

    tasks.run_governance_timers()
    tasks.rerun_unchecked_guards()

    assert Proposal.objects.get().state == "discussion"
    assert Meeting.objects.filter(state="planned").exists()
    scheduled = {entry.task for _, entry in schedules.items()}
    assert {"governance.run_timers", "governance.rerun_guards"} <= scheduled


def test_the_schedule_leaves_what_is_due_to_whoever_moves_the_clock(
    world: World, settings: Settings
) -> None:
    settings.STORY_CLOCK = True
    proposal = draft(world)
    submit(acting=world.acting, key=proposal.key)
    at(MONDAY + DAY)

    beside = connection.copy()
    with beside.cursor() as mover:
        mover.execute("SELECT pg_advisory_lock(%s)", [story_clock.CLOCK_LOCK])
        tasks.run_governance_timers()
        assert Proposal.objects.get().state == "triage"
        mover.execute("SELECT pg_advisory_unlock(%s)", [story_clock.CLOCK_LOCK])
    beside.close()
    tasks.run_governance_timers()

    assert Proposal.objects.get().state == "discussion"


def test_what_waits_is_found_without_reading_every_proposal(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        in_discussion(world, note(f"n{number}", datasets=world.ids("Marketing", "Sales")))
    nobody = principal_of(PersonFactory())

    with django_assert_max_num_queries(20):
        assert waiting_for(nobody) == []
    assert len(waiting_for(world.who("Mia"))) == 8
