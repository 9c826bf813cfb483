"""One text for both sides: what the draft holds, how the conflict goes, what cannot be merged."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.access import AccessRefused
from catalog.errors import Conflict as StateConflict
from catalog.errors import InvalidInput
from catalog.types import Principal
from governance.agreements.joining import joined
from governance.agreements.kinds.data_state.document import Workflow
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.selectors.in_force import one_in_force
from governance.conflicts.services.merging import draft_merge
from governance.conflicts.services.register import settle, store_conflicts
from governance.conflicts.services.scanning import scan
from governance.models import Agreement, Conflict, Proposal
from governance.proposals.services.impact import changes_of
from governance.proposals.services.stepping import withdraw
from governance.proposals.services.submitting import accept, submit
from governance.types import (
    ChangeOp,
    ChangeSpec,
    ConflictKind,
    ConflictSpec,
    ConflictState,
    Party,
)
from tests.governance.kinds.setting import hold
from tests.governance.proposals.world import (
    DAY,
    MONDAY,
    World,
    administrator_principal,
    adopted,
    at,
    in_discussion,
    later,
    make_world,
    say,
    state_of,
)

pytestmark = pytest.mark.django_db
SYSTEM = Principal.system("conflicts")


@pytest.fixture
def world(settings: Any) -> World:
    settings.STORY_CLOCK = True
    at(MONDAY)
    return make_world()


def term(world: World, label: str, domain: str, **fields: Any) -> ChangeSpec:
    document = {
        "label": label,
        "definition": f"What {domain} calls a {label.lower()}.",
        "examples": [f"A case of {domain}."],
        "domain": domain.lower(),
        "bound_to": [{"dataset": world.datasets[domain].qualified_name, "column": ""}],
        **fields,
    }
    return ChangeSpec(ChangeOp.CREATE, "term", "", document)


def two_words_for_one(world: World) -> Conflict:
    """Marketing's term and one of Sales with the same word as a synonym, both in force."""
    mine = term(world, "Qualified lead", "Marketing")
    other = term(world, "Sales lead", "Sales", alt_labels=["Qualified lead"])
    for spec in (mine, other):
        hold(TermDocument.model_validate(spec.document), "term", since=MONDAY - 30 * DAY)
    scan(acting=SYSTEM)
    return Conflict.objects.get()


def test_the_draft_holds_one_text_and_the_lists_of_both(world: World) -> None:
    found = two_words_for_one(world)

    made = draft_merge(acting=world.acting, conflict_id=found.pk, keep="term:qualified-lead")

    assert made.state == "draft"
    assert made.current is not None
    stays, ends = changes_of(made.current)
    assert (stays.op, stays.key) == (ChangeOp.REPLACE, "term:qualified-lead")
    assert stays.document["definition"] == "What Marketing calls a qualified lead."
    assert stays.document["examples"] == ["A case of Marketing.", "A case of Sales."]
    assert stays.document["alt_labels"] == ["Sales lead"]
    assert [bound["dataset"] for bound in stays.document["bound_to"]] == [
        world.datasets[name].qualified_name for name in ("Marketing", "Sales")
    ]
    assert (ends.op, ends.key) == (ChangeOp.REPLACE, "term:sales-lead")
    assert ends.document["replaced_by"] == "term:qualified-lead"
    assert found.witness in made.current.rationale


def test_adopting_it_settles_the_conflict_without_anybody_s_doing(world: World) -> None:
    found = two_words_for_one(world)
    made = draft_merge(acting=world.acting, conflict_id=found.pk, keep="term:qualified-lead")

    submit(acting=world.acting, key=made.key)
    accept(acting=world.who("Inés"), key=made.key)
    for first in ("Mia", "Hugo", "Farid"):
        say(world.who(first), made)
    for days in (7, 10):
        later(MONDAY + days * DAY)

    assert state_of(made) == "active"
    held = one_in_force("term:qualified-lead")
    assert held is not None
    assert held.document["alt_labels"] == ["Sales lead"]
    assert Agreement.objects.get(key="term:sales-lead").state == "deprecated"
    scan(acting=SYSTEM)
    found.refresh_from_db()
    assert found.state == ConflictState.GONE


