"""Bad input: a clear sentence with the field, and nothing has changed."""

import datetime as dt
from typing import Any

import pytest

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Event
from governance.council.services.decisions import record_vote
from governance.models import Proposal, Revision, StoryClock
from governance.proposals.services.comments import comment
from governance.proposals.services.concerns import resolve_concern
from governance.proposals.services.drafting import create_draft, revise
from governance.proposals.services.dry_run import dry_run
from governance.proposals.services.stepping import withdraw
from governance.proposals.services.story_clock import freeze, move
from governance.proposals.services.submitting import submit
from governance.proposals.services.timers import run_timers
from governance.types import ChangeOp, ChangeSpec, Evidence
from governance.types import ProposalState as S
from tests.governance.proposals.world import (
    DAY,
    HOUR,
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
NAUGHTY = "a\x00b"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"changes": []}, "changes"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"ask": ""}, "ask"),
        ({"ask": NAUGHTY}, "ask"),
        ({"rationale": "x" * 20_001}, "rationale"),
        (
            {"changes": [ChangeSpec(ChangeOp.CREATE, "nonsense", "", {"name": "x"})]},
            "changes.0.kind",
        ),
        ({"changes": [ChangeSpec(ChangeOp.CREATE, "note", "", {})]}, "changes.0.document"),
        (
            {"changes": [ChangeSpec(ChangeOp.CREATE, "note", "", {"name": "x", "colour": "red"})]},
            "changes.0.document.colour",
        ),
        (
            {"changes": [ChangeSpec(ChangeOp.CREATE, "note", "", {"name": "x", "limit": "many"})]},
            "changes.0.document.limit",
        ),
        (
            {"changes": [ChangeSpec(ChangeOp.CREATE, "note", "", {"name": "x", "limit": 2**60})]},
            "document",
        ),
        (
            {"changes": [ChangeSpec(ChangeOp.CREATE, "note", "note:y", {"name": "x"})]},
            "changes.0.key",
        ),
        (
            {"changes": [ChangeSpec(ChangeOp.RETIRE, "note", "term:y")]},
            "changes.0.key",
        ),
        ({"changes": [note("x"), note("x", limit=2)]}, "changes.1"),
        ({"changes": [note(f"n{n}") for n in range(2_001)]}, "changes"),
        ({"evidence": [Evidence(title="")]}, "evidence.0.title"),
        ({"evidence": [Evidence("x", url="javascript:alert(1)")]}, "evidence.0.url"),
        ({"evidence": [Evidence("x")] * 51}, "evidence"),
        ({"champion_id": 10**9}, "champion"),
        ({"co_author_ids": [10**9]}, "co_authors"),
        ({"domain_id": 10**9}, "domain"),
        ({"committee_id": 10**9}, "committee"),
        ({"wanted_effective_at": dt.datetime(2026, 5, 1)}, "wanted_effective_at"),
    ],
)
def test_a_draft_that_does_not_fit_names_its_field(
    world: World, fields: dict[str, Any], field: str
) -> None:
    given = {"title": "t", "ask": "a", "changes": [note("x")]} | fields

    with pytest.raises(InvalidInput) as refused:
        create_draft(acting=world.acting, **given)

    assert refused.value.field == field
    assert not Proposal.objects.exists()


def test_a_proposal_names_its_evidence_or_says_why_there_is_none(world: World) -> None:
    proposal = draft(world, evidence=[])

    with pytest.raises(InvalidInput) as refused:
        submit(acting=world.acting, key=proposal.key)
    assert refused.value.field == "evidence"
    assert state_of(proposal) == S.DRAFT

    revise(acting=world.acting, key=proposal.key, no_evidence_reason="It is a new word.")
    submit(acting=world.acting, key=proposal.key)
    assert state_of(proposal) == S.TRIAGE


