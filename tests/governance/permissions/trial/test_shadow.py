"""A draft beside live answers: counted where it would have answered otherwise, and never asked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from catalog.access import Action, gate
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Dataset
from governance.models import OptOutShadow, OptOutShadowCount, Proposal
from governance.permissions.engine import Dataset as Data
from governance.permissions.engine import Index, Person, World, compile_index
from governance.permissions.gateways.question import Asker
from governance.permissions.services.statements import Statement, check_statement
from governance.permissions.trial import shadowing
from governance.permissions.trial.difference import Change
from governance.permissions.trial.replay import Asked, Comparing
from governance.permissions.trial.selectors.tallies import shadows_of
from governance.permissions.trial.services.shadows import end_shadow, start_shadow
from governance.permissions.trial.shadowing import Active, Key, Shadows, shadows
from governance.permissions.types import Effect
from tests.governance.permissions.gateways.asking import standing
from tests.governance.permissions.test_engine_laws import rule
from tests.governance.permissions.trial.company import TODAY, company, denial, proposed, who
from tests.governance.permissions.trial.drafts import drafted, laws
from tests.governance.permissions.trial.test_replay import asked

Stored = list[tuple[int, Counter[Key], int, int]]


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """No test leaves a shadow behind."""
    yield
    shadows.forget()


def beside(base: Index, draft: Index) -> tuple[Shadows, Stored]:
    """A shadow of a draft, and what it stores."""
    stored: Stored = []
    made = Shadows()
    made.connect(
        lambda: [Active(5, 9, 0.0)],
        lambda revision: (base, draft),
        lambda *counted: stored.append(counted),
    )
    made.look(now=True)
    return made, stored


@laws
@given(drafted(), st.lists(asked, max_size=30))
def test_a_shadow_counts_what_the_draft_would_have_answered_otherwise(
    tried: tuple[World, Index, Index], log: list[Asked]
) -> None:
    _, base, draft = tried
    made, stored = beside(base, draft)
    comparing = Comparing(base, draft)
    expected = Counter(
        (dt.datetime.fromtimestamp(one.at, dt.UTC).date(), "gateway", one.person, one.dataset,
         one.purpose or "", change)
        for one in log
        if (change := comparing.change(one)) is not None
    )  # fmt: skip

    for one in log:
        made.note("gateway", *one[:7])
    made.look(now=True)

    counted: Counter[Key] = Counter()
    for shadow, found, _, _ in stored:
        assert shadow == 5
        counted += found
    assert counted == expected
    assert sum(seen for _, _, seen, _ in stored) == len(log)


@laws
@given(drafted(), st.lists(asked, max_size=15))
def test_no_answer_of_a_door_changes_while_a_shadow_runs(
    tried: tuple[World, Index, Index], log: list[Asked]
) -> None:
    world, base, draft = tried
    held = standing(world)
    names = {one.id: one for one in world.datasets}

    def answers() -> list[object]:
        given = []
        for one in log:
            asker = Asker(held, one.person, "", one.purpose, one.environment, one.at)
            record = names.get(one.dataset)
            if record is not None:
                found = asker.decide(one.action, record.name, record.system, one.columns)
                given.append((found.allowed, found.code, found.columns, found.filters, found.rules))
        return given

    shadows.forget()
    alone = answers()
    shadows.watching = (shadowing.Watched(5, Comparing(base, draft), 0.0),)
    with_shadow = answers()
    shadows.watching = (shadowing.Watched(5, None, 0.0),)  # type: ignore[arg-type]
    with_a_broken_one = answers()

    assert alone == with_shadow == with_a_broken_one


def test_more_than_the_queue_holds_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Matters:
        draft = None

        def may_differ(self, person: int, dataset: int) -> bool:
            return True

        def change(self, one: Asked) -> Change:
            return Change.LOST

    monkeypatch.setattr(shadowing, "MOST_QUEUED", 3)
    made, stored = Shadows(), []
    made.connect(tuple, lambda revision: (None, None), lambda *counted: stored.append(counted))  # type: ignore[arg-type,return-value]
    made.watching = (shadowing.Watched(5, Matters(), 0.0),)  # type: ignore[arg-type]

    for number in range(5):
        made.note("check", 1, "read", number, None, None, None, 0.0)
    made.look(now=True)

    ((shadow, found, seen, dropped),) = stored
    assert (shadow, sum(found.values()), seen, dropped) == (5, 3, 5, 2)


def test_answers_that_are_noted_while_a_draft_is_made_anew_are_counted() -> None:
    # Given a shadow whose draft is made anew at every look, while a door answers
    sold = Data(1, "pg://w/sales.orders")
    open_world = World(1, (Person(1, "ann"),), (sold,))
    closed = replace(open_world, rules=(rule("oo-1", Effect.DENY),))
    made, stored = Shadows(), []

    def draft_on(_: int) -> tuple[Index, Index]:
        made.note("gateway", 1, "read", 1, None, None, None, 0.0)
        return compile_index(open_world), compile_index(closed)

    made.connect(lambda: [Active(5, 9, 0.0)], draft_on, lambda *counted: stored.append(counted))

    # When it is looked four times
    for _ in range(4):
        made.look(now=True)

    # Then each answer since the first draft was there is counted once
    assert sum(found.total() for _, found, _, _ in stored) == 2
    assert sum(seen for _, _, seen, _ in stored) == 2
    made.look(now=True)
    assert sum(found.total() for _, found, _, _ in stored) == 3


# --- in the database -------------------------------------------------------------------------


@pytest.fixture
def proposal(db: None) -> Proposal:
    company()
    return proposed(denial())


def test_a_shadow_is_begun_ended_and_shown(proposal: Proposal) -> None:
    data = proposal.current.changes.get().document["resources"]["datasets"]
    assert data == ["hr.compensation"]
    start_shadow(acting=who("mia"), key=proposal.key, until=TODAY)
    shadows.look(now=True)

    # When answers are given: two that the draft would refuse, one that it would not
    pay = Dataset.objects.get(name="compensation")
    assert gate().answer(who("bob"), Action.READ, pay, "samples").allowed
    assert gate().answer(who("pat"), Action.READ, pay, "samples").allowed
    sql = "SELECT count(*) FROM hr.compensation"
    assert check_statement(Statement(sql, "postgres"), acting=who("ann")).verdict.answer == "allow"
    shadows.look(now=True)

    # Then they are counted, and were answered as ever
    (view,) = shadows_of(who("sina"), proposal.key)
    assert view.is_running
    assert (view.tallies.asked, view.tallies.different) == (3, 2)
    assert view.tallies.differing == (("lost", 2),)
    assert sorted((one.name, one.count) for one in view.tallies.by_person) == [
        ("ann", 1), ("bob", 1),
    ]  # fmt: skip
    assert [(one.name.rpartition("/")[2], one.count) for one in view.tallies.by_dataset] == [
        ("hr.compensation", 2)
    ]
    assert [(one.name, one.count) for one in view.tallies.by_purpose] == [("none stated", 2)]
    assert sorted(OptOutShadowCount.objects.values_list("gateway", flat=True)) == [
        "catalog", "check",
    ]  # fmt: skip
    # Who reads the whole log is told who asked, others how many
    (seen_by_mia,) = shadows_of(who("mia"), proposal.key)
    assert (seen_by_mia.tallies.people, seen_by_mia.tallies.by_person) == (2, ())
    assert seen_by_mia.tallies.people_withheld

    # When it is ended nothing is noted any more
    end_shadow(acting=who("mia"), key=proposal.key)
    shadows.look(now=True)
    assert shadows.watching == ()
    gate().answer(who("bob"), Action.READ, pay, "samples")
    shadows.look(now=True)
    assert shadows_of(who("sina"), proposal.key)[0].tallies.asked == 3


def test_without_a_shadow_an_answer_asks_nothing_more(proposal: Proposal) -> None:
    pay, bob = Dataset.objects.get(name="compensation"), who("bob")
    gate().authorize(bob, Action.READ, pay)

    with CaptureQueriesContext(connection) as alone:
        gate().authorize(bob, Action.READ, pay)
    start_shadow(acting=who("mia"), key=proposal.key, until=TODAY)
    shadows.look(now=True)
    with CaptureQueriesContext(connection) as watched:
        gate().authorize(bob, Action.READ, pay)

    assert len(alone) == len(watched)


@pytest.mark.parametrize("days", [-1, 33])
def test_a_shadow_has_an_end_that_is_near(proposal: Proposal, days: int) -> None:
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)

    with pytest.raises(InvalidInput, match="within 31 days"):
        start_shadow(acting=who("mia"), key=proposal.key, until=until)

    assert not OptOutShadow.objects.exists()


def test_one_shadow_of_a_proposal_runs_at_a_time(proposal: Proposal) -> None:
    with pytest.raises(NotFound, match="No shadow of it runs"):
        end_shadow(acting=who("mia"), key=proposal.key)
    start_shadow(acting=who("mia"), key=proposal.key, until=TODAY)

    with pytest.raises(Conflict, match="runs already"):
        start_shadow(acting=who("ann"), key=proposal.key, until=TODAY)

    # One that has run out makes room by itself
    OptOutShadow.objects.update(
        started_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        ends_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    )
    shadows.look(now=True)
    assert shadows.watching == ()
    start_shadow(acting=who("ann"), key=proposal.key, until=TODAY)