def test_what_is_only_proposed_can_stay_too(world: World) -> None:
    # given a proposal of Sales whose word is one in force
    adopted(world, term(world, "Qualified lead", "Marketing"))
    at(MONDAY + 14 * DAY)
    in_discussion(world, term(world, "Sales lead", "Sales", alt_labels=["Qualified lead"]))
    found = Conflict.objects.get(state=ConflictState.OPEN)

    made = draft_merge(acting=world.acting, conflict_id=found.pk, keep="term:sales-lead")

    assert made.current is not None
    stays, ends = changes_of(made.current)
    assert (stays.op, stays.key) == (ChangeOp.CREATE, "term:sales-lead")
    assert (ends.key, ends.document["replaced_by"]) == ("term:qualified-lead", "term:sales-lead")


def test_of_two_proposals_for_one_agreement_one_text_is_drafted(world: World) -> None:
    adopted(world, term(world, "Qualified lead", "Marketing"))
    at(MONDAY + 14 * DAY)
    base = one_in_force("term:qualified-lead")
    assert base is not None
    for example in ("One that asked.", "One that called."):
        document = {**base.document, "examples": [example]}
        in_discussion(world, ChangeSpec(ChangeOp.REPLACE, "term", base.key, document))
    found = Conflict.objects.get(kind=ConflictKind.PENDING)
    first, second = (party["key"] for party in found.parties)
    assert found.witness.startswith(
        f"{first} and {second} both change the same, “Qualified lead”; whichever comes second"
    )

    made = draft_merge(acting=world.acting, conflict_id=found.pk, keep=second)

    assert made.current is not None
    (only,) = changes_of(made.current)
    assert (only.op, only.key) == (ChangeOp.REPLACE, "term:qualified-lead")
    assert only.document["examples"] == ["One that called.", "One that asked."]
    assert first in made.current.rationale


def test_what_cannot_be_one_text_is_refused_and_nothing_is_drafted(world: World) -> None:
    found = two_words_for_one(world)
    parties = (
        Party("agreement", "term:qualified-lead", "Qualified lead"),
        Party("column", "lake.leads.score", "score"),
    )
    (odd,) = store_conflicts(
        [ConflictSpec(ConflictKind.NUMERIC, parties, "They differ.")], acting=SYSTEM
    )
    before = Proposal.objects.count()

    with pytest.raises(InvalidInput, match="Name the side that stays: term:") as refused:
        draft_merge(acting=world.acting, conflict_id=found.pk, keep="term:churn")
    assert refused.value.field == "keep"
    with pytest.raises(InvalidInput, match="not two texts of one kind"):
        draft_merge(acting=world.acting, conflict_id=odd.pk, keep="term:qualified-lead")
    settle(
        acting=administrator_principal(), conflict_id=found.pk, state=ConflictState.ACCEPTED,
        resolution="Both stand.",
    )  # fmt: skip
    with pytest.raises(StateConflict, match="accepted already"):
        draft_merge(acting=world.acting, conflict_id=found.pk, keep="term:qualified-lead")
    with pytest.raises(AccessRefused):
        draft_merge(acting=Principal.anonymous(), conflict_id=found.pk, keep="term:qualified-lead")
    assert Proposal.objects.count() == before


def test_a_proposal_that_has_ended_is_no_side_any_more(world: World) -> None:
    ended = in_discussion(world, term(world, "Cold lead", "Sales"))
    stands = in_discussion(world, term(world, "Warm lead", "Sales"))
    parties = tuple(Party("proposal", one.key, one.title) for one in (ended, stands))
    (row,) = store_conflicts(
        [ConflictSpec(ConflictKind.DUPLICATE, parties, "They say the same.")], acting=SYSTEM
    )
    withdraw(acting=world.acting, key=ended.key, reason="Warm leads are enough.")

    with pytest.raises(InvalidInput, match="not two texts"):
        draft_merge(acting=world.acting, conflict_id=row.pk, keep=stands.key)


def test_items_with_one_key_stay_as_the_side_that_stays_says_them() -> None:
    mine = {"states": [{"key": "new", "name": "New"}], "notes": ["a"], "context": "", "n": 1}
    other = {
        "states": [{"key": "new", "name": "Fresh"}, {"key": "won", "name": "Won"}],
        "notes": ["a", "b"],
        "context": "sales",
        "n": 2,
    }

    assert joined(Workflow, mine, other) == {
        "states": [{"key": "new", "name": "New"}, {"key": "won", "name": "Won"}],
        "notes": ["a", "b"],
        "context": "sales",
        "n": 1,
    }