def test_a_red_dry_run_stops_submission_and_names_the_field_and_the_fix(world: World) -> None:
    proposal = draft(world, note("x", broken=True))
    assert Revision.objects.get().findings[0]["check"] == "note.broken"

    with pytest.raises(InvalidInput, match=r"It is broken\. Mend it\.") as refused:
        submit(acting=world.acting, key=proposal.key)

    assert refused.value.field == "changes.0.document.broken"
    assert state_of(proposal) == S.DRAFT


def test_a_guard_that_no_engine_answers_stops_nothing(world: World) -> None:
    proposal = draft(world, note("x", unproved=True))

    submit(acting=world.acting, key=proposal.key)

    assert state_of(proposal) == S.TRIAGE


def test_a_dry_run_writes_nothing(world: World) -> None:
    before = Event.objects.count()

    found = dry_run(
        acting=world.acting, changes=[note("x", broken=True, datasets=world.ids("Sales"))]
    )

    assert [finding.check for finding in found.errors] == ["note.broken"]
    assert found.bindings["note:x"][0].dataset_id == world.datasets["Sales"].pk
    assert found.diffs[0].before is None
    assert (Proposal.objects.count(), Event.objects.count()) == (0, before)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (note(), "change.exists_already"),
        (note("new", op=ChangeOp.REPLACE), "change.nothing_in_force"),
        (note("new", op=ChangeOp.RETIRE), "change.nothing_in_force"),
        (note("new", op=ChangeOp.DEPRECATE), "change.nothing_in_force"),
    ],
)
def test_an_operation_that_does_not_fit_what_holds(
    world: World, change: ChangeSpec, check: str
) -> None:
    adopted(world, note())

    found = dry_run(acting=world.acting, changes=[change])

    assert [finding.check for finding in found.errors] == [check]


def test_a_change_that_changes_nothing_is_none(world: World) -> None:
    adopted(world, note())

    found = dry_run(acting=world.acting, changes=[note(op=ChangeOp.REPLACE)])

    assert [finding.check for finding in found.errors] == ["change.changes_nothing"]


def test_the_same_text_is_not_proposed_twice(world: World) -> None:
    in_discussion(world)
    twin = draft(world)

    with pytest.raises(Conflict, match="DGP-0001 proposes exactly this already"):
        submit(acting=world.acting, key=twin.key)

    assert state_of(twin) == S.DRAFT


def test_a_base_that_moved_while_a_draft_was_written_is_said_at_submission(world: World) -> None:
    adopted(world)
    at(MONDAY + 12 * DAY)
    waiting = draft(
        world, note(op=ChangeOp.REPLACE, limit=5, datasets=world.ids("Marketing", "Sales"))
    )
    adopted(
        world,
        note(op=ChangeOp.REPLACE, limit=2, datasets=world.ids("Marketing", "Sales")),
        start=MONDAY + 14 * DAY,
    )

    with pytest.raises(Conflict, match="save the proposal again"):
        submit(acting=world.acting, key=waiting.key)
    revise(acting=world.acting, key=waiting.key)
    submit(acting=world.acting, key=waiting.key)

    assert state_of(waiting) == S.TRIAGE


def test_what_is_not_there_is_not_found(world: World) -> None:
    for call in (
        lambda: submit(acting=world.acting, key="DGP-9999"),
        lambda: comment(acting=world.acting, key="no key", text="x"),
        lambda: resolve_concern(acting=world.acting, concern_id=10**9),
    ):
        with pytest.raises(NotFound):
            call()


def test_only_the_makers_revise_and_submit_and_only_the_author_withdraws(world: World) -> None:
    proposal = draft(world, champion_id=world.colleague.pk)
    other = world.who("Mia")

    for call in (
        lambda: revise(acting=other, key=proposal.key, title="mine"),
        lambda: submit(acting=other, key=proposal.key),
        lambda: withdraw(acting=other, key=proposal.key, reason="r"),
    ):
        with pytest.raises(AccessRefused) as refused:
            call()
        assert refused.value.verdict.code == "not_maker"
    withdraw(acting=world.acting, key=proposal.key, reason="Better idea.")
    assert state_of(proposal) == S.WITHDRAWN


