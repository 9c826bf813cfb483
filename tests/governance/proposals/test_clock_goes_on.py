"""What one proposal that cannot be read costs the clock: nothing but itself."""

from typing import Any

import pytest

from governance.models import ImpactSnapshot, Proposal
from governance.proposals.services import timers
from governance.proposals.services.emergencies import declare_emergency
from governance.proposals.services.timers import run_timers
from governance.types import ProposalState as S
from tests.governance.proposals.world import (
    DAY,
    HOUR,
    MONDAY,
    Note,
    NoteDocument,
    World,
    in_discussion,
    later,
    note,
    say,
    state_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tightened(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade after which the kind reads no document named `old`."""

    class Tighter(NoteDocument):
        def model_post_init(self, context: Any, /) -> None:
            if self.name == "old":
                raise ValueError("That form is no longer read.")

    monkeypatch.setattr(Note, "document_type", Tighter)


def two(world: World) -> tuple[Proposal, Proposal]:
    """One that the upgrade will not read any more, and one beside it that all consented to."""
    old = in_discussion(world, note("old", datasets=world.ids("Sales")))
    new = in_discussion(world, note(datasets=world.ids("Marketing", "Sales")), title="New")
    for first in ("Mia", "Hugo", "Farid"):
        say(world.who(first), new)
    return old, new


def test_a_document_that_its_kind_no_longer_reads_stops_no_other_proposal(
    world: World, request: pytest.FixtureRequest
) -> None:
    old, new = two(world)
    taken = ImpactSnapshot.objects.filter(revision__proposal=old).count()
    request.getfixturevalue("tightened")

    later(MONDAY + 7 * DAY)
    later(MONDAY + 11 * DAY)

    assert state_of(new) == S.ACTIVE
    assert ImpactSnapshot.objects.filter(revision__proposal=old).count() == taken
    assert ImpactSnapshot.objects.filter(revision__proposal=new).count() > 1


def test_an_emergency_that_cannot_be_ended_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declared(name: str) -> Proposal:
        return declare_emergency(
            acting=world.who("Kirsten"),
            title=name,
            ask="Close it at once.",
            changes=[note(name, kind="permission_policy", datasets=world.ids("Marketing"))],
            reason="Card numbers were found in an export.",
        )

    first, second = declared("leak"), declared("export")
    real = timers.lapse_due.__globals__["restore"]

    def failing(proposal: Proposal, *args: object, **fields: object) -> object:
        if proposal.pk == first.pk:
            raise ValueError("It cannot be read.")
        return real(proposal, *args, **fields)

    monkeypatch.setitem(timers.lapse_due.__globals__, "restore", failing)

    later(MONDAY + 5 * HOUR)

    assert (state_of(first), state_of(second)) == (S.ACTIVE, S.EXPIRED)


@pytest.mark.parametrize("stage", ["regard_growth", "end_deprecated", "activate_due"])
def test_a_stage_that_fails_as_a_whole_holds_up_none_behind_it(
    world: World, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    def failing(*_: object, **__: object) -> int:
        raise RuntimeError("Not today.")

    proposal = in_discussion(world)
    monkeypatch.setattr(timers, stage, failing)

    run_timers(now=MONDAY + 120 * DAY)

    assert state_of(proposal) != S.DISCUSSION


def test_what_follows_from_a_growth_is_kept_with_it_or_found_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = in_discussion(world, note(datasets=world.ids("Marketing")))
    world.datasets["Marketing"].domain = world.domain("Sales")
    world.datasets["Marketing"].save()

    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("Not today.")

    with monkeypatch.context() as broken:
        broken.setattr(timers, "give_time", failing)
        later(MONDAY + 4 * DAY)
    assert ImpactSnapshot.objects.filter(revision__proposal=proposal).count() == 1

    later(MONDAY + 4 * DAY + HOUR)
    proposal.refresh_from_db()
    assert proposal.discussion_until == MONDAY + 7 * DAY + HOUR
