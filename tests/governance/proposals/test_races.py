"""Real concurrent transactions: two of everything at once, and it happens once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from governance.agreements.selectors.agreements import current_epoch, versions_as_of_epoch
from governance.agreements.services.adoption import ADOPTION_LOCK, activate_due
from governance.council.selectors.decisions import recount, verify_chain
from governance.council.services.decisions import record_vote
from governance.models import (
    AgreementVersion,
    Concern,
    Decision,
    Position,
    Proposal,
    Revision,
)
from governance.proposals.services import positions, reopening
from governance.proposals.services.concerns import answer_concern
from governance.proposals.services.drafting import revise
from governance.proposals.services.reopening import hold_for_reopening
from governance.proposals.services.restoring import restore
from governance.proposals.services.submitting import merge_editorial, submit
from governance.proposals.services.timers import close_final_call, run_timers
from governance.types import ChangeOp, Outcome
from governance.types import PositionValue as V
from governance.types import ProposalState as S
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
    make_world,
    note,
    say,
    state_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def committed(transactional_db: None) -> World:
    at(MONDAY)
    return make_world()


def together(*calls: Callable[[], object]) -> list[BaseException | None]:
    """Run the calls at the same time, each on a connection of its own; their failures in order."""
    start = threading.Barrier(len(calls))
    failures: list[BaseException | None] = [None] * len(calls)

    def work(number: int, call: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            call()
        except (CatalogError, AccessRefused) as refused:
            failures[number] = refused
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=(number, call)) for number, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failures


def scheduled(world: World) -> Proposal:
    proposal = in_discussion(world, wanted_effective_at=MONDAY + 20 * DAY)
    say(world.who("Mia"), proposal)
    say(world.who("Hugo"), proposal)
    later(MONDAY + 7 * DAY)
    later(MONDAY + 10 * DAY)
    return proposal


def test_two_activations_at_once_activate_once(committed: World) -> None:
    proposal = scheduled(committed)
    due = MONDAY + 20 * DAY
    at(due)

    together(*[lambda: activate_due(now=due) for _ in range(4)])

    assert state_of(proposal) == S.ACTIVE
    assert AgreementVersion.objects.count() == 1
    assert current_epoch() == 1
    assert proposal.steps.filter(after=S.ACTIVE).count() == 1


def test_two_proposals_on_one_target_activated_at_once_leave_one_in_conflict(
    committed: World,
) -> None:
    first = scheduled(committed)
    at(MONDAY)
    second = in_discussion(
        committed,
        note(limit=2, datasets=committed.ids("Marketing", "Sales")),
        wanted_effective_at=MONDAY + 20 * DAY,
    )
    say(committed.who("Mia"), second)
    say(committed.who("Hugo"), second)
    later(MONDAY + 7 * DAY)
    later(MONDAY + 10 * DAY)
    due = MONDAY + 20 * DAY
    at(due)

    together(lambda: run_timers(now=due), lambda: run_timers(now=due))

    assert [state_of(first), state_of(second)] == [S.ACTIVE, S.CONFLICTED]
    assert AgreementVersion.objects.filter(valid_to__isnull=True).count() == 1


def test_a_block_at_the_deadline_counts_or_comes_too_late_but_never_both(
    committed: World,
) -> None:
    proposal = in_discussion(committed)
    say(committed.who("Mia"), proposal)
    say(committed.who("Hugo"), proposal)
    later(MONDAY + 7 * DAY)
    deadline = MONDAY + 10 * DAY
    at(deadline)

    _, refused = together(
        lambda: run_timers(now=deadline),
        lambda: say(committed.who("Hugo"), proposal, V.BLOCK, **block_fields()),
    )

    blocked = Position.objects.filter(value="block").exists()
    assert blocked is (refused is None)
    if blocked:
        assert state_of(proposal) == S.COUNCIL_VOTE
        assert not Decision.objects.exists()
    else:
        assert state_of(proposal) == S.ACTIVE
        decision = Decision.objects.get()
        assert {name: decision.tally[name] for name in V} == recount(decision)


def before_the_council(world: World) -> Proposal:
    proposal = in_discussion(world)
    say(world.who("Hugo"), proposal, V.BLOCK, **block_fields())
    later(MONDAY + 7 * DAY)
    for first in ("Inés", "Bram", "Suri", "Tomas", "Nadia", "Seun", "Peta", "Mia"):
        say(world.who(first), proposal)
    answer_concern(acting=world.acting, concern_id=Concern.objects.get().pk, answer="It is rare.")
    return proposal


def test_a_revision_during_a_vote_never_adopts_a_text_that_nobody_voted_on(
    committed: World,
) -> None:
    proposal = before_the_council(committed)

    vote, revision = together(
        lambda: record_vote(
            acting=committed.who("Tomas"),
            key=proposal.key,
            outcome=Outcome.ADOPTED,
            reason="Yes.",
        ),
        lambda: revise(
            acting=committed.acting,
            key=proposal.key,
            changes=[note(limit=9, datasets=committed.ids("Marketing", "Sales"))],
        ),
    )

    assert (vote is None) != (revision is None)
    if vote is None:
        assert state_of(proposal) == S.DECIDED_SCHEDULED
        assert Decision.objects.get().revision_digest == Revision.objects.get().digest
    else:
        assert state_of(proposal) == S.DISCUSSION
        assert not Decision.objects.exists()


def test_a_vote_is_recorded_once(committed: World) -> None:
    proposal = before_the_council(committed)

    failures = together(
        *[
            lambda: record_vote(
                acting=committed.who("Tomas"),
                key=proposal.key,
                outcome=Outcome.ADOPTED,
                reason="Yes.",
            )
            for _ in range(3)
        ]
    )

    assert failures.count(None) == 1
    assert Decision.objects.count() == 1


def test_decisions_appended_at_once_make_one_chain(committed: World) -> None:
    keys = []
    for number in range(4):
        proposal = in_discussion(
            committed, note(f"n{number}", datasets=committed.ids("Marketing", "Sales"))
        )
        say(committed.who("Mia"), proposal)
        say(committed.who("Hugo"), proposal)
        keys.append(proposal.key)
    later(MONDAY + 7 * DAY)
    deadline = MONDAY + 10 * DAY
    at(deadline)
    together(*[lambda key=key: close_final_call(key, deadline) for key in keys])

    assert sorted(Decision.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert verify_chain().is_whole is True


def test_drafts_written_at_once_get_numbers_of_their_own(committed: World) -> None:
    together(*[lambda n=n: draft(committed, note(f"n{n}")) for n in range(6)])

    assert sorted(Proposal.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_readers_never_see_half_of_an_adoption_while_it_happens(committed: World) -> None:
    """Twenty agreements change together; whoever reads by an epoch sees all or none changed."""
    names = [f"n{number}" for number in range(20)]
    adopted(committed, *[note(name) for name in names])
    at(MONDAY + 14 * DAY)
    proposal = in_discussion(
        committed,
        *[note(name, op=ChangeOp.REPLACE, limit=2) for name in names],
        wanted_effective_at=MONDAY + 40 * DAY,
    )
    later(MONDAY + 21 * DAY)
    later(MONDAY + 24 * DAY)
    due = MONDAY + 40 * DAY
    at(due)
    reader, seen, done = committed.acting, [], threading.Event()

    def read() -> None:
        while not done.is_set() or len(seen) < 3:
            rows = versions_as_of_epoch(reader, current_epoch())
            seen.append({row.document["limit"] for row in rows})

    def adopt() -> None:
        activate_due(now=due)
        done.set()

    together(read, adopt)

    assert state_of(proposal) == S.ACTIVE
    assert all(limits in ({1}, {2}) for limits in seen)
    rows = versions_as_of_epoch(reader, current_epoch())
    assert {row.document["limit"] for row in rows} == {2}


def test_a_block_while_a_change_of_wording_takes_effect_puts_it_back_under_the_lock(
    committed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted(committed, note(datasets=committed.ids("Marketing", "Sales"), text="A leed."))
    soon = MONDAY + 14 * DAY
    at(soon)
    fixed = note(op=ChangeOp.REPLACE, datasets=committed.ids("Marketing", "Sales"), text="A lead.")
    proposal = draft(committed, fixed, wanted_effective_at=soon + DAY)
    submit(acting=committed.acting, key=proposal.key)
    merge_editorial(acting=committed.who("Mia"), key=proposal.key)
    at(soon + DAY)
    locked: list[bool] = []
    clocks: list[threading.Thread] = []

    def hold(key: str) -> None:
        """The clock brings it into force after the block looked whether it is."""
        hold_for_reopening(key)
        clock = threading.Thread(target=lambda: (activate_due(now=soon + DAY), connection.close()))
        clocks.append(clock)
        clock.start()
        clock.join(timeout=1)

    def restoring(*given: Any, **named: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND objid = %s AND pid = pg_backend_pid()",
                [ADOPTION_LOCK],
            )
            locked.append(cursor.fetchone()[0] == 1)
        restore(*given, **named)

    monkeypatch.setattr(positions, "hold_for_reopening", hold)
    monkeypatch.setattr(reopening, "restore", restoring)

    say(committed.who("Hugo"), proposal, V.BLOCK, **block_fields())
    clocks[0].join(timeout=60)

    assert state_of(proposal) == S.DISCUSSION
    assert False not in locked