def test_nothing_moves_a_proposal_that_has_ended(world: World) -> None:
    proposal = draft(world)
    withdraw(acting=world.acting, key=proposal.key, reason="No.")

    for call in (
        lambda: submit(acting=world.acting, key=proposal.key),
        lambda: revise(acting=world.acting, key=proposal.key, title="x"),
        lambda: withdraw(acting=world.acting, key=proposal.key, reason="r"),
        lambda: say(world.who("Mia"), proposal),
        lambda: record_vote(
            acting=world.who("Tomas"), key=proposal.key, outcome="adopted", reason="r"
        ),
    ):
        with pytest.raises(Conflict):
            call()
    assert state_of(proposal) == S.WITHDRAWN


def test_an_open_proposal_expires_after_ninety_days_warned_twice(world: World) -> None:
    proposal = draft(world)

    def warned() -> list[str]:
        rows = Event.objects.filter(type="governance.proposal.changed").order_by("pk")
        return [row.payload["detail"] for row in rows if row.payload["what"] == "expiring"]

    later(MONDAY + 75 * DAY)
    assert warned() == []
    for hours in (0, 1, 2):
        later(MONDAY + 76 * DAY + hours * HOUR)
    assert warned() == ["14 days"]
    later(MONDAY + 87 * DAY)
    assert warned() == ["14 days", "3 days"]
    later(MONDAY + 90 * DAY - HOUR)
    assert state_of(proposal) == S.DRAFT
    later(MONDAY + 90 * DAY)
    assert state_of(proposal) == S.EXPIRED


def test_whatever_happens_in_it_keeps_a_proposal_alive(world: World) -> None:
    proposal = draft(world)
    at(MONDAY + 80 * DAY)
    comment(acting=world.acting, key=proposal.key, text="Still wanted.")

    later(MONDAY + 169 * DAY)

    assert state_of(proposal) == S.DRAFT


def test_a_clock_that_jumps_back_undoes_nothing_and_forward_skips_nothing(world: World) -> None:
    proposal = in_discussion(world)
    later(MONDAY)
    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal)
    later(MONDAY + 7 * DAY)
    later(MONDAY + 10 * DAY)
    assert state_of(proposal) == S.ACTIVE

    assert run_timers(now=MONDAY) == 0
    assert run_timers(now=MONDAY + 10 * DAY) == 0
    assert state_of(proposal) == S.ACTIVE


def test_the_story_s_clock_stops_at_every_deadline_on_its_way(world: World) -> None:
    proposal = in_discussion(world)
    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal)

    move(acting=world.acting, by=dt.timedelta(days=30))

    times = list(proposal.steps.order_by("pk").values_list("after", "at"))
    assert times[2:] == [
        ("final_call", MONDAY + 7 * DAY),
        ("decided_scheduled", MONDAY + 10 * DAY),
        ("active", MONDAY + 10 * DAY),
    ]
    assert StoryClock.objects.get().instant == MONDAY + 30 * DAY


def test_the_story_s_clock_never_goes_back_and_moves_in_no_real_service(
    world: World, settings: Any
) -> None:
    for wrong in ({"to": MONDAY - HOUR}, {"by": -HOUR}, {}, {"to": MONDAY + DAY, "by": HOUR},
                  {"by": 500 * DAY}, {"to": dt.datetime(2026, 5, 1)}):  # fmt: skip
        with pytest.raises(InvalidInput):
            move(acting=world.acting, **wrong)
    with pytest.raises(InvalidInput):
        freeze(MONDAY - HOUR)
    settings.STORY_CLOCK = False
    with pytest.raises(Conflict, match="Only a demonstration"):
        move(acting=world.acting, by=HOUR)
    assert StoryClock.objects.get().instant == MONDAY
